"""Backups: who is told of failures, what is opted in, whose key, what is tested."""

from __future__ import annotations

from typing import Any

from declared import Ref, Twins, res

from stormproof.core.infra.resource_graph import Resource

VAULT = res("aws:backup/vault:Vault", "vault", name="acme", kmsKeyArn=Ref("key"))
COPIES = res("aws:backup/vault:Vault", "copies", name="acme-copies", kmsKeyArn=Ref("other"), region="eu-west-1")
KEY, OTHER = res("aws:kms/key:Key", "key"), res("aws:kms/key:Key", "other", region="eu-west-1")
PLAN = res(
    "aws:backup/plan:Plan", "plan",
    rules=[{"ruleName": "daily", "targetVaultName": Ref("vault"), "copyActions": [{"destinationVaultArn": Ref("copies")}]}],
)  # fmt: skip
NAMED = res(
    "aws:backup/plan:Plan", "plan",
    rules=[{
        "ruleName": "daily", "targetVaultName": "acme",
        "copyActions": [{"destinationVaultArn": "arn:aws:backup:eu-west-1:111122223333:backup-vault:acme-copies"}],
    }],
)  # fmt: skip
SELECTION = res(
    "aws:backup/selection:Selection", "all", planId=Ref("plan"), resources=["*"],
    conditions=[{"stringEquals": [{"key": "aws:ResourceTag/backup", "value": "daily"}]}],
)  # fmt: skip
TAGS = {"backup": "daily"}
TABLE = res("aws:dynamodb/table:Table", "table", tags=TAGS)
DATABASE = res("aws:rds/instance:Instance", "db", tags=TAGS)


def _told(*events: Any) -> Resource:
    return res(
        "aws:backup/vaultNotifications:VaultNotifications", "n", backupVaultName="acme", backupVaultEvents=list(events)
    )


def _alarm(**properties: Any) -> Resource:
    base = {"namespace": "AWS/Backup", "metricName": "NumberOfBackupJobsFailed", "alarmActions": ["arn:x"]}
    return res("aws:cloudwatch/metricAlarm:MetricAlarm", "a", **{**base, **properties})


def _settings(*kinds: str, managed: Any = ("DynamoDB", "EFS"), region: str = "eu-central-1") -> Resource:
    return res(
        "aws:backup/regionSettings:RegionSettings", "settings", region=region,
        resourceTypeOptInPreference={kind: kind in kinds for kind in ("RDS", "DynamoDB", "S3")},
        resourceTypeManagementPreference=managed if isinstance(managed, Ref) else dict.fromkeys(managed, True),
    )  # fmt: skip


def _plan(*copies: Any, vault: Any = "acme") -> Resource:
    rule = {
        "ruleName": "daily",
        "targetVaultName": vault,
        "copyActions": [{"destinationVaultArn": one} for one in copies],
    }
    return res("aws:backup/plan:Plan", "plan", rules=[rule])


def _tested(*kinds: Any) -> tuple[Resource, ...]:
    selection = "aws:backup/restoreTestingSelection:RestoreTestingSelection"
    return (
        res("aws:backup/restoreTestingPlan:RestoreTestingPlan", "tests", name="tests"),
        *(res(selection, f"s{number}", protectedResourceType=kind) for number, kind in enumerate(kinds)),
    )


