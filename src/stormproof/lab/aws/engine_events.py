"""What the engine says of one operation: its event log (JSON lines), read into changes, refusals and errors."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

# `refresh` says that a resource is being looked at; what came of it is said when it is done.
SAME = frozenset({"same", "read", "refresh"})
# A stand-in on PATH is told of at each start; that it is there is our doing.
EXPECTED = ("from $PATH at",)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule of the policy pack that spoke. `level` is mandatory or advisory."""

    level: str
    rule: str
    resource: str
    message: str


@dataclass(frozen=True, slots=True)
class Touched:
    """A resource of the operation; `keys` are the properties that differ, `inputs` what the program asks for."""

    urn: str
    type: str
    change: str
    keys: tuple[str, ...] = ()
    inputs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return short_name(self.urn)


@dataclass(frozen=True, slots=True)
class Told:
    """All of it. `succeeded` is None when the engine did not come to an end."""

    changes: Mapping[str, int]
    touched: tuple[Touched, ...]
    refusals: tuple[Refusal, ...]
    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    succeeded: bool | None

    @property
    def changed(self) -> tuple[Touched, ...]:
        return tuple(one for one in self.touched if one.change not in SAME)

    @property
    def mandatory(self) -> tuple[Refusal, ...]:
        return tuple(one for one in self.refusals if one.level == "mandatory")


def short_name(urn: str) -> str:
    """`aws:ec2/vpc:Vpc main` from a URN; parents are left out."""
    kind, _, name = urn.rpartition("::")
    return f"{kind.rpartition('::')[2].rpartition('$')[2]} {name}".strip()


def read_events(lines: Iterable[str]) -> Told:
    """Of an event log, which may break off in the middle of a line where the engine was killed."""
    changes: Counter[str] = Counter()
    touched: dict[str, Touched] = {}
    refusals: dict[Refusal, None] = {}
    errors: dict[str, None] = {}
    warnings: dict[str, None] = {}
    succeeded: bool | None = None
    for event in _events(lines):
        if step := event.get("resourcePreEvent") or event.get("resOutputsEvent"):
            one = _touched(step["metadata"])
            # A replacement is told in several steps, and only one of them says why.
            told_keys = touched[one.urn].keys if one.urn in touched else ()
            touched[one.urn] = one if one.keys else replace(one, keys=told_keys)
        elif said := event.get("policyEvent"):
            refusals[_refusal(said)] = None
        elif said := event.get("diagnosticEvent"):
            text = _text(said)
            if said.get("severity") == "error" and text:
                errors[text] = None
            elif said.get("severity") == "warning" and not any(part in text for part in EXPECTED):
                warnings[text] = None
        elif summary := event.get("summaryEvent"):
            changes.update(summary.get("resourceChanges") or {})
            succeeded = summary.get("result") == "succeeded"
    return Told(
        dict(changes), tuple(touched.values()), tuple(refusals), tuple(errors), tuple(warnings), succeeded
    )  # fmt: skip


def _events(lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            yield event


def _touched(step: Mapping[str, Any]) -> Touched:
    keys = step.get("diffs") or step.get("keys") or list(step.get("detailedDiff") or {})
    inputs = (step.get("new") or step.get("old") or {}).get("inputs") or {}
    return Touched(step["urn"], step["type"], step["op"], tuple(sorted(keys)), inputs)


def _refusal(said: Mapping[str, Any]) -> Refusal:
    message = said.get("message", "").strip()
    return Refusal(
        said.get("enforcementLevel", ""), said.get("policyName", ""), short_name(said.get("resourceUrn", "")), message
    )


def _text(said: Mapping[str, Any]) -> str:
    urn, text = said.get("urn", ""), said.get("message", "").strip()
    return f"{short_name(urn)}: {text}" if urn and text else text
