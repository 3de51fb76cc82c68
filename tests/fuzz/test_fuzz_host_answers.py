"""What hosts answer to our own scripts, cut or changed anywhere: told or an error in words, and damage is never lost in it."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC
from typing import Any

import pytest
from drill_memory import TableHost
from hypothesis import assume, example, given
from hypothesis import strategies as st
from mutating import as_text, broken_documents, broken_texts, outcome

from stormproof.adapters.capture import capture_files
from stormproof.adapters.check_runner import _guarded
from stormproof.adapters.check_runner_integrity import amcheck, checksums
from stormproof.adapters.pgbackrest_backup import parse_look
from stormproof.adapters.postgres_questions import heartbeat_ranges
from stormproof.adapters.tool_failure import tool_failure
from stormproof.core.backup_whole import BackupFacts, backup_whole
from stormproof.core.check_context import PostgresPlace
from stormproof.core.checks import decide
from stormproof.core.errors import RunFailed
from stormproof.core.heartbeat import Range, Restored
from stormproof.core.ports import Completed
from stormproof.core.recovery_parts import PostgresParts, parse_parts
from stormproof.core.tool_meaning import Tool
from stormproof.core.verdict import CheckResult
from stormproof.drill.heartbeats import Writer, read_acknowledged

PLACE = PostgresPlace("/usr/lib/postgresql/15/bin", "/run/x", 5432, "postgres", "shop", pgdata="/w/r/pgdata")


def host(status: int, out: str, err: str = "") -> TableHost:
    return TableHost("recovery-1", answers=[("", Completed(status, out, err, 0.1))])


# -- what a recovery was made of

PARTS = """cores 2
fetched 000000010000000000000004 fetched 0.500000 archive 1.0
fetched 000000010000000000000005 fetched 0.700000 archive 2.0
fetched 000000010000000000000006 fetched 0.100000 stream 3.0
asked 1.0 000000010000000000000004 given 0.510000
asked 2.0 000000010000000000000005 given 0.700000
asked 3.0 00000002.history refused 0.400000
extra 00000002.history 0.400000
redo 2026 LOG:  redo done at 0/7 system usage: CPU: user: 0.86 s, system: 0.90 s, elapsed: 1.75 s
cpu base 0m0.003s 0m0.001s
cpu base 0m4.200s 1m1.100s
host 1360 1600
based 0.250000
size 50331648
get ssh 0 0.570000
get tls 125 0.100000
ahead 0.300000
ahead 0.200000
"""


def parts_of(text: str, way: str = "on-demand") -> PostgresParts:
    return parse_parts(
        text, transport="ssh", wal_way=way, connections=1, processes=None, base_s=8.0, base_bytes=10
    )  # fmt: skip


@given(broken_texts(PARTS), st.sampled_from(["on-demand", "prefetch"]))
def test_parts_of_a_recovery_are_measured_or_not(text: str, way: str) -> None:
    assume(re.search(r"\d{16,}[m,.]", text) is None)  # bash prints no such number of minutes
    found = outcome(lambda: parts_of(text, way))
    assert isinstance(found, PostgresParts)
    numbers = [value for value in found.model_dump().values() if isinstance(value, int | float)]
    assert all(math.isfinite(value) and value >= 0 for value in [*numbers, *found.one_get_s.values()])
    assert found.base_busy_share is None or found.base_busy_share <= 1
    assert found.replay_busy_s <= (found.redo_s or 0.0)
    json.dumps(found.model_dump(), allow_nan=False)


# -- the description of a backup

SUMS = {"backup.manifest": "a" * 40, "backup.info": "b" * 40, "archive.info": "c" * 40}
LOOK = "".join(
    f"file {name}{copy} 0 100 {digest} own-sum\n" for name, digest in SUMS.items() for copy in ("", ".copy")
) + (
    'field backup.manifest backup backup-type "full"\nfiles backup.manifest 1441 66997105\n'
    'entry backup.info {"backup-type":"full","backup-info-size":66997105}\n'
)  # fmt: skip


def looked(text: str) -> Any:
    return outcome(lambda: parse_look(text, label="20261126-022707F", where="vault: main"))


def test_the_whole_description_passes_so_that_the_others_mean_something() -> None:
    assert backup_whole(looked(LOOK)).result is CheckResult.PASSED


@given(broken_texts(LOOK))
def test_any_look_at_a_backup_is_judged_or_told(text: str) -> None:
    facts = looked(text)
    if isinstance(facts, BackupFacts):
        backup_whole(facts)


@pytest.mark.parametrize("name", SUMS)
@given(data=st.data())
def test_a_damaged_copy_never_passes_whatever_else_is_wrong_with_the_answer(name: str, data: st.DataObject) -> None:
    line = f"file {name}.copy 0 100 {'d' * 40} other-sum\n"
    others = "".join(one + "\n" for one in LOOK.splitlines() if not one.startswith(f"file {name}.copy "))
    facts = looked(data.draw(broken_texts(others)) + "\n" + line)
    if isinstance(facts, BackupFacts):
        assert backup_whole(facts).result is not CheckResult.PASSED


# -- PostgreSQL's own tools

AMCHECK = """2
btree index "shop.public.orders_pkey":
    ERROR:  item order invariant violated for index "orders_pkey"
