"""What AWS Backup assumes: AWS's own policies for it, a boundary, and refusals of what it must never do. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from infra.components.documents import deny, document

SERVICE = "backup.amazonaws.com"
BACKUP, COPY = "backup", "copy"  # with `restore`, one account may hold all three: a lab's does
# Behind `arn:aws:iam::aws:policy/`.
BACKUP_POLICIES = ("service-role/AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForS3Backup")
RESTORE_POLICIES = ("service-role/AWSBackupServiceRolePolicyForRestores", "AWSBackupServiceRolePolicyForS3Restore")
# It reads stores, and makes and deletes points; the stores themselves are none of its business.
DESTROYS = (
    "dynamodb:DeleteTable",
    "elasticfilesystem:DeleteFileSystem",
    "kms:DisableKey",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "rds:DeleteDBCluster",
    "rds:DeleteDBInstance",
    "s3:DeleteBucket",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:PutBucketPolicy",
)


def backup_limits(vaults: Sequence[str]) -> str:
    """Of the role that backs up and copies.

    Args:
        vaults: ARNs that it may copy to: whoever can write a plan would otherwise copy everything to an account of theirs.
    """
    return document(
        deny("StoresStay", DESTROYS),
        # AWS: backup:CopyTargets holds the destinations. Refused are one that is not ours among others that are, and a copy
        # that names none: ForAnyValue takes the former and not the latter, ForAllValues the latter and not the former.
        *(
            deny(
                sid, "backup:CopyFromBackupVault",
                conditions={f"{quantifier}:ArnNotEquals": {"backup:CopyTargets": list(vaults)}},
            )
            for sid, quantifier in (("CopiesGoToOurVaults", "ForAnyValue"), ("CopiesSayWhereTo", "ForAllValues"))
        ),
    )  # fmt: skip
