"""Rules that ask one property: the value that is wrong, those that are right, and one that is made from something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from declared import Program, Ref, Twins, res

Values = dict[str, Any]
KEY, OTHER = res("aws:kms/key:Key", "key"), res("aws:s3/bucket:Bucket", "other")
DATABASE = "aws:rds/instance:Instance"


def _asked(kind: str, *, failed: Sequence[Values], passed: Sequence[Values], unknown: Sequence[Values]) -> Twins:
    def programs(listed: Sequence[Values]) -> dict[str, Program]:
        return {_said(one): (KEY, OTHER, res(kind, "one", **one)) for one in listed}

    return Twins(failed=programs(failed), passed=programs(passed), unknown=programs(unknown))


def _said(values: Values) -> str:
    shown = {key: f"from {' '.join(value.names)}" if isinstance(value, Ref) else value for key, value in values.items()}
    return ", ".join(f"{key}={value}" for key, value in shown.items()) or "left out"


def _own_key(kind: str, path: str) -> Twins:
    return _asked(
        kind,
        failed=[{}, {path: "alias/aws/x"}],
        passed=[{path: Ref("key")}, {path: "alias/acme-data"}, {path: "arn:aws:kms:eu-central-1:111122223333:key/1"}],
        unknown=[{path: Ref("other")}],
    )


TWINS = {
    "dynamodb-recoverable": _asked(
        "aws:dynamodb/table:Table",
        failed=[{}, {"pointInTimeRecovery": {"enabled": False}}],
        passed=[
            {"pointInTimeRecovery": {"enabled": True}}, {"pointInTimeRecovery": {"enabled": "true"}},
            {"pointInTimeRecovery": {"enabled": True, "recoveryPeriodInDays": 35}},
        ],
        unknown=[{"pointInTimeRecovery": Ref("other")}],
    ),
    "ec2-metadata-v2": _asked(
        "aws:ec2/instance:Instance",
        failed=[{}, {"metadataOptions": {"httpTokens": "optional"}}, {"metadataOptions": {}}],
        passed=[
            {"metadataOptions": {"httpTokens": "required"}},
            {"metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1}},
            {"metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required"}},
        ],
        unknown=[{"metadataOptions": Ref("other")}, {"metadataOptions": {"httpTokens": Ref("other")}}],
    ),
    "logs-encrypted": _own_key("aws:cloudwatch/logGroup:LogGroup", "kmsKeyId"),
    "logs-kept-a-year": _asked(
        "aws:cloudwatch/logGroup:LogGroup",
        failed=[{"retentionInDays": 30}, {"retentionInDays": 364}],
        passed=[{}, {"retentionInDays": 0}, {"retentionInDays": 365}, {"retentionInDays": 731}],
        unknown=[{"retentionInDays": Ref("other")}],
    ),
    "rds-encrypted": _asked(
        DATABASE,
        failed=[{}, {"storageEncrypted": False}, {"storageEncrypted": True}, {"storageEncrypted": True, "kmsKeyId": "alias/aws/rds"}],
        passed=[
            {"storageEncrypted": True, "kmsKeyId": Ref("key")},
            {"storageEncrypted": True, "kmsKeyId": "arn:aws:kms:eu-central-1:111122223333:key/1"},
            {"storageEncrypted": "true", "kmsKeyId": Ref("key")},
        ],
        unknown=[{"storageEncrypted": Ref("other")}, {"storageEncrypted": True, "kmsKeyId": Ref("other")}],
    ),
    "rds-minor-versions-applied": _asked(
        DATABASE,
        failed=[{"autoMinorVersionUpgrade": False}, {"autoMinorVersionUpgrade": "false"}],
        passed=[{}, {"autoMinorVersionUpgrade": True}, {"autoMinorVersionUpgrade": True, "maintenanceWindow": "sun:03:00-sun:04:00"}],
        unknown=[{"autoMinorVersionUpgrade": Ref("other")}],
    ),
    "rds-not-public": _asked(
        DATABASE,
        failed=[{"publiclyAccessible": True}, {"publiclyAccessible": "true"}],
        passed=[{}, {"publiclyAccessible": False}, {"publiclyAccessible": None}],
        unknown=[{"publiclyAccessible": Ref("other")}],
    ),
    "rds-password-managed": _asked(
        DATABASE,
        failed=[{}, {"password": "x"}, {"manageMasterUserPassword": False}],
        passed=[
            {"manageMasterUserPassword": True}, {"manageMasterUserPassword": "true"},
            {"manageMasterUserPassword": True, "username": "master"},
        ],
        unknown=[{"manageMasterUserPassword": Ref("other")}],
    ),
    "secrets-encrypted": _own_key("aws:secretsmanager/secret:Secret", "kmsKeyId"),
    "topics-encrypted": _own_key("aws:sns/topic:Topic", "kmsMasterKeyId"),
    "vaults-encrypted": _own_key("aws:backup/vault:Vault", "kmsKeyArn"),
}  # fmt: skip
