"""Verdict, exit code and findings of a drill, from everything that was recorded."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from drill_memory import T0, ports, spec

from stormproof.adapters.clock_offset import ClockOffset
from stormproof.core.critical_path import Span
from stormproof.core.drill_result import CheckReport, Cleanup, DrillResult, IsolationProof
from stormproof.core.errors import (
    HostUnreachable,
    HungUp,
    Interrupted,
    NotIsolated,
    Refused,
    RunFailed,
    StoppedHalfWay,
    Terminated,
    Unverified,
)
from stormproof.core.figures import Figure
from stormproof.core.recovery_point import VaultHoldings
from stormproof.core.run_state import RunState
from stormproof.core.verdict import CheckResult
from stormproof.drill.aftermath import Aftermath
from stormproof.drill.before import Before
from stormproof.drill.layout import Layout
from stormproof.drill.ports import Disaster
from stormproof.drill.result import Recorded, build_result, with_aftermath
from stormproof.drill.verification import Verification
from stormproof.engine.executor import Outcome

PROVED = IsolationProof(result="proved")


def before() -> Before:
    return Before(
        run_id="20261123T041500Z-7f3a",
        layout=Layout("recovery-1", "/w", "/w/20261123T041500Z-7f3a"),
        offsets={"recovery-1": ClockOffset(0.001, 0.002)},
        started=T0,
        proof=PROVED,
        disaster=Disaster(t_fail=T0),
        holdings=VaultHoldings(frozen_at=T0),
        t_start=T0,
        seed=7,
    )


def spans(seconds: float = 10.0) -> list[Span]:
    half = T0 + timedelta(seconds=seconds / 2)
    return [
        Span("restore_base", "Restore", "restore", (), T0, half),
        Span("first_write_and_read", "First", "start", ("restore_base",), half, T0 + timedelta(seconds=seconds)),
    ]


def verified(*results: CheckResult, rpo: float | None = 0.1) -> Verification:
    made = Verification(
        checks=[CheckReport(name=f"check {n}", kind="query", result=r, seconds=0.1) for n, r in enumerate(results)]
    )
    made.rpo_data = Figure(value=rpo, uncertainty_s=0.1) if rpo is not None else Figure.unmeasured("no heartbeat")
    return made


def result(**changed: Any) -> DrillResult:
    asked = changed.pop("asked", spec())
    values: dict[str, Any] = {
        "before": before(),
        "outcome": Outcome("r", RunState.DONE),
        "spans": spans(),
        "verification": verified(CheckResult.PASSED),
        "after": PROVED,
    }
    aftermath = changed.pop("aftermath", Aftermath(Cleanup(), 0.0))
    made = build_result(asked, ports(), Recorded(**(values | changed)))
    return with_aftermath(made, aftermath, ended=T0)


FAILED = Outcome(
    "r", RunState.FAILED, RunFailed("the disk is full", where="recovery-1", fix="free space", code="SP210")
)


@pytest.mark.parametrize(
    ("recorded", "verdict", "code"),
    [
        ({}, "met", 0),
        ({"spans": spans(299.9)}, "met", 0),
        ({"spans": spans(300.0)}, "missed", 1),  # value plus uncertainty must be within the target
        ({"verification": verified(CheckResult.PASSED, rpo=59.8)}, "met", 0),
        ({"verification": verified(CheckResult.PASSED, rpo=59.95)}, "missed", 1),
        ({"verification": verified(CheckResult.PASSED, rpo=None)}, "unverified", 4),
        ({"verification": verified(CheckResult.UNKNOWN)}, "unverified", 4),
        ({"verification": verified(CheckResult.UNKNOWN), "spans": spans(400)}, "unverified", 4),
        ({"verification": verified(CheckResult.UNKNOWN, CheckResult.FAILED)}, "failed", 3),
        ({"after": IsolationProof(result="broken")}, "failed", 3),
        ({"after": IsolationProof(result="unknown")}, "unverified", 4),
        ({"after": IsolationProof()}, "unverified", 4),
        ({"trouble": HostUnreachable("lost", where="x", fix="y")}, "unverified", 4),
        ({"outcome": FAILED, "verification": Verification()}, "failed", 3),
        ({"aftermath": Aftermath(Cleanup(left=["recovery-1: files /w/x"]), 0.1)}, "met", 5),
        ({"outcome": FAILED, "aftermath": Aftermath(Cleanup(left=["x"]), 0.1)}, "failed", 5),
    ],
)
def test_the_verdict_is_the_worst_of_what_was_found(recorded: dict[str, Any], verdict: str, code: int) -> None:
    made = result(**recorded)
    assert (made.verdict.value, made.exit_code) == (verdict, code)


@pytest.mark.parametrize(
    ("error", "verdict", "code"),
    [
        (Interrupted("stopped by SIGINT", where="here", fix="again"), "stopped", 130),
        (Terminated("stopped by SIGTERM", where="here", fix="again"), "stopped", 143),
        (HungUp("stopped by SIGHUP", where="here", fix="again"), "stopped", 129),
    ],
)
def test_an_interrupted_run_is_stopped_with_the_signals_own_code(error: Any, verdict: str, code: int) -> None:
    made = result(outcome=Outcome("r", RunState.CANCELLED, error), verification=Verification())
    assert (made.verdict.value, made.exit_code) == (verdict, code)


def test_a_run_that_needs_a_person_keeps_its_code_even_with_leftovers() -> None:
    error = StoppedHalfWay("half done", where="x", fix="call somebody")
    made = result(
        outcome=Outcome("r", RunState.STOPPED, error),
        verification=Verification(),
        aftermath=Aftermath(Cleanup(left=["x"]), 0),
    )
    assert (made.verdict.value, made.exit_code) == ("stopped", 6)


@pytest.mark.parametrize(
    ("error", "verdict", "code"),
    [
        (Refused("no", where="x", fix="y"), "refused", 2),
        (NotIsolated("open", where="x", fix="y", proof=IsolationProof(result="broken")), "refused", 2),
        (HostUnreachable("lost", where="vault", fix="y"), "failed", 3),
        (Unverified("unreadable", where="vault", fix="y"), "unverified", 4),
        (Terminated("stopped by SIGTERM", where="here", fix="again"), "stopped", 143),
    ],
)
def test_a_drill_that_never_began_says_why_and_measured_nothing(error: Any, verdict: str, code: int) -> None:
    made = build_result(spec(), ports(), Recorded.not_begun("r", T0, error))
    assert (made.verdict.value, made.exit_code, made.findings[0].what) == (verdict, code, error.what)
    assert made.figures.rto_service_s.value is None
    assert made.figures.rto_service_s.why


def test_phases_and_what_is_unaccounted_add_up_to_the_rto() -> None:
    made = result()
    total = sum(phase.seconds for phase in made.phases) + (made.unaccounted_s or 0)
    assert total == pytest.approx(made.figures.rto_service_s.value)


def test_the_rto_ends_with_the_step_that_nothing_else_needs_even_if_another_ended_later() -> None:
    beside = Span("fetch_wal", "Fetch", "fetch", (), T0, T0 + timedelta(seconds=9))
    needed = Span(
        "first_write_and_read",
        "First",
        "start",
        ("restore_base", "fetch_wal"),
        *[T0 + timedelta(seconds=n) for n in (9, 10)],
    )
    assert result(spans=[spans()[0], beside, needed]).figures.rto_service_s.value == 10.0


def test_a_runbook_that_proves_no_write_and_read_has_no_rto_and_is_never_met() -> None:
    made = result(spans=spans()[:1])
    assert (made.verdict.value, made.exit_code, made.figures.rto_service_s.value) == ("unverified", 4, None)
    assert [f.code for f in made.findings] == ["SP801"]
    assert "first_write_and_read" in made.findings[0].what
    assert made.phases == []


@pytest.mark.parametrize(("reach", "verdict"), [(15 * 86400.0, "met"), (13 * 86400.0, "missed"), (None, "unverified")])
def test_a_promised_window_must_be_reached(reach: float | None, verdict: str) -> None:
    made = verified(CheckResult.PASSED)
    made.window = Figure(value=reach) if reach is not None else Figure.unmeasured("could not look")
    assert result(asked=spec(window={"min": "14d"}), verification=made).verdict.value == verdict


@pytest.mark.parametrize(
    ("after", "what", "fix"),
    [
        ("broken", "isolation was broken when it was looked at again after the recovery", "find out what opened a way"),
        (
            "unknown",
            "isolation was unknown when it was looked at again after the recovery",
            "find out what opened a way",
        ),
        ("not-run", "isolation was not looked at again after the recovery", "correct what kept the drill from looking"),
    ],
)
def test_a_second_proof_that_was_not_given_is_told_as_what_it_was(after: str, what: str, fix: str) -> None:
    told = [finding for finding in result(after=IsolationProof(result=after)).findings if finding.code == "SP307"]
    assert [(one.what, one.fix.partition(" while")[0].partition(",")[0]) for one in told] == [(what, fix)]


def test_findings_come_with_the_weightiest_first_and_once() -> None:
    made = result(outcome=FAILED, verification=Verification(), aftermath=Aftermath(Cleanup(left=["a", "a"]), 0))
    assert [(f.code, f.severity.value) for f in made.findings] == [("SP210", "critical"), ("SP805", "high")]
