"""What no account may do, as service control policies, and who may come to its data, as a resource control policy. Pure.

Service control policies bind every principal of a member account, its root included; AWS's service-linked roles and the
management account are free of them. An account takes five, its own `FullAWSAccess` among them, so these are three.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from infra.components.access.actions import (
    BLINDS,
    ENDS_KEYS,
    MAKES_PERMANENT,
    REMOVES_LOCKS,
    SETS_BUCKET_LOCKS,
    WEAKENS_WATCHERS,
)
from infra.components.documents import compact, deny
from infra.naming import Names
from infra.spec.access import Duty
from infra.spec.settings import Settings

POLICY_MAX = 5120  # AWS Organizations: characters of a service or resource control policy
# Services without regions, or answering from one: they would be denied with the others. AWS: region deny of Control Tower.
WITHOUT_REGION = (
    "account:*", "artifact:*", "aws-portal:*", "billing:*", "budgets:*", "ce:*", "cloudfront:*", "consolidatedbilling:*",
    "cur:*", "freetier:*", "globalaccelerator:*", "health:*", "iam:*", "invoicing:*", "organizations:*", "payments:*",
    "pricing:*", "route53:*", "route53domains:*", "savingsplans:*", "shield:*", "sso:*", "sts:*", "support:*",
    "supportplans:*", "tag:*", "tax:*", "trustedadvisor:*", "waf:*", "wellarchitected:*", "ec2:DescribeRegions",
    "kms:DescribeKey", "s3:GetAccountPublicAccessBlock", "s3:GetBucketLocation", "s3:ListAllMyBuckets",
    "s3:PutAccountPublicAccessBlock",
)  # fmt: skip
OPENS = (
    "ec2:DisableEbsEncryptionByDefault",
    "ec2:DisableImageBlockPublicAccess",
    "ec2:DisableSnapshotBlockPublicAccess",
    "ec2:ModifyInstanceMetadataDefaults",
    "iam:DeleteAccountPasswordPolicy",
    "s3:PutAccountPublicAccessBlock",
)


class GuardrailTooLong(ValueError):
    """A document above AWS's limit. The message is for a person."""


def service_control_policies(settings: Settings) -> Mapping[str, str]:
    """Name -> document. Raises GuardrailTooLong."""
    return _checked(
        {
            "keep-what-is-kept": compact(*_kept(settings)),
            "keep-who-watches": compact(*_watched(settings)),
            "stay-in-regions": compact(*_regions(settings.regions.all, settings.names)),
        }
    )


def resource_control_policy(organisation: str, trusted: Sequence[str] = ()) -> str:
    """Buckets, keys and secrets are for the organisation's principals, AWS's services, and who is trusted by name.

    Args:
        organisation: `o-…`.
        trusted: accounts outside.
    """
    principals: dict[str, str | list[str]] = {"aws:PrincipalOrgID": organisation}
    sources: dict[str, str | list[str]] = {"aws:SourceOrgID": organisation}
    if trusted:
        principals["aws:PrincipalAccount"] = sources["aws:SourceAccount"] = list(trusted)
    stores = ("kms:*", "s3:*", "secretsmanager:*", "sqs:*")
    by_service = "aws:PrincipalIsAWSService"
    text = compact(
        deny(
            "OurPrincipalsOnly", stores, principals="*",
            conditions={"StringNotEqualsIfExists": principals, "BoolIfExists": {by_service: "false"}},
        ),
        # A service that comes for somebody else's account is stopped too (the confused deputy).
        deny(
            "ServicesForUsOnly", stores, principals="*",
            conditions={
                "StringNotEqualsIfExists": sources,
                "Null": {"aws:SourceAccount": "false"},
                "Bool": {by_service: "true"},
            },
        ),
        deny("TlsOnly", ("s3:*", "secretsmanager:*", "sqs:*"), principals="*", conditions={"Bool": {"aws:SecureTransport": "false"}}),
    )  # fmt: skip
    return _checked({"our-principals-only": text})["our-principals-only"]


