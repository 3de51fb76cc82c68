"""Ways to AWS's services that need no way out: gateways for S3 and DynamoDB, interfaces in the management tier."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws import ec2

from infra.components.network.endpoint_policy import dynamodb_policy, interface_policy, principals_of, s3_policy
from infra.context import Context
from infra.spec.egress import Service

GATEWAYS = ("s3", "dynamodb")


def declare_gateways(
    parent: pulumi.Resource,
    context: Context,
    name: str,
    vpc_id: pulumi.Input[str],
    route_tables: Sequence[pulumi.Input[str]],
) -> dict[str, ec2.VpcEndpoint]:
    """Both gateway endpoints, for subnets with these route tables. They cost nothing, so there is no switch."""
    settings, place = context.settings, context.place
    principals = principals_of(settings.organisation.id, place.account)
    accounts = (settings.accounts.workload, settings.accounts.recovery, settings.accounts.vault)
    policies = {
        "s3": s3_policy(principals, accounts, context.names, place),
        "dynamodb": dynamodb_policy(principals, context.names, place),
    }
    return {
        service: ec2.VpcEndpoint(
            f"{name}-{service}",
            vpc_id=vpc_id,
            service_name=service_name(service, place.region),
            vpc_endpoint_type="Gateway",
            route_table_ids=list(route_tables),
            policy=policies[service],
            region=place.region,
            tags=context.tags(context.names.name(f"{name}-{plain(service)}")),
            opts=context.opts(parent),
        )
        for service in GATEWAYS
    }


def declare_interfaces(
    parent: pulumi.Resource,
    context: Context,
    name: str,
    vpc_id: pulumi.Input[str],
    services: Sequence[Service],
    subnets: Sequence[pulumi.Input[str]],
    group_id: pulumi.Input[str],
) -> dict[Service, ec2.VpcEndpoint]:
    """An interface endpoint for each service, under the service's own name."""
    place = context.place
    principals = principals_of(context.settings.organisation.id, place.account)
    return {
        service: ec2.VpcEndpoint(
            f"{name}-{service}",
            vpc_id=vpc_id,
            service_name=service_name(service, place.region),
            vpc_endpoint_type="Interface",
            subnet_ids=list(subnets),
            security_group_ids=[group_id],
            private_dns_enabled=True,
            policy=interface_policy(service, principals, context.names, place),
            region=place.region,
            tags=context.tags(context.names.name(f"{name}-{plain(service)}")),
            opts=context.opts(parent),
        )
        for service in services
    }


def service_name(service: str, region: str) -> str:
    return f"com.amazonaws.{region}.{service}"


def plain(service: str) -> str:
    """For names, which take no dots."""
    return service.replace(".", "-")
