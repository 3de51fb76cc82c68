"""Trail, recorder, detectors, alarms, and where logs are kept."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from infra.spec.base import Spec

YEAR = 365
Guard = Literal[
    "S3_DATA_EVENTS", "EBS_MALWARE_PROTECTION", "RDS_LOGIN_EVENTS", "LAMBDA_NETWORK_LOGS", "RUNTIME_MONITORING",
    "EKS_AUDIT_LOGS",
]  # fmt: skip
Standard = Literal[
    "aws-foundational-security-best-practices/v/1.0.0",
    "cis-aws-foundations-benchmark/v/3.0.0",
    "nist-800-53/v/5.0.0",
    "pci-dss/v/4.0.1",
]


class SecurityContact(Spec):
    """Whom AWS calls about security: a person or a watch that answers, beside the address of the settings.

    Args:
        name, title: of whom AWS calls.
        phone: with country code: `+49 30 901820`.
    """

    name: Annotated[str, Field(min_length=1, max_length=64)] = "Security"
    title: Annotated[str, Field(min_length=1, max_length=50)] = "Security"
    phone: Annotated[str, Field(pattern=r"^\+[0-9][0-9 ()-]{4,24}$")]


class DetectionSpec(Spec):
    """Trail, recorder, detectors, alarms, and where logs are kept. In every allowed region, where a service is regional.

    Costs are for a small account and one region, a month.

    Args:
        contact: AWS's alternate contact for security, required by statement 2-d. Costs nothing.
        emails: who gets alarms; empty: the settings' `securityContact`. Each confirms once, by mail.
        log_days: how long CloudWatch keeps the audit's logs.
        lock_days: for so long nobody deletes the trail's files (governance lock). Buys evidence that an intruder cannot
            take away; costs the storage, below US$ 1. No cheaper fallback that keeps evidence.
        keep_days: files of the audit end after it.
        data_events: the trail also records who writes which object in S3. Buys the answer to "who changed this file";
            costs US$ 1 for a million writes. Fallback: false; access logs of S3 tell less, and later.
        recorder: Config, `everywhere`, in the `primary` region alone, or `off`. Buys the history of every setting, and
            is what Security Hub's checks read; costs US$ 0.003 for each change, about US$ 5 to 20. Fallback: `primary`.
        recorder_frequency: `DAILY` costs less where much changes, and sees less (US$ 0.012 for each thing changed).
        config_service_role: declare AWS's role for Config. False where the account has it already.
        config_rules: our checks by Config beside those of Security Hub, US$ 0.001 for each evaluation. Fallback: [].
        guard_duty: looks for intruders. Costs about US$ 4 for a million events of the trail, US$ 5 to 50 in all. There
            is no cheaper fallback; false is refused by a rule.
        guard_features: beyond the trail, flows and DNS. RUNTIME_MONITORING costs US$ 1.50 a vCPU: leave it out first.
        security_hub: collects findings and checks standards: about US$ 0.001 a check, US$ 5 to 20. Fallback: fewer standards.
        standards: what is checked against.
        inspector: scans for known holes: US$ 1.26 an instance, US$ 0.30 a function. Fallback: a scanner of your own.
        disk_keys: new disks take a key of ours in every allowed region (US$ 1 a key). Fallback: false, AWS's own key,
            whose snapshots can never be copied to another account.
    """

    contact: SecurityContact | None = None
    emails: tuple[Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")], ...] = ()
    log_days: Annotated[int, Field(ge=YEAR)] = 400
    lock_days: Annotated[int, Field(ge=YEAR, le=3650)] = 365
    keep_days: Annotated[int, Field(ge=YEAR)] = 730
    data_events: bool = True
    recorder: Literal["everywhere", "primary", "off"] = "everywhere"
    recorder_frequency: Literal["CONTINUOUS", "DAILY"] = "CONTINUOUS"
    config_service_role: bool = True
    config_rules: tuple[Annotated[str, Field(pattern=r"^[A-Z0-9_]+$")], ...] = (
        "BACKUP_RECOVERY_POINT_ENCRYPTED",
        "BACKUP_RECOVERY_POINT_MANUAL_DELETION_DISABLED",
        "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED",
        "CMK_BACKING_KEY_ROTATION_ENABLED",
        "DYNAMODB_IN_BACKUP_PLAN",
        "EC2_EBS_ENCRYPTION_BY_DEFAULT",
        "EC2_MANAGEDINSTANCE_PATCH_COMPLIANCE_STATUS_CHECK",
        "EFS_IN_BACKUP_PLAN",
        "IAM_ROOT_ACCESS_KEY_CHECK",
        "RDS_IN_BACKUP_PLAN",
        "ROOT_ACCOUNT_MFA_ENABLED",
        "S3_BUCKET_SSL_REQUESTS_ONLY",
        "VPC_DEFAULT_SECURITY_GROUP_CLOSED",
    )
    guard_duty: bool = True
    guard_features: tuple[Guard, ...] = (
        "S3_DATA_EVENTS",
        "EBS_MALWARE_PROTECTION",
        "RDS_LOGIN_EVENTS",
        "LAMBDA_NETWORK_LOGS",
        "RUNTIME_MONITORING",
    )
    security_hub: bool = True
    standards: tuple[Standard, ...] = (
        "aws-foundational-security-best-practices/v/1.0.0",
        "cis-aws-foundations-benchmark/v/3.0.0",
    )
    inspector: bool = True
    disk_keys: bool = True

    @model_validator(mode="after")
    def _kept_long_enough(self) -> Self:
        if self.keep_days < self.lock_days:
            raise ValueError(
                f"keep_days: {self.keep_days} is less than lock_days ({self.lock_days}): nothing ends locked"
            )
        return self
