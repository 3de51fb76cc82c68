"""What a program says about backups: plans with their rules, selections, and what keeps data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from stormproof.core.infra.backup_arithmetic import BackupRule
from stormproof.core.infra.backup_selection import Selected, Selection, TagTest
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, Unknown, has_unknown
from stormproof.core.units import WrongUnit, parse_duration

PLAN, SELECTION = "aws:backup/plan:Plan", "aws:backup/selection:Selection"
VAULT, AIR_GAPPED = "aws:backup/vault:Vault", "aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault"
LOCK = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
VAULT_POLICY = "aws:backup/vaultPolicy:VaultPolicy"

DATABASE, CLUSTER = "aws:rds/instance:Instance", "aws:rds/cluster:Cluster"
TABLE, FILE_SYSTEM = "aws:dynamodb/table:Table", "aws:efs/fileSystem:FileSystem"
VOLUME, BUCKET = "aws:ebs/volume:Volume", "aws:s3/bucket:Bucket"
ALWAYS_STATEFUL = (
    DATABASE,
    CLUSTER,
    TABLE,
    FILE_SYSTEM,
    VOLUME,
    "aws:docdb/cluster:Cluster",
    "aws:neptune/cluster:Cluster",
    "aws:fsx/lustreFileSystem:LustreFileSystem",
    "aws:fsx/openZfsFileSystem:OpenZfsFileSystem",
    "aws:fsx/windowsFileSystem:WindowsFileSystem",
)
# A bucket holds anything from logs to the company's data: it counts where somebody said what it holds.
BUCKETS = (BUCKET, "aws:s3/bucketV2:BucketV2")
# As ARNs have it, in their third part.
SERVICE = 2
SERVICES = {
    DATABASE: "rds",
    CLUSTER: "rds",
    TABLE: "dynamodb",
    FILE_SYSTEM: "elasticfilesystem",
    VOLUME: "ec2",
    **dict.fromkeys(BUCKETS, "s3"),
}
DATA_CLASSES_BACKED_UP = ("confidential", "restricted")


@dataclass(frozen=True)
class PlanRule:
    """One rule of a plan. `rule` is None where its arithmetic hangs on something unknown; `unknown` says on what."""

    plan: Resource
    index: int
    name: str
    rule: BackupRule | None
    copies: tuple[dict[str, Any], ...] | Unknown
    unknown: str = ""

    @property
    def path(self) -> str:
        return f"rules.{self.index}"

    @property
    def shown(self) -> str:
        return f"its rule '{self.name}'"


def stateful(graph: ResourceGraph) -> list[Resource]:
    """What keeps data, in the order of declaration of each kind."""
    buckets = [
        one
        for one in graph.of(*BUCKETS)
        if one.tag("backup") is not None or one.tag("data-class") in DATA_CLASSES_BACKED_UP
    ]
    in_cluster = [
        one for one in graph.of(*ALWAYS_STATEFUL) if not (one.type == DATABASE and one.get("replicateSourceDb"))
    ]
    return in_cluster + buckets


def plan_rules(graph: ResourceGraph, plan: Resource) -> list[PlanRule]:
    """Every rule of a plan; one entry that is unknown where the plan's rules are not known at all."""
    raw = plan.items("rules")
    if isinstance(raw, Unknown):
        return [PlanRule(plan, 0, "?", None, UNKNOWN, "its rules")]
    return [_rule(plan, index, one) for index, one in enumerate(raw)]


def _rule(plan: Resource, index: int, raw: Any) -> PlanRule:
    if isinstance(raw, Unknown):
        return PlanRule(plan, index, str(index), None, UNKNOWN, f"its rule {index}")
    name = str(plan.get(f"rules.{index}.ruleName", index))
    copies = plan.items(f"rules.{index}.copyActions")
    kept = copies if isinstance(copies, Unknown) else tuple(copies)
    needed = {key: raw.get(key) for key in ("schedule", "startWindow", "enableContinuousBackup", "lifecycle")}
    missing = [key for key, value in needed.items() if has_unknown(value)]
    if missing:
        return PlanRule(plan, index, name, None, kept, f"{missing[0]} of its rule '{name}'")
    lifecycle = raw.get("lifecycle") or {}
    rule = BackupRule(
        schedule=str(raw.get("schedule") or ""),
        start_window=timedelta(minutes=float(raw.get("startWindow") or 480)),
        continuous=bool(raw.get("enableContinuousBackup")),
        delete_after_days=_days(lifecycle.get("deleteAfter")),
        cold_after_days=_days(lifecycle.get("coldStorageAfter")),
        duration=declared(plan, "backup-duration"),
        copy_duration=declared(plan, "copy-duration"),
    )
    return PlanRule(plan, index, name, rule, kept)


