"""Network ACLs as programs declare them: entries inline and entries of their own, in one form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.policy.rules._network import is_everybody
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, Unknown

ACL, DEFAULT_ACL = "aws:ec2/networkAcl:NetworkAcl", "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"
ENTRY = "aws:ec2/networkAclRule:NetworkAclRule"
EVERY_PROTOCOL = ("-1", "all")


@dataclass(frozen=True)
class Entry:
    """One entry. `holder` declares it. Any value may be UNKNOWN."""

    holder: Resource
    ingress: bool
    allows: Any
    protocol: Any
    from_port: Any
    to_port: Any
    blocks: tuple[Any, ...]

    @property
    def known(self) -> bool:
        return not any(
            one is UNKNOWN for one in (self.allows, self.protocol, self.from_port, self.to_port, *self.blocks)
        )

    @property
    def everybody(self) -> bool:
        return any(is_everybody(block) for block in self.blocks)

    @property
    def every_port(self) -> bool:
        return str(self.protocol) in EVERY_PROTOCOL or (_port(self.from_port), _port(self.to_port)) in (
            (0, 65535),
            (0, 0),
        )

    def covers(self, port: int) -> bool:
        return self.every_port or _port(self.from_port) <= port <= _port(self.to_port)


def entries(graph: ResourceGraph) -> Iterator[Entry]:
    """Every entry of every ACL, however it is declared."""
    for acl in graph.of(ACL, DEFAULT_ACL):
        for ingress, key in ((True, "ingress"), (False, "egress")):
            inline = acl.items(key)
            for one in [UNKNOWN] if isinstance(inline, Unknown) else inline:
                yield _entry(acl, ingress, one, action="action")
    for rule in graph.of(ENTRY):
        egress = rule.get("egress", False)
        yield _entry(rule, egress is not True, rule.properties, action="ruleAction")


def _entry(holder: Resource, ingress: bool, raw: Any, *, action: str) -> Entry:
    if not isinstance(raw, Mapping):
        return Entry(holder, ingress, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, (UNKNOWN,))
    allows = raw.get(action)
    return Entry(
        holder,
        ingress,
        allows if allows is UNKNOWN else str(allows).lower() == "allow",
        raw.get("protocol"),
        raw.get("fromPort"),
        raw.get("toPort"),
        tuple(one for one in (raw.get("cidrBlock"), raw.get("ipv6CidrBlock")) if one is not None and one != ""),
    )


def _port(value: Any) -> int:
    return int(value) if str(value).isdecimal() else 0
