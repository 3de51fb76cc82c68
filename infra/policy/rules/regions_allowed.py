"""Everything lies in an allowed region: resources, replicas, copies of backups."""

from __future__ import annotations

import json
from collections.abc import Iterator

from infra.policy.rules._backup import PLAN
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, Unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

FIX = "use an allowed region, or allow this one (`stormproof:regions`) once it was decided"
REPLICATION = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
ARN_PARTS = 6


def allowed(graph: ResourceGraph) -> frozenset[str]:
    """The regions that the stack's configuration allows; none: nobody decided, and there is nothing to hold against."""
    try:
        told = json.loads(graph.settings.get("regions", "{}"))
    except ValueError:
        return frozenset()
    if isinstance(told, list):
        return frozenset(map(str, told))
    if not isinstance(told, dict):
        return frozenset()
    named = {str(value) for key, value in told.items() if isinstance(value, str)}
    return frozenset(map(str, told.get("allowed") or ())) or frozenset(named)


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    fine = allowed(graph)
    if not fine:
        return
    for resource in graph:
        if not resource.type.startswith("aws:"):
            continue
        found = [resource.region if resource.region is not None else UNKNOWN, *_others(resource)]
        outside = [region for region in found if isinstance(region, str) and region not in fine]
        if outside:
            yield failed(resource, f"{outside[0]} is no allowed region", FIX)
        elif any(isinstance(one, Unknown) for one in found):
            yield unknown(resource, "in which region it, or a copy of it, lies", "write the region out")
        else:
            yield passed(resource)


def _others(resource: Resource) -> Iterator[str | Unknown]:
    """Where else a resource puts what it holds."""
    for index, _ in enumerate(_list(resource.items("replicas")) if "dynamodb" in resource.type else []):
        yield resource.get(f"replicas.{index}.regionName", UNKNOWN)
    if resource.type == PLAN:
        for number, rule in enumerate(_list(resource.items("rules"))):
            copies = rule.get("copyActions") if isinstance(rule, dict) else None
            for place, _ in enumerate(copies or [] if not isinstance(copies, Unknown) else []):
                arn = resource.get(f"rules.{number}.copyActions.{place}.destinationVaultArn")
                parts = arn.split(":") if isinstance(arn, str) else []
                if len(parts) >= ARN_PARTS and parts[3]:
                    yield parts[3]


def _list(value: list[object] | Unknown) -> list[object]:
    return [] if isinstance(value, Unknown) else value


RULE = Rule(
    id="regions-allowed",
    title="Everything lies in an allowed region",
    statements=("3.1-a", "5-a", "5-c"),
    severity=Severity.HIGH,
    risk="Customers' data leaves the countries that their contracts name, and nobody decided it.",
    remedy="Name the allowed regions once (`stormproof:regions`), and declare nothing outside them.",
    check=_check,
    soc2=("C1.1", "P6.1"),
    iso27001=("A.5.31", "A.5.34"),
)
