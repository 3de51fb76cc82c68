"""A load balancer on the internet has a web firewall with a rate limit, and writes access logs."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._web_firewall import judged
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

BALANCER = "aws:lb/loadBalancer:LoadBalancer"


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for balancer in graph.of(BALANCER):
        internal, kind = balancer.get("internal", False), balancer.get("loadBalancerType", "application")
        if internal is True or kind != "application":
            continue
        if internal is UNKNOWN:
            yield unknown(balancer, "whether it is on the internet", "write `internal` out")
            continue
        yield from (judged(graph, balancer), _logs(balancer))


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
