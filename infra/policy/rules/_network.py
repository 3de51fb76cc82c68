"""Security groups and ACLs as programs declare them: inline rules and rules of their own, in one form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from infra.policy.rules._prefix_lists import listed
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, Unknown

GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
OLD_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
# Nobody has more than a /8 (10.0.0.0/8), nor a /7 of IPv6 (fc00::/7), of their own.
NARROWEST = {4: 8, 6: 7}


@dataclass(frozen=True)
class Opening:
    """Something that a group lets in or out. `holder` is what declares it: the group itself, or a rule.

    Args:
        blocks: addresses, those of prefix lists among them.
        groups: other groups that it names; None: none.
    """

    holder: Resource
    group: Resource | None
    ingress: bool
    protocol: Any
    from_port: Any
    to_port: Any
    blocks: tuple[Any, ...]
    groups: Any

    @property
    def everybody(self) -> bool:
        return any(is_everybody(block) for block in self.blocks)

    @property
    def known(self) -> bool:
        return UNKNOWN not in (*self.blocks, self.protocol, self.from_port, self.to_port)

    def only_port(self, *ports: int) -> bool:
        """Whether it opens just one of these TCP ports."""
        return str(self.protocol) in ("tcp", "6") and self.from_port == self.to_port and self.from_port in ports

    @property
    def said(self) -> str:
        if str(self.protocol) in ("-1", "all"):
            return "every port"
        return (
            f"port {self.from_port}" if self.from_port == self.to_port else f"ports {self.from_port} to {self.to_port}"
        )


def is_everybody(block: Any) -> bool:
    """All addresses, or so wide a share of them (`0.0.0.0/1`) that a few such rules add up to all."""
    try:
        network = ip_network(str(block), strict=False)
    except ValueError:
        return False
    return network.prefixlen < NARROWEST[network.version]


def openings(graph: ResourceGraph) -> Iterator[Opening]:
    """Every opening of every group, however it is declared."""
    for group in graph.of(GROUP, DEFAULT_GROUP):
        for ingress, key in ((True, "ingress"), (False, "egress")):
            inline = group.items(key)
            for index, one in enumerate([UNKNOWN] if isinstance(inline, Unknown) else inline):
                more = () if not isinstance(one, Mapping) else listed(graph, group, f"{key}.{index}.prefixListIds")
                yield _inline(group, one, ingress, more)
    for rule in graph.of(OLD_RULE):
        peers = [rule.get(key) for key in ("sourceSecurityGroupId", "self")]
        blocks = (
            *_list(rule.get("cidrBlocks")),
            *_list(rule.get("ipv6CidrBlocks")),
            *listed(graph, rule, "prefixListIds"),
        )
        yield Opening(
            rule, _group(graph, rule), rule.get("type") == "ingress", rule.get("protocol"), rule.get("fromPort"),
            rule.get("toPort"), blocks, _named(peers),
        )  # fmt: skip
    for kind, ingress in ((INGRESS_RULE, True), (EGRESS_RULE, False)):
        for rule in graph.of(kind):
            blocks = tuple(one for one in (rule.get("cidrIpv4"), rule.get("cidrIpv6")) if one is not None)
            yield Opening(
                rule, _group(graph, rule), ingress, rule.get("ipProtocol"), rule.get("fromPort"), rule.get("toPort"),
                (*blocks, *listed(graph, rule, "prefixListId")), rule.get("referencedSecurityGroupId"),
            )  # fmt: skip


def _inline(group: Resource, one: Any, ingress: bool, more: tuple[Any, ...]) -> Opening:
    if not isinstance(one, Mapping):
        return Opening(group, group, ingress, UNKNOWN, UNKNOWN, UNKNOWN, (UNKNOWN,), UNKNOWN)
    blocks = (*_list(one.get("cidrBlocks")), *_list(one.get("ipv6CidrBlocks")), *more)
    named = _named([one.get(key) for key in ("securityGroups", "self")])
    return Opening(group, group, ingress, one.get("protocol"), one.get("fromPort"), one.get("toPort"), blocks, named)


def _named(peers: list[Any]) -> Any:
    """The first peer that is named; an unknown one counts, since it has no truth to ask for."""
    return next((peer for peer in peers if peer is UNKNOWN or peer), None)


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _group(graph: ResourceGraph, rule: Resource) -> Resource | None:
    return next(iter(graph.targets(rule, "securityGroupId", GROUP, DEFAULT_GROUP)), None)
