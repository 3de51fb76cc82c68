"""The table of meanings against what the real tools of Debian 12 said when each thing was made to happen.

tool_samples/*.txt holds one end each: tool, status, the row that must know it, then the tool's words. tool_samples/healthy
holds what they say when all goes well.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from stormproof.core.tool_meaning import SAID_CHARACTERS_MAX, Tool, ToolMeaning, ended, meaning_of, own_words
from stormproof.core.tool_meaning_rows import MEANINGS

FOLDER = Path(__file__).with_name("tool_samples")


@dataclass(frozen=True)
class Sample:
    name: str
    tool: Tool
    status: int | None
    row: str
    text: str

    def __str__(self) -> str:
        return self.name


def read(path: Path) -> Sample:
    head, _, text = path.read_text().partition("\n---\n")
    facts = dict(line.split(": ", 1) for line in head.splitlines())
    status = None if facts["status"] == "none" else int(facts["status"])
    return Sample(path.stem, Tool(facts["tool"]), status, facts["row"], text)


SAMPLES = [read(path) for path in sorted(FOLDER.glob("*.txt"))]
HEALTHY = [
    (Tool(block.partition("\n")[0].removeprefix("tool: ")), block.partition("\n")[2])
    for block in (FOLDER / "healthy").read_text().split("\n===\n")
]


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_what_a_tool_said_is_known_by_its_own_row_and_by_no_other_first(sample: Sample) -> None:
    found = meaning_of(MEANINGS, sample.tool, sample.status, sample.text)
    assert (found.id if found else "unknown") == sample.row


def test_every_row_was_seen() -> None:
    assert {row.id for row in MEANINGS} - {sample.row for sample in SAMPLES} == set()


def test_every_row_has_a_name_of_its_own_and_says_what_to_do() -> None:
    assert len({row.id for row in MEANINGS}) == len(MEANINGS)
    assert [row.id for row in MEANINGS if not (row.what and row.fix and row.code.startswith("SP"))] == []


def test_what_trying_again_cannot_mend_is_final() -> None:
    transient = {row.code for row in MEANINGS if row.transient}
    assert transient == {"SP288", "SP289"}  # the way to the vault, and nothing else


def test_twenty_healthy_runs_are_no_failure() -> None:
    assert len(HEALTHY) >= 20
    for tool, text in HEALTHY:
        status = None if tool is Tool.POSTGRES else 0
        assert meaning_of(MEANINGS, tool, status, text) is None, text


@pytest.mark.parametrize(("tool", "text"), HEALTHY, ids=[f"{tool.value}-{i}" for i, (tool, _) in enumerate(HEALTHY)])
def test_nothing_in_a_healthy_run_would_name_a_cause_if_the_run_had_failed_for_another(tool: Tool, text: str) -> None:
    assert meaning_of(MEANINGS, tool, 250, text) is None


@pytest.mark.parametrize(
    ("version", "row"), [("", "new"), ("2.45", "old"), ("pgBackRest 2.50.1", "new"), ("2.49", "old"), ("dev", "new")]
)
def test_a_row_holds_for_its_versions_and_for_one_that_nobody_could_tell(version: str, row: str) -> None:
    rows = [
        ToolMeaning("new", Tool.PGBACKREST, "SP1", "a", "b", (7,), since="2.50"),
        ToolMeaning("old", Tool.PGBACKREST, "SP1", "a", "b", (7,), before="2.50"),
    ]
    found = meaning_of(rows, Tool.PGBACKREST, 7, "", version)
    assert found is not None
    assert found.id == row


@pytest.mark.parametrize("version", ["2.45", "2.99", "9.0", "nonsense"])
@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_a_later_version_that_says_the_same_is_understood(sample: Sample, version: str) -> None:
    found = meaning_of(MEANINGS, sample.tool, sample.status, sample.text, version)
    assert (found.id if found else "unknown") == sample.row


def test_an_end_that_no_row_knows_is_told_with_its_status_and_the_tools_own_words() -> None:
    end = ended(MEANINGS, Tool.PGBACKREST, 31, "ERROR: [031]: invalid option '--new'\n", unknown_code="SP210")
    assert end.sentence == "pgBackRest ended with status 31: ERROR: [031]: invalid option '--new'"
    assert (end.code, end.transient, end.row) == ("SP210", False, None)


def test_an_end_without_a_word_says_so() -> None:
    assert (
        ended(MEANINGS, Tool.RESTIC, 3, "", unknown_code="SP210").sentence
        == "restic ended with status 3 and said nothing"
    )


def test_own_words_are_what_the_tool_calls_an_error_and_not_its_chatter() -> None:
    text = "\n".join(
        [
            "2026-11-26 02:44:48.000 UTC [3135] LOG:  restored log file",
            "2026-11-26 02:44:48.346 UTC [3135] FATAL:  could not locate required checkpoint record",
            *["2026-11-26 02:44:48.400 UTC [3128] LOG:  database system is shut down"] * 50,
        ]
    )
    assert own_words(text) == "FATAL: could not locate required checkpoint record"


def test_own_words_are_printable_and_bounded() -> None:
    words = own_words(
        "Fatal: \x1b[31mbad\x07 \x00key\r\n" + "".join(f"Fatal: line {i} {'x' * 300}\n" for i in range(3680))
    )
    assert len(words) <= SAID_CHARACTERS_MAX
    assert words.isprintable()
    assert own_words("Fatal: \x1b[31mbad\x07") == "Fatal: ?[31mbad?"


def test_the_same_line_is_said_once() -> None:
    assert own_words("ERROR: no space\n" * 3680) == "ERROR: no space"


def test_no_sample_holds_raw_bytes_that_a_terminal_would_act_on_in_its_sentence() -> None:
    for sample in SAMPLES:
        end = ended(MEANINGS, sample.tool, sample.status, sample.text, unknown_code="SP210")
        assert end.sentence.isprintable(), sample.name
