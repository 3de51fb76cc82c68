"""What an account has in every allowed region: detectors, defaults, a key for disks."""

from __future__ import annotations

from infra.components.detection.defaults import RegionDefaults
from infra.components.detection.detectors import Detectors, Findings
from infra.components.keys import Keys
from infra.context import Context
from infra.spec.key_table import KeySpec
from infra.spec.settings import DataClass

DISKS = "disks"


def disk_key(context: Context) -> KeySpec:
    """New disks' key: AWS Backup of the accounts with copies may read what is encrypted with it."""
    accounts = context.settings.accounts
    return KeySpec(
        purpose=DISKS,
        data_class=DataClass.RESTRICTED,
        via=("ec2", "backup"),
        copies_for=tuple(dict.fromkeys((accounts.vault, accounts.recovery))),
    )


def watch_regions(context: Context) -> None:
    """All of them. A component in another region has a context of its own."""
    hubs = []
    for region in context.settings.regions.all:
        there = context.in_region(region)
        detectors = Detectors(f"detectors-{region}", there, there.top())
        if detectors.hub is not None:
            hubs.append(detectors.hub)
        key = None
        if context.settings.detection.disk_keys:
            key = Keys(f"disk-keys-{region}", there, [disk_key(there)], there.top()).arn(DISKS)
        RegionDefaults(f"region-defaults-{region}", there, key, there.top())
    if hubs:
        Findings("findings", context, hubs, context.top())