def _days(value: Any) -> int | None:
    return None if value in (None, 0) else int(value)


def declared(resource: Resource, tag: str) -> timedelta:
    """A duration in a tag (`30m`); zero where nobody declared one, or not in words that we read."""
    value = resource.tag(tag)
    try:
        return parse_duration(value) if isinstance(value, str) else timedelta(0)
    except WrongUnit:
        return timedelta(0)


def selections(graph: ResourceGraph, plan: Resource) -> list[tuple[Resource, Selection | Unknown]]:
    """The selections of a plan; UNKNOWN for one whose tests are not known."""
    return [(one, _selection(one)) for one in graph.pointing_at(plan, "planId", SELECTION)]


def _selection(resource: Resource) -> Selection | Unknown:
    tags, conditions = resource.items("selectionTags"), resource.items("conditions")
    if has_unknown(tags) or has_unknown(conditions):
        return UNKNOWN
    assert isinstance(tags, list), "an unknown list was asked for before"
    assert isinstance(conditions, list), "an unknown list was asked for before"
    return Selection(
        resources=_known_texts(resource, "resources"),
        not_resources=_known_texts(resource, "notResources"),
        list_of_tags=[TagTest("StringEquals", str(one.get("key")), str(one.get("value"))) for one in tags],
        conditions=[
            TagTest(_OPERATORS[operator], _tag_key(str(test.get("key"))), str(test.get("value")))
            for block in conditions
            for operator in _OPERATORS
            for test in block.get(operator) or []
        ],
    )


_OPERATORS = {
    "stringEquals": "StringEquals",
    "stringLikes": "StringLike",
    "stringNotEquals": "StringNotEquals",
    "stringNotLikes": "StringNotLike",
}


def _tag_key(key: str) -> str:
    return key.removeprefix("aws:ResourceTag/")


def _known_texts(resource: Resource, path: str) -> list[str]:
    """Known entries; one unknown entry stands as a text that no ARN has, so that the list does not look empty."""
    value = resource.items(path)
    if isinstance(value, Unknown):
        return ["\0"]
    return [one if isinstance(one, str) else "\0" for one in value]


def selected(graph: ResourceGraph, selection: Resource, tests: Selection | Unknown, resource: Resource) -> Selected:
    """Whether a selection takes a resource: by reference where its ARN is not known yet, else as AWS resolves it."""
    if resource in graph.targets(selection, "notResources", resource.type):
        return Selected.NO
    if isinstance(tests, Unknown):
        return Selected.UNKNOWN
    raw = resource.get("tags", {})
    tags = None if has_unknown(raw) else {str(key): str(value) for key, value in {**raw, **_more(resource)}.items()}
    arn = resource.get("arn")
    if not isinstance(arn, str):
        left_out = [one for one in tests.not_resources if _could_mean(one, resource)]
        tests = replace(tests, not_resources=left_out)
    if resource in graph.targets(selection, "resources", resource.type):
        by_reference = Selection(["*"], (), tests.list_of_tags, tests.conditions)
        return by_reference.selects("arn:by:reference", tags)
    return tests.selects(arn if isinstance(arn, str) else None, tags)


def _could_mean(pattern: str, resource: Resource) -> bool:
    """Whether a pattern may match a resource whose ARN is not known yet: not where it names another service."""
    service, parts = SERVICES.get(resource.type), pattern.split(":")
    if service is None or len(parts) <= SERVICE or any(char in part for part in parts[: SERVICE + 1] for char in "*?"):
        return True
    return parts[SERVICE] == service


def _more(resource: Resource) -> dict[str, Any]:
    every = resource.get("tagsAll", {})
    return {} if isinstance(every, Unknown) or has_unknown(every) else dict(every)


def taken_by(graph: ResourceGraph, resource: Resource) -> Iterator[tuple[Resource, Selected]]:
    """Every plan with how surely it takes a resource."""
    for plan in graph.of(PLAN):
        found = [selected(graph, one, tests, resource) for one, tests in selections(graph, plan)]
        if Selected.YES in found:
            yield plan, Selected.YES
        elif Selected.UNKNOWN in found:
            yield plan, Selected.UNKNOWN


def is_left_out(resource: Resource) -> bool:
    """Whether somebody decided, with a reason, that it needs no backup."""
    reason = resource.tag("backup-reason")
    return resource.tag("backup") == "none" and isinstance(reason, str) and bool(reason)
