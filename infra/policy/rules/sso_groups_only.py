"""Rights are given to groups of people, never to one person."""

from __future__ import annotations

from infra.policy.rules._properties import demand
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="sso-groups-only",
    title="Rights are given to groups",
    statements=("2-b", "7-c"),
    severity=Severity.MEDIUM,
    risk="Rights of one person outlive their job: nobody reviews what is given to a name.",
    remedy="Assign permission sets to groups.",
    check=demand(
        ("aws:ssoadmin/accountAssignment:AccountAssignment",),
        "principalType",
        lambda value: value == "GROUP",
        said="it gives rights to one person",
        fix="assign it to a group (`principal_type` GROUP)",
    ),
    soc2=("CC6.3",),
    iso27001=("A.5.18",),
    cis=("1.14",),
)
