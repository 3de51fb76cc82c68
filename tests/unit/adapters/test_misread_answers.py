"""An answer that was cut, or that a login script printed into, is told in words: never a traceback, never taken for a fact."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from drill_memory import TableHost

from stormproof.adapters.capture import capture_files
from stormproof.adapters.check_runner_integrity import amcheck
from stormproof.adapters.evidence_store import HEAD, read_head
from stormproof.adapters.isolation_script import Ran
from stormproof.adapters.pgbackrest import parse_freeze
from stormproof.adapters.postgres_questions import QuestionFailed, ask_json, heartbeat_ranges
from stormproof.core.check_context import PostgresPlace
from stormproof.core.drill_result import DrillResult
from stormproof.core.errors import StormproofError, Unverified
from stormproof.core.evidence import Head
from stormproof.core.ports import Completed
from stormproof.drill.heartbeats import Writer, read_acknowledged
from stormproof.drill.references import read_reference
from stormproof.report.junit import junit_xml
from stormproof.report.markdown import markdown_summary

PLACE = PostgresPlace("/bin", "/run/x", 5432, "postgres", "shop")
REFERENCE = {"service": "uploads", "label": "a", "captured_at": "2026-11-23T05:00:00Z"}


def host(out: str, status: int = 0) -> TableHost:
    return TableHost("recovery-1", answers=[("", Completed(status, out, "", 0.1))])


def listed(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def encoded(document: object) -> str:
    return base64.b64encode(json.dumps(document).encode()).decode()


@pytest.mark.parametrize(
    "lines",
    [
        ("Last login: Mon Nov 23 05:00:00 2026", encoded(REFERENCE)),
        (encoded(REFERENCE), encoded(REFERENCE)[:-3]),
        (encoded(REFERENCE | {"captured_at": "2026-11-23T05:00:00"}),),
    ],
)
def test_references_of_which_one_cannot_be_read_are_told_and_none_is_left_out(lines: tuple[str, ...]) -> None:
    with pytest.raises(Unverified) as caught:
        read_reference(
            host(listed(*lines)), "/r", "uploads", label=None, snapshot_at=datetime(2026, 11, 24, tzinfo=UTC)
        )
    assert caught.value.code == "SP277"


@pytest.mark.parametrize("first", ["written 1e300", "written nan", "written inf", "Last login: today"])
def test_a_writers_file_without_an_instant_is_refused(first: str) -> None:
    with pytest.raises(Unverified) as caught:
        read_acknowledged(host(f"{first}\n1 2026-11-23T05:00:01Z\n"), Writer("app-web", "/x", 1.0, "t"))
    assert caught.value.code == "SP278"


FILES = f"now 1.5\nuntil 1.5\ndigest {'a' * 64}\nfiles 3\nbytes 9\n"


def test_a_folders_look_is_read() -> None:
    assert capture_files(host(FILES), "/x").files == 3


@pytest.mark.parametrize(
    ("old", "new"),
    [("files 3\n", ""), ("files 3", "files -3"), ("a" * 64, "a" * 63), ("now", "Welcome\nnow"), ("1.5", "1e300")],
)
def test_a_folders_look_that_was_cut_or_printed_into_is_told(old: str, new: str) -> None:
    with pytest.raises(QuestionFailed, match="cut off or cannot be read"):
        capture_files(host(FILES.replace(old, new)), "/x")


@pytest.mark.parametrize(
    "line",
    ['{"a": 1}', "[1]", '[1, 2, "x", "y"]', '[2, 1, "2026-11-23T05:00:01Z", "2026-11-23T05:00:02Z"]', "[" * 100_000],
)
def test_heartbeats_that_are_no_ranges_are_told(line: str) -> None:
    with pytest.raises(QuestionFailed, match="cut off"):
        heartbeat_ranges(host(f"{line}\n"), PLACE)


def test_an_answer_that_nests_without_an_end_is_no_json() -> None:
    with pytest.raises(QuestionFailed, match="cut off"):
        ask_json(host("[" * 100_000), PLACE, "select 1")


def test_what_pg_amcheck_found_is_counted_or_it_did_not_look() -> None:
    assert amcheck(host("0\n"), PLACE, bound_seconds=9)[0] == []
    with pytest.raises(StormproofError, match="pg_amcheck could not look"):
        amcheck(host("Welcome\n0\n"), PLACE, bound_seconds=9)


ARCHIVED = f"archive 15-1/0000000100000000/000000010000000000000005-{'a' * 40}.zst\n"


def test_a_vaults_list_is_whole_only_where_its_end_is_the_last_line() -> None:
    for text, missing in (
        (f"now 1.5\n{ARCHIVED}end\n", ()),
        (f"end\nnow 1.5\n{ARCHIVED}", ("the end of the list",)),
        (f"now 1.5\nend\n{ARCHIVED}", ("the end of the list",)),
        (f"now 1.5\n{ARCHIVED}end of it\n", ("end of it", "the end of the list")),
    ):
        assert parse_freeze(text, snapshot_dirs={}).unreadable == missing


def test_a_chains_head_is_read(tmp_path: Path) -> None:
    (tmp_path / HEAD).write_text('{"file": "x.dsse.json", "sequence": 4, "sha256": "00"}')
    assert read_head(tmp_path) == Head("x.dsse.json", 4, "00")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"file": "x.dsse.json", "sequence": 4, "sha256": "\\ud800"}',
        '{"file": "\\u0000.dsse.json", "sequence": 4, "sha256": "00"}',
        f'{{"file": "{"9" * 300}.dsse.json", "sequence": 4, "sha256": "00"}}',
        '{"file": "../x.dsse.json", "sequence": 4, "sha256": "00"}',
    ],
)
def test_a_chains_head_that_nothing_could_be_signed_behind_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / HEAD).write_text(text)
    assert read_head(tmp_path) is None


@pytest.mark.parametrize("done", [[()], [("",)], [("nan",)], []])
def test_a_script_that_does_not_say_how_long_it_took_is_bounded_by_the_call(done: list[tuple[str, ...]]) -> None:
    assert Ran({"done": done}, None, 100.0, 101.0).bounds(0.5) == (100.5, 101.0)


def test_what_a_document_holds_beside_text_leaves_a_report_well_formed() -> None:
    known = json.loads((Path(__file__).parents[1] / "core" / "evidence_v1_result.json").read_text())
    control = known["negative_controls"][0] | {"what": "\x00\x1b", "status": "missed"}
    result = DrillResult.model_validate(known | {"negative_controls": [control], "run": "a`\x1b[2J"})
    assert "\x00" not in junit_xml([result])
    long = result.model_copy(update={"drill": "a" * 10_000})
    assert junit_xml([long]).count('.check"') == junit_xml([result]).count('.check"') > 0
    assert "\x1b" not in markdown_summary([result])
    assert "`a'" in markdown_summary([result])
