"""Evidence is kept for years: what an earlier version signed must stay readable."""

from __future__ import annotations

import json
from pathlib import Path

from stormproof.core.drill_result import DrillResult
from stormproof.core.evidence import Head, evidence_of, result_statement

RECORDED = Path(__file__).parent / "evidence_v1_result.json"


def test_a_result_of_the_first_version_is_still_read_with_every_value_it_had():
    recorded = json.loads(RECORDED.read_text())
    read = DrillResult.model_validate(recorded).as_json()

    def kept(old: object, new: object, where: str) -> None:
        if isinstance(old, dict):
            assert isinstance(new, dict), where
            for key, value in old.items():
                assert key in new, f"{where}.{key} was dropped or renamed"
                kept(value, new[key], f"{where}.{key}")
        elif isinstance(old, list):
            assert isinstance(new, list), where
            assert len(old) == len(new), where
            for index, value in enumerate(old):
                kept(value, new[index], f"{where}[{index}]")
        else:
            assert old == new, where

    kept(recorded, read, "result")


def test_a_signed_document_does_not_name_its_own_place():
    result = DrillResult.model_validate(json.loads(RECORDED.read_text()))
    payload = result_statement(result, [], Head("before.dsse.json", 4, "ab" * 32))
    assert "evidence" not in json.loads(payload)["predicate"]["result"]
    read = evidence_of(payload, file="here.dsse.json", sha256="cd" * 32)
    assert read.result is not None
    assert read.result.evidence.path == "here.dsse.json"
    assert read.result.evidence.sha256 == "cd" * 32
