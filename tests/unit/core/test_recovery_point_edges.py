"""Two vaults taken together, the order of WAL over long distances, and what stands for what nobody said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from stormproof.core.recovery_point import HeldSegment, RecoveryPoint, VaultHoldings, choose_recovery_point

T = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)


def held(name: str) -> HeldSegment:
    return HeldSegment(name=name, sha1="0" * 40, source="archive")


def point(label: str, minutes: float) -> RecoveryPoint:
    instant = T - timedelta(minutes=minutes)
    return RecoveryPoint(label=label, kind="full", started=instant, instant=instant)


def test_two_vaults_together_hold_what_either_held_at_the_earlier_of_both_instants() -> None:
    one = VaultHoldings(frozen_at=T, segments=(held("a"),), backups=("b1",), snapshots={"s": ("1",)}, unreadable=("u1",))  # fmt: skip
    two = VaultHoldings(frozen_at=T + timedelta(seconds=1), segments=(held("b"),), backups=("b2",), snapshots={"t": ("2",)}, unreadable=("u2",))  # fmt: skip
    assert one.joined(two) == VaultHoldings(
        frozen_at=T,
        segments=(held("a"), held("b")),
        backups=("b1", "b2"),
        snapshots={"s": ("1",), "t": ("2",)},
        unreadable=("u1", "u2"),
    )
    assert two.joined(one).frozen_at == T


def test_wal_is_in_the_order_of_positions_whatever_the_timeline_and_however_far_apart() -> None:
    near, newer, far = "000000020000000000000005", "000000010000000000000006", "000000011000000000000001"
    holdings = VaultHoldings(frozen_at=T, segments=(held(far), held(newer), held(near)))
    assert [s.name for s in holdings.wal_from(near)] == [near, newer, far]


def test_copies_of_one_position_are_in_the_order_of_their_timelines() -> None:
    older, newer = "000000010000000000000005", "000000020000000000000005"
    holdings = VaultHoldings(frozen_at=T, segments=(held(newer), held(older)))
    assert [s.name for s in holdings.wal_from(older)] == [older, newer]


def test_a_backup_that_nobody_calls_broken_is_sound() -> None:
    assert choose_recovery_point([point("a", 5)], held=None, not_after=T).label == "a"


def test_a_random_draw_without_a_seed_is_the_one_of_seed_nought() -> None:
    points = [point(f"p{n}", n) for n in range(50)]
    drawn = choose_recovery_point(points, held=None, not_after=T, choice="random")
    assert drawn == choose_recovery_point(points, held=None, not_after=T, choice="random", seed=0)
    assert drawn != choose_recovery_point(points, held=None, not_after=T, choice="random", seed=1)


def test_what_the_vault_held_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        VaultHoldings(frozen_at=T).backups = ("b",)  # type: ignore[misc]
