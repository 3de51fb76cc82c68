"""Who administers detectors and findings for the whole organisation switches them on in its accounts, region by region.

Declared in the administrator's own account: the management account names it, and sets none of this. Each account of ours
has its detectors by its own stack too, so that they stand whether or not somebody administers them; what AWS lets a member
no longer set (GuardDuty's features, Security Hub's home region) its stack then leaves to the administrator.
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws import guardduty, inspector2, securityhub

from infra.components.detection.detectors import AGENTS, RUNTIME, Detectors
from infra.context import Component, Context


class Members(Component):
    """One region's. Nothing where `organisation.members` is none.

    Args:
        detectors: the administrator's own, in that region.
        standing: what must be there first for its findings (a home region, AWS: members take it over).
    """

    def __init__(
        self,
        name: str,
        context: Context,
        detectors: Detectors,
        *,
        standing: Sequence[pulumi.Resource] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("Members", name, context, opts)
        settings = context.settings
        # AWS: GuardDuty alone takes in accounts that are there already by itself; the others are told each of them.
        own = context.place.account
        self._present = (
            [one for one in settings.accounts.all if one != own] if settings.organisation.members == "all" else []
        )
        if detectors.detector is not None:
            self._guard_duty(name, detectors.detector)
        if detectors.hub is not None:
            self._security_hub(name, [detectors.hub, *standing])
        if detectors.scanner is not None:
            self._inspector(name, detectors.scanner)
        self.register_outputs({})

    def _guard_duty(self, name: str, detector: guardduty.Detector) -> None:
        context, region = self.context, self.context.place.region
        who = context.settings.organisation.members.upper()
        joined = guardduty.OrganizationConfiguration(
            f"{name}-guardduty",
            detector_id=detector.id,
            auto_enable_organization_members=who,
            region=region,
            opts=context.opts(self, guard=True),
        )
        for feature in context.settings.detection.guard_features:
            agents: list[guardduty.OrganizationConfigurationFeatureAdditionalConfigurationArgsDict] = [
                {"name": agent, "auto_enable": who if status == "ENABLED" else "NONE"}
                for agent, status in AGENTS.items()
            ]
            guardduty.OrganizationConfigurationFeature(
                f"{name}-{feature.lower().replace('_', '-')}",
                detector_id=detector.id,
                name=feature,
                auto_enable=who,
                additional_configurations=agents if feature == RUNTIME else None,
                region=region,
                opts=context.opts(self, depends_on=[joined]),
            )

    def _security_hub(self, name: str, waits: Sequence[pulumi.Resource]) -> None:
        """Not by central configuration: that would take hub and standards from each account's own stack."""
        context, region = self.context, self.context.place.region
        joined = securityhub.OrganizationConfiguration(
            f"{name}-securityhub",
            auto_enable=True,
            # An account that nobody declares yet is held against AWS's own choice, and not against nothing.
            auto_enable_standards="DEFAULT",
            region=region,
            opts=context.opts(self, guard=True, depends_on=waits),
        )
        for account in self._present:
            securityhub.Member(
                f"{name}-securityhub-{account}",
                account_id=account,
                region=region,
                opts=context.opts(self, depends_on=[joined]),
            )

    def _inspector(self, name: str, scanner: inspector2.Enabler) -> None:
        context, region = self.context, self.context.place.region
        joined = inspector2.OrganizationConfiguration(
            f"{name}-inspector",
            auto_enable={"ec2": True, "ecr": True, "lambda_": True},
            region=region,
            opts=context.opts(self, guard=True, depends_on=[scanner]),
        )
        for account in self._present:
            inspector2.MemberAssociation(
                f"{name}-inspector-{account}",
                account_id=account,
                region=region,
                opts=context.opts(self, depends_on=[joined]),
            )
