"""A network ACL lets everybody in to web ports and to the ports that answers come back to, and to nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._acl import DEFAULT_ACL, Entry, entries
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

WEB_PORTS = ("80", "443")
# AWS: answers come to the ports that a client draws from; an ACL remembers no connection, so they must be open.
EPHEMERAL_FROM = 1024


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for one in entries(graph):
        if not one.ingress or one.allows is False or one.holder.type == DEFAULT_ACL:
            continue
        if not one.known:
            yield unknown(one.holder, "whom it lets in", "write its block and ports out")
        elif not one.everybody or _is_web(one) or _is_answers(one):
            yield passed(one.holder)
        else:
            what = "every port" if one.every_port else f"ports {one.from_port} to {one.to_port}"
            yield failed(
                one.holder, f"it lets everybody in to {what}",
                "name the block of the tier that needs it; for everybody open 443, 80, and 1024 to 65535 for answers",
            )  # fmt: skip


def _is_web(one: Entry) -> bool:
    return not one.every_port and one.from_port == one.to_port and str(one.from_port) in WEB_PORTS


def _is_answers(one: Entry) -> bool:
    return (
        not one.every_port
        and str(one.from_port).isdecimal()
        and int(one.from_port) >= EPHEMERAL_FROM
        and (str(one.to_port) == "65535")
    )


RULE = Rule(
    id="network-acls-not-open",
    title="ACLs do not let everybody in",
    statements=("3.1-b", "1-a"),
    severity=Severity.HIGH,
    risk="One wrong security group is enough, where the ACL behind it lets everything through.",
    remedy="Let ACLs name the blocks of tiers; for everybody open web ports, and those that answers come back to.",
    check=_check,
    soc2=("CC6.6",),
    iso27001=("A.8.20", "A.8.22"),
    cis=("5.2",),
)
