"""One provider for each layer: its region, and the one account that it may touch."""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit

import pulumi
import pulumi_aws as aws

from infra.naming import Place
from infra.spec.settings import Settings

ENDPOINT_VARIABLE = "STORMPROOF_AWS_ENDPOINT"  # of the emulator; others than disposable stacks are only previewed on it
# What the vendor's provider must be pointed away from AWS for, one by one.
EMULATED = (
    "accessanalyzer", "account", "acm", "backup", "cloudtrail", "cloudwatch", "configservice", "dynamodb", "ec2", "ecr",
    "efs", "elbv2", "events", "guardduty", "iam", "inspector2", "kms", "lambda_", "logs", "networkfirewall",
    "organizations", "rds", "route53", "route53resolver", "s3", "s3control", "scheduler", "secretsmanager",
    "securityhub", "sns", "sqs", "ssm", "ssoadmin", "sts", "wafv2",
)  # fmt: skip


class NotLoopback(ValueError):
    """The emulator's address is not on this machine. The message is for a person."""


def provider(name: str, place: Place, settings: Settings) -> aws.Provider:
    """Of one layer. Credentials come from the environment, as for every AWS tool; never from the configuration.

    Raises: NotLoopback.
    """
    endpoint = os.environ.get(ENDPOINT_VARIABLE, "")
    if not endpoint:
        return aws.Provider(name, region=place.region, allowed_account_ids=[place.account])
    if not settings.disposable and not pulumi.runtime.is_dry_run():
        raise NotLoopback(f"{ENDPOINT_VARIABLE} is set, and this stack is not disposable: unset it, or preview only")
    check_loopback(endpoint)
    return aws.Provider(
        name,
        region=place.region,
        endpoints=[aws.ProviderEndpointArgs(**dict.fromkeys(EMULATED, endpoint))],
        access_key="emulator",
        secret_key="emulator",  # noqa: S106 — the emulator takes anything, and there must be something
        skip_credentials_validation=True,
        skip_metadata_api_check=True,
        skip_requesting_account_id=True,
        s3_use_path_style=True,
    )


def check_loopback(endpoint: str) -> None:
    """Raises NotLoopback."""
    host = urlsplit(endpoint).hostname or ""
    try:
        there = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        there = False
    if not there:
        raise NotLoopback(f"{ENDPOINT_VARIABLE}={endpoint} is not on this machine: an emulator listens on 127.0.0.1")
