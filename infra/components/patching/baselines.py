"""Which fixes are approved, and how soon: a baseline for each system, which is its default too."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_aws import ssm

from infra.context import Component, Context
from infra.spec.patching import PatchingSpec

# AWS: DescribePatchProperties. How each system says how bad a fix's hole is.
SEVERITY: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "DEBIAN": ("PRIORITY", ("Required", "Important")),
    "UBUNTU": ("PRIORITY", ("Required", "Important")),
    "WINDOWS": ("MSRC_SEVERITY", ("Critical", "Important")),
}
SEVERITY_OF_OTHERS = ("SEVERITY", ("Critical", "Important"))


class Baselines(Component):
    """`.registered`: what waits for them. The patch group is the value of the tag `PatchGroup`."""

    def __init__(self, name: str, context: Context, group: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("Baselines", name, context, opts)
        spec, region = context.settings.patching, context.place.region
        self.registered: list[pulumi.Resource] = []
        for system in spec.systems:
            short = system.lower().replace("_", "-")
            what = context.names.name(f"patches-{short}")
            baseline = ssm.PatchBaseline(
                f"{name}-{short}",
                name=what,
                operating_system=system,
                description=f"Critical fixes after {spec.critical_days} days, others after {spec.other_days}",
                approval_rules=approval_rules(spec, system),
                approved_patches_compliance_level="CRITICAL",
                region=region,
                tags=context.tags(what),
                opts=context.opts(self),
            )
            self.registered.append(
                ssm.PatchGroup(
                    f"{name}-{short}-group",
                    baseline_id=baseline.id,
                    patch_group=group,
                    region=region,
                    opts=context.opts(self),
                )
            )
            if spec.default_baselines:
                ssm.DefaultPatchBaseline(
                    f"{name}-{short}-default",
                    baseline_id=baseline.id,
                    operating_system=system,
                    region=region,
                    opts=context.opts(self),
                )
        self.register_outputs({})


def approval_rules(spec: PatchingSpec, system: str) -> list[ssm.PatchBaselineApprovalRuleArgsDict]:
    """First what is critical, then the rest."""
    key, values = SEVERITY.get(system, SEVERITY_OF_OTHERS)
    everything: list[ssm.PatchBaselineApprovalRulePatchFilterArgsDict] = [{"key": "PRODUCT", "values": ["*"]}]
    return [
        {
            "approve_after_days": spec.critical_days,
            "compliance_level": "CRITICAL",
            "patch_filters": [*everything, {"key": key, "values": list(values)}],
        },
        {"approve_after_days": spec.other_days, "compliance_level": "MEDIUM", "patch_filters": everything},
    ]
