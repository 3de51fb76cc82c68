"""What the internet reaches: the load balancer and its web firewall."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from infra.naming import BadName, Names
from infra.spec.base import Spec

Name = Annotated[str, Field(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$", max_length=253)]
ZoneId = Annotated[str, Field(pattern=r"^Z[A-Z0-9]{5,32}$")]
CertificateArn = Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[0-9a-f-]{36}$")]
ManagedGroup = Annotated[str, Field(pattern=r"^AWSManagedRules[A-Za-z0-9]+$")]

RATE_MIN, RATE_MAX = 10, 2_000_000_000  # AWS: WAF's rate-based statement
# AWS: baseline and use-case groups. 200 + 700 + 200 + 25 of the 1500 units that a web ACL has without further cost.
MANAGED_GROUPS = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesSQLiRuleSet",
)
BALANCER, TARGETS = "edge", "application"  # what the load balancer and its target group are called
SECURITY_TXT_DAYS = 364  # RFC 9116 2.5.5: less than a year ahead is recommended


class EdgeSpec(Spec):
    """The public entrance. `domain` and `security_reviewed` are needed by the layer `primary`, and by no other.

    Args:
        domain: the name that users type.
        zone_id: of the hosted zone of Route 53 that holds `domain`. Left out: a zone for `domain` itself is declared
            (US$ 0.50 a month), and its parent must point to the name servers in the output `nameServers`: until it
            does, the certificate is not issued and `up` waits for it.
        certificate_arn: of a certificate that exists, in the load balancer's region. Left out: one is declared, and
            proved by a record in the zone; then it renews itself.
        application_port: the application listens there, with TLS of its own.
        health_path: answers 200 to the load balancer when the application can work.
        requests_per_five_minutes: from one address; what asks more often gets 429 until it asks less.
        managed_groups: rule groups that AWS keeps. The common one refuses bodies above 8 KB: take uploads to S3.
            US$ 1 a month for each, beside US$ 5 for the web ACL. Fewer are cheaper, and stop less.
        security_reviewed: when somebody last saw that security.txt is right. It expires 364 days later: no clock is
            read while a stack is previewed, so that the same program always says the same.
        security_policy: where the rules for reporting a weakness are told, for security.txt.
    """

    domain: Name | None = None
    zone_id: ZoneId | None = None
    certificate_arn: CertificateArn | None = None
    application_port: int = Field(default=8443, ge=1024, le=65535)
    health_path: Annotated[str, Field(pattern=r"^/[\w./-]*$", max_length=1024)] = "/health"
    requests_per_five_minutes: int = Field(default=2000, ge=RATE_MIN, le=RATE_MAX)
    managed_groups: tuple[ManagedGroup, ...] = MANAGED_GROUPS
    security_reviewed: date | None = None
    security_policy: Annotated[str, Field(pattern=r"^https://\S+$", max_length=200)] | None = None

    @model_validator(mode="after")
    def _belongs(self) -> Self:
        if self.domain is None and (self.zone_id or self.certificate_arn):
            raise ValueError("domain: a zone or a certificate is of no use without one; write the name that users type")
        return self

    @property
    def host(self) -> str:
        """The domain, which `check_given` asked for."""
        assert self.domain is not None, "check_given comes first"
        return self.domain

    def check_given(self, names: Names) -> None:
        """What the layer `primary` cannot be declared without. Raises ValueError, for a person."""
        if self.domain is None:
            raise ValueError("edge.domain: is missing: write the name that users type, as shop.example.com")
        if self.security_reviewed is None:
            raise ValueError(
                "edge.securityReviewed: is missing: write the date on which somebody saw that mail to securityContact "
                "is answered, as 2026-11-26"
            )
        for what in (BALANCER, TARGETS):
            try:
                names.balancer(what)
            except BadName as error:
                raise ValueError(f"project: {error}") from None


def security_txt(spec: EdgeSpec, contact: str) -> str:
    """The text of `/.well-known/security.txt` (RFC 9116).

    Args:
        spec: after `check_given`.
        contact: where somebody who found a weakness writes to.
    """
    assert spec.security_reviewed is not None, "check_given comes first"
    expires = datetime.combine(spec.security_reviewed, time(), UTC) + timedelta(days=SECURITY_TXT_DAYS)
    lines = [
        f"Contact: mailto:{contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: https://{spec.host}/.well-known/security.txt",
    ]
    if spec.security_policy is not None:
        lines.append(f"Policy: {spec.security_policy}")
    return "\n".join(lines) + "\n"
