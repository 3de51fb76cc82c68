"""Every instance is in a patch group that a baseline and a maintenance window of this program cover."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, Unknown, has_unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

INSTANCE, GROUP, TEMPLATE = (
    "aws:ec2/instance:Instance",
    "aws:autoscaling/group:Group",
    "aws:ec2/launchTemplate:LaunchTemplate",
)
PATCH_GROUP, WINDOW_TARGET = "aws:ssm/patchGroup:PatchGroup", "aws:ssm/maintenanceWindowTarget:MaintenanceWindowTarget"
ASSOCIATION = "aws:ssm/association:Association"
TAGS = ("PatchGroup", "Patch Group")  # Systems Manager reads both; the one without a space where tags are in metadata


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for machine in graph.of(INSTANCE, GROUP):
        group = _patch_group(graph, machine)
        if isinstance(group, Unknown):
            yield unknown(machine, "its tag `PatchGroup`", "write the tag's value out")
        elif group is None:
            yield failed(machine, "it is in no patch group, so nothing patches it", "tag it `PatchGroup: NAME`")
        else:
            yield _covered(graph, machine, group)


def _covered(graph: ResourceGraph, machine: Resource, group: str) -> Answer:
    baselines = [one.get("patchGroup") for one in graph.of(PATCH_GROUP)]
    if group not in baselines:
        if UNKNOWN in baselines:
            return unknown(machine, "which patch groups have a baseline", "write `patch_group` out")
        return failed(machine, f"its patch group '{group}' has no baseline", "declare a PatchGroup that names it")
    targets = [one.items("targets") for one in graph.of(WINDOW_TARGET, ASSOCIATION)]
    if any(_names(one, group) for found in targets if not isinstance(found, Unknown) for one in found):
        return passed(machine)
    if has_unknown(list(targets)):
        return unknown(machine, "whom the maintenance windows target", "write their targets out")
    return failed(
        machine, f"no maintenance window installs what the baseline of '{group}' approves",
        "declare a MaintenanceWindowTarget (tag:PatchGroup) with a task that runs AWS-RunPatchBaseline",
    )  # fmt: skip


def _names(target: Any, group: str) -> bool:
    if not isinstance(target, Mapping) or has_unknown(target):
        return False
    return target.get("key") in [f"tag:{tag}" for tag in TAGS] and group in (target.get("values") or [])


def _patch_group(graph: ResourceGraph, machine: Resource) -> str | Unknown | None:
    if machine.type == INSTANCE:
        own = _tagged(machine.get("tags", {}))
        return own if own is not None else _tagged(machine.get("tagsAll", {}))
    own = _tagged({one.get("key"): one.get("value") for one in _maps(machine.items("tags"))})
    if own is not None:
        return own
    for template in graph.targets(machine, "launchTemplate.id", TEMPLATE):
        for one in _maps(template.items("tagSpecifications")):
            if one.get("resourceType") == "instance":
                return _tagged(one.get("tags"))
    return None


def _tagged(tags: Any) -> str | Unknown | None:
    if isinstance(tags, Unknown):
        return UNKNOWN
    return next((tags[one] for one in TAGS if one in tags), None) if isinstance(tags, Mapping) else None


def _maps(value: list[Any] | Unknown) -> list[Mapping[str, Any]]:
    return [] if isinstance(value, Unknown) else [one for one in value if isinstance(one, Mapping)]


RULE = Rule(
    id="patching-covered",
    title="Every instance is patched",
    statements=("3.1-c",),
    severity=Severity.HIGH,
    risk="A hole that was closed months ago everywhere else is still open on the machine that nobody listed.",
    remedy="Tag instances `PatchGroup`, and give the group a baseline and a maintenance window.",
    check=_check,
    soc2=("CC7.1", "CC8.1"),
    iso27001=("A.8.8", "A.8.19"),
)
