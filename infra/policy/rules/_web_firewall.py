"""The web firewall before something: whether there is one, and whether it limits who asks too often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stormproof.core.infra.resource_graph import Resource, ResourceGraph, Unknown, has_unknown
from stormproof.core.infra.rule import Answer, failed, passed, unknown

ASSOCIATION, ACL = "aws:wafv2/webAclAssociation:WebAclAssociation", "aws:wafv2/webAcl:WebAcl"


def judged(graph: ResourceGraph, guarded: Resource) -> Answer:
    """What a rule says of a load balancer, or of a stage of an API."""
    joined = graph.pointing_at(guarded, "resourceArn", ASSOCIATION)
    if not joined:
        return failed(guarded, "no web firewall stands before it", "declare a WebAclAssociation")
    acls = [acl for one in joined for acl in graph.targets(one, "webAclArn", ACL)]
    if not acls:
        return unknown(joined[0], "which web firewall it names", "refer to a WebAcl of this program")
    for acl in acls:
        rules = acl.items("rules")
        if isinstance(rules, Unknown):
            return unknown(acl, "its rules", "write them out")
        if any(_limits(one) for one in rules):
            return passed(guarded)
        if has_unknown(rules):
            return unknown(acl, "its rules", "write them out")
    return failed(
        acls[0], "it has no rule that blocks who asks too often", "add a rate-based statement whose action is block"
    )


def _limits(rule: Any) -> bool:
    statement = rule.get("statement") if isinstance(rule, Mapping) else None
    if not isinstance(statement, Mapping) or not isinstance(rule.get("action"), Mapping):
        return False
    rate = statement.get("rateBasedStatement")
    return isinstance(rate, Mapping) and bool(rate) and "block" in rule["action"]
