"""Restore testing puts what it restores into the recovery environment: AWS would take the default VPC."""

from __future__ import annotations

from collections.abc import Iterator

from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

SELECTION = "aws:backup/restoreTestingSelection:RestoreTestingSelection"
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
        if missing:
            yield failed(
                one, f"it does not say {' and '.join(missing)}, so AWS infers them from production or the default VPC",
                "override them with the recovery environment's",
            )  # fmt: skip
        elif hours is None or (hours is not UNKNOWN and int(hours) <= 0):
            yield failed(one, "nobody has time to look at what it restores", "set `validation_window_hours`")
        else:
            yield passed(one)


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
