"""The name that users type: its zone, its certificate, and the record that leads to the load balancer."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws import acm, lb, route53
from pulumi_aws.acm import outputs

from infra.context import Component, Context
from infra.spec.edge import EdgeSpec

TTL_S = 300


class Domain(Component):
    """A zone (ours, or one that exists), and a certificate in the load balancer's region (the same)."""

    def __init__(self, name: str, context: Context, spec: EdgeSpec, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("Domain", name, context, opts)
        self._logical, self.host = name, spec.host
        self.name_servers: pulumi.Output[Sequence[str]] | None = None
        self.zone_id: pulumi.Input[str] = spec.zone_id if spec.zone_id is not None else self._zone()
        self.certificate_arn: pulumi.Input[str] = (
            spec.certificate_arn if spec.certificate_arn is not None else self._certificate()
        )
        self.register_outputs({"certificateArn": self.certificate_arn})

    def leads_to(self, balancer: lb.LoadBalancer) -> None:
        """The host's address is the load balancer's, whatever that is at the time."""
        route53.Record(
            f"{self._logical}-address",
            zone_id=self.zone_id,
            name=self.host,
            type="A",
            aliases=[
                route53.RecordAliasArgs(name=balancer.dns_name, zone_id=balancer.zone_id, evaluate_target_health=True)
            ],
            opts=self.context.opts(self),
        )

    def _zone(self) -> pulumi.Output[str]:
        zone = route53.Zone(
            f"{self._logical}-zone",
            name=self.host,
            comment=f"Of {self.context.names.name(self._logical)}",
            force_destroy=self.context.disposable,
            tags=self.context.tags(self.host),
            # Another zone has other name servers: the parent would point to nothing.
            opts=self.context.opts(self, guard=True),
        )
        self.name_servers = zone.name_servers
        return zone.zone_id

    def _certificate(self) -> pulumi.Output[str]:
        context, region = self.context, self.context.place.region
        certificate = acm.Certificate(
            f"{self._logical}-certificate",
            domain_name=self.host,
            validation_method="DNS",
            region=region,
            tags=context.tags(self.host),
            opts=context.opts(self),  # made anew before the old one goes: a listener always has one
        )
        proof = certificate.domain_validation_options.apply(_only)
        record = route53.Record(
            f"{self._logical}-proof",
            zone_id=self.zone_id,
            name=proof.apply(lambda one: one["name"]),
            type=proof.apply(lambda one: one["type"]),
            records=[proof.apply(lambda one: one["value"])],
            ttl=TTL_S,
            allow_overwrite=True,  # AWS: the same record proves every certificate of a name in an account
            opts=context.opts(self),
        )
        proved = acm.CertificateValidation(
            f"{self._logical}-proved",
            certificate_arn=certificate.arn,
            validation_record_fqdns=[record.fqdn],
            region=region,
            opts=context.opts(self),
        )
        return proved.certificate_arn


def _only(options: Sequence[outputs.CertificateDomainValidationOption]) -> dict[str, str]:
    """The record that proves the one name of the certificate."""
    one = options[0]
    return {
        "name": one.resource_record_name or "",
        "type": one.resource_record_type or "",
        "value": one.resource_record_value or "",
    }
