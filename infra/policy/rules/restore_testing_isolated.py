"""Restore testing puts what it restores into the recovery environment: AWS would take the default VPC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infra.policy.rules._recovery import OVERRIDES, SELECTION, named_so, places, vpcs_of
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

KEYS = ("aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey")
# Keys of the metadata that say in which network it comes up.
NETWORK = ("dbsubnetgroupname", "vpcsecuritygroupids", "subnetid", "securitygroupids")
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
        kind, given = one.get("protectedResourceType"), one.get(OVERRIDES, {})
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
        elif (unseen := _unseen(graph, one, given)) is not None:
            yield unknown(
                one, f"whether {unseen} of its overrides lies in the recovery environment",
                "refer to what this program declares, or let its name say so (`…-recovery`), or name it in the stack's configuration (`stormproof:recoveryPlaces`)",
            )  # fmt: skip
        else:
            yield passed(one)


def _astray(graph: ResourceGraph, selection: Resource, given: Mapping[str, object]) -> Resource | None:
    """What an override names, or the network around it, that says of itself that it belongs elsewhere."""
    for key in given:
        found = places(graph, selection, key)
        networks = [vpc for place in found for vpc in vpcs_of(graph, place)]
        for place in (*found, *networks, *graph.targets(selection, f"{OVERRIDES}.{key}", *KEYS)):
            environment = place.tag("environment")
            if isinstance(environment, str) and environment != "recovery":
                return place
    return None


def _unseen(graph: ResourceGraph, selection: Resource, given: Mapping[str, object]) -> str | None:
    """An override that names a network which this program does not show, and nothing marks.

    One of this program is judged by the rules about the recovery environment: where tests restore to is one.
    """
    for key, value in given.items():
        if key.lower() not in NETWORK or places(graph, selection, key) or named_so(value):
            continue
        if not isinstance(value, str) or not any(value in text for text in graph.settings.values()):
            return key if not isinstance(value, str) else f"{key} {value}"
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
