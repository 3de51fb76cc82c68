"""Nobody is let in from everywhere but to a web port of a load balancer's group."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._network import GROUP, openings
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

WEB_PORTS = (80, 443)
BALANCER = "aws:lb/loadBalancer:LoadBalancer"


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    fronting = {one.urn for lb in graph.of(BALANCER) for one in graph.targets(lb, "securityGroups", GROUP)}
    for one in openings(graph):
        if not one.ingress:
            continue
        if not one.known:
            yield unknown(
                one.holder,
                "whom it lets in",
                "write blocks and ports out, or name groups or prefix lists of this program (somebody else's: `stormproof:prefixLists`)",
            )
        elif not one.everybody:
            yield passed(one.holder)
        elif one.only_port(443) or (one.only_port(*WEB_PORTS) and one.group is not None and one.group.urn in fronting):
            if one.group is not None and one.group.urn in fronting:
                yield passed(one.holder)
            else:
                yield failed(
                    one.holder,
                    f"it opens {one.said} to everybody, and its group stands before no load balancer of this program",
                    "let in the load balancer's group instead of an address",
                )
        else:
            yield failed(
                one.holder,
                f"it opens {one.said} to everybody",
                "name the group that needs it; operators come by Session Manager",
            )


RULE = Rule(
    id="network-no-open-ports",
    title="Only a load balancer's web ports are open to everybody",
    statements=("3.1-b", "1-a"),
    severity=Severity.CRITICAL,
    risk="An open port is found within minutes, and what listens there is attacked from then on.",
    remedy="Let groups name groups; only a load balancer's group may name 0.0.0.0/0 or ::/0, or a prefix list with them, for 443 and the redirect of 80.",
    check=_check,
    soc2=("CC6.6",),
    iso27001=("A.8.20", "A.8.21"),
    cis=("5.3", "5.4"),
)
