"""The course of negative controls: stop the judged server, seed each fault into a snapshot, ask, judge, start it again.

Two lanes work side by side, each with one server. Nothing here touches a source, the vault, or the judged copy.
"""

from __future__ import annotations

import queue
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from stormproof.adapters import snapshots
from stormproof.core.check_spec import Check, CrossStoreCheck, FilesCheck, IntegrityCheck
from stormproof.core.drill_result import CheckReport, NegativeControl, WouldSeeLine
from stormproof.core.errors import RunFailed, StormproofError
from stormproof.core.negative_control import Facts, NotApplicable, Seed, Status, Watch, judge
from stormproof.core.negative_control import Judged as Verdict
from stormproof.drill.controls.bench import Bench, Judged
from stormproof.drill.controls.control import Control
from stormproof.drill.controls.controlled import Controlled, unknown
from stormproof.drill.controls.gathered import gather

if TYPE_CHECKING:
    from collections.abc import Callable

LANES = 2
_ORDER = ("repository", "database", "files")


def run_controls(
    controls: Sequence[Control], judged: Judged, reports: Sequence[CheckReport], start_again: Callable[[], None] | None
) -> Controlled:
    """Prove that each fault would be noticed. What goes wrong with one is that one's answer, `unknown`, and never raised.

    Args:
        reports: the drill's own, of the copy without a fault.
        start_again: brings the judged server back; None when there is none.
    """
    try:
        snapshots.clear(judged.host, judged.run_dir)  # a runner that died may have left some, half written
        facts = gather(judged)
        lanes = _lanes(judged)
        if judged.server is not None:
            snapshots.pause(judged.host, judged.server)
    except StormproofError as error:
        _again(judged, start_again)
        why = f"no snapshot could be taken: {error.what}"
        return Controlled([unknown(control.name, control.title, why) for control in controls])
    try:
        done = _in_lanes(controls, judged, facts, reports, lanes)
    finally:
        _cleared(judged)
        _again(judged, start_again)
    return Controlled(done, stopped=judged.ports.stop.reason)


def _lanes(judged: Judged) -> list[str]:
    rooms = min(LANES, snapshots.rooms(judged.host, judged.run_dir)) if judged.server is not None else LANES
    if rooms < 1:
        raise RunFailed(
            "the recovery host's disk has no room for a snapshot of the restored data",
            where=f"{judged.host.name}:{judged.run_dir}",
            fix="free as much as the data is large, and a third more",
            code="SP514",
        )
    return [f"{judged.run_dir}/{snapshots.FOLDER}/lane-{number}" for number in range(1, rooms + 1)]


def _in_lanes(
    controls: Sequence[Control], judged: Judged, facts: Facts, reports: Sequence[CheckReport], lanes: Sequence[str]
) -> list[NegativeControl]:
    free: queue.SimpleQueue[str] = queue.SimpleQueue()
    for lane in lanes:
        free.put(lane)
    ordered = sorted(controls, key=lambda control: _ORDER.index(control.needs))
    with ThreadPoolExecutor(max_workers=len(lanes), thread_name_prefix="control") as pool:
        # The unseeded snapshot is asked as well: what fails there fails for the snapshot's sake, and catches nothing.
        baseline = pool.submit(_baseline, judged, free)
        futures: dict[str, Future[NegativeControl]] = {
            control.name: pool.submit(_one, control, judged, facts, reports, baseline, free) for control in ordered
        }
        return [futures[control.name].result() for control in controls]


def _baseline(judged: Judged, free: queue.SimpleQueue[str]) -> list[CheckReport]:
    """The enabled checks of a snapshot without a fault; those of files and pages were asked of the judged copy itself."""
    if judged.server is None:
        return []
    checks: list[Check] = []
    for check in judged.spec.checks:
        if isinstance(check, IntegrityCheck):
            checks.append(check.model_copy(update={"amcheck": False, "checksums": "off"}))
        elif not isinstance(check, FilesCheck | CrossStoreCheck):
            checks.append(check)
    lane = free.get()
    bench = Bench(judged, lane, lane)
    try:
        server = bench.server()
        try:
            bench.start(server)
            return list(judged.ask(checks, bench.own_context()))
        finally:
            bench.stop(server)
    finally:
        free.put(lane)


