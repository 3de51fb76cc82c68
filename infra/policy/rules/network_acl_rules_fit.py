"""A network ACL has no more entries than AWS takes: beyond twenty each way `up` stops half-way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from infra.policy.rules._acl import ACL, DEFAULT_ACL, ENTRY
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import Resource, ResourceGraph, Unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

ENTRIES_MAX = 20  # Source: Amazon VPC quotas, rules per network ACL, one way; it can be raised to 40


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for acl in graph.of(ACL, DEFAULT_ACL):
        count: Counter[str] = Counter()
        doubt = False
        for way in ("ingress", "egress"):
            inline = acl.items(way)
            doubt = doubt or isinstance(inline, Unknown)
            count[way] += 0 if isinstance(inline, Unknown) else len(inline)
        for entry in graph.pointing_at(acl, "networkAclId", ENTRY):
            count["egress" if entry.get("egress", False) is True else "ingress"] += 1
        yield _answer(acl, count, doubt=doubt)


def _answer(acl: Resource, count: Counter[str], *, doubt: bool) -> Answer:
    way, most = count.most_common(1)[0]
    if most > ENTRIES_MAX:
        return failed(
            acl, f"it has {most} entries ({way}), and AWS takes {ENTRIES_MAX} each way",
            "join blocks into one for each tier, or leave ports to the security groups",
        )  # fmt: skip
    return unknown(acl, "how many entries it has", "write them out") if doubt else passed(acl)


RULE = Rule(
    id="network-acl-rules-fit",
    title="ACLs have no more entries than AWS takes",
    statements=("3.1-b",),
    severity=Severity.MEDIUM,
    risk="The twenty-first entry is refused in the middle of `up`, and traffic stops, or flows, as nobody planned.",
    remedy=f"Keep each ACL within {ENTRIES_MAX} entries each way: one block for a tier, ports in the groups.",
    check=_check,
    soc2=("CC6.6", "CC8.1"),
    iso27001=("A.8.20",),
)
