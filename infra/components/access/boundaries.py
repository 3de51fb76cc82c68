"""Permission boundaries: the most that a role can ever do, whatever somebody attaches to it later. Pure.

An explicit Deny here holds against every policy of the role itself, so what nobody who deploys may do stands here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infra.components.access.actions import (
    BLINDS,
    CHANGES_IAM,
    ENDS_KEYS,
    EXCHANGES_BOUNDARIES,
    KEEPS_KEYS,
    KEEPS_POLICIES,
    KEEPS_ROLES,
    MAKES_PERMANENT,
    OPENS_WAYS_IN,
    READS_DATA,
    READS_IAM,
    READS_OBJECTS,
    REMOVES_BACKUPS,
    REMOVES_LOCKS,
    SETS_BUCKET_LOCKS,
    SHARES,
    USES_KEYS,
    WEAKENS_WATCHERS,
    WIDENS_ROLES,
)
from infra.components.access.deploying import (
    BOUNDARY_WORKLOAD,
    MORE,
    PREVIEW,
    SERVICES,
    bounded,
    layers_here,
    objects,
    service_boundary,
)
from infra.components.documents import deny, document, statement
from infra.components.recovery.limits import drill_buckets, production_refused
from infra.context import Context
from infra.spec.access import Duty
from infra.spec.recovery import BOUNDARY_RECOVERY, RESTORE_ROLE, VERIFIER
from infra.spec.settings import Layer

BOUNDARY_PEOPLE, BOUNDARY_BREAK_GLASS = "boundary-people", "boundary-break-glass"
ALARM, TRAIL_LOGS = "break-glass-used", "audit-trail"  # what tells of the emergency's role, and what that is read from
VERSIONS = "s3:DeleteObjectVersion"
POLICY_MAX = 6144  # IAM: characters of a managed policy, white space not counted
# What services of ours (backup, heartbeat, rotation, instances) may need at most.
WORKLOAD_SERVICES = (
    "backup", "backup-storage", "cloudwatch", "dynamodb", "ec2", "ec2messages", "elasticfilesystem", "events", "kms", "lambda",
    "logs", "rds", "rds-db", "s3", "secretsmanager", "sns", "sqs", "ssm", "ssmmessages", "tag",
)  # fmt: skip
MAKES_OVER = (*KEEPS_ROLES, *KEEPS_POLICIES, "iam:PassRole")
# What an emergency's role leaves alone in every account but its own: its trails, vaults and locks, and its roles.
OF_OTHERS = (
    "backup:Delete*", "backup:Disassociate*", "backup:Put*", "backup:Update*", "cloudtrail:*", "s3:DeleteBucket*",
    "s3:PutBucketPolicy", "s3:PutLifecycleConfiguration", "sts:AssumeRole*",
)  # fmt: skip


class PolicyTooLong(ValueError):
    """A document above AWS's limit. The message is for a person."""


def boundary_arn(context: Context) -> str:
    """What every role for a service takes as `permissions_boundary`. The account's layer declares it."""
    return context.names.policy_arn(service_boundary(context.layer), context.place)


def deploy_boundary(layer: Layer) -> str:
    """What the boundary of a layer's deploy role is called: one each, so that none reaches another layer's services."""
    return f"boundary-deploy-{layer.value}"


def boundaries(context: Context) -> Mapping[str, str]:
    """Every boundary of an account: name -> document. Raises PolicyTooLong."""
    made = {
        BOUNDARY_WORKLOAD: document(*_workload(context)),
        BOUNDARY_PEOPLE: document(*_people(context)),
        BOUNDARY_BREAK_GLASS: document(*_break_glass(context)),
        **{deploy_boundary(layer): document(*_deploy(context, layer)) for layer in layers_here(context)},
    }
    if context.place.account == context.settings.accounts.recovery:
        made[BOUNDARY_RECOVERY] = document(*_workload(context), *production_refused(context))
    for name, text in made.items():
        length = len("".join(text.split()))
        if length > POLICY_MAX:
            raise PolicyTooLong(f"{name} has {length} characters, and IAM takes {POLICY_MAX}: name fewer actions")
    return made


