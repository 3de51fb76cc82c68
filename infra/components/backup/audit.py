"""AWS Backup's own audit of what is backed up, and its reports: a second opinion that we did not write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pulumi
from pulumi_aws import backup, iam

from infra.components.bucket import Bucket
from infra.components.documents import statement
from infra.context import Component, Context
from infra.spec.bucket import BucketSpec
from infra.spec.key_table import BACKUP_REPORTS
from infra.spec.settings import DataClass
from infra.spec.vaults import LockSpec

REPORTS = "backup-reports"
REPORT_DAYS = 400  # evidence of a year, and a month to ask in
JOBS = ("BACKUP_JOB_REPORT", "COPY_JOB_REPORT", "RESTORE_JOB_REPORT")
DAY = timedelta(days=1)


def controls(
    kinds: Sequence[str], lock: LockSpec, regions: Sequence[str], accounts: Sequence[str], oldest: timedelta
) -> list[tuple[str, Mapping[str, str], bool]]:
    """What the framework asks: control, its parameters, whether it is about kinds of resources.

    Args:
        kinds: not empty.
        regions, accounts: where copies must be; none: not asked.
        oldest: the age above which a newest point is a finding.
    """
    age = {"recoveryPointAgeUnit": "days", "recoveryPointAgeValue": str(max(1, -(-oldest // DAY)))}
    kept = {"minRetentionDays": str(lock.min_days), "maxRetentionDays": str(lock.max_days)}
    found: list[tuple[str, Mapping[str, str], bool]] = [
        ("BACKUP_RECOVERY_POINT_ENCRYPTED", {}, False),
        ("BACKUP_RECOVERY_POINT_MANUAL_DELETION_DISABLED", {}, False),
        ("BACKUP_RECOVERY_POINT_MINIMUM_RETENTION_CHECK", {"requiredRetentionDays": str(lock.min_days)}, False),
        ("BACKUP_RESOURCES_PROTECTED_BY_BACKUP_PLAN", {}, True),
        ("BACKUP_RESOURCES_PROTECTED_BY_BACKUP_VAULT_LOCK", kept, True),
        ("BACKUP_LAST_RECOVERY_POINT_CREATED", age, True),
    ]
    if regions:
        found.append(("BACKUP_RESOURCES_PROTECTED_BY_CROSS_REGION", {"crossRegionList": ",".join(regions)}, True))
    if accounts:
        found.append(("BACKUP_RESOURCES_PROTECTED_BY_CROSS_ACCOUNT", {"crossAccountList": ",".join(accounts)}, True))
    assert kinds, "a framework about resources names kinds"
    return found


class BackupAudit(Component):
    """The framework, and daily reports of jobs and of its answers.

    It rests on the account's Config recorder, which the account's layer declares.

    Args:
        key_arn: of internal data; its policy admits AWS Backup's reporting role.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        key_arn: pulumi.Input[str],
        log_bucket: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("BackupAudit", name, context, opts)
        self._logical = name
        spec = context.settings.backup
        framework = self._framework() if spec.framework and spec.audited_kinds else None
        self.bucket: Bucket | None = None
        if spec.reports:
            self.bucket = self._reports(key_arn, log_bucket, framework)
        self.register_outputs({})

    def _framework(self) -> backup.Framework:
        context = self.context
        settings, place = context.settings, context.place
        spec, named = settings.backup, context.names.underscored("backups")
        elsewhere = [settings.accounts.recovery, settings.accounts.vault]
        asked = controls(
            spec.audited_kinds,
            spec.locks.primary,
            sorted({settings.regions.recovery, settings.regions.vault} - {place.region}),
            sorted(set(elsewhere) - {place.account}),
            max(one.rpo for one in spec.classes.values()),
        )
        return backup.Framework(
            f"{self._logical}-framework",
            name=named,
            description="Backups are there, encrypted, locked, copied and young enough",
            controls=[
                backup.FrameworkControlArgs(
                    name=control,
                    input_parameters=[
                        backup.FrameworkControlInputParameterArgs(name=key, value=value)
                        for key, value in parameters.items()
                    ]
                    or None,
                    scope=backup.FrameworkControlScopeArgs(compliance_resource_types=list(spec.audited_kinds))
                    if by_kind
                    else None,
                )
                for control, parameters, by_kind in asked
            ],
            region=place.region,
            tags=context.tags(named),
            opts=context.opts(self, named=True),
        )

    def _reports(
        self, key_arn: pulumi.Input[str], log_bucket: pulumi.Input[str] | None, framework: backup.Framework | None
    ) -> Bucket:
        context, place = self.context, self.context.place
        service, _, role = BACKUP_REPORTS.partition("/")
        # AWS makes it with the first report, and refuses a bucket's policy that names it before. Where the account has it
        # already: pulumi import aws:iam/serviceLinkedRole:ServiceLinkedRole NAME ARN
        writer = iam.ServiceLinkedRole(
            f"{self._logical}-writer",
            aws_service_name=service,
            tags=context.tags(role),
            opts=context.opts(self),
        )
        arn = place.global_arn("iam", f"role/aws-service-role/{BACKUP_REPORTS}")
        spec = BucketSpec(
            what=REPORTS, data_class=DataClass.INTERNAL, expire_days=REPORT_DAYS, backup="none",
            backup_reason="reports are made again each day",
        )  # fmt: skip
        bucket = Bucket(
            f"{self._logical}-reports",
            context,
            spec,
            key_arn=key_arn,
            statements=[report_statement(context.names.bucket_arn(REPORTS, place), arn)],
            log_bucket=log_bucket,
            principals=[writer],
            opts=pulumi.ResourceOptions(parent=self),
        )
        for template in JOBS:
            self._plan(template, bucket)
        if framework is not None:
            self._plan("CONTROL_COMPLIANCE_REPORT", bucket, framework_arns=[framework.arn], number_of_frameworks=1)
        return bucket

    def _plan(self, template: str, bucket: Bucket, **more: Any) -> None:
        context = self.context
        what = template.lower()
        named = context.names.underscored(what.replace("_", "-"))
        backup.ReportPlan(
            f"{self._logical}-{what.replace('_', '-')}",
            name=named,
            description="Daily, as evidence",
            report_delivery_channel=backup.ReportPlanReportDeliveryChannelArgs(
                s3_bucket_name=bucket.name, s3_key_prefix=what.replace("_", "-"), formats=["CSV", "JSON"]
            ),
            report_setting=backup.ReportPlanReportSettingArgs(report_template=template, **more),
            region=context.place.region,
            tags=context.tags(named),
            opts=context.opts(self, named=True, depends_on=bucket.ready()),
        )


def report_statement(bucket_arn: str, role_arn: str) -> dict[str, Any]:
    """AWS Backup's reporting role writes, and hands what it wrote to the bucket's owner."""
    return statement(
        "Reports", "s3:PutObject", f"{bucket_arn}/*", principals={"AWS": role_arn},
        conditions={"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
    )  # fmt: skip
