"""One drill from preflight to signed evidence.

preflight → prove isolation → t_fail, and what the vault holds then → t_start → the real runbook → t_ready → checks →
prove isolation again → tear down → look that nothing is left → verdict → evidence.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from stormproof.adapters.clock_offset import ClockOffset, measure_clock_offset
from stormproof.adapters.host_claim import Claim, claimed
from stormproof.adapters.isolation_probe import prove_isolation
from stormproof.core.drill_result import DrillResult, IsolationProof
from stormproof.core.errors import Refused, StormproofError
from stormproof.core.isolation import not_isolated
from stormproof.drill.aftermath import tear_down
from stormproof.drill.before import Before, parameters_of
from stormproof.drill.controls.begin import prove_controls
from stormproof.drill.controls.controlled import not_reached
from stormproof.drill.finishing import TIMELINE_EVENT, finish, keep_measured, sign
from stormproof.drill.freezing import freeze_parts
from stormproof.drill.layout import Layout, Parts, layout_of, parts_of
from stormproof.drill.ports import Disaster, DrillPorts
from stormproof.drill.result import Recorded, build_result
from stormproof.drill.run_id import new_run_id
from stormproof.drill.verification import verify, wake
from stormproof.engine.executor import begin_run, execute
from stormproof.engine.holder import this_process
from stormproof.engine.places import Places
from stormproof.engine.session import Session
from stormproof.engine.timing import gaps_of, spans_of

if TYPE_CHECKING:
    from stormproof.core.drill_spec import DrillSpec
    from stormproof.engine.runbook import Runbook


def run_drill(
    spec: DrillSpec, ports: DrillPorts, *, keep: bool = False, run_id: str | None = None, controls: Sequence[str] = (),
    choices: Mapping[str, Any] | None = None,
) -> DrillResult:  # fmt: skip
    """Run one drill. Answers its result whatever it was; the evidence is signed then.

    Args:
        controls: negative controls to seed once the copy was judged; such a run counts for nothing else.
        choices: `procedure` (a name or switches) and `backup` (a label), where this run changes them.

    Raises:
        Refused: the specification, the environment or its isolation forbids it; no data moved. Signed as refused.
        SetupFailed: the evidence cannot be written, so nothing was begun, or the end could not be signed.
        JournalUnwritable: the run stands where it stood, and can be resumed.
    """
    run = run_id or new_run_id(ports.clock.now().utc)
    started = ports.clock.now().utc
    book = ports.books(spec.runbook)  # a mistake in it is told before anything is harmed
    ports.evidence.check_writable()
    ports.progress(
        {
            "kind": "run-started",
            "run": run,
            "drill": spec.drill,
            "title": spec.title,
            "rto_s": spec.targets.rto.total_seconds(),
        }
    )
    ports.evidence.sign_start(run, _start_body(spec, ports, started, controls))
    with healing(spec, ports), contextlib.ExitStack() as until_the_end:
        try:
            before = _before(spec, ports, run, started, until_the_end)
            before.controls, before.choices = tuple(controls), dict(choices or {})
            begin_run(
                ports.journal, book, run_id=run, mode="drill", environment=spec.environment,
                service=spec.scenario.service, parameters=parameters_of(spec, before, keep=keep), created_at=started,
                undo_on_failure=False,
            )  # fmt: skip
        except StormproofError as error:  # whatever it was: a start that is signed has an end that is signed
            asked = not_reached(controls, "nothing was restored") if controls else None
            return sign(ports, build_result(spec, ports, Recorded.not_begun(run, started, error, asked)), [])
        return carry_out(spec, ports, before, book, keep=keep)


def carry_out(
    spec: DrillSpec, ports: DrillPorts, before: Before, book: Runbook, *, keep: bool, resumed: bool = False
) -> DrillResult:
    """From t_start on: also what a resume does, with what the run's parameters say of the time before."""
    ports.progress({"kind": "stopwatch-started"})
    with Session(ports.journal, before.run_id, ports.clock) as session:
        session.event(TIMELINE_EVENT, {"event": "t_start", "at": before.t_start.isoformat()})
        outcome = execute(
            book, session, Places(ports.inventory, ports.hosts, ports.secrets), redactor=ports.redactor,
            stop=ports.stop, progress=ports.progress, mode="drill",
        )  # fmt: skip
        recorded = Recorded(before=before, outcome=outcome)
        try:
            _look(spec, ports, session, before, book, recorded, resumed=resumed)
            if outcome.bug is not None:
                raise outcome.bug
            recorded.spans = spans_of(ports.journal, before.run_id, book)
            recorded.gaps = gaps_of(ports.journal, before.run_id)
            measured = build_result(spec, ports, recorded)
        except BaseException:  # a mistake of ours, an impatient signal: restored data does not stay behind
            tear_down(spec, ports, session, before.layout, before.run_id, keep=keep, failed=True)
            raise
        keep_measured(session, measured)
        isolated = recorded.after.result not in ("broken", "unknown")
        return finish(spec, ports, session, before, measured, keep=keep, isolated=isolated)


