"""What looks for intruders, for holes, and for settings that stray from standards; in each allowed region."""

from __future__ import annotations

import pulumi
from pulumi_aws import guardduty, inspector2, securityhub

from infra.context import Component, Context

SCANNED = ("EC2", "ECR", "LAMBDA")
RUNTIME = "RUNTIME_MONITORING"
# Of runtime monitoring: agents on instances are managed by GuardDuty; there are no containers here.
AGENTS = {
    "EC2_AGENT_MANAGEMENT": "ENABLED",
    "ECS_FARGATE_AGENT_MANAGEMENT": "DISABLED",
    "EKS_ADDON_MANAGEMENT": "DISABLED",
}


class Detectors(Component):
    """GuardDuty, Security Hub and Inspector of one region. Each None where it is off."""

    def __init__(self, name: str, context: Context, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("Detectors", name, context, opts)
        detection = context.settings.detection
        self.detector = self._guard_duty(name) if detection.guard_duty else None
        self.hub = self._security_hub(name) if detection.security_hub else None
        self.scanner: inspector2.Enabler | None = None
        if detection.inspector:
            self.scanner = inspector2.Enabler(
                f"{name}-inspector",
                account_ids=[context.place.account],
                resource_types=list(SCANNED),
                region=context.place.region,
                opts=context.opts(self, guard=True),
            )
        self.register_outputs({})

    def _guard_duty(self, name: str) -> guardduty.Detector:
        context, region = self.context, self.context.place.region
        detector = guardduty.Detector(
            f"{name}-guardduty",
            enable=True,
            finding_publishing_frequency="FIFTEEN_MINUTES",
            region=region,
            tags=context.tags(context.names.name("guardduty")),
            opts=context.opts(self, guard=True),
        )
        # AWS: a member does not set its own features.
        features = (
            () if context.settings.is_member(context.place.account) else context.settings.detection.guard_features
        )
        for feature in features:
            more: list[guardduty.DetectorFeatureAdditionalConfigurationArgsDict] = [
                {"name": agent, "status": status} for agent, status in AGENTS.items()
            ]
            guardduty.DetectorFeature(
                f"{name}-{feature.lower().replace('_', '-')}",
                detector_id=detector.id,
                name=feature,
                status="ENABLED",
                additional_configurations=more if feature == RUNTIME else None,
                region=region,
                # Unprotected: it leaves the program when the account becomes a member, and AWS then keeps what was set.
                opts=context.opts(self),
            )
        return detector

    def _security_hub(self, name: str) -> securityhub.Account:
        context, place = self.context, self.context.place
        hub = securityhub.Account(
            f"{name}-securityhub",
            enable_default_standards=False,  # its default is a benchmark of 2018
            auto_enable_controls=True,
            control_finding_generator="SECURITY_CONTROL",
            region=place.region,
            opts=context.opts(self, guard=True),
        )
        for standard in context.settings.detection.standards:
            securityhub.StandardsSubscription(
                f"{name}-{standard.partition('/')[0]}",
                standards_arn=f"arn:{place.partition}:securityhub:{place.region}::standards/{standard}",
                region=place.region,
                opts=context.opts(self, depends_on=[hub]),
            )
        return hub


class Findings(Component):
    """Findings of all regions in one: so one rule hears them all. `.together`: None where there is one region."""

    def __init__(
        self,
        name: str,
        context: Context,
        hubs: list[securityhub.Account],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("Findings", name, context, opts)
        others = [region for region in context.settings.regions.all if region != context.place.region]
        self.together: securityhub.FindingAggregator | None = None
        if others:
            self.together = securityhub.FindingAggregator(
                name,
                linking_mode="SPECIFIED_REGIONS",
                specified_regions=others,
                region=context.place.region,
                opts=context.opts(self, depends_on=hubs),
            )
        self.register_outputs({})
