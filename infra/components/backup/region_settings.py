"""Which kinds of resources AWS Backup takes in a region: what is not opted in is passed over in silence."""

from __future__ import annotations

import pulumi
from pulumi_aws import backup

from infra.context import Context
from infra.spec.backup import FULLY_MANAGED, KINDS


def region_settings(parent: pulumi.Resource, context: Context, name: str) -> backup.RegionSettings:
    """Once for an account and region. Full management: such points have the vault's key, cold storage, and locks."""
    taken = context.settings.backup.opt_in
    return backup.RegionSettings(
        name,
        resource_type_opt_in_preference={kind: kind in taken for kind in KINDS},
        resource_type_management_preference=dict.fromkeys(FULLY_MANAGED, True),
        region=context.place.region,
        opts=context.opts(parent),
    )
