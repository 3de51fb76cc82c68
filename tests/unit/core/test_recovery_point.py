"""Which recovery point is restored, and what a recovery may use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from stormproof.core.errors import RunFailed
from stormproof.core.recovery_point import (
    HeldSegment,
    RecoveryPoint,
    VaultHoldings,
    choose_recovery_point,
    reach_back,
)

T = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)


def point(label: str, minutes_before: float, *, error: bool = False) -> RecoveryPoint:
    instant = T - timedelta(minutes=minutes_before)
    return RecoveryPoint(label=label, kind="full", started=instant, instant=instant, error=error)


POINTS = [point("b", 60), point("c", 1), point("a", 600), point("late", -1)]
HELD = ("a", "b", "c", "late")


def test_the_newest_usable_point_wins_whatever_the_order() -> None:
    for order in (POINTS, POINTS[::-1]):
        assert choose_recovery_point(order, held=HELD, not_after=T).label == "c"


@pytest.mark.parametrize(("minutes", "chosen"), [(-0.01, "old"), (0, "new"), (0.01, "new")])
def test_a_point_at_the_very_instant_still_counts(minutes: float, chosen: str) -> None:
    points = [point("old", 60), point("new", minutes)]
    assert choose_recovery_point(points, held=None, not_after=T).label == chosen


def test_what_was_not_held_at_the_failure_is_never_chosen() -> None:
    assert choose_recovery_point(POINTS, held=("a", "b"), not_after=T).label == "b"


def test_a_point_marked_as_broken_is_never_chosen() -> None:
    assert choose_recovery_point([*POINTS, point("x", 0.5, error=True)], held=None, not_after=T).label == "c"


def test_in_an_outage_everything_that_is_there_may_be_used() -> None:
    assert choose_recovery_point(POINTS, held=None, not_after=T).label == "c"


def test_the_oldest_can_be_asked_for_and_a_random_one_is_drawn_again_from_its_seed() -> None:
    assert choose_recovery_point(POINTS, held=HELD, not_after=T, choice="oldest").label == "a"
    drawn = [choose_recovery_point(POINTS, held=HELD, not_after=T, choice="random", seed=n).label for n in range(30)]
    again = [
        choose_recovery_point(POINTS[::-1], held=HELD, not_after=T, choice="random", seed=n).label for n in range(30)
    ]
    assert drawn == again
    assert set(drawn) == {"a", "b", "c"}


def test_no_point_says_why_and_what_to_do() -> None:
    with pytest.raises(RunFailed) as caught:
        choose_recovery_point([point("late", -5)], held=None, not_after=T, service="orders-db")
    assert str(caught.value) == (
        "error SP201: no recovery point of orders-db at or before 2026-01-31T09:00:00+00:00: "
        "the oldest of 1 was taken at 2026-01-31T09:05:00+00:00, after it\n"
        "  where: the vault's list of backups\n"
        "  fix:   choose a later target instant, or find out why no backup was taken in time"
    )
    with pytest.raises(RunFailed, match="the vault holds no backup at all"):
        choose_recovery_point([], held=None, not_after=T)
    with pytest.raises(RunFailed, match="each is marked as broken or came after the list was frozen"):
        choose_recovery_point([point("b", 5)], held=(), not_after=T)


def held(name: str, source: str = "archive") -> HeldSegment:
    return HeldSegment(name=name, sha1="0" * 40, source=source)  # type: ignore[arg-type]


def names(holdings: VaultHoldings, first: str) -> list[tuple[str, str]]:
    return [(s.name, s.source) for s in holdings.wal_from(first)]


def test_wal_is_fetched_from_the_backups_first_segment_on_and_histories_come_first() -> None:
    holdings = VaultHoldings(
        frozen_at=T,
        segments=(
            held("000000010000000000000004"),
            held("000000020000000000000006"),
            held("00000002.history"),
            held("000000010000000000000005"),
            held("000000010000000000000003"),
        ),
    )
    assert [name for name, _ in names(holdings, "000000010000000000000004")] == [
        "00000002.history",
        "000000010000000000000004",
        "000000010000000000000005",
        "000000020000000000000006",
    ]


def test_a_segment_in_archive_and_stream_is_taken_from_the_archive() -> None:
    twice = (held("000000010000000000000004", "stream"), held("000000010000000000000004", "archive"))
    for order in (twice, twice[::-1]):
        holdings = VaultHoldings(frozen_at=T, segments=order)
        assert names(holdings, "000000010000000000000004") == [("000000010000000000000004", "archive")]


def test_recovery_reaches_back_to_the_oldest_sound_point() -> None:
    assert reach_back(POINTS, at=T) == timedelta(minutes=600)
    assert reach_back([point("x", 5, error=True)], at=T) is None


def test_wal_of_the_cluster_before_an_upgrade_is_left_out_and_what_does_not_tell_stays() -> None:
    name = "000000010000000000000005"
    segments = (
        HeldSegment(name=name, sha1="1" * 40, source="archive", archive_id="15-1"),
        HeldSegment(name=name, sha1="2" * 40, source="archive", archive_id="16-2"),
        HeldSegment(name="00000002.history", sha1=None, source="archive", archive_id="15-1"),
        HeldSegment(name=name, sha1="3" * 40, source="stream", length=9, system_id="77"),
        HeldSegment(name=name, sha1="4" * 40, source="stream", length=9, system_id="78"),
        HeldSegment(name=name, sha1="5" * 40, source="stream", length=9),
    )
    holdings = VaultHoldings(frozen_at=T, segments=segments)
    mine = [s.sha1 for s in holdings.of_cluster("16-2", "78").segments]
    assert mine == ["2" * 40, "4" * 40, "5" * 40]
    assert holdings.of_cluster(None, None) == holdings
