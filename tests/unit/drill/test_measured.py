"""The figures of a drill: each definition, and each target at its border."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from stormproof.core.critical_path import Span
from stormproof.core.drill_result import Figures, StepSpan, Targets
from stormproof.core.figures import Figure
from stormproof.drill.measured import POLL_UNCERTAINTY_SECONDS, not_shown_ready, rto_job, rto_service, target_findings

T0 = datetime(2026, 11, 23, 5, tzinfo=UTC)


def step(name: str, offset: float, seconds: float) -> StepSpan:
    start = T0 + timedelta(seconds=offset)
    return StepSpan(step=name, title=name, phase="restore", start=start, offset_s=offset, seconds=seconds, critical=True, attempts=1)  # fmt: skip


def figures(**seconds: float | None) -> Figures:
    made = {name: Figure.unmeasured("nobody looked") if value is None else Figure(value=value, uncertainty_s=0.5) for name, value in seconds.items()}  # fmt: skip
    return Figures(**(dict.fromkeys(Figures.model_fields, Figure(value=1.0)) | made))


def targets(rto: float = 300.0, rpo: float | None = 60.0, consistent: float | None = None) -> Targets:
    return Targets(rto_s=rto, rpo_s=rpo, rpo_consistent_s=consistent)


def test_the_rto_of_the_service_is_the_stopwatch_and_unsure_by_a_poll_and_a_round_trip() -> None:
    figure = rto_service(T0, T0 + timedelta(seconds=11.25), round_trip_s=0.004)
    assert (figure.value, figure.uncertainty_s) == (11.25, pytest.approx(POLL_UNCERTAINTY_SECONDS + 0.004))


def test_the_rto_of_the_jobs_reaches_from_the_first_ones_start_to_the_last_ones_end() -> None:
    spans = [step("prepare", 0, 1), step("shop.restore_base", 1, 4), step("shop.fetch", 2, 9), step("replay", 11, 5)]
    assert rto_job(spans, ["restore_base", "fetch"]).value == 10.0
    assert rto_job(spans, ["restore_base"]).value == 4.0


def test_without_a_job_there_is_no_rto_of_jobs() -> None:
    figure = rto_job([step("prepare", 0, 1)], ["restore_base"])
    assert (figure.value, figure.why) == (None, "no restore job ran")


@pytest.mark.parametrize(("value", "missed"), [(299.5, False), (299.6, True)])
def test_a_target_is_met_up_to_its_border_uncertainty_included(value: float, missed: bool) -> None:
    findings, is_missed, unmeasured = target_findings(figures(rto_service_s=value), targets())
    assert (is_missed, unmeasured, len(findings)) == (missed, False, int(missed))


def test_each_missed_target_has_its_code_its_words_and_its_own_remedy() -> None:
    late = figures(rto_service_s=400.0, rpo_data_s=90.0, rpo_consistent_s=200.0)
    findings, missed, _ = target_findings(late, targets(consistent=120.0))
    assert missed
    assert [f.code for f in findings] == ["SP801", "SP802", "SP803"]
    assert [f.fix for f in findings][1:] == ["back up or ship WAL more often"] * 2
    assert findings[0].fix != findings[1].fix
    assert findings[0].what == "the RTO is 400.0 s ± 0.5 s, and the target 300 s"


def test_what_was_not_measured_is_unmeasured_and_not_missed() -> None:
    findings, missed, unmeasured = target_findings(figures(rpo_data_s=None), targets())
    assert (missed, unmeasured) == (False, True)
    assert findings[0].what == "the RPO could not be measured: nobody looked"


def test_a_target_that_nobody_set_is_not_held_against_anything() -> None:
    late = figures(rpo_data_s=1e9, rpo_consistent_s=None)
    assert target_findings(late, targets(rpo=None)) == ([], False, False)


@pytest.mark.parametrize(
    ("steps", "stores", "lacks"),
    [
        (("restore", "first_write_and_read"), ("postgres",), None),
        (("restore",), ("postgres",), "first_write_and_read"),
        (("postgres.first_write_and_read", "files.first_write_and_read"), ("postgres", "files"), None),
        (("postgres.first_write_and_read", "files.restore"), ("postgres", "files"), "files.first_write_and_read"),
        (("postgres.restore", "files.first_write_and_read"), ("postgres", "files"), "postgres.first_write_and_read"),
        (("postgres.restore", "first_write_and_read"), ("postgres",), "postgres.first_write_and_read"),
        ((), ("files",), "first_write_and_read"),
    ],
)
def test_a_store_is_back_when_its_own_first_write_and_read_ended(
    steps: tuple[str, ...], stores: tuple[str, ...], lacks: str | None
) -> None:
    why = not_shown_ready([Span(name, name, "restore", (), T0, T0) for name in steps], stores)
    assert (why is None) is (lacks is None)
    assert lacks is None or f"no step '{lacks}'" in str(why)


def test_figures_of_time_are_told_to_the_microsecond() -> None:
    """Not with the noise of binary fractions behind it, and not cut coarser."""
    figure = rto_service(T0, T0 + timedelta(seconds=1), round_trip_s=0.001 / 3)
    assert figure.uncertainty_s == 0.010333
    jobs = rto_job([step("restore", 0.1, 0.0), step("fetch", 0.2, 1 / 3)], ["restore", "fetch"])
    assert jobs.value == 0.433333


def test_a_restore_job_is_known_below_however_many_runbooks_that_include_it() -> None:
    spans = [step("site.shop.restore_base", 1, 4), step("site.shop.restore_base.extra", 9, 9)]
    assert rto_job(spans, ["restore_base"]).value == 4.0
