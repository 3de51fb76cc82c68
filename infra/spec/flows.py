"""One table of who may speak to whom: security-group rules and network ACLs are made from it, and nothing else is open.

A security group remembers a connection, an ACL does not: for each flow the ACL also lets the answers back, to the ports
that a client draws from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from infra.spec.network import NetworkSpec, Tier

INTERNET: Final = "internet"
GATEWAYS: Final = "gateways"  # S3 and DynamoDB by their gateway endpoints: addresses of AWS, yet no way to the internet
ANYWHERE = "0.0.0.0/0"
DATABASE_PORT, FILES_PORT = 5432, 2049  # PostgreSQL; NFS, of EFS
EPHEMERAL = (1024, 65535)  # AWS: a NAT gateway and a load balancer draw from 1024 on, Linux from 32768
ACL_RULES_MAX = 20  # AWS's default quota, each way
ACL_FIRST, ACL_STEP = 100, 10

End = Tier | Literal["internet", "gateways"]


class TooManyFlows(ValueError):
    """More rules than an ACL takes. The message is for a person."""


@dataclass(frozen=True)
class Flow:
    """Clients in `source` open connections to `port` in `target`. `why` goes into the rule's description."""

    source: End
    target: End
    port: int
    why: str
    protocol: Literal["tcp", "udp"] = "tcp"


@dataclass(frozen=True)
class AclRule:
    """One numbered rule of an ACL; everything else is refused by the ACL's own last rule."""

    number: int
    egress: bool
    protocol: str
    cidr: str
    from_port: int
    to_port: int


@dataclass(frozen=True)
class GroupRule:
    """One rule of a tier's security group. `peer`: another tier's group, everybody (`ANYWHERE`), or prefix lists."""

    tier: Tier
    egress: bool
    protocol: str
    port: int
    peer: End
    why: str


def default_flows(
    *, application_port: int = 8443, database_port: int | None = DATABASE_PORT, files: bool = True
) -> tuple[Flow, ...]:
    """The flows of a web application over PostgreSQL, by endpoints inside the network wherever there is one.

    Args:
        database_port, files: None and False where there is no database, no file system: then no port is open for it.
    """
    flows = [
        Flow(INTERNET, Tier.INGRESS, 443, "users, over TLS"),
        Flow(INTERNET, Tier.INGRESS, 80, "redirected to TLS"),
        Flow(Tier.INGRESS, Tier.APPLICATION, application_port, "the load balancer to the application, over TLS"),
        Flow(Tier.APPLICATION, Tier.MANAGEMENT, 443, "the application to AWS, by endpoints"),
        Flow(Tier.APPLICATION, INTERNET, 443, "the application to the allowed domains, through the firewall"),
        Flow(Tier.MANAGEMENT, Tier.MANAGEMENT, 443, "the heartbeat and rotation to AWS, by endpoints"),
        Flow(Tier.MANAGEMENT, GATEWAYS, 443, "the heartbeat to S3 and DynamoDB, by gateway endpoints"),
    ]
    if database_port is not None:
        flows += [
            Flow(Tier.APPLICATION, Tier.DATA, database_port, "the application to its database, over TLS"),
            Flow(Tier.MANAGEMENT, Tier.DATA, database_port, "the heartbeat to the database, over TLS"),
        ]
    if files:
        flows.append(Flow(Tier.APPLICATION, Tier.DATA, FILES_PORT, "the application to its file system, over TLS"))
    return tuple(flows)


def group_rules(flows: Sequence[Flow]) -> Iterator[GroupRule]:
    """Both ends' rules of each flow: groups name groups, addresses only where the internet is the other end."""
    for flow in flows:
        if isinstance(flow.source, Tier):
            yield GroupRule(flow.source, True, flow.protocol, flow.port, flow.target, flow.why)
        if isinstance(flow.target, Tier):
            yield GroupRule(flow.target, False, flow.protocol, flow.port, flow.source, flow.why)


def acl_rules(tier: Tier, flows: Sequence[Flow], network: NetworkSpec) -> list[AclRule]:
    """The ACL of a tier's subnets, both ways, sorted and numbered; equal ones once.

    Flows to the internet leave through the inspection tier, so that tier passes them in both directions: with the
    addresses of both ends, never its own. An ACL cannot name a prefix list, so gateway endpoints are `ANYWHERE` to it;
    what else that opens ends at the route table, which has no route there.

    Raises: TooManyFlows.
    """
    wanted: list[tuple[bool, str, str, int, int]] = []

    def both(egress: bool, flow: Flow, other: End) -> None:
        block = network.aggregate(other) if isinstance(other, Tier) else ANYWHERE
        wanted.append((egress, flow.protocol, block, flow.port, flow.port))
        wanted.append((not egress, flow.protocol, block, *EPHEMERAL))

    for flow in flows:
        if flow.target == tier:
            both(False, flow, flow.source)
        if flow.source == tier:
            both(True, flow, flow.target)
        if tier is Tier.INSPECTION and flow.target == INTERNET:
            both(False, flow, flow.source)
            both(True, flow, INTERNET)
    rules: list[AclRule] = []
    for egress in (False, True):
        mine = sorted({one for one in wanted if one[0] is egress}, key=lambda one: (one[3], one[4], one[1], one[2]))
        if len(mine) > ACL_RULES_MAX:
            raise TooManyFlows(
                f"the {tier} tier would need {len(mine)} ACL rules {'out' if egress else 'in'}, and AWS takes "
                f"{ACL_RULES_MAX}: join flows, or leave ports to the security groups"
            )
        rules += [
            AclRule(ACL_FIRST + ACL_STEP * place, egress, protocol, cidr, first, last)
            for place, (_, protocol, cidr, first, last) in enumerate(mine)
        ]
    return rules