heap table "shop.public.orders", block 3, offset 2:
    xmin 4 precedes relation freeze threshold 0:727
"""
CHECKSUMS = 'pg_checksums: error: checksum verification failed in file "/w/r/pgdata/base/5/16385", block 3: calculated checksum ABCD but block contains 1234\nChecksum operation completed\n'  # fmt: skip


@given(broken_texts(AMCHECK), st.sampled_from([0, 1, 2, 127]))
def test_damage_that_pg_amcheck_ended_with_is_told_or_nothing_is_said_to_be_sound(text: str, status: int) -> None:
    found = _guarded("integrity", lambda: decide(*amcheck(host(status, text, "x"), PLACE, bound_seconds=9)))
    assert status == 0 or found.result is not CheckResult.PASSED


@given(broken_texts(CHECKSUMS), st.sampled_from([0, 1, 75]))
def test_a_page_that_failed_its_checksum_is_told_or_nothing_is_said_to_be_sound(text: str, status: int) -> None:
    look = lambda: decide(*checksums(host(status, text), PLACE, required=True, bound_seconds=9))  # noqa: E731
    assert status == 0 or _guarded("integrity", look).result is not CheckResult.PASSED


RANGES = [[1, 20, "2026-11-23T05:00:01.000000Z", "2026-11-23T05:00:20.000000Z"], [22, 30, "2026-11-23T05:00:22Z", "2026-11-23T05:00:30Z"]]  # fmt: skip


@given(st.one_of(broken_texts("".join(as_text(one) + "\n" for one in RANGES)), broken_documents(RANGES).map(lambda d: "".join(as_text(one) + "\n" for one in d) if isinstance(d, list) else as_text(d))))  # fmt: skip
def test_the_heartbeats_that_came_back_are_ranges_or_an_error(text: str) -> None:
    found = outcome(lambda: heartbeat_ranges(host(0, text), PLACE))
    if isinstance(found, Restored):
        for one in found.ranges:
            assert isinstance(one, Range)
            assert one.first <= one.last
            assert one.first_at.tzinfo is UTC
        assert 21 not in found or text != "".join(as_text(one) + "\n" for one in RANGES)


FILES = f"now 1795412600.25\nuntil 1795412595.250000\ndigest {'a' * 64}\nfiles 3\nbytes 900\n"


@given(broken_texts(FILES))
def test_a_folders_reference_is_whole_or_an_error(text: str) -> None:
    found = outcome(lambda: capture_files(host(0, text), "/srv/x"))
    if not isinstance(found, Exception):
        assert found.files >= 0
        assert found.bytes >= 0
        assert len(found.digest) == 64


WRITTEN = "written 1795412600.25\n" + "".join(f"{n} 2026-11-23T05:00:{n:02d}.000000Z\n" for n in range(1, 20))


@given(broken_texts(WRITTEN))
@example("written 1e300\n1 2026-11-23T05:00:01Z\n")
@example("written nan\n1 2026-11-23T05:00:01Z\n")
def test_the_writers_file_is_read_or_refused(text: str) -> None:
    writer = Writer("app-web", "/x", 1.0, "stormproof.heartbeat")
    outcome(lambda: read_acknowledged(host(0, text), writer))


@given(st.sampled_from(list(Tool)), st.one_of(st.none(), st.integers(0, 255)), st.one_of(st.text(max_size=300), broken_texts("ERROR: [056]: unable to find primary cluster - cannot proceed\nroom: 0 bytes and 5 inodes are free\n")))  # fmt: skip
def test_whatever_a_tool_said_its_end_is_an_error_in_words(tool: Tool, status: int | None, said: str) -> None:
    error = outcome(lambda: tool_failure(tool, status, said, where="recovery-1"))
    assert isinstance(error, RunFailed)
    assert error.fix.strip()
