"""Every VPC's default ACL is taken over and left without entries: a subnet that nobody gave one is then shut."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._acl import DEFAULT_ACL
from stormproof.core.finding import Severity
from stormproof.core.infra.network_paths import VPC
from stormproof.core.infra.resource_graph import Resource, ResourceGraph, Unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for vpc in graph.of(VPC):
        acls = [one for one in graph.of(DEFAULT_ACL) if _belongs(one, vpc)]
        if not acls:
            yield failed(
                vpc,
                "its default ACL lets everything through, as AWS makes it",
                "declare a DefaultNetworkAcl without entries",
            )
            continue
        for acl in acls:
            rules = [acl.items("ingress"), acl.items("egress")]
            if any(isinstance(one, Unknown) for one in rules):
                yield unknown(acl, "whether it has entries", "leave `ingress` and `egress` out")
            elif any(rules):
                yield failed(acl, "it has entries", "take them out, and give each tier an ACL of its own")
            else:
                yield passed(acl)


def _belongs(acl: Resource, vpc: Resource) -> bool:
    value = acl.get("defaultNetworkAclId")
    if isinstance(value, str):
        return bool(value == vpc.get("defaultNetworkAclId"))
    return vpc.urn in acl.depends.get("defaultNetworkAclId", ())


RULE = Rule(
    id="network-default-acl-emptied",
    title="The default ACL lets nothing through",
    statements=("3.1-b",),
    severity=Severity.MEDIUM,
    risk="A subnet that was given no ACL gets the default one, which lets everything in and out.",
    remedy="Declare a DefaultNetworkAcl for each VPC, without ingress and egress.",
    check=_check,
    soc2=("CC6.6",),
    iso27001=("A.8.20",),
)
