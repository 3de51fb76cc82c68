"""A DynamoDB table: encrypted with a key of ours, recoverable to any second, protected from deletion."""

from __future__ import annotations

import pulumi
from pulumi_aws import dynamodb

from infra.context import Component, Context
from infra.spec.data import TableSpec
from infra.spec.settings import DataClass

WHAT = "records"


class Table(Component):
    """One table, paid by request. `name` and `arn` are computed."""

    def __init__(
        self,
        name: str,
        context: Context,
        spec: TableSpec,
        key_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("Table", name, context, opts)
        self.name: str = context.names.name(WHAT)
        self.arn: str = context.names.table_arn(WHAT, context.place)
        self.table = dynamodb.Table(
            name,
            name=self.name,
            billing_mode="PAY_PER_REQUEST",
            hash_key=spec.hash_key,
            range_key=spec.range_key,
            attributes=[{"name": key, "type": "S"} for key in (spec.hash_key, spec.range_key)],
            server_side_encryption={"enabled": True, "kms_key_arn": key_arn},
            point_in_time_recovery={"enabled": True, "recovery_period_in_days": spec.point_in_time_days},
            deletion_protection_enabled=not context.disposable,
            region=context.place.region,
            tags=context.tags(
                self.name, data_class=DataClass.RESTRICTED, tier="data", backup=spec.backup, rpo=spec.promise
            ),
            opts=context.opts(self, stateful=True, named=True),
        )
        self.register_outputs({"name": self.name})
