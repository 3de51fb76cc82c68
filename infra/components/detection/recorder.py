"""Config: records how every resource changes, in each allowed region, and checks some of it."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws import cfg, iam

from infra.components.access.deploying import CONFIGS_OWN
from infra.components.detection.stores import CONFIG, store_place
from infra.context import Component, Context

NAME = "default"  # AWS: one recorder and one channel for each region; it calls them so itself


class Recorder(Component):
    """Args: key_arn: of the audit key, in the bucket's region (AWS demands that)."""

    def __init__(
        self,
        name: str,
        context: Context,
        key_arn: pulumi.Input[str],
        *,
        depends_on: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("Recorder", name, context, opts)
        detection, home = context.settings.detection, context.place.region
        waits = list(depends_on)
        if detection.config_service_role:
            waits.append(
                iam.ServiceLinkedRole(
                    f"{name}-role",
                    aws_service_name="config.amazonaws.com",
                    tags=context.tags("AWSServiceRoleForConfig"),
                    opts=context.opts(self),
                )
            )
        regions = context.settings.regions.all if detection.recorder == "everywhere" else (home,)
        started = {region: self._record(name, region, key_arn, waits) for region in regions}
        for rule in detection.config_rules:
            what = rule.lower().replace("_", "-")
            cfg.Rule(
                f"{name}-{what}",
                name=what,
                source={"owner": "AWS", "source_identifier": rule},
                region=home,
                tags=context.tags(what),
                opts=context.opts(self, named=True, depends_on=[started[home]]),
            )
        self.register_outputs({})

    def _record(
        self, name: str, region: str, key_arn: pulumi.Input[str], waits: Sequence[pulumi.Resource]
    ) -> cfg.RecorderStatus:
        """Recorder, then channel, then start: AWS takes them in this order alone."""
        context = self.context
        recorder = cfg.Recorder(
            f"{name}-{region}",
            name=NAME,
            role_arn=context.place.global_arn("iam", CONFIGS_OWN),
            recording_group={
                "all_supported": True,
                # What belongs to no region is recorded once, where the account's layer lies.
                "include_global_resource_types": region == context.place.region,
            },
            recording_mode={"recording_frequency": context.settings.detection.recorder_frequency},
            region=region,
            opts=context.opts(self, guard=True, named=True, depends_on=waits),
        )
        channel = cfg.DeliveryChannel(
            f"{name}-{region}-channel",
            name=NAME,
            s3_bucket_name=context.names.bucket(CONFIG, store_place(context)),
            s3_kms_key_arn=key_arn,
            snapshot_delivery_properties={"delivery_frequency": "TwentyFour_Hours"},
            region=region,
            opts=context.opts(self, named=True, depends_on=[*waits, recorder]),
        )
        return cfg.RecorderStatus(
            f"{name}-{region}-status",
            name=recorder.name,
            is_enabled=True,
            region=region,
            opts=context.opts(self, guard=True, depends_on=[channel]),
        )
