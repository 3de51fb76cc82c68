"""The way out: what inspects it, how many there are, and which names may be asked for.

Four switches cost money. Left out, each is on in production and off elsewhere: a lab pays for none, and its emulator
knows neither firewall: with the network firewall on, a lab can be previewed and not brought up. Prices:
infra/costs/network.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from infra.spec.base import Spec

# A name, or all names below it (`*.example.com`). Case is AWS's business: both firewalls compare in lower case.
Domain = Annotated[str, Field(pattern=r"^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$")]
# Those with a policy of ours (infra/components/network/endpoint_policy.py): an endpoint without lets everybody through.
Service = Literal[
    "backup", "ec2messages", "ecr.api", "ecr.dkr", "events", "kms", "logs", "monitoring", "rds", "secretsmanager", "sns", "sqs", "ssm",
    "ssmmessages", "sts",
]  # fmt: skip

# What the management tier needs, and an instance that Systems Manager looks after. Not `s3` and `dynamodb`: these have
# gateway endpoints, which cost nothing and are always there.
SERVICES: tuple[Service, ...] = (
    "ec2messages", "kms", "logs", "monitoring", "secretsmanager", "ssm", "ssmmessages", "sts",
)  # fmt: skip


@dataclass(frozen=True)
class Switches:
    """The four switches, decided."""

    network_firewall: bool
    dns_firewall: bool
    nat_per_zone: bool
    interface_endpoints: bool


class EgressSpec(Spec):
    """The way out.

    Args:
        network_firewall: a stateful firewall before NAT, one endpoint a zone: lets TLS through to `allowed_domains`
            alone, by the name that the client asks for, and writes down what it saw. About US$ 290 a month and zone.
            Cheaper: off; then the application reaches every address on port 443, and the DNS firewall is what is left.
            A client that lies about the name gets through; only inspection of what is inside TLS would see it.
        dns_firewall: names that are not allowed are not resolved, and nothing is when it fails. It stops data from
            leaving inside of questions, which needs no route. Below US$ 1 a month for its lists, and US$ 0.60 for a
            million questions. Off saves next to nothing.
        nat_per_zone: a zone's loss leaves the others their way out. About US$ 38 a month for each. Cheaper: one for
            all: its zone's loss takes the way out from everybody, and traffic between zones is paid for.
        interface_endpoints: AWS's own services without a way out, admitting our principals and our resources alone.
            About US$ 9 a month for each service and zone. Cheaper: off; the application reaches these services through
            the firewall (their names are then let through), the management tier only S3 and DynamoDB.
        block_public_access: AWS refuses every way between the internet and any VPC of this account and region, but for
            the production VPC, whatever routes and groups say. Free. Off: only while another VPC of the account still
            needs its way out, and with an exception to the rule `network-public-access-blocked`.
        allowed_domains: what the application may reach outside of AWS.
        services: which have an interface endpoint; the name as in `com.amazonaws.REGION.NAME`. For containers from ECR
            add `ecr.api` and `ecr.dkr`.
    """

    network_firewall: bool | None = None
    dns_firewall: bool | None = None
    nat_per_zone: bool | None = None
    interface_endpoints: bool | None = None
    block_public_access: bool = True
    allowed_domains: tuple[Domain, ...] = ()
    services: tuple[Service, ...] = SERVICES

    def switches(self, *, prod: bool) -> Switches:
        """Args: prod: what a switch is that nobody set."""

        def decided(given: bool | None) -> bool:
            return prod if given is None else given

        return Switches(
            decided(self.network_firewall),
            decided(self.dns_firewall),
            decided(self.nat_per_zone),
            decided(self.interface_endpoints),
        )

    def tls_targets(self, region: str, *, prod: bool) -> tuple[str, ...]:
        """What the network firewall lets through, as it writes it: `.example.com` for all names below, and itself."""
        hosts = () if self.switches(prod=prod).interface_endpoints else service_hosts(self.services, region)
        return tuple(dict.fromkeys(one.removeprefix("*") for one in (*hosts, *self.allowed_domains)))

    def names(self, region: str) -> tuple[str, ...]:
        """What the DNS firewall resolves."""
        return tuple(dict.fromkeys((*aws_names(region), *self.allowed_domains)))


def aws_names(region: str) -> tuple[str, ...]:
    """Names of AWS in one region, of which nobody can register one to receive data by being asked for it.

    So without load balancers (`*.elb.amazonaws.com` and the like), distributions and hosted zones.
    """
    return (
        f"*.{region}.amazonaws.com",  # endpoints of services, file systems, buckets
        f"*.{region}.rds.amazonaws.com",
        f"*.{region}.compute.internal",
        "iam.amazonaws.com",
        "sts.amazonaws.com",
    )


# Services whose name in DNS is not `NAME.REGION.amazonaws.com`.
HOSTS: Mapping[Service, str] = {"ecr.api": "api.ecr", "ecr.dkr": "*.dkr.ecr"}


def service_hosts(services: tuple[Service, ...], region: str) -> tuple[str, ...]:
    """The names under which services are asked for in one region."""
    return tuple(f"{HOSTS.get(one, one)}.{region}.amazonaws.com" for one in services)
