"""The account's block on public access shuts every network that was not excluded by name."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._recovery import recovery_vpcs
from stormproof.core.finding import Severity
from stormproof.core.infra.network_paths import VPC
from stormproof.core.infra.resource_graph import UNKNOWN, ResourceGraph
from stormproof.core.infra.rule import EVERY_LAYER, Answer, Rule, failed, passed, unknown

OPTIONS = "aws:ec2/vpcBlockPublicAccessOptions:VpcBlockPublicAccessOptions"
# Stacks of ours that declare networks; another program may leave it to its account's own stack.
LAYERS = ("primary", "recovery", EVERY_LAYER)


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for one in graph.of(OPTIONS):
        mode = one.get("internetGatewayBlockMode")
        if mode is UNKNOWN:
            yield unknown(one, "`internetGatewayBlockMode`", "write it out")
        elif mode == "block-bidirectional":
            yield passed(one)
        else:
            yield failed(one, f"it is set to {mode}", "set `internet_gateway_block_mode` to block-bidirectional")
    recovery = recovery_vpcs(graph)
    for vpc in graph.of(VPC):
        if graph.layer not in LAYERS and vpc.urn not in recovery:
            continue
        if any(one.region in (None, vpc.region) for one in graph.of(OPTIONS)):
            yield passed(vpc)
        else:
            yield failed(
                vpc, "nothing blocks public access to it whatever its routes say",
                "declare VpcBlockPublicAccessOptions (block-bidirectional) in its region; exclude production's VPC alone",
            )  # fmt: skip


RULE = Rule(
    id="network-public-access-blocked",
    title="Networks are shut to the internet unless excluded by name",
    statements=("3.1-b", "9-c"),
    severity=Severity.HIGH,
    risk="One route that somebody adds in a hurry connects a network to the internet.",
    remedy="Declare VPC Block Public Access, bidirectional, and exclude the production VPC alone.",
    check=_check,
    soc2=("CC6.6",),
    iso27001=("A.8.20", "A.8.22"),
)
