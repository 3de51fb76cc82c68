"""RPO data and writes lost, from the acknowledged file and the ranges that came back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormproof.core.figures import Figure
from stormproof.core.heartbeat import (
    Acknowledged,
    Beat,
    Range,
    Restored,
    discarded_writes,
    parse_acknowledged,
    rpo_consistent,
    rpo_data,
    rpo_point,
)

T0 = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def beats(first: int, last: int) -> Acknowledged:
    """Ten a second: beat n at n/10 s."""
    return Acknowledged(tuple(Beat(n, at(n / 10)) for n in range(first, last + 1)))


def back(*spans: tuple[int, int]) -> Restored:
    return Restored(tuple(Range(a, b, at(a / 10), at(b / 10)) for a, b in spans))


def test_lines_are_read_and_sorted() -> None:
    found = parse_acknowledged("2 2026-11-23T05:00:00.200000Z\n1 2026-11-23T06:00:00.1+01:00\n\n")
    assert found == Acknowledged((Beat(1, at(0.1)), Beat(2, at(0.2))))


def test_a_last_line_that_was_being_written_does_not_count() -> None:
    assert parse_acknowledged("1 2026-11-23T05:00:00.1Z\n2 2026-11-23T05:00:00.2Z") == Acknowledged(
        (Beat(1, at(0.1)),), torn=True
    )


@pytest.mark.parametrize("line", ["x 2026-11-23T05:00:00Z", "1", "1 yesterday", "1 2026-11-23T05:00:00"])
def test_any_other_line_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="line 2 of the acknowledged writes is not 'sequence at'"):
        parse_acknowledged(f"1 2026-11-23T05:00:00Z\n{line}\n")


def test_nothing_lost_leaves_one_interval_of_uncertainty() -> None:
    found = rpo_data(beats(1, 100), back((1, 100)), at(10.05), interval_s=0.1)
    assert (found.rpo_data.value, found.rpo_data.uncertainty_s, found.writes_lost.value) == (0.05, 0.05, 0)
    assert found.findings == ()


def test_a_loss_reaches_back_to_the_last_that_came_and_is_uncertain_up_to_the_first_that_did_not() -> None:
    found = rpo_data(beats(1, 100), back((1, 67)), at(10.0), interval_s=0.1, offset_uncertainty_s=0.002)
    assert found.rpo_data.value == pytest.approx(3.3)
    assert found.rpo_data.uncertainty_s == pytest.approx(0.102)
    assert found.writes_lost.value == 33
    assert found.last_back == at(6.7)


def test_writes_after_the_failure_do_not_count() -> None:
    found = rpo_data(beats(1, 200), back((1, 67)), at(10.0), interval_s=0.1)
    assert found.writes_lost.value == 33


def test_rows_from_after_the_failure_do_not_flatter() -> None:
    found = rpo_data(beats(1, 100), back((1, 150)), at(10.0), interval_s=0.1)
    assert found.rpo_data.value == 0.0
    assert found.last_back == at(10.0)


def test_a_hole_counts_from_its_beginning_and_is_said() -> None:
    found = rpo_data(beats(1, 100), back((1, 40), (51, 100)), at(10.0), interval_s=0.1)
    assert found.rpo_data.value == pytest.approx(6.0)
    assert found.writes_lost.value == 10
    assert [f.code for f in found.findings] == ["SP446"]


def test_a_pause_up_to_the_failure_is_neither_loss_nor_proof_that_nothing_was_lost() -> None:
    found = rpo_data(beats(1, 100), back((1, 100)), at(53.0), interval_s=0.1)
    assert (found.rpo_data.value, found.rpo_data.at_least) == (pytest.approx(43.0), 0.0)
    assert found.rpo_data.why == "the heartbeat had paused: between 0.0 s and 43.0 s, and nobody can tell where"
    assert (found.rpo_data.met(60), found.rpo_data.met(30)) == (True, None)
    assert (found.writes_lost.value, found.quiet) == (0, True)
    assert [(f.code, f.severity) for f in found.findings] == [("SP445", "medium")]
    assert found.findings[0].what.startswith("the heartbeat had itself paused for 43.0 s")


def test_a_pause_before_the_first_lost_beat_leaves_the_figure_between_the_two() -> None:
    both = Acknowledged((*beats(1, 100).beats, *beats(500, 600).beats))
    found = rpo_data(both, back((1, 100)), at(60.0), interval_s=0.1)
    assert (found.rpo_data.value, found.rpo_data.at_least) == (pytest.approx(50.0), pytest.approx(10.0))
    assert [found.rpo_data.met(target) for target in (55, 30, 9)] == [True, None, False]
    assert not found.quiet


def test_a_pause_in_between_is_information() -> None:
    both = Acknowledged((*beats(1, 10).beats, *beats(60, 100).beats))
    found = rpo_data(both, back((1, 10), (60, 100)), at(10.0), interval_s=0.1)
    assert [(f.code, f.severity) for f in found.findings] == [("SP445", "info")]
    long_ago = rpo_data(
        Acknowledged((*both.beats, *beats(101, 800).beats)), back((1, 10), (60, 800)), at(80.0), interval_s=0.1
    )
    assert long_ago.findings == ()


def test_a_pause_among_what_was_lost_is_part_of_the_figure() -> None:
    both = Acknowledged((*beats(1, 10).beats, *beats(60, 100).beats))
    found = rpo_data(both, back((1, 10)), at(10.0), interval_s=0.1)
    assert [(f.code, f.severity) for f in found.findings] == [("SP445", "medium")]
    assert found.rpo_data.value == pytest.approx(9.0)
    assert found.rpo_data.at_least == pytest.approx(4.0)


def test_the_stamps_are_held_against_when_the_file_was_written() -> None:
    assert beats(1, 10).stamps_ahead_s == 0.0
    assert Acknowledged(beats(1, 10).beats, written=at(91)).stamps_ahead_s == -90.0
    assert Acknowledged((), written=at(91)).stamps_ahead_s == 0.0


def test_a_writers_clock_ahead_is_taken_out() -> None:
    ahead = Acknowledged(tuple(Beat(n, at(n / 10 + 90)) for n in range(1, 101)))
    shifted = Restored((Range(1, 67, at(90.1), at(96.7)),))
    found = rpo_data(ahead, shifted, at(10.0), interval_s=0.1, writer_offset_s=90.0)
    assert found.rpo_data.value == pytest.approx(3.3)


def test_without_any_acknowledgement_or_any_row_the_figure_says_why() -> None:
    assert rpo_data(beats(200, 300), back((1, 9)), at(10.0), interval_s=0.1).rpo_data.value is None
    none_back = rpo_data(beats(1, 100), back(), at(10.0), interval_s=0.1)
    assert (none_back.rpo_data.value, none_back.rpo_data.why) == (None, "no heartbeat came back")
    assert none_back.writes_lost.value == 100


def test_a_row_whose_acknowledgement_was_lost_with_its_line_counts_as_back() -> None:
    found = rpo_data(beats(1, 99), back((1, 100)), at(10.0), interval_s=0.1)
    assert found.last_back == at(10.0)


@given(st.sets(st.integers(1, 60)), st.integers(0, 60))
def test_writes_lost_is_the_set_difference_whatever_the_holes(kept: set[int], fail_at: int) -> None:
    ranges: list[tuple[int, int]] = []
    for n in sorted(kept):
        if ranges and ranges[-1][1] == n - 1:
            ranges[-1] = (ranges[-1][0], n)
        else:
            ranges.append((n, n))
    found = rpo_data(beats(1, 60), back(*ranges), at(fail_at / 10), interval_s=0.1)
    lost = [n for n in range(1, fail_at + 1) if n not in kept]
    if fail_at == 0:
        assert found.writes_lost.value is None
        return
    assert found.writes_lost.value == len(lost)
    first = lost[0] if lost else fail_at + 1
    before = [n for n in kept if n < first and n <= fail_at]
    if before:
        assert found.rpo_data.value == pytest.approx((fail_at - max(before)) / 10)
    else:
        assert found.rpo_data.value is None


def test_writes_after_a_points_target_are_discarded_not_lost() -> None:
    assert discarded_writes(beats(1, 100), at(4.0), at(10.0)).value == 60
    assert discarded_writes(beats(1, 100), at(10.0), at(10.0)).value == 0
    assert discarded_writes(Acknowledged(()), at(1), at(2)).value is None


def test_rpo_point_is_the_points_own_age() -> None:
    assert rpo_point(at(10), at(4), source="backup").value == 6.0


def test_rpo_consistent_reaches_back_to_the_first_row_without_its_file() -> None:
    data = Figure(value=2.0, uncertainty_s=0.1, source="heartbeats")
    assert rpo_consistent(at(60), data, at(20)).value == 40.0
    assert rpo_consistent(at(60), data, None).value == 2.0
    assert rpo_consistent(at(60), data, at(59.5)).value == 2.0
    assert rpo_consistent(at(60), Figure.unmeasured("why"), at(20)).why == "why"


@pytest.mark.parametrize(("later", "told"), [(50.0, 1), (60.0, 1), (61.0, 0)])
def test_a_pause_of_the_last_minute_is_told(later: float, told: int) -> None:
    number = round(later * 10)
    both = Acknowledged((*beats(1, 10).beats, *beats(100, 100 + number).beats))
    found = rpo_data(both, back((1, 10), (100, 100 + number)), at(10 + later), interval_s=0.1)
    assert len(found.findings) == told
