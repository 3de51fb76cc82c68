"""Whatever a tool prints: an answer or a typed error, and never a comparison that passes although it should not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import assume, example, given
from hypothesis import strategies as st
from mutating import as_text, broken_bytes, broken_documents, broken_texts, outcome

from stormproof.adapters.pgbackrest import parse_freeze, parse_info
from stormproof.adapters.restic import list_snapshots
from stormproof.core.check_context import Arrived, WalFacts
from stormproof.core.errors import StormproofError
from stormproof.core.heartbeat import Acknowledged, Range, Restored, parse_acknowledged, rpo_data
from stormproof.core.ports import Completed
from stormproof.core.reached import reached, wal_continuity
from stormproof.core.recovery_log import parse_recovery_log
from stormproof.core.recovery_point import RecoveryPoint, choose_recovery_point
from stormproof.core.verdict import CheckResult
from stormproof.core.wal import FrozenList
from stormproof.core.wal_records import WalEnd, is_damaged_behind, parse_waldump

INFO: list[dict[str, Any]] = [
    {
        "name": "main",
        "status": {"code": 0, "message": "ok"},
        "db": [{"id": 1, "version": "15", "system-id": 7712301070081368125, "repo-key": 1}],
        "backup": [
            {
                "archive": {"start": f"0000000100000000000000{n:02X}", "stop": f"0000000100000000000000{n + 1:02X}"},
                "database": {"id": 1, "repo-key": 1},
                "error": n == 9,
                "info": {"size": 344611049, "delta": 1, "repository": {"size": 1}},
                "label": f"20261123-0{n}4209F",
                "lsn": {"start": "0/8001D78", "stop": "0/80A93F8"},
                "timestamp": {"start": 1795412529 + n, "stop": 1795412536 + n},
                "type": "full",
            }
            for n in (7, 8, 9)
        ],
    }
]
LATE = datetime.fromtimestamp(1795412536 + 8, UTC)  # the third is later, and marked as broken
SNAPSHOTS = [
    {"time": "2026-11-26T02:27:13.123456789Z", "tree": "ab", "paths": ["/srv/uploads"], "hostname": "app", "username": "p", "id": "bdacca8d00", "short_id": "bdacca8d"},
    {"time": "2026-11-26T03:27:13.5+01:00", "tree": "ac", "paths": ["/srv/uploads"], "hostname": "app", "username": "p", "id": "cdacca8d00", "short_id": "cdacca8d"},
]  # fmt: skip


class Saying:
    """A host that answers everything with one text."""

    name = address = "recovery-1"

    def __init__(self, text: str) -> None:
        self.text = text

    def run(self, script: str, **more: Any) -> Completed:
        return Completed(0, self.text, "", 0.1)

    def check(self, script: str, **more: Any) -> str:
        return self.text


def snapshots(text: str) -> Any:
    return outcome(lambda: list_snapshots(Saying(text), repository="r", env={}))  # type: ignore[arg-type]


def hold_choice(points: Any, not_after: datetime) -> None:
    """Of whatever was read, only a complete point at or before the failure is ever chosen."""
    if isinstance(points, StormproofError):
        return
    chosen = outcome(lambda: choose_recovery_point(points, held=None, not_after=not_after, service="s"))
    if isinstance(chosen, RecoveryPoint):
        assert not chosen.error
        assert chosen.instant <= not_after


@given(st.one_of(broken_texts(as_text(INFO)), broken_documents(INFO).map(as_text)))
def test_what_pgbackrest_says_of_its_backups_is_read_or_refused(text: str) -> None:
    hold_choice(outcome(lambda: parse_info(Completed(0, text, "", 0.1), stanza="main", where="x")), LATE)


@given(broken_documents(INFO, most=1))
def test_a_backup_marked_as_broken_is_never_chosen_because_another_field_changed(document: Any) -> None:
    last = document[0].get("backup") if document and isinstance(document[0], dict) else None
    assume(isinstance(last, list) and len(last) == 3 and isinstance(last[2], dict) and last[2].get("error") is True)
    points = outcome(lambda: parse_info(Completed(0, as_text(document), "", 0.1), stanza="main", where="x"))
    if isinstance(points, list):
        assert [point.error for point in points][2] is True


@given(st.one_of(broken_texts(as_text(SNAPSHOTS)), broken_documents(SNAPSHOTS).map(as_text)))
def test_what_restic_says_of_its_snapshots_is_read_or_refused(text: str) -> None:
    hold_choice(snapshots(text), datetime(2026, 11, 26, 2, 30, tzinfo=UTC))


# -- the vault's list, and where recovery arrived

S = 16 << 20
SHA = {n: f"{n:040x}" for n in range(5, 9)}
NAMES = {n: f"00000001{0:08X}{n:08X}" for n in SHA}
LISTED = "now 1795412600.25\n" + "".join(
    f"archive 15-1/0000000100000000/{NAMES[n]}-{SHA[n]}.zst\n" for n in SHA
) + "backup 20261123-054209F\nstream " + f"{NAMES[8]} 4096 {SHA[8]} 77\nsnapshot /srv/r abc\nend\n"  # fmt: skip


def wal_facts(text: str, *, without: int | None = None, lsn: int = 8 * S + 0x2380) -> WalFacts | None:
    """Facts from a list; `without` leaves that segment out of what was fetched."""
    holdings = outcome(lambda: parse_freeze(text, snapshot_dirs={"uploads": "/srv/r"}))
    if isinstance(holdings, StormproofError):
        return None
    used = {NAMES[n]: SHA[n] for n in SHA if n != without}
    end = WalEnd(8 * S + 0x2308, 8 * S + 0x2380, True, "")
    unknown = ", ".join(holdings.unreadable)
    return WalFacts(
        FrozenList.of(holdings, {}), 5 * S + 40, 1, 5 * S + 4096, end, Arrived(lsn, 1, 2, parse_recovery_log("")), used,
        why_unknown=unknown,
    )  # fmt: skip


def test_the_whole_list_passes_so_that_the_others_mean_something() -> None:
    facts = wal_facts(LISTED)
    assert wal_continuity(facts).result is CheckResult.PASSED
    assert reached(facts).result is CheckResult.PASSED


WITH_A_GAP = LISTED.replace(f"archive 15-1/0000000100000000/{NAMES[6]}-{SHA[6]}.zst\n", "")


@given(broken_texts(WITH_A_GAP))
@example(f"end\nnow 1795412600.25\narchive 15-1/0000000100000000/{NAMES[5]}-{SHA[5]}.zst")
@example(WITH_A_GAP.replace("\nend\n", f"\narchive 15-1/00000001FFFFFFFF/00000001FFFFFFFF000000FF-{SHA[5]}.zst\nend\n"))
def test_a_list_with_a_gap_never_passes_whatever_else_is_wrong_with_it(text: str) -> None:
    assume(NAMES[6] not in text)  # a mutation may put the missing name back: then there is no gap
    facts = wal_facts(text, without=6)
    # A gap is one only where something behind it is still on the list, and a changed name may name what lies before it;
    # the end that recovery reached is another check's.
    if facts is not None and (facts.why_unknown or any(s.number > 6 for s in facts.frozen.segments)):
        assert wal_continuity(facts).result is not CheckResult.PASSED


@given(broken_texts(LISTED))
def test_a_damaged_segment_never_passes_whatever_else_is_wrong_with_the_list(text: str) -> None:
    facts = wal_facts(text)
    if facts is not None and NAMES[6] in text:
        damaged = {**facts.used_sha1, NAMES[6]: "f" * 40}
        listed = [s for s in facts.frozen.segments if s.name() == NAMES[6] and s.sha1]
        if listed:
            facts.used_sha1.clear()  # type: ignore[attr-defined]
            facts.used_sha1.update(damaged)  # type: ignore[attr-defined]
            assert wal_continuity(facts).result is not CheckResult.PASSED


@given(st.integers(5 * S, 8 * S + 0x2308), broken_texts(LISTED, most=1))
def test_a_server_that_stopped_early_never_passes_whatever_the_list_says(lsn: int, text: str) -> None:
    facts = wal_facts(text, lsn=lsn)
    if facts is not None and NAMES[8] in text:
        assert reached(facts).result is not CheckResult.PASSED


# -- PostgreSQL's own words and bytes

LOG = """2026-11-23 05:00:00.001 UTC [1] LOG:  starting archive recovery
2026-11-23 05:00:00.002 UTC [1] LOG:  redo starts at 0/5000028
2026-11-23 05:00:00.003 UTC [1] LOG:  consistent recovery state reached at 0/5000100
2026-11-23 05:00:00.004 UTC [1] LOG:  recovery stopping before commit of transaction 746, time 2026-11-23 04:59:58.123456+00
2026-11-23 05:00:00.005 UTC [1] LOG:  redo done at 0/7002308 system usage: CPU: user: 0.00 s
2026-11-23 05:00:00.006 UTC [1] LOG:  last completed transaction was at log time 2026-11-23 04:59:57.9+00
2026-11-23 05:00:00.007 UTC [1] LOG:  selected new timeline ID: 2
"""
ENDED = LOG + "2026-11-23 05:00:00.008 UTC [1] FATAL:  recovery ended before configured recovery target was reached\n"
WALDUMP = """rmgr: Heap        len (rec/tot):     54/    54, tx:        746, lsn: 0/070022D0, prev 0/07002298, desc: INSERT off 3 flags 0x00
rmgr: XLOG        len (rec/tot):    106/   106, tx:          0, lsn: 0/07002308, prev 0/070022D0, desc: CHECKPOINT_ONLINE redo 0/70022D0
"""
WALDUMP_ERROR = (
    "pg_waldump: error: error in WAL record at 0/7002308: invalid record length at 0/7002380: wanted 24, got 0\n"
)


@given(broken_texts(LOG))
def test_a_servers_log_is_read_as_far_as_it_goes(text: str) -> None:
    found = parse_recovery_log(text)
    for at in (found.last_completed, found.stopped_at):
        assert at is None or at.tzinfo is not None


@given(broken_texts(LOG, most=2), st.timedeltas(timedelta(seconds=3), timedelta(days=1)))
def test_a_target_that_was_not_reached_never_passes(text: str, later: timedelta) -> None:
    target = datetime(2026, 11, 23, 4, 59, 58, 123456, tzinfo=UTC) + later
    log = parse_recovery_log(text)
    assume(log.stopped_at is None or log.stopped_at < target)
    facts = WalFacts(FrozenList(()), 0, 1, None, None, Arrived(8 * S, 1, 2, log), {})
    decided = reached(facts, target)
    if log.stopped in (None, "before") and not (log.stopped == "before" and log.stopped_at is None):
        assert decided.result is not CheckResult.PASSED


@given(broken_texts(WALDUMP), broken_texts(WALDUMP_ERROR))
@example(WALDUMP.replace("lsn: 0/07002308", "lsn: 0/07002"), "")
def test_what_pg_waldump_prints_is_an_end_or_none(out: str, err: str) -> None:
    end = outcome(lambda: parse_waldump(out, err), ValueError)
    if isinstance(end, WalEnd):
        assert end.end > end.last >= 0


@given(st.binary(max_size=4096), st.integers(0, 1 << 40), st.integers(0, 8192))
def test_any_bytes_behind_the_last_record_are_damage_or_not(following: bytes, place: int, more: int) -> None:
    end = WalEnd(place // 8 * 8, place // 8 * 8 + 64, True, "")
    assert is_damaged_behind(end, following, end.end + more) in (True, False)


# -- the writer's file

BEATS = "".join(f"{n} 2026-11-23T05:00:{n:02d}.000000Z\n" for n in range(1, 40))
BACK = Restored(
    (Range(1, 20, datetime(2026, 11, 23, 5, 0, 1, tzinfo=UTC), datetime(2026, 11, 23, 5, 0, 20, tzinfo=UTC)),)
)
FAIL = datetime(2026, 11, 23, 5, 0, 39, tzinfo=UTC)


@given(broken_texts(BEATS))
def test_acknowledgements_are_read_or_refused_and_never_make_a_loss_negative(text: str) -> None:
    read = outcome(lambda: parse_acknowledged(text), ValueError)
    if not isinstance(read, Acknowledged):
        return
    found = rpo_data(read, BACK, FAIL, interval_s=1.0)
    assert found.writes_lost.value is None or found.writes_lost.value >= 0
    if found.rpo_data.value is not None:
        assert found.rpo_data.value >= 0
        assert found.rpo_data.uncertainty_s is not None
        assert found.rpo_data.uncertainty_s >= 0


@given(st.data())
def test_a_line_that_is_no_acknowledgement_is_never_skipped(data: st.DataObject) -> None:
    lines = BEATS.split("\n")
    number = data.draw(st.integers(0, len(lines) - 2))
    line = data.draw(broken_texts(lines[number], most=1))
    lines[number] = line
    read = outcome(lambda: parse_acknowledged("\n".join(lines)), ValueError)
    if isinstance(read, Acknowledged):
        whole = [one for one in "\n".join(lines).split("\n")[:-1] if one.strip()]
        assert len(read.beats) == len(whole)


@given(st.binary(max_size=300).flatmap(lambda noise: broken_bytes(json.dumps(INFO).encode() + noise)))
def test_bytes_that_are_no_text_are_read_or_refused(data: bytes) -> None:
    text = data.decode(errors="replace")
    outcome(lambda: parse_info(Completed(0, text, "", 0.1), stanza="main", where="x"))
    snapshots(text)
