"""A promotion at a gap or in a damaged segment fails the drill, however healthy the server looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from stormproof.core.check_context import Arrived, WalFacts
from stormproof.core.reached import reached, wal_continuity
from stormproof.core.recovery_log import RecoveryLog
from stormproof.core.verdict import CheckResult
from stormproof.core.wal import FrozenList, Segment
from stormproof.core.wal_records import WalEnd

S = 16 << 20
T = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
SHA = {n: f"{n:040x}" for n in range(20)}
WHOLE = FrozenList(tuple(Segment(1, n, "archive", SHA[n]) for n in (5, 6, 7)))
USED = {f"00000001{n:016X}": SHA[n] for n in (5, 6, 7)}
END = WalEnd(7 * S + 0x2308, 7 * S + 0x2380, True, "")
FACTS = WalFacts(WHOLE, 5 * S + 40, 1, 5 * S + 4096, END, Arrived(END.end, 1, 2, RecoveryLog(last_completed=T)), USED)


def at(lsn: int | None, **more: object) -> WalFacts:
    assert FACTS.arrived is not None
    return replace(FACTS, arrived=replace(FACTS.arrived, lsn=lsn), **more)  # type: ignore[arg-type]


def codes(decided: object) -> list[str]:
    return [finding.code for finding in decided.findings]  # type: ignore[attr-defined]


def test_arriving_at_the_end_of_the_last_complete_record_passes_and_says_where() -> None:
    decided = reached(FACTS)
    assert (decided.result, codes(decided)) == (CheckResult.PASSED, [])
    assert decided.facts == {
        "reached_lsn": "0/7002380",
        "expected_lsn": "0/7002380",
        "reached": T.isoformat(),
        "timeline": 1,
    }


def test_one_record_less_fails_with_the_distance() -> None:
    decided = reached(at(END.last))
    assert decided.result is CheckResult.FAILED
    assert decided.findings[0].code == "SP421"
    assert decided.findings[0].what == (
        "recovery stopped at 0/7002308 (segment 000000010000000000000007), 120 bytes before the end of the vault's WAL (0/7002380)"
    )


def test_a_promotion_at_a_gap_fails_without_the_newest_segment_being_read() -> None:
    gap = FrozenList(tuple(s for s in WHOLE.segments if s.number != 6))
    facts = at(6 * S, frozen=gap, newest_end=None)
    assert (reached(facts).result, codes(reached(facts))) == (CheckResult.FAILED, ["SP421"])
    assert (wal_continuity(facts).result, codes(wal_continuity(facts))) == (CheckResult.FAILED, ["SP481"])


def test_more_than_the_list_held_flatters_and_fails() -> None:
    assert codes(reached(at(END.end + 8))) == ["SP422"]


def test_the_border_that_an_unfinished_record_crosses_is_an_end_too() -> None:
    assert reached(at(8 * S)).result is CheckResult.PASSED


def test_but_not_in_a_segment_that_was_still_open() -> None:
    still_open = FrozenList((*WHOLE.segments[:2], Segment(1, 7, "stream", SHA[7], 0x2380, True)))
    assert codes(reached(at(8 * S, frozen=still_open))) == ["SP422"]


@pytest.mark.parametrize("facts", [None, replace(FACTS, arrived=None), at(None), at(7 * S + 100, newest_end=None)])
def test_what_could_not_be_looked_at_is_unknown(facts: WalFacts | None) -> None:
    assert reached(facts).result is CheckResult.UNKNOWN


def test_another_timeline_than_the_vaults_newest_fails() -> None:
    assert FACTS.arrived is not None
    assert codes(reached(replace(FACTS, arrived=replace(FACTS.arrived, timeline=4)))) == ["SP423"]


TARGET = T + timedelta(seconds=10)


@pytest.mark.parametrize(
    ("log", "result"),
    [
        (RecoveryLog(last_completed=T, stopped="before", stopped_at=TARGET + timedelta(seconds=1)), CheckResult.PASSED),
        (RecoveryLog(last_completed=TARGET, stopped="before", stopped_at=TARGET), CheckResult.PASSED),
        (RecoveryLog(last_completed=T), CheckResult.FAILED),
        (RecoveryLog(last_completed=T, stopped="before", stopped_at=T), CheckResult.FAILED),
        (
            RecoveryLog(
                last_completed=TARGET + timedelta(microseconds=1), stopped="before", stopped_at=TARGET + timedelta(1)
            ),
            CheckResult.FAILED,
        ),
        (RecoveryLog(last_completed=T, ended_before_target=True), CheckResult.FAILED),
    ],
)
def test_a_point_in_time_must_be_stopped_by_its_target(log: RecoveryLog, result: CheckResult) -> None:
    decided = reached(replace(FACTS, arrived=Arrived(6 * S, 1, 2, log)), TARGET)
    assert decided.result is result
    assert codes(decided) == ([] if result is CheckResult.PASSED else ["SP424"])


def test_a_whole_list_is_continuous_and_counts_what_was_verified() -> None:
    decided = wal_continuity(FACTS)
    assert (decided.result, decided.facts) == (
        CheckResult.PASSED,
        {"segments": 3, "missing": 0, "verified": 3, "timeline": 1},
    )


@pytest.mark.parametrize(
    "damage",
    [
        {"used_sha1": {**USED, "000000010000000000000006": "f" * 40}},
        {"refused": {"000000010000000000000006": "damaged"}},
    ],
)
def test_a_segment_whose_digest_is_not_its_names_fails(damage: dict[str, object]) -> None:
    decided = wal_continuity(replace(FACTS, **damage))  # type: ignore[arg-type]
    assert (
        decided.findings[0].what
        == "WAL segment 000000010000000000000006 is damaged: its SHA-1 is not the one in its name"
    )


def test_a_listed_segment_that_could_not_be_had_fails() -> None:
    used = {k: v for k, v in USED.items() if not k.endswith("7")}
    decided = wal_continuity(replace(FACTS, used_sha1=used, refused={"000000010000000000000007": "status-29"}))
    assert (
        decided.findings[0].what
        == "WAL segment 000000010000000000000007 is listed, but could not be had from the vault (status-29)"
    )


@pytest.mark.parametrize("status", ["status-39", "status-49", "status-125", "status-255", "status-64", "status-139"])
def test_a_segment_that_the_way_kept_back_is_unknown_and_never_called_damaged(status: str) -> None:
    used = {k: v for k, v in USED.items() if not k.endswith("7")}
    decided = wal_continuity(replace(FACTS, used_sha1=used, refused={"000000010000000000000007": status}))
    assert decided.result is CheckResult.UNKNOWN
    assert decided.findings[0].what == (
        f"WAL segment 000000010000000000000007 is listed, and could not be looked at ({status}): the way to it broke"
    )


@pytest.mark.parametrize("status", ["status-1", "status-29", "status-55", "status-95"])
def test_a_status_that_speaks_of_the_file_fails(status: str) -> None:
    used = {k: v for k, v in USED.items() if not k.endswith("7")}
    decided = wal_continuity(replace(FACTS, used_sha1=used, refused={"000000010000000000000007": status}))
    assert (decided.result, codes(decided)) == (CheckResult.FAILED, ["SP482"])


def test_a_broken_way_does_not_hide_a_gap() -> None:
    gap = FrozenList(tuple(s for s in WHOLE.segments if s.number != 6))
    facts = replace(FACTS, frozen=gap, used_sha1={}, refused={"000000010000000000000005": "status-39"})
    assert codes(wal_continuity(facts)) == ["SP481"]


def test_a_list_that_ends_before_the_backups_own_end_fails() -> None:
    assert codes(wal_continuity(replace(FACTS, backup_stop_lsn=8 * S + 1))) == ["SP484"]


def test_a_list_that_could_not_be_read_whole_is_unknown_unless_a_gap_is_seen() -> None:
    assert wal_continuity(replace(FACTS, why_unknown="x")).result is CheckResult.UNKNOWN
    gap = FrozenList(tuple(s for s in WHOLE.segments if s.number != 6))
    assert wal_continuity(replace(FACTS, why_unknown="x", frozen=gap)).result is CheckResult.FAILED


def test_a_list_that_ends_exactly_at_the_backups_end_is_enough() -> None:
    assert wal_continuity(replace(FACTS, backup_stop_lsn=8 * S)).result is CheckResult.PASSED


def test_a_segment_that_was_had_in_the_end_counts_as_had() -> None:
    assert (
        wal_continuity(replace(FACTS, refused={"000000010000000000000006": "status-39"})).result is CheckResult.PASSED
    )


def test_a_whole_segment_that_ends_at_its_own_beginning_is_read_as_it_is() -> None:
    assert reached(at(7 * S, newest_end=WalEnd(7 * S - 48, 7 * S, True, ""))).result is CheckResult.PASSED


def test_arriving_at_damage_that_no_digest_vouches_for_fails_although_the_log_seems_to_end_there() -> None:
    facts = at(END.end, damaged_behind_end=True)
    for decided in (reached(facts), wal_continuity(facts)):
        assert (decided.result, codes(decided)) == (CheckResult.FAILED, ["SP482"])
    assert reached(facts).findings[0].what == (
        "WAL segment 000000010000000000000007 is damaged at 0/7002380: the vault holds more behind it, which replay cannot reach"
    )
