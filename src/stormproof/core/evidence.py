"""The signed record of a run: in-toto statements, each of which names its predecessor.

A run leaves two records: RUN.start.dsse.json when it begins, so that a bad run cannot vanish, and RUN.dsse.json when it
ends. Both lie on one chain: each holds its position and the SHA-256 of its predecessor's file, all under the signature.
Records hold figures and digests, never rows. docs/evidence.md explains them for readers.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from stormproof.core.drill_result import DrillResult
from stormproof.core.dsse import canonical_json

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
RESULT_PREDICATE = "https://stormproof.dev/predicate/drill/v1"  # a name; nobody fetches it
START_PREDICATE = "https://stormproof.dev/predicate/drill-start/v1"
SUFFIX = ".dsse.json"

Kind = Literal["start", "result"]

_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
# Canonical JSON sorts keys, so every statement of ours begins like this: the chain is read without the figures behind it.
_CHAIN_AT = b'{"_type":"https://in-toto.io/Statement/v1","predicate":{"chain":'
_CHAIN_BYTES_MAX = 4096
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Link:
    """Where one record lies on the chain. Sequence counts from 1; only the first has no predecessor."""

    run: str
    kind: Kind
    sequence: int
    predecessor_file: str | None
    predecessor_sha256: str | None

    @property
    def file(self) -> str:
        return file_name(self.run, self.kind)


@dataclass(frozen=True, slots=True)
class Head:
    """The newest record of a chain: what the next one names as its predecessor."""

    file: str
    sequence: int
    sha256: str


@dataclass(frozen=True)
class Evidence:
    """One record, read. Whether its signature holds is another question: see core/chain.py."""

    link: Link
    result: DrillResult | None
    body: dict[str, Any]
    timeline: list[dict[str, Any]]
    file: str
    sha256: str

    @property
    def run(self) -> str:
        return self.link.run

    @property
    def kind(self) -> Kind:
        return self.link.kind

    @property
    def sequence(self) -> int:
        return self.link.sequence


class NotAStatement(ValueError):
    """A payload that is no statement of ours. The message says why, for people."""


def file_name(run: str, kind: Kind) -> str:
    """The record's file name. A run's name becomes part of a path, so it is held to safe characters."""
    assert _RUN.fullmatch(run), f"a run's name cannot be a file name: {run!r}"
    return run + (SUFFIX if kind == "result" else f".start{SUFFIX}")


def is_file_name(name: str) -> bool:
    """Whether a record could be called so: by `file_name`."""
    return name.endswith(SUFFIX) and _RUN.fullmatch(name.removesuffix(SUFFIX).removesuffix(".start")) is not None


def start_statement(run: str, body: Mapping[str, Any], head: Head | None) -> bytes:
    """What is signed when a run begins. `body` is free JSON: drill, service, scenario, mode, targets, started …"""
    document = dict(body)
    return _statement(START_PREDICATE, run, "start", head, {"start": document}, {run: document})


def result_statement(result: DrillResult, timeline: Sequence[Mapping[str, Any]], head: Head | None) -> bytes:
    """What is signed when a run ends: the result's document without `evidence` (it cannot hold its own digest).

    Subjects: the run with the digest of its figures, and the document with its own.
    """
    document = result.as_json()
    document.pop("evidence")
    subjects = {result.run: document["figures"], f"{result.run}/result.json": document}
    predicate = {"result": document, "timeline": [dict(event) for event in timeline]}
    return _statement(RESULT_PREDICATE, result.run, "result", head, predicate, subjects)


def _statement(
    predicate_type: str,
    run: str,
    kind: Kind,
    head: Head | None,
    predicate: Mapping[str, Any],
    subjects: Mapping[str, Any],
) -> bytes:
    chain = {
        "kind": kind,
        "predecessor": None if head is None else {"file": head.file, "sha256": head.sha256},
        "run": run,
        "sequence": 1 if head is None else head.sequence + 1,
    }
    statement = {
        "_type": STATEMENT_TYPE,
        "predicate": {"chain": chain, **predicate},
        "predicateType": predicate_type,
        "subject": [{"digest": {"sha256": digest(canonical_json(s))}, "name": name} for name, s in subjects.items()],
    }
    payload = canonical_json(statement)
    assert payload.startswith(_CHAIN_AT), "a predicate's key sorts before 'chain'"
    return payload


def link_of(payload: bytes) -> Link:
    """The chain's part of a payload, without reading the rest (10,000 runs are verified in seconds). Raises NotAStatement."""
    if not payload.startswith(_CHAIN_AT):
        raise NotAStatement("the payload is not a drill's statement")
    start = len(_CHAIN_AT)
    text = payload[start : start + _CHAIN_BYTES_MAX].decode(errors="replace")
    try:
        chain, _ = _DECODER.raw_decode(text)
        predecessor = chain["predecessor"] or {"file": None, "sha256": None}
        link = Link(chain["run"], chain["kind"], chain["sequence"], predecessor["file"], predecessor["sha256"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotAStatement("the statement's place on the chain cannot be read") from error
    sound = (
        isinstance(link.run, str)
        and _RUN.fullmatch(link.run)
        and link.kind in ("start", "result")
        and type(link.sequence) is int
        and link.sequence >= 1
        and (link.predecessor_sha256 is None) == (link.sequence == 1)
    )
    if not sound:
        raise NotAStatement("the statement's place on the chain makes no sense")
    return link


def _document(payload: bytes) -> Any:
    """JSON as we sign it. Raises ValueError for what we never do: NaN, and text that is no UTF-8 (half of a surrogate pair)."""
    text = payload.decode()
    document = json.loads(text, parse_constant=_no_number)
    if "\\ud" in text or "\\uD" in text:
        json.dumps(document, ensure_ascii=False).encode()
    return document


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def evidence_of(payload: bytes, *, file: str, sha256: str) -> Evidence:
    """Read a whole record. Raises NotAStatement."""
    link = link_of(payload)
    try:
        predicate = _document(payload)["predicate"]
        if link.kind == "start":
            return Evidence(link, None, dict(predicate["start"]), [], file, sha256)
        document = {**predicate["result"], "evidence": {"path": file, "sha256": sha256}}
        result = DrillResult.model_validate(document)
        return Evidence(link, result, predicate["result"], list(predicate["timeline"]), file, sha256)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotAStatement("the statement does not hold a drill's result that this version can read") from error


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
