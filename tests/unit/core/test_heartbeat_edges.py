"""The borders of RPO data: exactly at the bound, exactly at the failure, exactly at the last that came back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from test_heartbeat import at, back, beats

from stormproof.core.figures import Figure
from stormproof.core.heartbeat import (
    STAMPS_AHEAD_SECONDS,
    Acknowledged,
    Beat,
    Range,
    Restored,
    discarded_writes,
    pause_bound,
    rpo_consistent,
    rpo_data,
    rpo_point,
)


def test_a_beat_at_the_very_instant_of_the_failure_counts() -> None:
    found = rpo_data(beats(1, 100), back((1, 99)), at(10.0), interval_s=0.1)
    assert (found.writes_lost.value, found.rpo_data.value) == (1, pytest.approx(0.1))


def test_a_rows_own_instant_moves_the_last_one_back_forward_and_never_backward() -> None:
    """A row that came back although its line was lost is newer than any line; an older stamp takes nothing away."""
    older = Restored((Range(1, 100, at(0.1), at(9.5)),))
    assert rpo_data(beats(1, 100), older, at(10.05), interval_s=0.1).last_back == at(10.0)
    newer = Restored((Range(1, 101, at(0.1), at(10.04)),))
    assert rpo_data(beats(1, 100), newer, at(10.05), interval_s=0.1).last_back == at(10.04)
    late = Restored((Range(1, 101, at(0.1), at(10.06)),))
    assert rpo_data(beats(1, 100), late, at(10.05), interval_s=0.1).last_back == at(10.0)
    just = Restored((Range(1, 101, at(0.1), at(10.05)),))
    assert rpo_data(beats(1, 100), just, at(10.05), interval_s=0.1).last_back == at(10.05)


def test_a_loss_takes_no_rows_instant_from_behind_it() -> None:
    holed = Restored((Range(1, 40, at(0.1), at(4.0)), Range(60, 101, at(6.0), at(10.01))))
    assert rpo_data(beats(1, 100), holed, at(10.05), interval_s=0.1).last_back == at(4.0)


@pytest.mark.parametrize(("seconds", "told"), [(12.0, 0), (12.001, 1)])
def test_a_silence_of_just_the_bound_is_no_pause(seconds: float, told: int) -> None:
    """Two seconds, for beats every tenth of one."""
    found = rpo_data(beats(1, 100), back((1, 100)), at(seconds), interval_s=0.1)
    assert len(found.findings) == told
    assert (found.rpo_data.at_least is not None, found.quiet) == (bool(told), bool(told))


@pytest.mark.parametrize(("seconds", "told"), [(66.0, 1), (66.01, 0)])
def test_an_earlier_pause_is_told_for_a_minute(seconds: float, told: int) -> None:
    both = Acknowledged((*beats(1, 10).beats, *beats(60, 700).beats))
    found = rpo_data(both, back((1, 10), (60, 700)), at(seconds), interval_s=0.1)
    assert len([f for f in found.findings if "2026-11-23T05:00:01" in f.what]) == told


def test_a_pause_that_ended_with_the_last_one_back_is_not_in_the_figure() -> None:
    both = Acknowledged((*beats(1, 10).beats, *beats(60, 100).beats))
    found = rpo_data(both, back((1, 10), (60, 60)), at(10.0), interval_s=0.1)
    (pause,) = found.findings
    assert (pause.severity, pause.what.count(": what else was lost")) == ("info", 0)


def test_a_pause_that_reaches_behind_it_is_in_the_figure_and_says_so() -> None:
    both = Acknowledged((*beats(1, 10).beats, *beats(60, 100).beats))
    found = rpo_data(both, back((1, 10)), at(10.0), interval_s=0.1)
    assert ": what else was lost" in found.findings[0].what


def test_where_nothing_came_back_every_pause_is_in_the_figure() -> None:
    both = Acknowledged((*beats(1, 10).beats, *beats(60, 100).beats))
    found = rpo_data(both, Restored(()), at(80.0), interval_s=0.1)
    assert [f.severity for f in found.findings] == ["medium"]
    assert ": what else was lost" in found.findings[0].what
    assert (found.rpo_data.value, found.writes_lost.value) == (None, 51)


def test_no_hole_is_told_where_nothing_came_back_behind_the_first_loss() -> None:
    assert rpo_data(beats(1, 100), back((1, 40)), at(10.0), interval_s=0.1).findings == ()


def test_the_failure_and_the_target_are_the_borders_of_what_was_given_up() -> None:
    assert discarded_writes(beats(1, 100), at(5.0), at(10.0)).value == 50
    assert discarded_writes(beats(1, 100), at(5.0), at(9.99)).value == 49
    assert discarded_writes(beats(1, 100), at(10.0), at(5.0)).value == 0
    assert discarded_writes(beats(1, 100), at(5.0), at(10.0), writer_offset_s=1.0).value == 40


def test_a_point_that_is_newer_than_the_failure_is_no_negative_age() -> None:
    assert rpo_point(at(1), at(1) + timedelta(seconds=5), source="s").value == 0.0


def test_an_old_pause_that_ended_with_the_last_one_back_is_not_told() -> None:
    both = Acknowledged((*beats(1, 10).beats, *beats(60, 700).beats))
    assert rpo_data(both, back((1, 10), (60, 60)), at(70.0), interval_s=0.1).findings == ()


def test_the_newest_row_of_all_that_came_back_counts() -> None:
    """Beats 41 to 59 were never acknowledged, so nothing is lost; row 101 has no line."""
    both = Acknowledged((*beats(1, 40).beats, *beats(60, 100).beats))
    ranges = Restored((Range(1, 40, at(0.1), at(4.0)), Range(60, 101, at(6.0), at(10.04))))
    assert rpo_data(both, ranges, at(10.05), interval_s=0.1).last_back == at(10.04)


def test_the_writers_clock_is_taken_out_of_rows_too() -> None:
    ahead = Acknowledged(tuple(Beat(n, at(n / 10 + 90)) for n in range(1, 101)))
    rows = Restored((Range(1, 101, at(90.1), at(100.04)),))
    assert rpo_data(ahead, rows, at(10.05), interval_s=0.1, writer_offset_s=90.0).last_back == at(10.04)


@pytest.mark.parametrize(("interval", "bound"), [(0.01, 2.0), (0.1, 2.0), (0.5, 10.0)])
def test_a_pause_is_twenty_intervals_and_never_less_than_two_seconds(interval: float, bound: float) -> None:
    assert pause_bound(interval) == bound


def test_without_any_loss_the_uncertainty_is_one_interval_even_where_the_interval_is_long() -> None:
    quick = rpo_data(beats(1, 100), back((1, 100)), at(11.0), interval_s=0.1)
    slow = rpo_data(beats(1, 100), back((1, 100)), at(11.0), interval_s=0.5)
    assert (quick.rpo_data.uncertainty_s, slow.rpo_data.uncertainty_s) == (0.1, 0.5)


def test_an_uncertainty_is_told_to_the_microsecond() -> None:
    found = rpo_data(beats(1, 100), back((1, 100)), at(11.0), interval_s=0.1, offset_uncertainty_s=0.01 / 3)
    assert found.rpo_data.uncertainty_s == 0.103333


def test_a_hole_is_named_by_the_first_beat_that_is_lost() -> None:
    found = rpo_data(beats(1, 100), back((1, 40), (51, 100)), at(10.0), interval_s=0.1)
    assert f"the first lost one is 41 at {at(4.1).isoformat()}, later ones came back" in found.findings[0].what


def test_where_nothing_can_be_told_the_application_is_not_called_quiet() -> None:
    assert not rpo_data(beats(200, 300), back((1, 9)), at(10.0), interval_s=0.1).quiet
    assert not rpo_data(beats(1, 100), back(), at(50.0), interval_s=0.1).quiet


def test_only_a_number_can_be_a_beat_that_came_back() -> None:
    assert 5 in back((1, 9))
    assert "5" not in back((1, 9))


def test_a_point_and_a_first_dangling_row_are_exact_unless_somebody_says_otherwise() -> None:
    data = Figure(value=2.0, uncertainty_s=0.1, source="heartbeats")
    assert rpo_point(at(9), at(1), source="s").uncertainty_s == 0.0
    assert rpo_consistent(at(60), data, at(20)).uncertainty_s == 0.0
    assert rpo_consistent(at(60), data, at(20), uncertainty_s=0.2).uncertainty_s == 0.2


def test_how_far_two_clocks_may_be_apart_is_what_the_documentation_says() -> None:
    told = Path(__file__).parents[3] / "docs" / "measurement.md"
    assert f"More than {STAMPS_AHEAD_SECONDS:g} s apart is taken out" in told.read_text(encoding="utf-8")
