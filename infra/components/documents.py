"""Policy documents as IAM reads them, built as plain data: so they are known at preview, and rules can judge them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

VERSION = "2012-10-17"
Texts = str | Sequence[str]
Principals = Mapping[str, Texts] | Literal["*"]
Conditions = Mapping[str, Mapping[str, Texts]]


def statement(
    sid: str,
    actions: Texts = (),
    resources: Texts | None = "*",
    *,
    effect: Literal["Allow", "Deny"] = "Allow",
    principals: Principals | None = None,
    conditions: Conditions | None = None,
    not_actions: Texts = (),
    not_resources: Texts = (),
) -> dict[str, Any]:
    """One statement.

    Args:
        sid: letters and digits, for people and for the finding that names it.
        actions, not_actions: one of the two.
        resources: None for the trust of a role, which has none.
        principals: kind (`AWS`, `Service`, `Federated`) -> names; only in policies on resources and in trusts.
    """
    assert bool(actions) != bool(not_actions), f"{sid}: actions or not_actions"
    made: dict[str, Any] = {"Sid": sid, "Effect": effect}
    if principals is not None:
        made["Principal"] = principals if principals == "*" else {kind: _texts(it) for kind, it in principals.items()}
    made["Action" if actions else "NotAction"] = _texts(actions or not_actions)
    if not_resources:
        made["NotResource"] = _texts(not_resources)
    elif resources is not None:
        made["Resource"] = _texts(resources)
    if conditions:
        made["Condition"] = {
            operator: {key: _texts(values) for key, values in keys.items()} for operator, keys in conditions.items()
        }
    return made


def deny(sid: str, actions: Texts = (), resources: Texts | None = "*", **more: Any) -> dict[str, Any]:
    """The same, refusing."""
    return statement(sid, actions, resources, effect="Deny", **more)


def document(*statements: Mapping[str, Any]) -> str:
    """The document as JSON text."""
    assert statements, "a document has statements"
    return json.dumps({"Version": VERSION, "Statement": list(statements)})


def compact(*statements: Mapping[str, Any]) -> str:
    """The document without a space, where AWS counts characters (5120 for a policy of an organisation)."""
    return json.dumps(json.loads(document(*statements)), separators=(",", ":"))


def _texts(value: Texts) -> str | list[str]:
    return value if isinstance(value, str) else list(value)
