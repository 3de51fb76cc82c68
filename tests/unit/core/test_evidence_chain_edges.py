"""Borders of verifying: lists that are just full, a single broken file, the newest as its own anchor."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_evidence_chain import SIGNER, Record, chain, verify

from stormproof.core.chain import SHOWN_MAX, ChainReport, EvidenceProblem, judge, look
from stormproof.core.drill_result import EvidencePlace
from stormproof.core.evidence import Head, digest


def report(problems: int = 0, unfinished: int = 0) -> str:
    found = [EvidenceProblem(f"f{n}", "SP701", "changed", "put it back") for n in range(problems)]
    return "\n".join(ChainReport(problems=found, unfinished=[f"run-{n}" for n in range(unfinished)]).lines())


@pytest.mark.parametrize(("count", "more"), [(SHOWN_MAX, ""), (SHOWN_MAX + 1, "… and 1 more")])
def test_a_list_that_is_just_full_has_no_others(count: int, more: str) -> None:
    for text in (report(problems=count), report(unfinished=count)):
        assert ("… and" in text) is bool(more)
        assert more in text


def test_the_anchor_is_shown_where_there_is_a_newest_that_holds() -> None:
    newest = EvidencePlace(path="e/run.dsse.json", sha256="ab" * 32)
    assert "anchor: " + "ab" * 32 in "\n".join(ChainReport(newest=newest).lines())
    assert "anchor" not in report()
    alone = ChainReport(newest=newest, chain_looked_at=False)
    assert "anchor" not in "\n".join(alone.lines())


def test_one_broken_file_alone_is_no_chain_that_was_looked_at() -> None:
    (record,) = chain(1)
    broken = look(record.name, record.name, record.data[:-5], SIGNER.verifier())
    assert judge([broken], whole=False).chain_looked_at is False


def test_the_newest_as_anchor_has_nothing_behind_it() -> None:
    records = chain(3)
    assert verify(records, anchor=digest(records[-1].data)).notes == []
    assert verify(records, anchor=digest(records[-2].data)).notes != []


def test_a_head_of_the_same_place_on_the_chain_misses_nothing() -> None:
    records = chain(3)
    head = Head("elsewhere.dsse.json", 3, "0" * 64)
    assert verify(records, head=head).ok
    assert not verify(records, head=replace(head, sequence=4)).ok


def test_a_report_that_nothing_was_given_to_holds_and_counts_nothing() -> None:
    empty = ChainReport()
    assert (empty.files, empty.runs, empty.exit_code) == (0, 0, 0)
    assert empty.lines() == ["evidence holds: 0 files of 0 runs, signatures and chain"]


def broken_at(records: list[Record], *numbers: int) -> list[Record]:
    return [Record(r.name, r.data[:-5]) if n in numbers else r for n, r in enumerate(records, 1)]


def told(records: list[Record], **options: object) -> list[tuple[str, str]]:
    return [(problem.code, problem.file) for problem in verify(records, **options).problems]


def test_a_broken_record_explains_no_more_missing_ones_than_itself() -> None:
    records = broken_at(chain(5), 3)
    del records[1]
    assert told(records) == [("SP701", "d/run-3.start.dsse.json"), ("SP705", "d/run-4.start.dsse.json")]


def test_a_broken_record_elsewhere_explains_no_missing_one() -> None:
    records = broken_at(chain(5), 5)
    del records[1]
    assert told(records) == [("SP701", "d/run-5.start.dsse.json"), ("SP705", "d/run-3.start.dsse.json")]


def test_a_newest_record_that_is_there_and_broken_is_not_called_missing() -> None:
    records = chain(3)
    head = Head(records[2].name, 3, digest(records[2].data))
    assert told(broken_at(records, 3), head=head) == [("SP701", "d/run-3.start.dsse.json")]


def test_a_run_whose_result_is_there_and_broken_is_not_called_unfinished() -> None:
    (start,) = chain(1)
    result = Record("run-1.dsse.json", b"{}")
    assert verify([start, result]).unfinished == []
    assert verify([start]).unfinished == ["run-1"]


@pytest.mark.parametrize(("first", "looked_at"), [(0, True), (1, False)])
def test_one_runs_files_are_a_chain_that_was_looked_at_only_from_the_first_record_on(
    first: int, looked_at: bool
) -> None:
    assert verify(chain(2)[first : first + 1], whole=False).chain_looked_at is looked_at
