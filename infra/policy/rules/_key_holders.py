"""Whom a key's policy means: who administers it, who uses it, and whether one of them may be both.

An account as principal (`arn:aws:iam::111122223333:root`) hands the decision to that account's identity policies: it means
every one of its identities, but for what conditions say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from infra.policy.rules._callers import ACCOUNT, callers, let_in, overlap, within
from stormproof.core.infra.policy_document import PolicyDocument, Statement

ADMINISTERS = ("kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:DisableKey")
USES = ("kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant")
WHO = "aws:PrincipalArn"
# What a service does with the key for its caller is use by that service.
THROUGH_SERVICE = "kms:ViaService"


@dataclass(frozen=True)
class Holders:
    """Whom one statement means: patterns of ARNs that callers have, and the conditions that narrow them further."""

    patterns: tuple[str, ...]
    narrowed: Mapping[str, tuple[str, ...]]


def who_may_both(document: PolicyDocument) -> str | None:
    """Somebody who may administer the key and use it directly, in words; None where there is nobody."""
    users = [(one, _holders(one)) for one in document.allowing if _uses(one)]
    for administering in document.allowing:
        if not any(administering.covers_action(action) for action in ADMINISTERS):
            continue
        administrators = _holders(administering)
        for using, holders in users:
            met = next(_met(administrators, holders), None)
            if met is not None and not _refused(document, using, met):
                return _shown(met)
    return None


def _uses(statement: Statement) -> bool:
    return any(statement.covers_action(action) for action in USES) and statement.only(THROUGH_SERVICE) is None


def _holders(statement: Statement) -> Holders:
    """A statement that is narrowed to certain ARNs means those alone; other conditions may keep two statements apart."""
    keys = {key for _, key in statement.conditions}
    narrowed = {key: values for key in keys if (values := statement.only(key))}
    named = narrowed.pop(WHO.lower(), None)
    if named is None:
        return Holders(tuple(let_in(statement)), narrowed)
    return Holders(named, narrowed)


def _shown(pattern: str) -> str:
    account = ACCOUNT.search(pattern)
    if pattern.endswith(":*") and account is not None:
        return f"whoever the identity policies of account {account[2]} let"
    return "everybody" if pattern == "*" else pattern


def _met(one: Holders, other: Holders) -> Iterator[str]:
    """Patterns of callers whom both mean: the narrower of two that overlap."""
    if _apart(one.narrowed, other.narrowed):
        return
    for a in one.patterns:
        for b in other.patterns:
            if overlap(a, b):
                yield min(a, b, key=lambda pattern: (pattern.count("*") + pattern.count("?"), -len(pattern)))


def _apart(one: Mapping[str, Sequence[str]], other: Mapping[str, Sequence[str]]) -> bool:
    """Whether one condition key is narrowed by both, to values that have nothing in common."""
    return any(not any(overlap(a, b) for a in one[key] for b in other[key]) for key in one.keys() & other.keys())


def _refused(document: PolicyDocument, using: Statement, caller: str) -> bool:
    """Whether what a statement lets somebody use is refused them again, without another condition."""
    allowed = [action for action in USES if using.covers_action(action)]
    return all(any(one.covers_action(action) and _names(one, caller) for one in document.denying) for action in allowed)


def _names(refusal: Statement, caller: str) -> bool:
    whom = refusal.only(WHO)
    if refusal.for_anybody and whom is not None:
        return len(refusal.conditions) == 1 and any(within(caller, one) for one in whom)
    names = [callers(name) for name in refusal.principals.get("AWS", ())]
    return not refusal.conditions and (refusal.for_anybody or any(within(caller, one) for one in names))
