"""Envelopes, records and histories that were changed: named as a problem, never a traceback, never counted as good."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given
from hypothesis import strategies as st
from mutating import as_text, broken_bytes, broken_documents, broken_texts, outcome

from stormproof.adapters.evidence_reader import read_evidence, verify_folder
from stormproof.adapters.evidence_store import EvidenceStore
from stormproof.adapters.signing import Ed25519Signer
from stormproof.core import dsse
from stormproof.core.chain import judge, look
from stormproof.core.drill_result import DrillResult
from stormproof.core.evidence import (
    Evidence,
    Head,
    NotAStatement,
    digest,
    evidence_of,
    file_name,
    link_of,
    result_statement,
    start_statement,
)

SIGNER = Ed25519Signer(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
VERIFIER = SIGNER.verifier()
RESULT_FILE = Path(__file__).parents[1] / "unit" / "core" / "evidence_v1_result.json"


def result(run: str) -> DrillResult:
    return DrillResult.model_validate(json.loads(RESULT_FILE.read_text()) | {"run": run})


def chain() -> list[tuple[str, bytes]]:
    """Two runs, each with its start and its result."""
    records: list[tuple[str, bytes]] = []
    head: Head | None = None
    for run in ("20260301T120000Z-0001", "20260302T120000Z-0002"):
        for kind in ("start", "result"):
            statement = (
                start_statement(run, {"drill": "x"}, head)
                if kind == "start"
                else result_statement(result(run), [], head)
            )
            data = dsse.sign(statement, SIGNER)
            head = Head(file_name(run, kind), 1 if head is None else head.sequence + 1, digest(data))  # type: ignore[arg-type]
            records.append((head.file, data))
    return records


CHAIN = chain()
PAYLOADS = [dsse.parse(data).payload for _, data in CHAIN]


def test_the_chain_holds_so_that_the_others_mean_something() -> None:
    assert judge([look(name, name, data, VERIFIER) for name, data in CHAIN], whole=True).ok


@given(st.integers(0, 3).flatmap(lambda n: st.tuples(st.just(n), broken_bytes(CHAIN[n][1]))))
def test_a_changed_record_is_a_problem_and_the_chain_does_not_hold(changed: tuple[int, bytes]) -> None:
    number, data = changed
    records = [(name, data if n == number else whole) for n, (name, whole) in enumerate(CHAIN)]
    report = judge([look(name, name, text, VERIFIER) for name, text in records], whole=True)
    assert report.ok == (data == CHAIN[number][1])


@given(st.one_of(*(broken_bytes(payload) for payload in PAYLOADS), st.binary(max_size=200)))
def test_a_payload_that_somebody_else_signed_is_a_record_or_none(payload: bytes) -> None:
    outcome(lambda: link_of(payload), NotAStatement)
    outcome(lambda: evidence_of(payload, file="f", sha256="0" * 64), NotAStatement)


@given(broken_documents(json.loads(PAYLOADS[1])))
def test_a_statement_with_other_fields_is_read_whole_or_not_at_all(document: Any) -> None:
    payload = as_text(document).encode()
    found = outcome(lambda: evidence_of(payload, file="f", sha256="0" * 64), NotAStatement)
    if isinstance(found, Evidence) and found.result is not None:
        assert found.result.verdict.value == document["predicate"]["result"]["verdict"]


@pytest.mark.parametrize("depth", [10, 100_000])
def test_brackets_that_nest_deeper_than_a_reader_goes_are_no_statement(depth: int) -> None:
    start = b'{"_type":"https://in-toto.io/Statement/v1","predicate":{"chain":'
    for payload in (b"[" * depth, start + b"[" * depth, PAYLOADS[1][:-2] + b',"x":' + b"[" * depth):
        assert isinstance(
            outcome(lambda payload=payload: evidence_of(payload, file="f", sha256="0"), NotAStatement), NotAStatement
        )


HEAD_TEXT = '{"file":"x.dsse.json","sequence":4,"sha256":"00"}'


@given(text=st.one_of(broken_texts(HEAD_TEXT), broken_documents(json.loads(HEAD_TEXT)).map(as_text)))
@example(text="[" * 100_000)
@example(text='{"file": "x.dsse.json", "sequence": 4, "sha256": "\\ud800"}')
@example(text='{"file": "\\u0000.dsse.json", "sequence": 4, "sha256": "00"}')
@example(text=json.dumps({"file": f"{'9' * 300}.dsse.json", "sequence": 4, "sha256": "00"}))
def test_whatever_the_folders_newest_record_is_said_to_be_the_chain_is_judged_and_goes_on(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = tmp_path_factory.mktemp("evidence")
    for name, whole in CHAIN:
        (folder / name).write_bytes(whole)
    (folder / "chain.head").write_text(text, errors="replace")
    outcome(lambda: verify_folder(folder, VERIFIER))
    store = EvidenceStore(folder, SIGNER)
    assert [store.find(run) is not None for run in ("20260301T120000Z-0001", "20260303T120000Z-0003")] == [True, False]
    outcome(lambda: store.sign_start("20260303T120000Z-0003", {"drill": "x"}))
    assert [(folder / name).read_bytes() for name, _ in CHAIN] == [whole for _, whole in CHAIN], "written over"


@given(data=st.data())
def test_a_folder_with_a_changed_file_is_verified_to_the_end(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("evidence")
    number = data.draw(st.integers(0, 3))
    for n, (name, whole) in enumerate(CHAIN):
        (folder / name).write_bytes(data.draw(broken_bytes(whole)) if n == number else whole)
    (folder / "chain.head").write_text(data.draw(broken_texts(HEAD_TEXT)), errors="replace")
    report = outcome(lambda: verify_folder(folder, VERIFIER))
    for name, _ in CHAIN:
        outcome(lambda name=name: read_evidence(folder / name))
    changed = (folder / CHAIN[number][0]).read_bytes() != CHAIN[number][1]
    assert report.ok is False or not changed


@given(st.lists(st.sampled_from(range(4)), max_size=8), st.data())
def test_records_left_out_doubled_or_renamed_are_noticed(order: list[int], data: st.DataObject) -> None:
    seen = [look(f"{n}/{CHAIN[i][0]}", CHAIN[i][0], CHAIN[i][1], VERIFIER) for n, i in enumerate(order)]
    if seen and data.draw(st.booleans()):
        seen[0] = replace(seen[0], name="other.dsse.json")
    report = judge(seen, whole=True)
    whole = sorted(order) == list(range(len(order)))  # from the first on, each once: a shorter chain is a chain
    assert report.ok is whole or not whole
    if not whole and order:
        assert not report.ok