def _workload(context: Context) -> Iterator[dict[str, Any]]:
    yield statement("Services", [f"{one}:*" for one in WORKLOAD_SERVICES])
    yield statement("RolesOfOurs", ("iam:GetRole", "iam:PassRole"), _ours(context))
    yield deny("NoLocksRemoved", REMOVES_LOCKS)
    yield deny("NobodyBlinded", BLINDS)
    yield deny("NoKeysEnded", ("kms:PutKeyPolicy", *ENDS_KEYS))


def _deploy(context: Context, layer: Layer) -> Iterator[dict[str, Any]]:
    yield statement("Services", [*(f"{one}:*" for one in SERVICES[layer]), *MORE.get(layer, ())])
    if layer is not Layer.ORGANISATION:  # which has no key
        yield statement("Keys", (*KEEPS_KEYS, *USES_KEYS))
    yield statement("Roles", (*READS_IAM, *KEEPS_ROLES, "iam:PassRole", "iam:CreateServiceLinkedRole"))
    yield deny("NoLocksRemoved", (*REMOVES_LOCKS, *REMOVES_BACKUPS, *SETS_BUCKET_LOCKS))
    yield deny(
        "NoLocksShortened", "backup:PutBackupVaultLockConfiguration",
        # IfExists: a lock that names no days keeps nothing for any, and takes the place of one that did.
        conditions={"NumericLessThanIfExists": {"backup:MinRetentionDays": str(context.settings.access.lock_min_days)}},
    )  # fmt: skip
    yield deny("NobodyBlinded", BLINDS)
    yield deny("NothingPermanent", MAKES_PERMANENT)
    yield deny("NothingShared", [one for one in SHARES if one != "ram:*"])  # the vault's layer may share its vault
    yield deny("NoData", [one for one in READS_DATA if one != "ssm:GetParameter*"])
    yield deny("NoKeysEnded", ENDS_KEYS)
    # Through a service is how AWS makes what is encrypted; by itself it would read what lies there.
    yield deny("NoDecryptByItself", ("kms:Decrypt", "kms:ReEncrypt*"), conditions={"Null": {"kms:ViaService": "true"}})
    bucket = context.settings.access.state_bucket
    if bucket and "s3" not in SERVICES[layer]:
        everything = objects(bucket, context.place)
        yield statement("State", "s3:*", [everything.removesuffix("/*"), everything])
    yield deny("NoObjects", READS_OBJECTS, **({"not_resources": objects(bucket, context.place)} if bucket else {}))
    yield deny("NotItsOwnLimits", CHANGES_IAM, _limits(context))
    yield deny("NoBoundaryExchanged", EXCHANGES_BOUNDARIES)
    # StringNotEquals holds where no boundary is given, too.
    yield deny("OneBoundary", WIDENS_ROLES, conditions=bounded(context, layer, "StringNotEquals"))
    if layer is not Layer.RECOVERY and context.place.account == context.settings.accounts.recovery:
        # Or one could be deleted, and made anew within this layer's wider boundary.
        yield deny("NotWhatRestores", CHANGES_IAM, _restoring(context))
    yield deny("NoOtherWayIn", OPENS_WAYS_IN)
    accounts, place = context.settings.accounts, context.place
    if accounts.vault != place.account:
        yield deny("NotTheVault", "sts:AssumeRole", f"arn:{place.partition}:iam::{accounts.vault}:role/*")


