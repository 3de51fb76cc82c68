"""AWS Backup: vaults, locks, plans and reports; the rest moto does not have."""

from __future__ import annotations

from stormproof.lab.aws.provider.kinds import Call, Kind, Look, Tagging, lacking, replaced_by

_VAULT = {"BackupVaultName": "{name}"}
_LOCKED = {"BackupVaultName": "{backupVaultName}"}
_TAGS = Tagging("tag_resource", "untag_resource", {"ResourceArn": "{arn}"})
_RULES = {
    "name": "BackupPlanName", "rules.schedule": "ScheduleExpression", "rules.startWindow": "StartWindowMinutes",
    "rules.completionWindow": "CompletionWindowMinutes", "rules.targetVaultName": "TargetBackupVaultName",
    "rules.copyActions.destinationVaultArn": "DestinationBackupVaultArn",
    "rules.lifecycle.deleteAfter": "DeleteAfterDays", "rules.lifecycle.coldStorageAfter": "MoveToColdStorageAfterDays",
    "rules.copyActions.lifecycle.deleteAfter": "DeleteAfterDays",
    "rules.copyActions.lifecycle.coldStorageAfter": "MoveToColdStorageAfterDays",
}  # fmt: skip
_ARN = "arn:aws:backup:{region}:{account}"
_VAULT_ARN = {"backupVaultArn": f"{_ARN}:backup-vault:{{backupVaultName}}"}

KINDS = (
    Kind(
        "aws:backup/vault:Vault", "backup", "{name}", names="name", tagging=_TAGS,
        create=(Call("create_backup_vault", _VAULT, rename={"kmsKeyArn": "EncryptionKeyArn"},
                     out={"arn": "BackupVaultArn"}),),
        looks=(Look("describe_backup_vault", _VAULT, "@", {"kmsKeyArn": "EncryptionKeyArn"},
                    fills={"recoveryPoints": "NumberOfRecoveryPoints"}),),
        delete=(Call("delete_backup_vault", _VAULT, take=()),),
        options=frozenset({"forceDestroy"}), replaces=replaced_by("name kmsKeyArn"),
    ),
    Kind(
        "aws:backup/vaultLockConfiguration:VaultLockConfiguration", "backup", "{backupVaultName}", again=True,
        create=(Call("put_backup_vault_lock_configuration"),),
        looks=(Look("describe_backup_vault", _LOCKED, "Locked && @", {"minRetentionDays": "MinRetentionDays",
                    "maxRetentionDays": "MaxRetentionDays"}),),
        delete=(Call("delete_backup_vault_lock_configuration", _LOCKED, take=()),),
        outputs=_VAULT_ARN,
        replaces=replaced_by("backupVaultName changeableForDays maxRetentionDays minRetentionDays"),
    ),
    Kind(
        "aws:backup/plan:Plan", "backup", "{id}", names="name", tagging=_TAGS,
        create=(Call("create_backup_plan", under="BackupPlan", rename=_RULES,
                     out={"id": "BackupPlanId", "arn": "BackupPlanArn", "version": "VersionId"}),),
        looks=(Look("get_backup_plan", {"BackupPlanId": "{id}"}, "[@][?!DeletionDate]|[0].BackupPlan", {"name": "BackupPlanName"}),),
        update=(Call("update_backup_plan", {"BackupPlanId": "{id}"}, under="BackupPlan", rename=_RULES,
                     take=("name", "rules", "advancedBackupSettings")),),
        delete=(Call("delete_backup_plan", {"BackupPlanId": "{id}"}, take=()),),
        replaces=replaced_by(""),
    ),
    Kind(
        "aws:backup/reportPlan:ReportPlan", "backup", "{name}", names="name", tagging=_TAGS,
        create=(Call("create_report_plan", {"ReportPlanName": "{name}", "IdempotencyToken": "{token}"},
                     rename={"description": "ReportPlanDescription"}, out={"arn": "ReportPlanArn"}),),
        looks=(Look("describe_report_plan", {"ReportPlanName": "{name}"}, "ReportPlan",
                    {"reportDeliveryChannel": "ReportDeliveryChannel"}),),
        delete=(Call("delete_report_plan", {"ReportPlanName": "{name}"}, take=()),),
        replaces=replaced_by("name"),
    ),
    lacking("aws:backup/selection:Selection", "iamRoleArn planId conditions name notResources resources selectionTags",
            "moto has no create_backup_selection"),
    lacking("aws:backup/vaultPolicy:VaultPolicy", "backupVaultName", "moto has no vault access policies", **_VAULT_ARN),
    lacking("aws:backup/vaultNotifications:VaultNotifications", "backupVaultName backupVaultEvents snsTopicArn",
            "moto has no vault notifications", **_VAULT_ARN),
    lacking("aws:backup/regionSettings:RegionSettings", "", "moto has no update_region_settings"),
    lacking("aws:backup/globalSettings:GlobalSettings", "", "moto has no update_global_settings"),
    lacking("aws:backup/framework:Framework", "name", "moto has no audit frameworks",
            arn=f"{_ARN}:framework:{{name}}-{{id}}"),
    lacking("aws:backup/restoreTestingPlan:RestoreTestingPlan", "name", "moto has no restore testing",
            arn=f"{_ARN}:restore-testing-plan:{{name}}-{{id}}"),
    lacking("aws:backup/restoreTestingSelection:RestoreTestingSelection",
            "name protectedResourceType restoreTestingPlanName", "moto has no restore testing"),
    lacking("aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault",
            "name minRetentionDays maxRetentionDays encryptionKeyArn", "moto has no logically air-gapped vaults",
            arn=f"{_ARN}:backup-vault:{{name}}"),
)  # fmt: skip