def _one(
    control: Control, judged: Judged, facts: Facts, reports: Sequence[CheckReport],
    baseline: Future[list[CheckReport]], free: queue.SimpleQueue[str],
) -> NegativeControl:  # fmt: skip
    seed = control.plan(facts)
    if isinstance(seed, NotApplicable):
        return _told(control, judged, Verdict(Status.NOT_APPLICABLE, why=seed.why))
    watch = control.watch(facts, seed)
    if not watch.watchers:
        return _told(control, judged, Verdict(Status.BLIND_SPOT), seed, watch)
    if judged.ports.stop.reason is not None:
        return _told(control, judged, Verdict(Status.UNKNOWN, why="the run was told to stop"), seed, watch)
    lane = free.get()
    bench = Bench(judged, f"{judged.run_dir}/{snapshots.FOLDER}/{control.name}", lane)
    clock = judged.ports.clock
    began = clock.now().monotonic
    try:
        bench.host.check('umask 077; mkdir -p "$OWN"', env={"OWN": bench.folder}, timeout_seconds=30)
        answers = control.prove(bench, seed, watch)
        ended = clock.now().monotonic
        snapshots.remove(bench.host, bench.folder)
        verdict = judge(seed, watch, answers, [*reports, *_answered(baseline)])
    except StormproofError as error:
        ended = clock.now().monotonic
        stage = "it could not be asked about" if bench.seeded_at is not None else "it could not be seeded"
        verdict = Verdict(Status.UNKNOWN, why=f"{stage}: {error.what} ({error.where})")
    finally:
        free.put(lane)
    seeded_at = bench.seeded_at
    times = (began, seeded_at if seeded_at is not None else ended, ended)
    return _told(control, judged, verdict, seed, watch, times=times, seeded=seeded_at is not None)


def _answered(baseline: Future[list[CheckReport]]) -> list[CheckReport]:
    """Raises what kept the snapshot without a fault from being asked: then nothing that fails proves anything."""
    return baseline.result()


def _told(
    control: Control, judged: Judged, verdict: Verdict, seed: Seed | None = None, watch: Watch | None = None, *,
    times: tuple[float, float, float] = (0.0, 0.0, 0.0), seeded: bool = False,
) -> NegativeControl:  # fmt: skip
    would = watch.would_see if watch is not None and verdict.status is not Status.CAUGHT else None
    finding = verdict.finding
    told = NegativeControl(
        name=control.name,
        title=control.title,
        status=verdict.status.value,
        seeded=seeded,
        what=seed.what if seed is not None else "",
        object=seed.object if seed is not None else "",
        caught_by=list(verdict.caught_by),
        named=f"{finding.code}: {finding.what} ({finding.where})" if finding is not None else "",
        would_see=WouldSeeLine(check=would.check, yaml=would.yaml, beyond=would.beyond) if would is not None else None,
        why=verdict.why,
        seconds=round(times[2] - times[1], 3),
        seeding_seconds=round(times[1] - times[0], 3),
    )
    judged.ports.progress(
        {
            "kind": "control-done",
            "name": told.name,
            "result": told.status,
            "seconds": round(times[2] - times[0], 3),
        }
    )
    return told


def _again(judged: Judged, start_again: Callable[[], None] | None) -> None:
    """The judged server as it was, for a kept copy. That it does not come back is told by who looks for it next."""
    if start_again is None:
        return
    try:
        start_again()
    except StormproofError as error:
        judged.ports.progress({"kind": "message", "text": f"the restored server was not started again: {error.what}"})


def _cleared(judged: Judged) -> None:
    """Snapshots are nobody's result: none outlives the controls, not even beside a kept copy."""
    try:
        snapshots.clear(judged.host, judged.run_dir)
    except StormproofError as error:  # tear-down tries again, and says what is left
        judged.ports.progress({"kind": "message", "text": f"snapshots are left for the tear-down: {error.what}"})
