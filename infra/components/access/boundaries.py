"""Permission boundaries: the most that a role can ever do, whatever somebody attaches to it later. Pure.

An explicit Deny here holds against every policy of the role itself, so what nobody who deploys may do stands here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infra.components.access.actions import (
    BLINDS,
    ENDS_KEYS,
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
    SHARES,
    USES_KEYS,
)
from infra.components.access.deploying import BOUNDARY_WORKLOAD, MORE, PREVIEW, SERVICES, layers_here, objects
from infra.components.documents import deny, document, statement
from infra.components.recovery.limits import production_refused
from infra.context import Context
from infra.spec.access import Duty
from infra.spec.recovery import BOUNDARY_RECOVERY, VERIFIER
from infra.spec.settings import Layer

BOUNDARY_PEOPLE, BOUNDARY_BREAK_GLASS = "boundary-people", "boundary-break-glass"
POLICY_MAX = 6144  # IAM: characters of a managed policy, white space not counted
# What services of ours (backup, heartbeat, rotation, instances) may need at most.
WORKLOAD_SERVICES = (
    "backup", "backup-storage", "cloudwatch", "dynamodb", "ec2", "ec2messages", "elasticfilesystem", "events", "kms", "lambda",
    "logs", "rds", "rds-db", "s3", "secretsmanager", "sns", "sqs", "ssm", "ssmmessages", "tag",
)  # fmt: skip
IAM_IN_AN_EMERGENCY = (*READS_IAM, *KEEPS_ROLES, *KEEPS_POLICIES, *OPENS_WAYS_IN, "iam:PassRole")


class PolicyTooLong(ValueError):
    """A document above AWS's limit. The message is for a person."""


def boundary_arn(context: Context) -> str:
    """What every role for a service takes as `permissions_boundary`. The account's layer declares it."""
    return context.names.policy_arn(BOUNDARY_WORKLOAD, context.place)


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
    yield statement("Keys", (*KEEPS_KEYS, *USES_KEYS))
    yield statement("Roles", (*READS_IAM, *KEEPS_ROLES, "iam:PassRole", "iam:CreateServiceLinkedRole"))
    yield deny("NoLocksRemoved", (*REMOVES_LOCKS, *REMOVES_BACKUPS))
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
    yield deny("NotItsOwnLimits", (*KEEPS_ROLES, *KEEPS_POLICIES, "iam:PassRole"), _limits(context))
    yield deny("NoBoundaryTakenAway", "iam:DeleteRolePermissionsBoundary")
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
    yield deny("NoLocksRemoved", (*REMOVES_LOCKS, *REMOVES_BACKUPS, "backup:PutBackupVaultLockConfiguration"))
    yield deny("NobodyBlinded", BLINDS)
    yield deny("NothingShared", SHARES)


def _break_glass(context: Context) -> Iterator[dict[str, Any]]:
    yield statement("AllButIdentities", not_actions=("account:*", "iam:*", "organizations:*", "sso:*"))
    yield statement(
        "Identities", (*IAM_IN_AN_EMERGENCY, "account:Get*", "organizations:Describe*", "organizations:List*")
    )
    yield deny("NobodyBlinded", BLINDS)
    yield deny("NothingPermanent", MAKES_PERMANENT)


def _ours(context: Context) -> str:
    return context.place.global_arn("iam", f"role/{context.names.prefix}*")


def _limits(context: Context) -> list[str]:
    """Roles and policies that say what a deploy role may: people change them, by break-glass."""
    names, place = context.names, context.place
    roles = [*(f"deploy-{layer.value}" for layer in Layer), PREVIEW, *(duty.value for duty in Duty)]
    start = names.policy_arn("boundary", place)
    return [*(names.role_arn(one, place) for one in roles), f"{start}-*"]
