"""Who calls, as patterns of ARNs: what a principal means, and whether a pattern means everybody."""

from __future__ import annotations

import re
from collections.abc import Iterable

from stormproof.core.infra.policy_document import Statement
from stormproof.core.infra.policy_document import overlap as texts_overlap

ACCOUNT = re.compile(r"(?:arn:([^:]+):iam::)?(\d{12})(?::root)?")
# Whom nobody would name: a pattern that means one of these means all. Of the root user: whoever has an account's mail.
ANYBODY = (
    "arn:aws:iam::111122223333:role/anything",
    "arn:aws:iam::111122223333:role/any/thing",
    "arn:aws:iam::111122223333:user/anybody",
    "arn:aws:iam::111122223333:root",
    "arn:aws:sts::111122223333:assumed-role/anything/anybody",
)
ARN_PARTS = 6  # between colons; IAM's ArnLike compares each by itself
LITERAL_MIN = 3  # characters of a name, below which a pattern says nothing of whose it is


def callers(principal: str) -> str:
    """The pattern of those whom a principal means. An account (by its number, or as `…:root`) means all of its identities."""
    account = ACCOUNT.fullmatch(principal)
    return f"arn:{account[1] or '*'}:iam::{account[2]}:*" if account else principal


def let_in(statement: Statement) -> list[str]:
    """Patterns of those whom a statement's principals mean, AWS's services left aside."""
    if statement.for_anybody:
        return ["*"]
    return [callers(name) for name in statement.principals.get("AWS", ())]


def means_everybody(patterns: Iterable[str]) -> bool:
    """Whether one of them has no name of somebody in it: `*`, `arn:aws:iam::*:role/*`, or next to none: `…:role/a*`."""
    return any(_wide(one) for one in patterns)


def _wide(pattern: str) -> bool:
    name = pattern.rpartition(":")[2].partition("/")[2]
    literal = len(name) - sum(name.count(char) for char in "*?/")
    return any(overlap(pattern, one) for one in ANYBODY) or ("*" in name and literal < LITERAL_MIN)


def overlap(one: str, other: str) -> bool:
    """Whether two patterns of ARNs mean somebody in common."""
    a, b = _parts(one), _parts(other)
    if len(a) != len(b):
        return texts_overlap(one, other)
    return all(texts_overlap(x, y) for x, y in zip(a, b, strict=True))


def within(pattern: str, wider: str) -> bool:
    """Whether all that one pattern means is meant by the other: a star of the one stands for what the other's may."""
    a, b = _parts(pattern), _parts(wider)
    if len(a) != len(b):
        return _covered(pattern, wider)
    return all(_covered(x, y) for x, y in zip(a, b, strict=True))


def _parts(pattern: str) -> list[str]:
    parts = pattern.split(":", ARN_PARTS - 1)
    return parts if len(parts) == ARN_PARTS else [pattern]


def _covered(pattern: str, wider: str) -> bool:
    text = "".join(".*" if char == "*" else "." if char == "?" else re.escape(char) for char in wider)
    return re.fullmatch(text, pattern, re.DOTALL) is not None