def _people(context: Context) -> Iterator[dict[str, Any]]:
    # Wide, since a boundary gives nothing: what a duty has stands in its own policy.
    yield statement("AllButIdentities", not_actions=("account:*", "iam:*", "organizations:*", "sso:*", "sts:*"))
    yield statement(
        "SeesIdentities",
        (*READS_IAM, "account:Get*", "organizations:Describe*", "organizations:List*", "sso:Describe*", "sso:List*"),
    )
    yield statement("RolesOfOurs", "iam:PassRole", _ours(context))
    yield statement(
        "TheVerifier", "sts:AssumeRole", context.names.role_arn(VERIFIER, context.settings.place(Layer.RECOVERY))
    )
    there = context.settings.place(Layer.RECOVERY)
    locks = [one for one in REMOVES_LOCKS if one != VERSIONS]
    yield deny("NoLocksRemoved", (*locks, *REMOVES_BACKUPS, "backup:PutBackupVaultLockConfiguration"))
    # A drill empties the buckets that it made, which are versioned: AWS Backup restores into no others.
    yield deny("NoVersionsRemoved", VERSIONS, not_resources=drill_buckets(context, there)[1])
    yield deny("NobodyBlinded", BLINDS)
    yield deny("NothingShared", SHARES)


def _break_glass(context: Context) -> Iterator[dict[str, Any]]:
    names, place = context.names, context.place
    yield statement(
        "AllButIdentities", not_actions=("account:*", "iam:*", "organizations:*", "rolesanywhere:*", "sso:*")
    )
    yield statement("SeesIdentities", (*READS_IAM, "account:Get*", "organizations:Describe*", "organizations:List*"))
    yield statement("RolesOfServices", MAKES_OVER, identities(context))
    yield deny("NobodyBlinded", (*BLINDS, *WEAKENS_WATCHERS))
    yield deny("NothingPermanent", MAKES_PERMANENT)
    yield deny("NoLimits", CHANGES_IAM, _limits(context))
    yield deny("NoBoundaryExchanged", EXCHANGES_BOUNDARIES)
    limits = [names.policy_arn(one, place) for one in _service_boundaries(context)]
    yield deny("OnlyWithinABoundary", WIDENS_ROLES, conditions={"StringNotEquals": {"iam:PermissionsBoundary": limits}})
    yield deny(
        "WhatRestoresWithinItsOwn", WIDENS_ROLES, _restoring(context),
        conditions=bounded(context, Layer.RECOVERY, "StringNotEquals"),
    )  # fmt: skip
    yield deny(
        "NothingOfOtherAccounts", (*OF_OTHERS, *REMOVES_LOCKS, *REMOVES_BACKUPS, *SETS_BUCKET_LOCKS),
        # Null: a call that names no resource's account is about this one.
        conditions={"StringNotEquals": {"aws:ResourceAccount": place.account}, "Null": {"aws:ResourceAccount": "false"}},
    )  # fmt: skip
    yield deny(
        "NotItsOwnAlarm",
        (
            "cloudwatch:DeleteAlarms",
            "cloudwatch:DisableAlarmActions",
            "cloudwatch:PutMetricAlarm",
            "logs:*MetricFilter",
        ),
        (place.arn("cloudwatch", f"alarm:{names.name(ALARM)}"), names.log_group_arn(f"{TRAIL_LOGS}*", place)),
    )


def identities(context: Context) -> list[str]:
    """Roles, profiles and policies under our names."""
    return [
        context.place.global_arn("iam", f"{one}/{context.names.prefix}*")
        for one in ("role", "instance-profile", "policy")
    ]


def _service_boundaries(context: Context) -> list[str]:
    """Those that roles for services of this account have."""
    recovers = context.place.account == context.settings.accounts.recovery
    return [BOUNDARY_WORKLOAD, *([BOUNDARY_RECOVERY] if recovers else [])]


def _restoring(context: Context) -> list[str]:
    """Roles of the recovery environment: what they may is told by their narrower boundary."""
    return [context.names.role_arn(one, context.place) for one in (RESTORE_ROLE, VERIFIER)]


def _ours(context: Context) -> str:
    return context.place.global_arn("iam", f"role/{context.names.prefix}*")


def _limits(context: Context) -> list[str]:
    """Roles of people and pipelines, and every boundary: whoever administers the account from outside changes them."""
    names, place = context.names, context.place
    roles = [*(f"deploy-{layer.value}" for layer in Layer), PREVIEW, *(duty.value for duty in Duty)]
    start = names.policy_arn("boundary", place)
    return [*(names.role_arn(one, place) for one in roles), f"{start}-*"]
