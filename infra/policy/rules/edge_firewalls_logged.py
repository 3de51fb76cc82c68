"""Web firewalls and network firewalls write down what they did."""

from __future__ import annotations

from collections.abc import Iterator

from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed

# What must be logged -> what logs it, by which property.
LOGGED_BY = {
    "aws:wafv2/webAcl:WebAcl": ("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", "resourceArn"),
    "aws:networkfirewall/firewall:Firewall": (
        "aws:networkfirewall/loggingConfiguration:LoggingConfiguration",
        "firewallArn",
    ),
}


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for kind, (logging, path) in LOGGED_BY.items():
        for firewall in graph.of(kind):
            if graph.pointing_at(firewall, path, logging):
                yield passed(firewall)
            else:
                yield failed(firewall, "nobody can say what it stopped", f"declare a {logging.split(':')[-1]} for it")


RULE = Rule(
    id="edge-firewalls-logged",
    title="Firewalls write logs",
    statements=("3.3-d",),
    severity=Severity.MEDIUM,
    risk="After an attack nobody knows what was tried, and what got through.",
    remedy="Give each web firewall and each network firewall a logging configuration.",
    check=_check,
    soc2=("CC7.2",),
    iso27001=("A.8.15", "A.8.16"),
)
