"""Disks are encrypted: volumes, and those that instances bring with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infra.policy.rules._properties import is_true
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, Unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

VOLUME, INSTANCE, TEMPLATE = (
    "aws:ebs/volume:Volume",
    "aws:ec2/instance:Instance",
    "aws:ec2/launchTemplate:LaunchTemplate",
)
BY_DEFAULT = "aws:ebs/encryptionByDefault:EncryptionByDefault"
FIX = "set `encrypted`, and a key of ours"


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for volume in graph.of(VOLUME):
        yield _judged(volume, volume.get("encrypted", False))
    by_default = any(
        is_true(one.get("enabled", True)) for one in graph.of(BY_DEFAULT) if one.get("enabled") is not UNKNOWN
    )
    for machine in graph.of(INSTANCE, TEMPLATE):
        disks = list(_disks(machine))
        plain = [one for one in disks if one is not UNKNOWN and not is_true(one)]
        if plain and not by_default:
            yield failed(machine, "a disk of it is not encrypted", FIX)
        elif UNKNOWN in disks:
            yield unknown(machine, "whether its disks are encrypted", "write `encrypted` out")
        else:
            yield passed(machine)


def _judged(resource: Resource, encrypted: Any) -> Answer:
    if encrypted is UNKNOWN:
        return unknown(resource, "`encrypted`", "write its value out")
    return passed(resource) if is_true(encrypted) else failed(resource, "it is not encrypted", FIX)


def _disks(machine: Resource) -> Iterator[Any]:
    """`encrypted` of each disk. A root disk that nobody describes is as the image and the account say: plain by default."""
    if machine.type == INSTANCE:
        yield machine.get("rootBlockDevice.encrypted", False)
    path = "ebsBlockDevices" if machine.type == INSTANCE else "blockDeviceMappings"
    blocks = machine.items(path)
    for one in [UNKNOWN] if isinstance(blocks, Unknown) else blocks:
        disk = one.get("ebs") if machine.type == TEMPLATE and isinstance(one, Mapping) else one
        if disk is UNKNOWN:
            yield UNKNOWN
        elif isinstance(disk, Mapping):
            yield disk.get("encrypted", False)


RULE = Rule(
    id="volumes-encrypted",
    title="Disks are encrypted",
    statements=("3.2-b",),
    severity=Severity.HIGH,
    risk="A snapshot that is shared by mistake is readable by whoever gets it.",
    remedy="Set `encrypted` on volumes and on instances' disks, or the account's default for all of them.",
    check=_check,
    soc2=("CC6.1",),
    iso27001=("A.8.24",),
    cis=("5.1.1",),
)
