"""Which part of the repository or of the WAL is harmed, and who must name it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from stormproof.core import negative_control_repository as plans
from stormproof.core.check_context import WalFacts
from stormproof.core.negative_control import Facts, NotApplicable, Seed
from stormproof.core.reached import reached, wal_continuity
from stormproof.core.wal import FrozenList, Segment

S = 16 << 20
LABEL = "20261126-022707F"


def name(number: int) -> str:
    return f"00000001{number:016X}"


def wal(*segments: Segment, stop: int = 5 * S + 4096) -> WalFacts:
    return WalFacts(FrozenList(segments), 5 * S + 40, 1, stop)


def archived(*numbers: int) -> list[Segment]:
    return [Segment(1, n, "archive", f"{n:040x}") for n in numbers]


def facts(of: WalFacts | None) -> Facts:
    return Facts(checks=(), instant=datetime(2026, 1, 1, tzinfo=UTC), database="shop", backup=LABEL, wal=of)


OPEN = Segment(1, 8, "stream", "f" * 40, 4096, True)


@pytest.mark.parametrize(
    ("segments", "stop", "chosen", "before"),
    [
        ([*archived(5, 6, 7), OPEN], 5 * S + 4096, 6, 5),  # the first behind the backup's own: little is replayed
        ([*archived(5, 6, 7), OPEN], 6 * S + 4096, 7, 6),  # the backup ended one segment later
        ([*archived(5, 6, 7), OPEN], 6 * S, 6, 5),  # it ended at the border, which belongs to the segment before
        (archived(5, 6), 5 * S + 4096, 5, None),  # never the newest: its loss is no gap
        (archived(5), 5 * S + 4096, 5, None),
        ([*archived(5), OPEN], 5 * S + 4096, 5, None),  # 6 and 7 are missing already
        ([Segment(1, 6, "stream", "0" * 40, S), *archived(5, 6, 7)], 5 * S + 4096, 6, 5),  # held twice
    ],
)
def test_the_first_segment_behind_the_backups_own_is_harmed_else_the_backups_first(
    segments: list[Segment], stop: int, chosen: int, before: int | None
) -> None:
    found = plans.choose_segment(wal(*segments, stop=stop))
    assert found == plans.ChosenSegment(name(chosen), name(before) if before is not None else None)


def test_a_chain_of_which_the_archive_holds_nothing_is_not_tried() -> None:
    assert plans.choose_segment(wal(Segment(1, 5, "stream", "0" * 40, S))) is None
    seed = plans.lost_segment(facts(wal(Segment(1, 5, "stream", "0" * 40, S))))
    assert seed == NotApplicable("the vault's archive holds no WAL segment behind the backup's start")


@pytest.mark.parametrize(
    "plan",
    [
        plans.lost_segment,
        plans.damaged_segment,
        plans.flipped_repository_bit,
        plans.flipped_manifest_bit,
        plans.wrong_passphrase,
    ],
)
def test_a_drill_without_a_database_has_nothing_of_it(plan: object) -> None:
    assert plan(Facts(checks=(), instant=datetime(2026, 1, 1, tzinfo=UTC))) == plans.NO_DATABASE  # type: ignore[operator]


def test_what_the_checks_say_of_a_lost_segment_is_what_the_seed_waits_for() -> None:
    held = wal(*archived(5, 6, 7), OPEN)
    seed = plans.lost_segment(facts(held))
    assert isinstance(seed, Seed)
    gap = FrozenList(tuple(s for s in held.frozen.segments if s.number != 6))
    (finding,) = wal_continuity(replace(held, frozen=gap)).findings
    assert finding.code in seed.codes
    assert seed.named_by[0] in finding.what


def test_the_backups_first_segment_lost_with_nothing_behind_it_is_named_too() -> None:
    held = wal(*archived(5))
    seed = plans.lost_segment(facts(held))
    assert isinstance(seed, Seed)
    (finding,) = wal_continuity(replace(held, frozen=FrozenList(()))).findings
    assert finding.code in seed.codes
    assert seed.named_by[0] in finding.what


def test_what_the_checks_say_of_a_damaged_segment_is_what_the_seed_waits_for() -> None:
    held = wal(*archived(5, 6, 7), OPEN)
    seed = plans.damaged_segment(facts(held))
    assert isinstance(seed, Seed)
    for how in ("damaged", "status-29", "status-95"):
        (finding,) = wal_continuity(replace(held, used_sha1={name(5): f"{5:040x}"}, refused={name(6): how})).findings
        assert finding.code in seed.codes
        assert seed.named_by[0] in finding.what


def test_reached_may_name_the_segment_before_the_harmed_one_and_continuity_must_name_it() -> None:
    held = wal(*archived(5, 6, 7), OPEN)
    seed = plans.lost_segment(facts(held))
    assert isinstance(seed, Seed)
    continuity, stopped = plans.watch_segment(facts(held), seed).watchers
    assert (continuity.name, continuity.sure) == ("wal_continuity", True)
    assert (stopped.name, stopped.sure, stopped.named_by) == ("reached", False, (name(5),))
    assert reached(None).result.value == "unknown"
