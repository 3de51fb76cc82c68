"""Borders of "reached" and of the choice of a point: what is named where little is known, and what lies exactly on the line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from test_reached import END, FACTS, S

from stormproof.core.errors import RunFailed
from stormproof.core.reached import reached, wal_continuity
from stormproof.core.recovery_point import RecoveryPoint, choose_recovery_point, reach_back
from stormproof.core.verdict import CheckResult

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
