"""Borders of verifying: lists that are just full, a single broken file, the newest as its own anchor."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_evidence_chain import SIGNER, chain, verify

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
