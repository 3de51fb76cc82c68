"""The trail: every region, validated, encrypted, into a bucket that is locked and a log group that is watched."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws import cloudtrail, iam

from infra.components.access.boundaries import boundary_arn
from infra.components.access.trusts import service_trust
from infra.components.detection.stores import TRAIL, is_store, store_place
from infra.components.documents import document, statement
from infra.components.log_group import log_group
from infra.context import Component, Context
from infra.naming import Place


class Trail(Component):
    """`.log_group`: the name of its group, for filters; `.group` itself.

    Args:
        key_arn: of this account's audit key, in the buckets' region (AWS demands that).
    """

    def __init__(
        self,
        name: str,
        context: Context,
        key_arn: pulumi.Input[str],
        *,
        depends_on: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("Trail", name, context, opts)
        names, place, store = context.names, context.place, store_place(context)
        self.arn = names.trail_arn("audit", place)
        self.group = log_group(self, context, TRAIL, key_arn, days=context.settings.detection.log_days)
        self.log_group = names.log_group(TRAIL)
        role = iam.Role(
            f"{name}-role",
            name=names.name("trail-logs"),
            assume_role_policy=service_trust("cloudtrail.amazonaws.com", place),
            permissions_boundary=boundary_arn(context),
            tags=context.tags(names.name("trail-logs")),
            opts=context.opts(self, named=True, depends_on=depends_on),
        )
        rights = iam.RolePolicy(
            f"{name}-role-policy",
            name="logs",
            role=names.name("trail-logs"),
            policy=document(
                statement(
                    "OwnStreams",
                    ("logs:CreateLogStream", "logs:PutLogEvents"),
                    f"{names.log_group_arn(TRAIL, place)}:log-stream:*",
                )
            ),
            opts=context.opts(self, depends_on=[role]),
        )
        self.trail = cloudtrail.Trail(
            name,
            name=names.name("audit"),
            s3_bucket_name=names.bucket(TRAIL, store),
            kms_key_id=key_arn,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            enable_logging=True,
            cloud_watch_logs_group_arn=f"{names.log_group_arn(TRAIL, place)}:*",
            cloud_watch_logs_role_arn=names.role_arn("trail-logs", place),
            advanced_event_selectors=selectors(context, store),
            region=place.region,
            tags=context.tags(names.name("audit")),
            opts=context.opts(self, guard=True, named=True, depends_on=[*depends_on, self.group, rights]),
        )
        self.register_outputs({"arn": self.arn})


def selectors(context: Context, store: Place) -> list[cloudtrail.TrailAdvancedEventSelectorArgsDict]:
    """What it records: every call that changes or reads settings; writes of objects, but those of the audit itself."""
    chosen: list[cloudtrail.TrailAdvancedEventSelectorArgsDict] = [
        {"name": "calls", "field_selectors": [{"field": "eventCategory", "equals": ["Management"]}]}
    ]
    if context.settings.detection.data_events:
        fields: list[cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgsDict] = [
            {"field": "eventCategory", "equals": ["Data"]},
            {"field": "resources.type", "equals": ["AWS::S3::Object"]},
            {"field": "readOnly", "equals": ["false"]},
        ]
        if is_store(context):
            # A trail that records its own writing would write for ever.
            own = f"arn:{store.partition}:s3:::{context.names.name('audit')}-"
            fields.append({"field": "resources.ARN", "not_starts_withs": [own]})
        chosen.append({"name": "writes of objects", "field_selectors": fields})
    return chosen
