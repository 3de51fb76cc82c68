"""Who may do what with a key: those who administer it cannot read with it, and nobody has `kms:*`.

Principals are the account, narrowed by `aws:PrincipalArn`, and not roles by name. AWS turns a role that is named as
principal into its internal id: a role that does not exist yet is refused, and one that was deleted and made again under
the same name is locked out. Narrowed by condition it has neither trouble, and needs a right of its own as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from infra.components.documents import deny, document, statement
from infra.naming import Names, Place
from infra.spec.key_table import EVENTS, LOGS, PUBLISHERS, TRAIL, KeySpec
from infra.spec.settings import Layer

KEY_ADMINISTRATOR, BREAK_GLASS, AUDITOR = "key-administrator", "break-glass", "auditor"
# AWS Backup's own role in an account, made when the account first uses it.
BACKUP_SERVICE_ROLE = "role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup"
ADMINISTER = (
    "kms:CancelKeyDeletion", "kms:CreateAlias", "kms:DeleteAlias", "kms:DescribeKey", "kms:EnableKey",
    "kms:EnableKeyRotation", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListGrants", "kms:ListKeyPolicies",
    "kms:ListKeyRotations", "kms:ListResourceTags", "kms:PutKeyPolicy", "kms:RevokeGrant", "kms:RotateKeyOnDemand",
    "kms:TagResource", "kms:UntagResource", "kms:UpdateAlias", "kms:UpdateKeyDescription",
)  # fmt: skip
# With the key goes everything under it: no pipeline may, and what a person does so is an alarm.
END = ("kms:DisableKey", "kms:DisableKeyRotation", "kms:ScheduleKeyDeletion")
RECOVER = ("kms:CancelKeyDeletion", "kms:DescribeKey", "kms:EnableKey", "kms:GetKeyPolicy", "kms:PutKeyPolicy")
USE = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")
GRANT = ("kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant")
READ = ("kms:Decrypt", "kms:DescribeKey")
WRITE = ("kms:Decrypt", "kms:GenerateDataKey")  # S3 asks for both when parts of an upload are joined
PUBLISH = ("kms:Decrypt", "kms:GenerateDataKey*")  # SNS: what whoever publishes to an encrypted topic needs
NO_ADMINISTRATOR_MAY = ("kms:CreateGrant", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")


def deploy_role(layer: Layer) -> str:
    """What the role is called, for `Names.role_arn`, that brings a layer up."""
    return f"deploy-{layer.value}"


def administrators(names: Names, place: Place, layer: Layer) -> tuple[str, ...]:
    """ARNs of who administers the keys of a layer: its deploy role, and a duty of its own."""
    return names.role_arn(deploy_role(layer), place), names.role_arn(KEY_ADMINISTRATOR, place)


def key_policy(
    spec: KeySpec, names: Names, place: Place, layer: Layer, *, more: tuple[str, ...] = (), disposable: bool = False
) -> str:
    """The document of one key.

    Args:
        more: ARNs of further administrators.
        disposable: the deploy role may end the key, too: of a stack that is made to be thrown away.
    """
    return document(*_administering(names, place, layer, more, disposable), *_using(spec, names, place))


def _account(account: str, place: Place) -> dict[str, str]:
    return {"AWS": f"arn:{place.partition}:iam::{account}:root"}


def _who(*arns: str) -> dict[str, dict[str, tuple[str, ...]]]:
    return {"ArnEquals": {"aws:PrincipalArn": arns}}


def _administering(
    names: Names, place: Place, layer: Layer, more: tuple[str, ...], disposable: bool
) -> Iterator[dict[str, Any]]:
    account = _account(place.account, place)
    deploy, duty = administrators(names, place, layer)
    yield statement("Administer", ADMINISTER, principals=account, conditions=_who(deploy, duty, *more))
    ending = (duty, *more, deploy) if disposable else (duty, *more)
    yield statement("End", END, principals=account, conditions=_who(*ending))
    # AWS refuses a policy that locks everybody out. What was lost with the last administrator, only root brings back.
    yield statement("RootRecovers", RECOVER, principals=account, conditions=_who(account["AWS"]))
    yield deny(
        "KeyAdministratorReadsNothing", NO_ADMINISTRATOR_MAY,
        principals="*", conditions=_who(names.role_arn(KEY_ADMINISTRATOR, place)),
    )  # fmt: skip
    # It must hand a key to what it makes (a vault, a database and its secret); it never reads what lies in the stores.
    yield deny(
        "DeployReadsNoData", "kms:Decrypt", principals="*",
        conditions={
            **_who(names.role_arn(deploy_role(layer), place)),
            "StringEquals": {"kms:ViaService": [f"{one}.{place.region}.amazonaws.com" for one in ("dynamodb", "s3")]},
        },
    )  # fmt: skip


def _using(spec: KeySpec, names: Names, place: Place) -> Iterator[dict[str, Any]]:
    account = _account(place.account, place)
    yield statement(
        "BreakGlassReads", READ, principals=account, conditions=_who(names.role_arn(BREAK_GLASS, place))
    )  # its use is an alarm
    if spec.users:
        yield statement("Users", USE, principals=account, conditions=_who(*spec.users))
    if spec.roles_of_aws:
        roles = [place.global_arn("iam", f"role/aws-service-role/{one}") for one in spec.roles_of_aws]
        yield statement(
            "RolesOfAws", WRITE, principals={"AWS": "*"},
            conditions={**_who(*roles), "StringEquals": {"kms:CallerAccount": place.account}},
        )  # fmt: skip
    if spec.via:
        via = {"kms:ViaService": [f"{one}.{place.region}.amazonaws.com" for one in spec.via]}
        caller = {"kms:CallerAccount": place.account, **via}
        yield statement("ThroughServices", USE, principals=account, conditions={"StringEquals": caller})
        yield statement(
            "GrantsOfServices", GRANT, principals=account,
            conditions={"StringEquals": caller, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        )  # fmt: skip
    yield from _services(spec, names, place)
    readers = [Place(one, place.region, place.partition) for one in spec.read_in if one != place.account]
    if readers:
        yield statement(
            "ReadInTheLogAccount", READ, principals={"AWS": [one.global_arn("iam", "root") for one in readers]},
            conditions={
                **_who(*(names.role_arn(role, one) for one in readers for role in (AUDITOR, BREAK_GLASS))),
                "StringEquals": {"kms:ViaService": f"s3.{place.region}.amazonaws.com"},
            },
        )  # fmt: skip
    elsewhere = [account for account in spec.copies_for if account != place.account]
    if elsewhere:
        yield from _copies(elsewhere, names, place)


def _services(spec: KeySpec, names: Names, place: Place) -> Iterator[dict[str, Any]]:
    ours = {"aws:SourceAccount": place.account}
    plain = [one for one in spec.services if one not in (LOGS, TRAIL, *PUBLISHERS)]
    if plain:
        yield statement("ServicesOfThisAccount", USE, principals={"Service": plain}, conditions={"StringEquals": ours})
    publishers = [one for one in spec.services if one in PUBLISHERS and one != EVENTS]
    if publishers:
        yield statement("Publishers", PUBLISH, principals={"Service": publishers}, conditions={"StringEquals": ours})
    if EVENTS in spec.services:
        # SNS, "Key management": aws:SourceAccount and aws:SourceArn are "not supported for EventBridge-to-encrypted
        # topics". Asked for they would lose every event; so they bind only where they are sent, and so does the topic that
        # SNS puts into the encryption context.
        topics = place.arn("sns", f"{names.prefix}*")
        yield statement(
            "Events", PUBLISH, principals={"Service": EVENTS},
            conditions={
                "StringEqualsIfExists": ours, "ArnLikeIfExists": {"kms:EncryptionContext:aws:sns:topicArn": topics},
            },
        )  # fmt: skip
    if LOGS in spec.services:
        # AWS: the log group stands in the encryption context, with region and account.
        yield statement(
            "OurLogGroups", USE, principals={"Service": f"logs.{place.region}.amazonaws.com"},
            conditions={
                "ArnLike": {
                    "kms:EncryptionContext:aws:logs:arn": [
                        names.log_group_arn("*", place), names.database_log_groups_arn(place),
                        names.web_firewall_log_group_arn("edge", place),
                    ]
                }
            },
        )  # fmt: skip
    if TRAIL in spec.services:
        trails = names.trail_arn("any", place).removesuffix("any") + "*"
        yield statement(
            "OurTrails", ("kms:DescribeKey", "kms:GenerateDataKey*"), principals={"Service": TRAIL},
            conditions={
                "ArnLike": {"aws:SourceArn": trails, "kms:EncryptionContext:aws:cloudtrail:arn": trails},
            },
        )  # fmt: skip


def _copies(accounts: Sequence[str], names: Names, place: Place) -> Iterator[dict[str, Any]]:
    """AWS Backup of the other accounts reads and re-encrypts; it hands the key to AWS's own resources only."""
    there = [Place(account, place.region, place.partition) for account in accounts]
    roots = {"AWS": [one.global_arn("iam", "root") for one in there]}
    who = _who(
        *(one.global_arn("iam", BACKUP_SERVICE_ROLE) for one in there),
        *(names.role_arn(role, one) for one in there for role in ("backup", "restore")),
    )
    yield statement("CopiesElsewhere", USE, principals=roots, conditions=who)
    yield statement(
        "GrantsOfCopies", GRANT, principals=roots,
        conditions={**who, "Bool": {"kms:GrantIsForAWSResource": "true"}},
    )  # fmt: skip
