"""A security.txt that is declared says where to write, and is good for another month."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, Unknown, has_unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

OBJECTS = ("aws:s3/bucketObjectv2:BucketObjectv2", "aws:s3/bucketObject:BucketObject")
LISTENER_RULE = "aws:lb/listenerRule:ListenerRule"
LEFT_MIN = timedelta(days=30)
_EXPIRES = re.compile(r"^Expires:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_CONTACT = re.compile(r"^Contact:\s*\S", re.IGNORECASE | re.MULTILINE)


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for one in graph.of(*OBJECTS):
        if str(one.get("key")).endswith("security.txt"):
            yield _answer(graph.today, one, one.get("content", one.get("source")))
    for one in graph.of(LISTENER_RULE):
        if "security.txt" in repr(one.get("conditions")):
            bodies = [_body(action) for action in _list(one.items("actions"))]
            if any(body is not None for body in bodies):
                yield _answer(graph.today, one, next(body for body in bodies if body is not None))


def _list(value: list[object] | Unknown) -> list[object]:
    return [UNKNOWN] if isinstance(value, Unknown) else value


def _body(action: object) -> object:
    """The text that a load balancer answers with; None where it only passes on."""
    if not isinstance(action, dict):
        return UNKNOWN
    response = action.get("fixedResponse")
    return response.get("messageBody") if isinstance(response, dict) else response


def _answer(today: date | None, one: Resource, text: object) -> Answer:
    if has_unknown(text) or not isinstance(text, str):
        return unknown(one, "what it says", "write its text into the program, with a date that is computed")
    if not _CONTACT.search(text):
        return failed(one, "it names no contact", "add a line `Contact: mailto:security@example.com`")
    found = _EXPIRES.search(text)
    if found is None:
        return failed(one, "it never ends, and RFC 9116 asks for an end", "add a line `Expires: 2026-12-31T00:00:00Z`")
    try:
        ends = datetime.fromisoformat(found[1].replace("Z", "+00:00")).date()
    except ValueError:
        return failed(one, f"its end {found[1]!r} is no instant", "write it as 2026-12-31T00:00:00Z")
    if today is not None and ends < today + LEFT_MIN:
        return failed(one, f"it ends on {ends}", "renew it: an old one is not believed")
    return passed(one)


RULE = Rule(
    id="security-txt-current",
    title="security.txt is current",
    statements=("13-a",),
    severity=Severity.LOW,
    risk="Who finds a hole and wants to tell us does not know whom, and tells the world.",
    remedy="Serve a security.txt with a contact, and renew it at least a month before it ends.",
    check=_check,
    soc2=("CC2.3",),
    iso27001=("A.6.8", "A.5.5"),
)
