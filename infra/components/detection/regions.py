"""What an account has in every allowed region: detectors, defaults, a key for disks."""

from __future__ import annotations

import pulumi

from infra.components.detection.defaults import RegionDefaults
from infra.components.detection.detectors import Detectors, Findings
from infra.components.detection.members import Members
from infra.components.keys import Keys
from infra.context import Context
from infra.spec.key_table import KeySpec
from infra.spec.settings import DataClass, Settings

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
    settings, account = context.settings, context.place.account
    watching: dict[str, Detectors] = {}
    for region in settings.regions.all:
        there = context.in_region(region)
        watching[region] = Detectors(f"detectors-{region}", there, there.top())
        key = None
        if settings.detection.disk_keys:
            key = Keys(f"disk-keys-{region}", there, [disk_key(there)], there.top()).arn(DISKS)
        RegionDefaults(f"region-defaults-{region}", there, key, there.top())
    hubs = [one.hub for one in watching.values() if one.hub is not None]
    standing: list[pulumi.Resource] = []
    # AWS: a member makes no home region for findings: it has its administrator's.
    if hubs and not settings.is_member(account):
        together = Findings("findings", context, hubs, context.top()).together
        standing += [] if together is None else [together]
    if settings.administrator == account and settings.organisation.members != "none":
        for region, detectors in watching.items():
            there = context.in_region(region)
            Members(f"members-{region}", there, detectors, standing=standing, opts=there.top())


def weaker_members(settings: Settings, account: str) -> list[str]:
    """What is weaker where the administrator leaves accounts to themselves; told in its own account."""
    members = settings.organisation.members
    if settings.administrator != account or members == "all":
        return []
    left = "accounts that are there already" if members == "new" else "accounts of the organisation"
    return [f"organisation.members is {members}: {left} have detectors only where somebody declares them there"]
