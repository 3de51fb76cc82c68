"""In a recovery environment names are answered for an allow-list only, and not at all when the firewall fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from infra.policy.rules._recovery import because, recovery_vpcs
from stormproof.core.finding import Severity
from stormproof.core.infra.network_paths import VPC
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, Unknown
from stormproof.core.infra.rule import Answer, Rule, RuleVerdict, failed, passed, unknown

ASSOCIATION = "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation"
GROUP = "aws:route53/resolverFirewallRuleGroup:ResolverFirewallRuleGroup"
FIREWALL_RULE = "aws:route53/resolverFirewallRule:ResolverFirewallRule"
DOMAINS = "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList"
CONFIG = "aws:route53/resolverFirewallConfig:ResolverFirewallConfig"
EVERY_NAME = ("*", "*.")


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    recovery = recovery_vpcs(graph)
    for vpc in graph.of(VPC):
        if vpc.urn in recovery:
            answer = _answer(graph, vpc)
            yield replace(answer, said=because(answer.said, recovery[vpc.urn])) if answer.said else answer


def _answer(graph: ResourceGraph, vpc: Resource) -> Answer:
    joined = graph.pointing_at(vpc, "vpcId", ASSOCIATION)
    if not joined:
        return failed(
            vpc, "names are resolved from it, and a question for a name carries data out",
            "associate a DNS firewall that allows the AWS names it needs, and blocks the rest",
        )  # fmt: skip
    configs = graph.pointing_at(vpc, "resourceId", CONFIG)
    fails = [one.get("firewallFailOpen", "USE_LOCAL_RESOURCE_SETTING") for one in configs]
    if any(one is UNKNOWN for one in fails):
        return unknown(configs[0], "`firewallFailOpen`", "write it out")
    if "DISABLED" not in fails:
        return failed(
            vpc, "its DNS firewall may fail open", "declare a ResolverFirewallConfig with `firewall_fail_open` DISABLED"
        )
    groups = [group for one in joined for group in graph.targets(one, "firewallRuleGroupId", GROUP)]
    if not groups:
        return unknown(joined[0], "which rules it stands for", "refer to a rule group of this program")
    opened = next((one for group in groups for one in _open_rules(graph, group)), None)
    if opened is not None:
        return failed(
            vpc,
            f"its DNS firewall lets every name through ({opened.shown})",
            "allow the names that it needs, one by one",
        )
    judged = [_blocks_the_rest(graph, vpc, group) for group in groups]
    return next((one for one in judged if one.verdict is RuleVerdict.PASSED), judged[0])


def _open_rules(graph: ResourceGraph, group: Resource) -> Iterator[Resource]:
    """Rules that let everything through, whatever comes after them. What only tells (ALERT) lets through, too."""
    for rule in graph.pointing_at(group, "firewallRuleGroupId", FIREWALL_RULE):
        if rule.get("action") not in ("ALLOW", "ALERT"):
            continue
        for domains in graph.targets(rule, "firewallDomainListId", DOMAINS):
            names = domains.items("domains")
            if not isinstance(names, Unknown) and any(name in EVERY_NAME for name in names):
                yield rule


def _blocks_the_rest(graph: ResourceGraph, vpc: Resource, group: Resource) -> Answer:
    rules = graph.pointing_at(group, "firewallRuleGroupId", FIREWALL_RULE)
    last = max(
        rules, key=lambda one: float(one.get("priority")) if str(one.get("priority")).isdecimal() else -1, default=None
    )
    if last is None:
        return failed(vpc, "its DNS firewall has no rule", "block `*.` after the names that are allowed")
    listed = [domains.items("domains") for domains in graph.targets(last, "firewallDomainListId", DOMAINS)]
    if last.get("action") is UNKNOWN or not listed or any(isinstance(one, Unknown) for one in listed):
        return unknown(last, "which names it blocks", "write its action, and the list's domains, out")
    names = [name for one in listed if not isinstance(one, Unknown) for name in one]
    if last.get("action") == "BLOCK" and any(name in EVERY_NAME for name in names):
        return passed(vpc)
    return failed(
        vpc, "its DNS firewall's last rule does not block every other name", "block `*.` with the last priority"
    )


RULE = Rule(
    id="recovery-dns-closed",
    title="The recovery environment resolves allowed names only",
    statements=("9-c", "3.1-b"),
    severity=Severity.HIGH,
    risk="A network without any gateway still resolves public names: restored data can be carried out in questions.",
    remedy="Associate a DNS firewall with the recovery VPC: AWS's names allowed, `*.` blocked last, failing closed.",
    check=_check,
    soc2=("CC6.6", "A1.3"),
    iso27001=("A.8.22",),
)
