"""What was measured is kept before anything is destroyed, so that every drill that began has a signed end."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import pytest
from drill_memory import T0, MemoryEvidence, TableHost, ports, spec, unreachable

from stormproof.adapters.clock_offset import ClockOffset
from stormproof.core.drill_result import DrillResult, Figures, IsolationProof, Scenario, Targets
from stormproof.core.errors import Refused, SetupFailed
from stormproof.core.figures import Figure
from stormproof.core.journal import Run
from stormproof.core.ports import Completed
from stormproof.core.recovery_point import VaultHoldings
from stormproof.core.verdict import Verdict
from stormproof.drill.aftermath import DESTROYED_EVENT
from stormproof.drill.before import Before, parameters_of
from stormproof.drill.closing import close_abandoned
from stormproof.drill.conductor import run_drill
from stormproof.drill.finishing import SIGNED_EVENT, keep_measured, measured_of
from stormproof.drill.layout import Layout
from stormproof.drill.ports import Disaster
from stormproof.drill.resume import resume_drill
from stormproof.drill.sweep import sweep
from stormproof.engine.holder import this_process
from stormproof.engine.session import Session

RUN = "20261123T041500Z-7f3a"


def before() -> Before:
    return Before(
        run_id=RUN, layout=Layout("recovery-1", "/w", f"/w/{RUN}"), offsets={"vault": ClockOffset(0.0, 0.01)}, started=T0,
        proof=IsolationProof(result="proved"), disaster=Disaster(t_fail=T0), holdings=VaultHoldings(frozen_at=T0),
        t_start=T0, seed=7,
    )  # fmt: skip


def measured(verdict: Verdict = Verdict.MET) -> DrillResult:
    none = Figure.unmeasured("not in this test")
    figures = Figures(
        rto_service_s=Figure(value=12.5, uncertainty_s=0.02), rto_job_s=none, rpo_point_s=none, rpo_data_s=none,
        rpo_consistent_s=none, acknowledged_writes_lost=none,
    )  # fmt: skip
    return DrillResult(
        drill="orders", run=RUN, verdict=verdict, exit_code=0, scenario=Scenario(kind="loss", t_fail=T0),
        isolation_level="root-namespaces", targets=Targets(rto_s=300), figures=figures,
    )  # fmt: skip


class NoBook:
    """Only asked for by its name: nothing of it is executed."""

    steps = ()


def torn_down(*, answer: str = "destroyed 100\n", event: str | None = None, **changed: Any) -> tuple[Any, TableHost]:
    """A run that was measured when its runner died, and the host that it restored on."""
    recovery = TableHost(
        "recovery-1", answers=[("kill -QUIT", Completed(0, answer, "", 0)), ("ls -A", Completed(0, f"{RUN}\n", "", 0))]
    )
    made = ports(recovery=recovery, books=lambda name: NoBook(), unfinished=lambda: [(RUN, {})], **changed)
    parameters = parameters_of(spec(), before(), keep=False)
    made.journal.create_run(
        Run(RUN, "restore_postgres", "drill", "recovery", "orders-db", "d", {}, parameters, True, T0)
    )
    with Session(made.journal, RUN, made.clock) as session:
        keep_measured(session, measured())
        if event is not None:
            session.event(event, {})
    return made, recovery


def destroyed(recovery: TableHost) -> list[str]:
    return [env["RUN_ID"] for _, env in recovery.calls if env.get("ACT") == "destroy"]


def test_what_was_measured_comes_back_from_the_journal_as_it_was() -> None:
    made, _ = torn_down()
    assert measured_of(made.journal, RUN) == measured()
    assert measured_of(made.journal, RUN) is not None


@pytest.mark.parametrize("event", [None, DESTROYED_EVENT])
def test_a_run_that_died_in_its_tear_down_is_torn_down_and_signed_by_a_resume(event: str | None) -> None:
    made, recovery = torn_down(event=event)
    result = resume_drill(RUN, made)
    assert (result.verdict, result.exit_code, result.figures.rto_service_s.value) == (Verdict.MET, 0, 12.5)
    assert made.evidence.results[RUN].cleanup.destroyed_bytes == 100
    assert destroyed(recovery) == [RUN]


def test_a_sweep_signs_what_was_measured_and_not_that_it_was_stopped() -> None:
    made, recovery = torn_down()
    assert sweep(made).closed == [RUN]
    assert made.evidence.results[RUN].verdict is Verdict.MET
    assert set(destroyed(recovery)) == {RUN}


def test_a_run_that_another_sweep_ended_meanwhile_is_not_ended_again() -> None:
    made, _ = torn_down()  # its start is still listed as one without an end
    made.evidence.results[RUN] = measured()
    made.evidence.starts["lost"] = {"runner": {**asdict(this_process()), "pid": 2**22 + 1}}
    made.evidence.results["lost"] = measured()
    both = [(RUN, {}), ("lost", made.evidence.starts["lost"])]
    assert close_abandoned(replace(made, unfinished=lambda: both)) == []
    assert [event.kind for event in made.journal.events(RUN, SIGNED_EVENT)] == []


class EndedMeanwhile(MemoryEvidence):
    """Whoever had the run signs its end while a resume, which found it unfinished, gets ready."""

    def check_writable(self) -> None:
        self.results[RUN] = measured()


def test_a_run_that_ends_while_a_resume_gets_ready_is_not_carried_out_again() -> None:
    made, recovery = torn_down(evidence=EndedMeanwhile())
    with pytest.raises(Refused) as refused:
        resume_drill(RUN, made)
    assert (refused.value.code, destroyed(recovery)) == ("SP116", [])


def test_what_stays_after_a_resumed_tear_down_is_told() -> None:
    made, _ = torn_down(answer="destroyed 100\nleft files /w/x\n")
    result = resume_drill(RUN, made)
    assert (result.verdict, result.exit_code, result.findings[0].code) == (Verdict.MET, 5, "SP805")


class FullEvidence(MemoryEvidence):
    def sign_result(self, result: DrillResult, timeline: list[dict[str, Any]]) -> Any:
        raise SetupFailed("no room left for evidence", where="/e", fix="free space", code="SP715")


def test_an_end_that_cannot_be_signed_says_how_to_sign_it_later() -> None:
    made, _ = torn_down(evidence=FullEvidence())
    with pytest.raises(SetupFailed) as told:
        resume_drill(RUN, made)
    assert told.value.fix == f"free space; then `stormproof drill resume {RUN}` signs what was measured"
    assert measured_of(made.journal, RUN) is not None


def test_a_drill_whose_set_up_fails_has_a_signed_end_with_its_own_exit_code() -> None:
    class NoSecret:
        where = "file:keys/"

        def get(self, name: str) -> str:
            raise SetupFailed("the key cannot be read", where="keys", fix="look", code="SP509")

        def names_read(self) -> list[str]:
            return []

    made = ports(secrets=NoSecret(), books=lambda name: NoBook())
    result = run_drill(spec(), made, run_id=RUN)
    assert (result.verdict, result.exit_code, result.findings[0].code) == (Verdict.STOPPED, 69, "SP509")
    assert list(made.evidence.starts) == list(made.evidence.results) == [RUN]


def test_a_host_that_does_not_answer_before_the_drill_is_a_failed_drill_with_a_signed_end() -> None:
    recovery = TableHost("recovery-1", answers=[("", unreachable("recovery-1"))])
    made = ports(recovery=recovery, books=lambda name: NoBook())
    result = run_drill(spec(), made, run_id=RUN)
    assert (result.verdict, result.exit_code, list(made.evidence.results)) == (Verdict.FAILED, 3, [RUN])
    assert result.ended == T0 + timedelta(0)
