"""A user pool offers MFA, asks for long passwords, and cannot be deleted by mistake."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._properties import demand
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule

POOLS = ("aws:cognito/userPool:UserPool",)
LENGTH_MIN = 14
_DEMANDS = (
    demand(
        POOLS, "mfaConfiguration", lambda value: value in ("ON", "OPTIONAL"), default="OFF",
        said="customers cannot use MFA", fix="set `mfa_configuration` to OPTIONAL or ON",
    ),
    demand(
        POOLS, "passwordPolicy.minimumLength", lambda value: int(value) >= LENGTH_MIN, default=8,
        said="it takes passwords of {value} characters", fix=f"set `password_policy.minimum_length` to {LENGTH_MIN}",
    ),
    demand(
        POOLS, "deletionProtection", lambda value: value == "ACTIVE", default="INACTIVE",
        said="it can be deleted, with everybody's account", fix="set `deletion_protection` to ACTIVE",
    ),
)  # fmt: skip


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for one in _DEMANDS:
        yield from one(graph)


RULE = Rule(
    id="cognito-strong",
    title="Customers' accounts can be protected well",
    statements=("7-b", "12-a", "12-b"),
    severity=Severity.MEDIUM,
    risk="Customers' passwords are guessed one by one, and no customer could have done anything about it.",
    remedy=f"Offer MFA, ask for {LENGTH_MIN} characters, and turn deletion protection on.",
    check=_check,
    soc2=("CC6.1", "CC2.3"),
    iso27001=("A.5.17", "A.8.5"),
)
