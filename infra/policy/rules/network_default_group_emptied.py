"""Every VPC's default security group is taken over and left without rules."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._network import DEFAULT_GROUP
from stormproof.core.finding import Severity
from stormproof.core.infra.network_paths import VPC
from stormproof.core.infra.resource_graph import UNKNOWN, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for vpc in graph.of(VPC):
        groups = graph.pointing_at(vpc, "vpcId", DEFAULT_GROUP)
        if not groups:
            yield failed(
                vpc,
                "its default security group is left as AWS makes it",
                "declare a DefaultSecurityGroup without rules",
            )
            continue
        for group in groups:
            rules = [group.items("ingress"), group.items("egress")]
            if UNKNOWN in rules:
                yield unknown(group, "whether it has rules", "leave `ingress` and `egress` out")
            elif any(rules):
                yield failed(group, "it has rules", "take them out: whatever forgets to name a group would get them")
            else:
                yield passed(group)


RULE = Rule(
    id="network-default-group-emptied",
    title="The default security group lets nothing through",
    statements=("3.1-b",),
    severity=Severity.HIGH,
    risk="A resource that names no group gets the default one, and with it a way to everything else that named none.",
    remedy="Declare a DefaultSecurityGroup for each VPC, without ingress and egress.",
    check=_check,
    soc2=("CC6.6",),
    iso27001=("A.8.20",),
    cis=("5.5",),
)
