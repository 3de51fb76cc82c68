"""Actions by what they amount to, as data: what nobody who deploys may do, and what reads customers' data."""

from __future__ import annotations

# Takes a lock, or what is locked, away. AWS: a governance lock gives way to whoever holds these.
REMOVES_LOCKS = (
    "backup:DeleteBackupVaultLockConfiguration",
    "backup:DeleteRecoveryPoint",
    "backup:DisassociateRecoveryPoint*",
    "backup:UpdateRecoveryPointLifecycle",
    "ec2:UnlockSnapshot",
    "s3:BypassGovernanceRetention",
    "s3:DeleteObjectVersion",
    "s3:PutObjectLegalHold",
    "s3:PutObjectRetention",
)
# Takes away what can still be restored from, without a lock in the way.
REMOVES_BACKUPS = (
    "dynamodb:DeleteBackup",
    "ec2:DeleteSnapshot",
    "ec2:DisableSnapshotBlockPublicAccess",
    "rds:DeleteDBClusterAutomatedBackup",
    "rds:DeleteDBClusterSnapshot",
    "rds:DeleteDBInstanceAutomatedBackup",
    "rds:DeleteDBSnapshot",
)
# Blinds whoever watches.
BLINDS = (
    "access-analyzer:DeleteAnalyzer",
    "cloudtrail:DeleteTrail",
    "cloudtrail:StopLogging",
    "config:DeleteConfigurationRecorder",
    "config:DeleteDeliveryChannel",
    "config:StopConfigurationRecorder",
    "guardduty:DeleteDetector",
    "guardduty:DisassociateFromAdministratorAccount",
    "logs:DeleteLogGroup",
    "securityhub:DisableSecurityHub",
)
# Leaves what watches in place, and looking elsewhere.
WEAKENS_WATCHERS = (
    "cloudtrail:PutEventSelectors",
    "cloudtrail:UpdateTrail",
    "config:DeleteConfigRule",
    "config:PutConfigurationRecorder",
    "config:PutDeliveryChannel",
    "guardduty:UpdateDetector",
    "securityhub:BatchDisableStandards",
)
# How long a bucket locks what comes into it. AWS has no condition that tells a longer time from a shorter one (S3's
# `s3:object-lock-remaining-retention-days` is of objects), so it is all or nothing; making a locked bucket asks for it too.
SETS_BUCKET_LOCKS = ("s3:PutBucketObjectLockConfiguration",)
# Credentials that never end, and accounts that walk away.
MAKES_PERMANENT = (
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreateServiceSpecificCredential",
    "iam:CreateUser",
    "iam:UpdateLoginProfile",
    "account:CloseAccount",
    "organizations:LeaveOrganization",
)
# Data of customers, and secrets. `kms:Decrypt` is left to the statements that say through which service.
READS_DATA = (
    "athena:GetQueryResults",
    "dynamodb:BatchGetItem",
    "dynamodb:ExportTableToPointInTime",
    "dynamodb:GetItem",
    "dynamodb:GetRecords",
    "dynamodb:PartiQL*",
    "dynamodb:Query",
    "dynamodb:Scan",
    "ebs:GetSnapshotBlock",
    "lambda:InvokeFunction",
    "rds-data:*",
    "rds-db:connect",
    "rds:DownloadCompleteDBLogFile",
    "rds:StartExportTask",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter*",
)
READS_OBJECTS = ("s3:GetObject", "s3:GetObjectVersion")
# Hands what is ours to others.
SHARES = (
    "ec2:ModifyImageAttribute",
    "ec2:ModifySnapshotAttribute",
    "ram:*",
    "rds:ModifyDBClusterSnapshotAttribute",
    "rds:ModifyDBSnapshotAttribute",
)
USES_KEYS = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*", "kms:CreateGrant")
# How a key is brought up and kept; none of them uses it.
KEEPS_KEYS = (
    "kms:CancelKeyDeletion", "kms:CreateAlias", "kms:CreateKey", "kms:DeleteAlias", "kms:Describe*", "kms:Enable*",
    "kms:Get*", "kms:List*", "kms:PutKeyPolicy", "kms:ReplicateKey", "kms:RevokeGrant", "kms:RotateKeyOnDemand",
    "kms:TagResource", "kms:UntagResource", "kms:UpdateAlias", "kms:UpdateKeyDescription",
)  # fmt: skip
ENDS_KEYS = ("kms:DisableKey", "kms:DisableKeyRotation", "kms:ScheduleKeyDeletion")
READS_IAM = ("iam:Generate*", "iam:Get*", "iam:List*", "iam:Simulate*")
KEEPS_ROLES = (
    "iam:AddRoleToInstanceProfile", "iam:AttachRolePolicy", "iam:CreateInstanceProfile", "iam:CreateRole",
    "iam:DeleteInstanceProfile", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePolicy",
    "iam:RemoveRoleFromInstanceProfile", "iam:TagInstanceProfile", "iam:TagRole", "iam:UntagInstanceProfile",
    "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription",
)  # fmt: skip
# What AWS lets be bound to the boundary that a role has, or is given (condition key `iam:PermissionsBoundary`).
WIDENS_ROLES = (
    "iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePolicy",
)  # fmt: skip
# A role is given its boundary when it is made; nobody here takes it off, or gives it another one.
EXCHANGES_BOUNDARIES = ("iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary")
# Every change of IAM, in few characters: for refusals.
CHANGES_IAM = tuple(f"iam:{verb}*" for verb in (
    "Add", "Attach", "Create", "Delete", "Detach", "Pass", "Put", "Remove", "Set", "Tag", "Untag", "Update",
))  # fmt: skip
KEEPS_POLICIES = ("iam:CreatePolicy*", "iam:DeletePolicy*", "iam:SetDefaultPolicyVersion", "iam:TagPolicy")
OPENS_WAYS_IN = (
    "iam:AddClientIDToOpenIDConnectProvider", "iam:CreateOpenIDConnectProvider", "iam:CreateSAMLProvider",
    "iam:DeleteOpenIDConnectProvider", "iam:UpdateOpenIDConnectProviderThumbprint", "iam:UpdateSAMLProvider",
)  # fmt: skip
