"""Borders of "reached" and of the choice of a point: what is named where little is known, and what lies exactly on the line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from test_reached import END, FACTS, WHOLE, S

from stormproof.core.errors import RunFailed
from stormproof.core.reached import reached, wal_continuity
from stormproof.core.recovery_point import RecoveryPoint, choose_recovery_point, reach_back
from stormproof.core.verdict import CheckResult
from stormproof.core.wal import FrozenList, Segment
from stormproof.core.wal_records import WalEnd

AT = datetime(2026, 11, 23, 5, tzinfo=UTC)


def point(label: str, seconds: float, *, error: bool = False) -> RecoveryPoint:
    at = AT + timedelta(seconds=seconds)
    return RecoveryPoint(label=label, kind="full", started=at, instant=at, error=error)


@pytest.mark.parametrize(
    ("why", "said"), [("the list was cut", "the list was cut"), ("", "nothing says where recovery arrived")]
)
def test_without_an_arrival_the_reason_that_is_known_is_told(why: str, said: str) -> None:
    decided = reached(replace(FACTS, arrived=None, why_unknown=why))
    assert (decided.result, decided.findings[0].what) == (CheckResult.UNKNOWN, said)


@pytest.mark.parametrize(("timeline", "name"), [(3, "000000030000000000000006"), (None, "000000010000000000000006")])
def test_where_it_stopped_is_named_on_its_own_timeline_or_the_vaults_newest(timeline: int | None, name: str) -> None:
    assert FACTS.arrived is not None
    stopped = replace(FACTS, arrived=replace(FACTS.arrived, lsn=6 * S + 8, timeline=timeline))
    assert f"(segment {name})" in reached(stopped).findings[0].what


@pytest.mark.parametrize(("timeline", "name"), [(3, "000000030000000000000007"), (None, "000000010000000000000007")])
def test_damage_that_no_digest_vouches_for_is_named_on_the_timeline_that_is_known(
    timeline: int | None, name: str
) -> None:
    assert FACTS.arrived is not None
    damaged = replace(FACTS, damaged_behind_end=True, arrived=replace(FACTS.arrived, timeline=timeline))
    assert wal_continuity(damaged).findings[0].what.startswith(f"WAL segment {name} is damaged at 0/7002380")
    nobody = replace(FACTS, damaged_behind_end=True, arrived=None)
    assert "000000010000000000000007" in wal_continuity(nobody).findings[0].what
    assert END.end == 7 * S + 0x2380


def test_a_point_taken_at_the_very_instant_counts_and_a_broken_one_there_is_not_called_late() -> None:
    assert choose_recovery_point([point("a", 0)], held=None, not_after=AT).label == "a"
    with pytest.raises(RunFailed, match="1 are there, and each is marked as broken"):
        choose_recovery_point([point("a", 0, error=True)], held=None, not_after=AT)
    with pytest.raises(RunFailed, match="the oldest of 1 was taken at"):
        choose_recovery_point([point("a", 0.001)], held=None, not_after=AT)


def test_how_far_back_counts_from_the_very_instant() -> None:
    assert reach_back([point("a", 0)], at=AT) == timedelta(0)
    assert reach_back([point("a", 0), point("b", -60), point("c", -90, error=True)], at=AT) == timedelta(seconds=60)
    assert reach_back([point("a", 0.001)], at=AT) is None


OPEN = FrozenList((*WHOLE.segments[:2], Segment(1, 7, "stream", None, 0x100, True)))


@pytest.mark.parametrize(
    ("frozen", "result", "expected"),
    [(OPEN, CheckResult.PASSED, "0/6FFFF00"), (WHOLE, CheckResult.UNKNOWN, "behind 0/7000000")],
    ids=["still open", "whole"],
)
def test_the_end_may_lie_before_a_segment_that_is_still_open_and_never_before_a_whole_one(
    frozen: FrozenList, result: CheckResult, expected: str
) -> None:
    """Before a whole one the reader itself stopped at damage: where the log ends is then not known."""
    end = WalEnd(7 * S - 0x200, 7 * S - 0x100, True, "")
    assert FACTS.arrived is not None
    arrived = replace(FACTS.arrived, lsn=end.end if frozen is OPEN else 7 * S)
    decided = reached(replace(FACTS, frozen=frozen, newest_end=end, arrived=arrived))
    assert (decided.result, decided.facts["expected_lsn"]) == (result, expected)


def test_how_far_recovery_went_beyond_the_list_is_told() -> None:
    assert FACTS.arrived is not None
    decided = reached(replace(FACTS, arrived=replace(FACTS.arrived, lsn=END.end + 4096)))
    assert "recovery went on to 0/7003380, 4,096 bytes behind the end" in decided.findings[0].what


@pytest.mark.parametrize("status", [1, 26, 28, 29, 44, 45, 55, 95, 99])
def test_each_status_that_speaks_of_the_file_itself_fails(status: int) -> None:
    """The numbers are pgBackRest's: not there, checksum, file-invalid, format, archive-mismatch and -duplicate …"""
    last = "000000010000000000000007"
    used = {name: sha for name, sha in FACTS.used_sha1.items() if name != last}
    decided = wal_continuity(replace(FACTS, used_sha1=used, refused={last: f"status-{status}"}))
    assert decided.result is CheckResult.FAILED


def test_of_several_gaps_the_first_is_named() -> None:
    numbers = (5, 7, 9)
    frozen = FrozenList(tuple(Segment(1, n, "archive", f"{n:040x}") for n in numbers))
    what = wal_continuity(replace(FACTS, frozen=frozen, used_sha1={})).findings[0].what
    assert (
        what == "2 of 5 WAL segments are missing, the first is 000000010000000000000006; 2 behind it cannot be reached"
    )


@pytest.mark.parametrize(("count", "told"), [(5, 5), (6, 5)])
def test_of_many_names_with_two_contents_five_are_listed(count: int, told: int) -> None:
    twice = [Segment(1, 5 + n, "archive", sha * 40) for n in range(count) for sha in ("a", "b")]
    decided = wal_continuity(replace(FACTS, frozen=FrozenList(tuple(twice)), used_sha1={}))
    assert [finding.code for finding in decided.findings] == ["SP483"] * told


def test_a_backup_whose_own_end_is_not_told_is_held_against_gaps_alone() -> None:
    assert wal_continuity(replace(FACTS, backup_stop_lsn=None)).result is CheckResult.PASSED


def test_where_the_list_holds_nothing_the_gap_is_told_and_not_the_backups_end() -> None:
    nothing = replace(FACTS, frozen=FrozenList(()), used_sha1={})
    assert [finding.code for finding in wal_continuity(nothing).findings] == ["SP481"]
