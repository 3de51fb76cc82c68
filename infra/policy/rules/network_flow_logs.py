"""Every VPC's traffic is written down, what was refused as well."""

from __future__ import annotations

from collections.abc import Iterator

from stormproof.core.finding import Severity
from stormproof.core.infra.network_paths import VPC
from stormproof.core.infra.resource_graph import UNKNOWN, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

FLOW_LOG = "aws:ec2/flowLog:FlowLog"


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for vpc in graph.of(VPC):
        kinds = [log.get("trafficType", "ALL") for log in graph.pointing_at(vpc, "vpcId", FLOW_LOG)]
        if "ALL" in kinds:
            yield passed(vpc)
        elif UNKNOWN in kinds:
            yield unknown(vpc, "which traffic its flow log takes", "write `traffic_type` out")
        elif kinds:
            yield failed(vpc, f"its flow log takes {kinds[0]} traffic alone", "set `traffic_type` to ALL")
        else:
            yield failed(vpc, "it has no flow log", "declare a FlowLog with traffic type ALL")


RULE = Rule(
    id="network-flow-logs",
    title="Every VPC's traffic is logged",
    statements=("3.3-d", "1-d"),
    severity=Severity.MEDIUM,
    risk="After an intrusion nobody can say what was reached and what was carried away.",
    remedy="Declare a FlowLog of ALL traffic for each VPC.",
    check=_check,
    soc2=("CC7.2",),
    iso27001=("A.8.15", "A.8.16"),
    cis=("3.7",),
)
