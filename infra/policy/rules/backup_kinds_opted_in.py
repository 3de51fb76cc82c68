"""What a backup plan shall take is of a kind that AWS Backup may take in that region: others it passes over in silence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infra.policy.rules._backup import BUCKETS, PLAN, SELECTION, is_left_out, stateful
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, Unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

SETTINGS = "aws:backup/regionSettings:RegionSettings"
OPT_IN, MANAGEMENT = "resourceTypeOptInPreference", "resourceTypeManagementPreference"
# Type -> AWS Backup's name of its kind. Source: AWS Backup, UpdateRegionSettings.
KINDS = {
    "aws:rds/instance:Instance": "RDS",
    "aws:rds/cluster:Cluster": "Aurora",
    "aws:dynamodb/table:Table": "DynamoDB",
    "aws:efs/fileSystem:FileSystem": "EFS",
    "aws:ebs/volume:Volume": "EBS",
    "aws:docdb/cluster:Cluster": "DocumentDB",
    "aws:neptune/cluster:Cluster": "Neptune",
    "aws:fsx/lustreFileSystem:LustreFileSystem": "FSx",
    "aws:fsx/openZfsFileSystem:OpenZfsFileSystem": "FSx",
    "aws:fsx/windowsFileSystem:WindowsFileSystem": "FSx",
    **dict.fromkeys(BUCKETS, "S3"),
}
FULLY_MANAGED = ("DynamoDB", "EFS")  # only then their points have the vault's key, cold storage and copies elsewhere


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    if not graph.of(PLAN) or not graph.of(SELECTION):
        return
    for resource in stateful(graph):
        if not is_left_out(resource) and resource.type in KINDS:
            yield _answer(graph, resource, KINDS[resource.type])


def _answer(graph: ResourceGraph, resource: Resource, kind: str) -> Answer:
    here = [one for one in graph.of(SETTINGS) if one.region in (None, resource.region)]
    if not here:
        return failed(
            resource, f"nothing says that AWS Backup may take {kind} in this region: if not, it is passed over in silence",
            f"declare backup.RegionSettings with {kind} opted in",
        )  # fmt: skip
    wanted = [(OPT_IN, "is not opted in: plans pass over it in silence")]
    if kind in FULLY_MANAGED:
        wanted.append((MANAGEMENT, "is not fully managed: its points keep the source's key"))
    for path, wrong in wanted:
        told = here[0].get(path, {})
        value = UNKNOWN if isinstance(told, Unknown) else told.get(kind, False) if isinstance(told, Mapping) else False
        if value is UNKNOWN:
            return unknown(here[0], f"`{path}`", "write it out")
        if value is not True:
            return failed(resource, f"its kind ({kind}) {wrong}", f"set {kind} to true in `{path}`")
    return passed(resource)


RULE = Rule(
    id="backup-kinds-opted-in",
    title="AWS Backup may take every kind that is protected",
    statements=("9-a",),
    severity=Severity.CRITICAL,
    risk="The plan is right, the tags are right, and there is no backup: the region never opted in.",
    remedy="Declare RegionSettings with each protected kind opted in, DynamoDB and EFS fully managed.",
    check=_check,
    soc2=("A1.2",),
    iso27001=("A.8.13",),
)