def _look(
    spec: DrillSpec, ports: DrillPorts, session: Session, before: Before, book: Runbook, recorded: Recorded, *,
    resumed: bool,
) -> None:  # fmt: skip
    """Look at what came back, and prove isolation again. What could not be looked at stands in `recorded.trouble`."""
    assert recorded.outcome is not None, "looked at before it was brought back"
    if recorded.outcome.error is not None or recorded.outcome.bug is not None:
        return
    ports.progress({"kind": "stopwatch-stopped", "seconds": _elapsed(ports, before)})
    try:
        if resumed:
            wake(spec, ports, session, before, book)
        recorded.verification = verify(spec, ports, session, before, book)
        if before.controls:
            recorded.controlled = prove_controls(spec, ports, before, recorded.verification)
            recorded.trouble = recorded.controlled.stopped
        recorded.after = prove(ports, spec.environment, "after")
    except StormproofError as error:
        recorded.trouble = error  # it came back, and could not be looked at: unverified, with what was found so far


def _elapsed(ports: DrillPorts, before: Before) -> float:
    return round((ports.clock.now().utc - before.t_start).total_seconds(), 3)


def prove(ports: DrillPorts, environment: str, when: str) -> IsolationProof:
    proof = prove_isolation(ports.hosts, ports.inventory, environment, clock=ports.clock)
    ports.progress({"kind": "isolation", "when": when, "result": proof.result})
    return proof


def _before(
    spec: DrillSpec, ports: DrillPorts, run: str, started: datetime, until_the_end: contextlib.ExitStack
) -> Before:
    layout = layout_of(ports.inventory, spec.environment, run)
    parts = parts_of(ports.inventory, spec.scenario.service)
    if spec.scenario.inject and ports.disaster is None:
        raise Refused(
            "this drill wants the source harmed (`inject: true`), which is done in the lab alone",
            where=f"drill {spec.drill}: scenario.inject",
            fix="remove `inject`, or run it in the lab",
            code="SP111",
        )
    for name in parts.secrets:
        ports.secrets.get(name)  # one that is missing or readable by others is told before anything is harmed or moved
    claim = until_the_end.enter_context(have_the_host(ports, layout, run))
    offsets = _offsets(ports, layout, parts)
    _stop_if_asked(ports)
    proof = prove(ports, spec.environment, "before")
    if proof.result != "proved":
        raise not_isolated(proof, spec.environment)
    _stop_if_asked(ports)
    claim.check()
    disaster, injected = _fail(spec, ports)
    holdings = freeze_parts(ports, layout, parts)
    if not injected and spec.scenario.at is None:
        # The source lives on while the list is taken: what it shipped meanwhile must not look newer than the failure.
        disaster = replace(disaster, t_fail=ports.clock.now().utc)
    return Before(
        run_id=run, layout=layout, offsets=offsets, started=started, proof=proof, disaster=disaster, holdings=holdings,
        t_start=ports.clock.now().utc, seed=random.SystemRandom().randrange(2**31), injected=injected,
    )  # fmt: skip


def have_the_host(ports: DrillPorts, layout: Layout, run: str) -> contextlib.AbstractContextManager[Claim]:
    """One run at a time restores on a host: see `claimed`. Raises Refused; waits, and says so, while another lives."""
    runner = this_process()
    return claimed(
        ports.hosts.host(layout.host), layout.work, run, who=f"process {runner.pid} on {runner.host}", clock=ports.clock,
        say=lambda text: ports.progress({"kind": "message", "text": text}), stopped=lambda: ports.stop.reason,
    )  # fmt: skip


def _stop_if_asked(ports: DrillPorts) -> None:
    """Before t_start nothing has to be undone: stopping is just not going on."""
    if ports.stop.reason is not None:
        raise ports.stop.reason


def _offsets(ports: DrillPorts, layout: Layout, parts: Parts) -> dict[str, ClockOffset]:
    """Also the proof that each host answers before anything is harmed or moved."""
    names = {layout.host} | {ports.inventory.keeper_of(part.name, layout.host) for part in parts.present}
    if parts.postgres is not None and parts.postgres.heartbeat is not None:
        names.add(parts.postgres.heartbeat.host)
    return {name: measure_clock_offset(ports.hosts.host(name), ports.clock) for name in sorted(names)}


def _fail(spec: DrillSpec, ports: DrillPorts) -> tuple[Disaster, bool]:
    scenario = spec.scenario
    if scenario.inject:
        assert ports.disaster is not None, "refused above"
        ports.progress({"kind": "message", "text": f"making the disaster: {scenario.kind}"})
        return ports.disaster.inject(scenario), True
    at = ports.clock.now().utc if scenario.at is None else scenario.at
    return Disaster(t_fail=at, target=spec.target_instant()), False


def _start_body(spec: DrillSpec, ports: DrillPorts, started: datetime, controls: Sequence[str]) -> dict[str, Any]:
    return {
        "drill": spec.drill, "service": spec.scenario.service, "scenario": spec.scenario.kind, "mode": "drill",
        "runbook": spec.runbook, "environment": spec.environment, "started": started.isoformat(),
        "isolation_level": ports.isolation_level,
        "runner": asdict(this_process()),  # so that a sweep can tell whether it is dead
        "negative_controls": list(controls),
    }  # fmt: skip


@contextlib.contextmanager
def healing(spec: DrillSpec, ports: DrillPorts) -> Iterator[None]:
    """The lab puts its source right again, whatever became of the drill."""
    try:
        yield
    finally:
        if spec.scenario.inject and ports.disaster is not None:
            ports.progress({"kind": "message", "text": "healing the source"})
            try:
                ports.disaster.heal()
            except StormproofError as error:  # the drill's own result stands; the next one begins by healing
                ports.progress(
                    {"kind": "message", "text": f"the lab's source is not healed: {error.what} ({error.fix})"}
                )
