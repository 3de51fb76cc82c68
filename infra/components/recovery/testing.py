"""AWS's restore tests: what they restore is put into the recovery environment, by name, never where AWS would infer."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pulumi
from pulumi_aws import backup

from infra.components.backup.vaults import LockedVault
from infra.context import Component, Context

NAME_MAX = 50  # AWS: a restore-testing selection's name


class RestoreTesting(Component):
    """The plan, over points of the recovery vault alone, and one selection for each kind.

    Args:
        overrides: kind -> restore metadata, as `overrides` makes it.
        role_arn: that AWS Backup restores with; computed, so `role_ready` is waited for.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        vault: LockedVault,
        overrides: Mapping[str, Mapping[str, pulumi.Input[str]]],
        *,
        role_arn: str,
        role_ready: pulumi.Resource,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("RestoreTesting", name, context, opts)
        spec, region = context.settings.recovery.restore_testing, context.place.region
        named = context.names.underscored("restore-tests")
        plan = backup.RestoreTestingPlan(
            name,
            name=named,
            schedule_expression=spec.schedule,
            start_window_hours=spec.start_hours,
            recovery_point_selection=backup.RestoreTestingPlanRecoveryPointSelectionArgs(
                algorithm="LATEST_WITHIN_WINDOW",
                include_vaults=[vault.arn],
                recovery_point_types=["SNAPSHOT"],
                selection_window_days=spec.window_days,
            ),
            region=region,
            tags=context.tags(named),
            opts=context.opts(self, named=True, depends_on=vault.ready()),
        )
        for kind in spec.kinds:
            backup.RestoreTestingSelection(
                f"{name}-{kind.lower()}",
                name=context.names.underscored(kind.lower())[:NAME_MAX],
                restore_testing_plan_name=plan.name,
                protected_resource_type=kind,
                # Sources lie in another account, where their tags cannot be asked for: the vault says whose points they are.
                protected_resource_arns=["*"],
                iam_role_arn=role_arn,
                validation_window_hours=spec.validation_hours,
                restore_metadata_overrides=dict(overrides[kind]),
                region=region,
                opts=context.opts(self, named=True, depends_on=[role_ready]),
            )
        self.register_outputs({"name": named})


def overrides(
    subnet_group: pulumi.Input[str],
    parameter_group: pulumi.Input[str],
    group_id: pulumi.Input[str],
    key_arn: pulumi.Input[str],
) -> dict[str, dict[str, pulumi.Input[str]]]:
    """Where each kind is restored to. A database has its copy's key, which is the same one: AWS takes no other there."""
    groups = pulumi.Output.from_input(group_id).apply(lambda one: json.dumps([one]))
    return {
        "RDS": {
            "dbSubnetGroupName": subnet_group,
            "dbParameterGroupName": parameter_group,
            "vpcSecurityGroupIds": groups,
            "publiclyAccessible": "false",
            "multiAz": "false",
        },
        "DynamoDB": {"encryptionType": "KMS", "kmsMasterKeyArn": key_arn},
        "EFS": {"encrypted": "true", "kmsKeyId": key_arn},
        "S3": {"encryptionType": "SSE-KMS", "kmsKey": key_arn},
    }
