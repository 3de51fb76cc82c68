"""Prefix lists that security groups name: the addresses in them, where this program declares the list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, Unknown

LIST = "aws:ec2/managedPrefixList:ManagedPrefixList"
ENTRY = "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"


def listed(graph: ResourceGraph, holder: Resource, path: str) -> tuple[Any, ...]:
    """The blocks of the lists that a property names. UNKNOWN stands for those of a list that nobody can see into here.

    A list of somebody else's (AWS's for CloudFront) that the configuration names was decided on: it adds no block.
    """
    ids = holder.items(path)
    blocks: list[Any] = []
    for one in [UNKNOWN] if isinstance(ids, Unknown) else ids:
        if isinstance(one, str) and any(one in text for text in graph.settings.values()):
            continue
        lists = graph.targets(holder, path, LIST)
        mine = [each for each in lists if one is UNKNOWN or one == each.get("id")] or lists
        blocks += [block for each in mine for block in _entries(graph, each)] if mine else [UNKNOWN]
    return tuple(dict.fromkeys(blocks))


def _entries(graph: ResourceGraph, prefixes: Resource) -> list[Any]:
    inline = prefixes.items("entries")
    written = [UNKNOWN] if isinstance(inline, Unknown) else inline
    apart = graph.pointing_at(prefixes, "prefixListId", ENTRY)
    return [one.get("cidr") if isinstance(one, Mapping) else UNKNOWN for one in written] + [
        one.get("cidr") for one in apart
    ]
