"""A web firewall uses managed groups of rules beside its rate limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import ResourceGraph, Unknown, has_unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

ACL = "aws:wafv2/webAcl:WebAcl"


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for acl in graph.of(ACL):
        rules = acl.items("rules")
        listed = [] if isinstance(rules, Unknown) else [one for one in rules if isinstance(one, Mapping)]
        managed = [one for one in listed if _managed(one)]
        counting = [one for one in managed if _counts(one.get("overrideAction"))]
        if managed and len(counting) < len(managed):
            yield passed(acl)
        elif isinstance(rules, Unknown) or has_unknown(rules):
            yield unknown(acl, "its rules", "write them out")
        elif managed:
            yield failed(acl, "its managed groups only count", "set their `override_action` to none")
        else:
            yield failed(acl, "it has no managed group of rules", "add AWSManagedRulesCommonRuleSet, at least")


def _managed(rule: Mapping[str, object]) -> bool:
    statement = rule.get("statement")
    group = statement.get("managedRuleGroupStatement") if isinstance(statement, Mapping) else None
    return isinstance(group, Mapping) and bool(group)


def _counts(action: object) -> bool:
    """What is not known may only count."""
    return isinstance(action, Unknown) or (isinstance(action, Mapping) and "count" in action)


RULE = Rule(
    id="waf-managed-groups",
    title="Web firewalls know the common attacks",
    statements=("3.3-c",),
    severity=Severity.MEDIUM,
    risk="Attacks that everybody knows get through, one request each, far below any rate limit.",
    remedy="Add managed rule groups (common rules, known bad inputs) that block.",
    check=_check,
    soc2=("CC6.6",),
    iso27001=("A.8.26",),
)
