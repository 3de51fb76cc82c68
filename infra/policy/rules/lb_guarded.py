"""A load balancer on the internet has a web firewall with a rate limit, and writes access logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, Unknown, has_unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
ASSOCIATION, ACL = "aws:wafv2/webAclAssociation:WebAclAssociation", "aws:wafv2/webAcl:WebAcl"


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for balancer in graph.of(BALANCER):
        internal, kind = balancer.get("internal", False), balancer.get("loadBalancerType", "application")
        if internal is True or kind != "application":
            continue
        if internal is UNKNOWN:
            yield unknown(balancer, "whether it is on the internet", "write `internal` out")
            continue
        yield from (_firewall(graph, balancer), _logs(balancer))


def _firewall(graph: ResourceGraph, balancer: Resource) -> Answer:
    joined = graph.pointing_at(balancer, "resourceArn", ASSOCIATION)
    if not joined:
        return failed(balancer, "no web firewall stands before it", "declare a WebAclAssociation")
    acls = [acl for one in joined for acl in graph.targets(one, "webAclArn", ACL)]
    if not acls:
        return unknown(joined[0], "which web firewall it names", "refer to a WebAcl of this program")
    for acl in acls:
        rules = acl.items("rules")
        if isinstance(rules, Unknown):
            return unknown(acl, "its rules", "write them out")
        if any(_limits(one) for one in rules):
            return passed(balancer)
        if has_unknown(rules):
            return unknown(acl, "its rules", "write them out")
    return failed(
        acls[0], "it has no rule that blocks who asks too often", "add a rate-based statement whose action is block"
    )


def _limits(rule: Any) -> bool:
    if not isinstance(rule, dict) or not isinstance(rule.get("statement"), dict):
        return False
    return bool(rule["statement"].get("rateBasedStatement")) and "block" in (rule.get("action") or {})


def _logs(balancer: Resource) -> Answer:
    enabled = balancer.get("accessLogs.enabled", False)
    if enabled is UNKNOWN:
        return unknown(balancer, "whether it writes access logs", "write `enabled` out")
    if enabled is True:
        return passed(balancer)
    return failed(balancer, "it writes no access logs", "set `access_logs` with a bucket, and `enabled`")


RULE = Rule(
    id="lb-guarded",
    title="Load balancers have a web firewall with a rate limit, and access logs",
    statements=("3.3-c", "3.3-d"),
    severity=Severity.HIGH,
    risk="Passwords are tried by the million, and nobody can say afterwards what was asked.",
    remedy="Associate a WebAcl with a rate-based rule and managed groups, and turn access logs on.",
    check=_check,
    soc2=("CC6.6", "CC7.2"),
    iso27001=("A.8.20", "A.8.26"),
)