def _kept(settings: Settings) -> Iterator[dict[str, Any]]:
    names = settings.names
    yield deny(
        "LocksStay",
        (*REMOVES_LOCKS, "backup:DeleteBackupVault", "backup:DeleteBackupVaultAccessPolicy"),
        conditions=_but(names, Duty.BREAK_GLASS),
    )
    # A bucket that locks is made by whoever brings its account up first; how long it locks nobody changes afterwards.
    yield deny(
        "BucketLocksStay",
        SETS_BUCKET_LOCKS,
        conditions=_but(names, Duty.BREAK_GLASS, more=settings.keys.administrators),
    )
    yield deny(
        "KeysStay", (*ENDS_KEYS, "kms:DeleteAlias"), conditions=_but(names, Duty.BREAK_GLASS, Duty.KEY_ADMINISTRATOR)
    )
    yield deny("NobodyLeaves", ("organizations:LeaveOrganization", "account:CloseAccount"))
    yield deny("NothingPermanent", [one for one in MAKES_PERMANENT if one.startswith("iam:")])
    # Sessions by which the management account unlocks something (`sts:AssumeRoot`) are let through.
    yield deny(
        "NotRoot", "*",
        conditions={"StringLike": {"aws:PrincipalArn": "arn:*:iam::*:root"}, "BoolIfExists": {"aws:AssumedRoot": "false"}},
    )  # fmt: skip


def _watched(settings: Settings) -> Iterator[dict[str, Any]]:
    names = settings.names
    # Who brings an account up for the first time sets these, before its deploy role is there.
    sets_up = _but(names, Duty.BREAK_GLASS, "deploy-account", more=settings.keys.administrators)
    yield deny(
        "WatchersStay",
        (*BLINDS, *WEAKENS_WATCHERS),
        conditions=sets_up,
    )
    yield deny("DefaultsStay", OPENS, conditions=sets_up)
    if settings.organisation.encrypted_only:
        yield deny(
            "DisksEncrypted",
            ("ec2:CreateVolume", "ec2:RunInstances"),
            "arn:*:ec2:*:*:volume/*",
            conditions={"Bool": {"ec2:Encrypted": "false"}},
        )
        yield deny(
            "DatabasesEncrypted",
            ("rds:CreateDBCluster", "rds:CreateDBInstance"),
            conditions={"Bool": {"rds:StorageEncrypted": "false"}},
        )
        yield deny(
            "FilesEncrypted",
            "elasticfilesystem:CreateFileSystem",
            conditions={"Bool": {"elasticfilesystem:Encrypted": "false"}},
        )
        yield deny(
            "MetadataV2",
            "ec2:RunInstances",
            "arn:*:ec2:*:*:instance/*",
            conditions={"StringNotEquals": {"ec2:MetadataHttpTokens": "required"}},
        )


def _regions(allowed: Sequence[str], names: Names) -> Iterator[dict[str, Any]]:
    yield deny(
        "AllowedRegions", not_actions=WITHOUT_REGION,
        conditions={"StringNotEquals": {"aws:RequestedRegion": list(allowed)}, **_but(names, Duty.BREAK_GLASS)},
    )  # fmt: skip


def _but(names: Names, *roles: Duty | str, more: Sequence[str] = ()) -> dict[str, dict[str, list[str]]]:
    """Everybody but these roles, in whichever account. Args: more: ARNs of further ones."""
    ours = [f"arn:*:iam::*:role/{names.name(str(one))}" for one in roles]
    return {"ArnNotLike": {"aws:PrincipalArn": [*ours, *more]}}


def _checked(made: dict[str, str]) -> dict[str, str]:
    for name, text in made.items():
        if len(text) > POLICY_MAX:
            raise GuardrailTooLong(f"{name} has {len(text)} characters, and AWS takes {POLICY_MAX}: name fewer actions")
    return made
