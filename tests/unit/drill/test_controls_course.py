"""The course of negative controls with a host in memory: what is blind, what cries wolf, what cannot be tried, what stops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from drill_memory import T0, TableHost, ports, spec, unreachable

from stormproof.adapters.clock_offset import ClockOffset
from stormproof.core.check_context import CheckContext
from stormproof.core.check_spec import Check
from stormproof.core.drill_result import CheckReport, DrillResult, IsolationProof
from stormproof.core.errors import Refused, Terminated
from stormproof.core.finding import Finding, Severity
from stormproof.core.ports import Completed
from stormproof.core.recovery_point import VaultHoldings
from stormproof.core.reference import FilesReference, Reference
from stormproof.core.run_state import RunState
from stormproof.core.verdict import CheckResult
from stormproof.drill.before import Before
from stormproof.drill.controls import catalogue
from stormproof.drill.controls.bench import Judged
from stormproof.drill.controls.controlled import Controlled
from stormproof.drill.controls.course import run_controls
from stormproof.drill.layout import Layout
from stormproof.drill.ports import Disaster
from stormproof.drill.result import Recorded, build_result
from stormproof.drill.verification import Verification
from stormproof.engine.executor import Outcome
from stormproof.engine.stopping import StopRequest

FILES = {"files": {"min_files": 1}}
GONE = Finding(
    code="SP453", severity=Severity.CRITICAL, what="9 files, the reference had 10", where="restored files", fix="x"
)


def report(result: str, *findings: Finding) -> CheckReport:
    return CheckReport(name="files", kind="files", result=CheckResult(result), seconds=0.1, findings=list(findings))


def answering(result: str, *findings: Finding) -> Callable[[Sequence[Check], CheckContext], list[CheckReport]]:
    return lambda checks, context: [report(result, *findings)]


HEALTHY = report("passed")
AWAKE = answering("failed", GONE)
BLIND = answering("passed")


def before(controls: tuple[str, ...]) -> Before:
    return Before(
        run_id="20261123T041500Z-7f3a", layout=Layout("recovery-1", "/w", "/w/20261123T041500Z-7f3a"),
        offsets={"recovery-1": ClockOffset(0.001, 0.002)}, started=T0, proof=IsolationProof(result="proved"),
        disaster=Disaster(t_fail=T0), holdings=VaultHoldings(frozen_at=T0), t_start=T0, seed=7, controls=controls,
    )  # fmt: skip


def course(
    ask: Callable[[Sequence[Check], CheckContext], list[CheckReport]],
    *,
    reports: Sequence[CheckReport] = (HEALTHY,),
    names: tuple[str, ...] = ("missing-file",),
    checks: Sequence[dict[str, Any]] = (FILES,),
    host: TableHost | None = None,
    stop: StopRequest | None = None,
    reference: bool = True,
) -> Controlled:
    """Controls of a drill that restored files alone, on a host whose scripts all succeed."""
    there = host or TableHost("recovery-1")
    held = FilesReference(captured_at=T0, snapshot=None, files=10, bytes=100, digest="0", until=T0)
    context = CheckContext(
        host=there, work="/w/x", t_fail=T0, files_root="/w/x/files",
        reference=Reference(service="s", label="x", captured_at=T0, files=held) if reference else None,
    )  # fmt: skip
    judged = Judged(
        ports=ports(recovery=there, stop=stop or StopRequest()), spec=spec(checks=list(checks)), before=before(names),
        context=context, outputs={}, ask=ask,
    )  # fmt: skip
    return run_controls(catalogue.controls_of(names), judged, reports, None)


def result(controlled: Controlled, **changed: Any) -> DrillResult:
    verification = Verification(checks=[HEALTHY])
    values: dict[str, Any] = {
        "before": before(tuple(control.name for control in controlled.controls)), "outcome": Outcome("r", RunState.DONE),
        "verification": verification, "after": IsolationProof(result="proved"), "controlled": controlled,
        "trouble": controlled.stopped,
    }  # fmt: skip
    return build_result(spec(), ports(), Recorded(**(values | changed)))


def test_a_check_that_names_the_fault_passes_the_run():
    told = course(AWAKE)
    (control,) = told.controls
    assert (control.status, control.caught_by, control.seeded) == ("caught", ["files"], True)
    assert control.named == "SP453: 9 files, the reference had 10 (restored files)"
    assert (result(told).verdict.value, result(told).exit_code) == ("met", 0)


def test_a_check_that_is_blind_fails_the_run():
    """The reason why all this exists."""
    told = course(BLIND)
    assert told.controls[0].status == "missed"
    ended = result(told)
    assert (ended.verdict.value, ended.exit_code) == ("failed", 3)
    (finding,) = [f for f in ended.findings if f.code == "SP510"]
    assert finding.what == (
        "a seeded fault was missed: one restored file was removed; files looked, and said that all is well"
    )


def test_a_check_that_cries_wolf_catches_nothing():
    told = course(AWAKE, reports=(report("failed", GONE),))
    assert told.controls[0].status == "unknown"
    assert result(told).exit_code == 3


def test_a_fault_that_no_enabled_check_sees_is_a_blind_spot_and_is_not_even_seeded():
    host = TableHost("recovery-1")
    told = course(AWAKE, checks=[{"structure": {}}], host=host)
    (control,) = told.controls
    assert (control.status, control.seeded) == ("blind-spot", False)
    assert control.would_see is not None
    assert control.would_see.yaml == "- files: {}"
    ended = result(told)
    (finding,) = [f for f in ended.findings if f.code == "SP511"]
    assert finding.fix == "add to the drill's checks: - files: {}"
    assert ended.exit_code == 3
    assert not any("/controls/missing-file" in str(env) for _, env in host.calls)


def test_what_does_not_apply_is_information_and_alone_proves_nothing():
    both = course(AWAKE, names=("missing-file", "truncated-table"))
    assert [control.status for control in both.controls] == ["caught", "not-applicable"]
    assert result(both).exit_code == 0
    alone = course(AWAKE, names=("truncated-table",))
    assert (alone.controls[0].why, result(alone).exit_code) == ("no database was restored", 3)


def test_a_fault_that_cannot_be_seeded_is_unknown_and_never_a_pass():
    host = TableHost("recovery-1", answers=[("cp -al", unreachable("recovery-1"))])
    told = course(AWAKE, host=host)
    (control,) = told.controls
    assert (control.status, control.seeded) == ("unknown", False)
    assert control.why.startswith("it could not be seeded: the connection was lost")
    assert {f.code for f in result(told).findings} >= {"SP512"}


def test_a_fault_that_could_not_be_asked_about_is_unknown_too():
    def lost(checks: Sequence[Check], context: CheckContext) -> list[CheckReport]:
        raise unreachable("recovery-1")

    (control,) = course(lost).controls
    assert (control.status, control.seeded) == ("unknown", True)
    assert control.why.startswith("it could not be asked about: the connection was lost")


def test_what_an_earlier_runner_left_is_cleared_first_and_nothing_stays():
    host = TableHost("recovery-1")
    course(AWAKE, host=host)
    cleared = [
        n for n, (_, env) in enumerate(host.calls) if env.get("RUN_ID") == "controls" and env["ACT"] == "destroy"
    ]
    assert (cleared[0], cleared[-1]) == (0, len(host.calls) - 1)


def test_snapshots_that_cannot_be_cleared_keep_every_fault_from_being_seeded():
    host = TableHost("recovery-1", answers=[("ACT=destroy", Completed(0, "left files /w/x/controls\n", "", 0.0))])
    (control,) = course(AWAKE, host=host).controls
    assert control.status == "unknown"
    assert "could not be removed" in control.why


def test_a_run_that_is_told_to_stop_seeds_nothing_more_and_ends_as_interrupted():
    stop = StopRequest()
    stop.request(Terminated("told to stop", where="signal", fix="run it again"))
    told = course(AWAKE, stop=stop)
    assert told.controls[0].why == "the run was told to stop"
    ended = result(told)
    assert (ended.verdict.value, ended.exit_code) == ("stopped", 143)


def test_a_run_with_seeded_faults_counts_for_nothing_and_no_target_is_held_against_it():
    ended = result(course(AWAKE))
    assert ended.counts_for_coverage is False
    assert (ended.targets.rto_s, ended.targets.rpo_s) == (None, None)
    assert not {f.code for f in ended.findings} & {"SP801", "SP802", "SP803"}


def test_controls_that_the_drill_never_came_to_are_unknown():
    values = {"before": before(("missing-file",)), "outcome": Outcome("r", RunState.STOPPED)}
    ended = build_result(spec(), ports(), Recorded(**values))
    assert [(c.name, c.status, c.why) for c in ended.negative_controls] == [
        ("missing-file", "unknown", "the drill did not get that far")
    ]
    assert ended.counts_for_coverage is False


@pytest.mark.parametrize("wanted", ["all", "missing-file,all"])
def test_all_are_all(wanted: str):
    assert catalogue.chosen(wanted) == [control.name for control in catalogue.ALL_CONTROLS]


def test_several_are_named_with_commas_each_once():
    assert catalogue.chosen("swapped-file, missing-file,swapped-file") == ["swapped-file", "missing-file"]


@pytest.mark.parametrize("wanted", ["", "missing-fiel", "missing-file,", "ALL", "all,missing-fiel"])
def test_an_unknown_control_is_refused_with_the_nearest(wanted: str):
    with pytest.raises(Refused) as told:
        catalogue.chosen(wanted)
    assert told.value.code == "SP515"


def test_every_control_has_a_name_of_its_own_and_says_what_happened():
    names = [control.name for control in catalogue.ALL_CONTROLS]
    assert len(set(names)) == len(names)
    assert all(control.title and not control.title.endswith(".") for control in catalogue.ALL_CONTROLS)