TWINS = {
    "backup-failures-told": Twins(
        failed={
            "nobody": (VAULT, PLAN),
            "of restores only": (VAULT, PLAN, _told("RESTORE_JOB_COMPLETED")),
            "an alarm that tells nobody": (VAULT, PLAN, _alarm(alarmActions=[])),
            "an alarm on successes": (VAULT, PLAN, _alarm(metricName="NumberOfBackupJobsCompleted")),
            "an event rule without a target": (VAULT, PLAN, res("aws:cloudwatch/eventRule:EventRule", "e", eventPattern='{"source":["aws.backup"]}')),
        },
        passed={
            "by the vault": (VAULT, PLAN, _told("BACKUP_JOB_FAILED", "RESTORE_JOB_COMPLETED")),
            "by the vault's name": (VAULT, NAMED, _told("BACKUP_JOB_COMPLETED")),
            "by an alarm": (VAULT, PLAN, _alarm(alarmActions=Ref("topic"))),
            "by an event rule": (
                VAULT, PLAN, res("aws:cloudwatch/eventRule:EventRule", "e", eventPattern='{"source":["aws.backup"]}'),
                res("aws:cloudwatch/eventTarget:EventTarget", "t", rule=Ref("e"), arn="arn:x"),
            ),
        },
        unknown={"events made from something": (VAULT, PLAN, res("aws:backup/vaultNotifications:VaultNotifications", "n", backupVaultName="acme", backupVaultEvents=Ref("x")))},
        silent={"a program without plans": VAULT},
    ),
    "backup-kinds-opted-in": Twins(
        failed={
            "nothing says so": (PLAN, SELECTION, TABLE),
            "not this kind": (PLAN, SELECTION, TABLE, _settings("RDS")),
            "not fully managed": (PLAN, SELECTION, TABLE, _settings("DynamoDB", managed=("EFS",))),
            "in another region": (PLAN, SELECTION, TABLE, _settings("DynamoDB", region="eu-west-1")),
        },
        passed={
            "a table": (PLAN, SELECTION, TABLE, _settings("DynamoDB")),
            "a database, which is never fully managed": (PLAN, SELECTION, DATABASE, _settings("RDS", managed=())),
            "both": (PLAN, SELECTION, DATABASE, TABLE, _settings("RDS", "DynamoDB")),
        },
        unknown={
            "made from something": (PLAN, SELECTION, TABLE, res("aws:backup/regionSettings:RegionSettings", "s", resourceTypeOptInPreference=Ref("x"))),
            "management is": (PLAN, SELECTION, TABLE, _settings("DynamoDB", managed=Ref("x"))),
        },
        silent={"no plan": TABLE, "left out with a reason": (PLAN, SELECTION, res("aws:dynamodb/table:Table", "t", tags={"backup": "none", "backup-reason": "a cache"}))},
    ),
    "backup-copies-other-key": Twins(
        failed={
            "the first vault's": (KEY, VAULT, PLAN, res("aws:backup/vault:Vault", "copies", name="acme-copies", kmsKeyArn=Ref("key"))),
            "written out": (
                res("aws:backup/vault:Vault", "vault", name="acme", kmsKeyArn="arn:k"), PLAN,
                res("aws:backup/vault:Vault", "copies", name="acme-copies", kmsKeyArn="arn:k"),
            ),
            "the data's": (
                KEY, OTHER, VAULT, NAMED, COPIES, SELECTION,
                res("aws:rds/instance:Instance", "db", tags=TAGS, kmsKeyId=Ref("other")),
            ),
        },
        passed={
            "a key of its own": (KEY, OTHER, VAULT, COPIES, PLAN),
            "named by a computed ARN": (KEY, OTHER, VAULT, COPIES, NAMED),
            "apart from the data's": (
                KEY, OTHER, VAULT, COPIES, PLAN, SELECTION,
                res("aws:rds/instance:Instance", "db", tags=TAGS, kmsKeyId=Ref("key")),
            ),
        },
        unknown={
            "a key made from something": (VAULT, PLAN, res("aws:backup/vault:Vault", "copies", name="acme-copies", kmsKeyArn=Ref("x"))),
            "rules made from something": res("aws:backup/plan:Plan", "plan", rules=Ref("x")),
        },
        silent={"a vault of another program": (VAULT, _plan("arn:aws:backup:eu-west-1:444455556666:backup-vault:x"))},
    ),
    "restore-testing-covers": Twins(
        failed={"nothing": (TABLE, *_tested()), "not this kind": (TABLE, DATABASE, *_tested("RDS"))},
        passed={
            "a table": (TABLE, *_tested("DynamoDB")),
            "two kinds": (TABLE, DATABASE, *_tested("DynamoDB", "RDS")),
            "what is left out needs none": (DATABASE, res("aws:dynamodb/table:Table", "t", tags={"backup": "none", "backup-reason": "a cache"}), *_tested("RDS")),
        },
        unknown={"a kind made from something": (TABLE, *_tested(Ref("x")))},
        silent={"no restore tests here": TABLE},
    ),
    "backup-targets-declared": Twins(
        failed={"a table": TABLE, "a database": DATABASE, "a file system": res("aws:efs/fileSystem:FileSystem", "f", tags={"rto": "1h"})},
        passed={
            "a target": res("aws:dynamodb/table:Table", "t", tags={"rpo": "15m"}),
            "left out with a reason": res("aws:dynamodb/table:Table", "t", tags={"backup": "none", "backup-reason": "a cache"}),
            "from the provider": res("aws:rds/instance:Instance", "d", tagsAll={"rpo": "4h"}),
        },
        knows_all=True,
    ),
}  # fmt: skip
