"""Restore testing puts what it restores into the recovery environment: AWS would take the default VPC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

SELECTION = "aws:backup/restoreTestingSelection:RestoreTestingSelection"
# What an override may name of this program.
PLACES = (
    "aws:rds/subnetGroup:SubnetGroup", "aws:ec2/securityGroup:SecurityGroup", "aws:ec2/subnet:Subnet", "aws:kms/key:Key",
)  # fmt: skip
# Kind of protected resource -> what its restore metadata must say. Keys without case, as AWS infers them.
NEEDED = {
    "RDS": ("dbsubnetgroupname", "vpcsecuritygroupids"),
    "Aurora": ("dbsubnetgroupname", "vpcsecuritygroupids"),
    "EC2": ("subnetid", "securitygroupids"),
    "EFS": ("kmskeyid",),
    "EBS": ("kmskeyid",),
    "DynamoDB": ("kmsmasterkeyarn",),
    "S3": ("kmskey",),
}


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for one in graph.of(SELECTION):
        kind, given = one.get("protectedResourceType"), one.get("restoreMetadataOverrides", {})
        if kind is UNKNOWN or given is UNKNOWN:
            yield unknown(one, "where it restores to", "write its type and its overrides' keys out")
            continue
        have = {str(key).lower() for key in given}
        missing = [key for key in NEEDED.get(str(kind), ()) if key not in have]
        hours = one.get("validationWindowHours")
        astray = _astray(graph, one, given)
        if missing:
            yield failed(
                one, f"it does not say {' and '.join(missing)}, so AWS infers them from production or the default VPC",
                "override them with the recovery environment's",
            )  # fmt: skip
        elif astray is not None:
            yield failed(
                one, f"it restores into {astray.shown}, which is tagged `environment: {astray.tag('environment')}`",
                "name the recovery environment's",
            )  # fmt: skip
        elif hours is None or (hours is not UNKNOWN and int(hours) <= 0):
            yield failed(one, "nobody has time to look at what it restores", "set `validation_window_hours`")
        else:
            yield passed(one)


def _astray(graph: ResourceGraph, selection: Resource, given: Mapping[str, object]) -> Resource | None:
    """What an override names that says of itself that it belongs elsewhere."""
    for key in given:
        for place in graph.targets(selection, f"restoreMetadataOverrides.{key}", *PLACES):
            environment = place.tag("environment")
            if isinstance(environment, str) and environment != "recovery":
                return place
    return None


RULE = Rule(
    id="restore-testing-isolated",
    title="Restore tests restore into the recovery environment",
    statements=("9-c",),
    severity=Severity.HIGH,
    risk="A test puts a copy of production, with its jobs and its mail, beside production.",
    remedy="Override subnet group, security groups and key in every selection with those of the recovery environment.",
    check=_check,
    soc2=("A1.3",),
    iso27001=("A.5.30", "A.8.31"),
)
