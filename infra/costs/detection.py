"""What detection costs a month. Most is paid by use; the units here are a small account's."""

from __future__ import annotations

from typing import Final

from infra.costs.model import Cost
from infra.naming import Names
from infra.spec.settings import Layer, Settings

ACCOUNT: Final = (Layer.ACCOUNT,)
RECORDED: Final = 1500  # changes recorded by Config in a region a month, in a small account
CHECKS: Final = 3000  # checks by Security Hub in a region a month: about 150 controls, daily, where they find something


def _regions(settings: Settings, layer: Layer) -> float:
    return len(settings.regions.all)


def _recorded(settings: Settings, layer: Layer) -> float:
    where = settings.detection.recorder
    return 0 if where == "off" else RECORDED * (_regions(settings, layer) if where == "everywhere" else 1)


def _guarded(settings: Settings, layer: Layer) -> float:
    return _regions(settings, layer) if settings.detection.guard_duty else 0


def _checked(settings: Settings, layer: Layer) -> float:
    detection = settings.detection
    return CHECKS * len(detection.standards) * _regions(settings, layer) if detection.security_hub else 0


def _disk_keys(settings: Settings, layer: Layer) -> float:
    return _regions(settings, layer) if settings.detection.disk_keys else 0


def _watches(settings: Settings, layer: Layer) -> float:
    from infra.components.detection.watches import watches

    return len(watches(Names(settings.project, settings.environment))) + 1


COSTS: list[Cost] = [
    Cost(
        switch="detection.recorder",
        type="aws:cfg/recorder:Recorder",
        monthly_usd=0.003,
        unit="change recorded",
        buys="the history of every setting, and what Security Hub checks by",
        fallback="`primary`: the other regions' changes stand in the trail alone",
        layers=ACCOUNT,
        count=_recorded,
    ),
    Cost(
        switch="detection.configRules",
        type="aws:cfg/rule:Rule",
        monthly_usd=0.10,
        unit="rule, at a hundred evaluations",
        buys="checks of backups, patches and root that no standard of Security Hub has in that form",
        fallback="an empty list: `stormproof infra check` over the live account",
        layers=ACCOUNT,
    ),
    Cost(
        switch="detection.guardDuty",
        type="aws:guardduty/detector:Detector",
        monthly_usd=4.00,
        unit="region, with a million events",
        buys="somebody who notices an intruder at once",
        fallback="none: the rule `account-threat-detection` refuses a stack without it",
        layers=ACCOUNT,
        count=_guarded,
        beside="1.00 a GB of flow and DNS logs; 1.50 a vCPU watched at run time",
    ),
    Cost(
        switch="detection.securityHub",
        type="aws:securityhub/account:Account",
        monthly_usd=0.001,
        unit="check",
        buys="findings of all tools in one place, and a score against standards",
        fallback="fewer standards; GuardDuty's findings still reach people",
        layers=ACCOUNT,
        count=_checked,
    ),
    Cost(
        switch="detection.inspector",
        type="aws:inspector2/enabler:Enabler",
        monthly_usd=0.0,
        unit="account",
        buys="known holes in instances, images and functions",
        fallback="off, with a scanner of your own",
        layers=ACCOUNT,
        beside="1.26 an instance, 0.30 a function, 0.09 an image",
    ),
    Cost(
        switch="detection.diskKeys",
        type="aws:kms/key:Key",
        monthly_usd=1.00,
        unit="key",
        buys="snapshots that can be copied to another account",
        fallback="off: AWS's own key, whose snapshots never leave the account",
        layers=ACCOUNT,
        count=_disk_keys,
    ),
    Cost(
        switch="detection.dataEvents",
        type="aws:cloudtrail/trail:Trail",
        monthly_usd=0.0,
        unit="trail",
        buys="who wrote or deleted which object",
        fallback="off: access logs of the buckets, later and with less in them",
        layers=ACCOUNT,
        beside="1.00 a million writes",
    ),
    Cost(
        switch="",
        type="aws:cloudwatch/metricAlarm:MetricAlarm",
        monthly_usd=0.40,
        unit="alarm with its metric",
        buys="the benchmark's alarms (4.1 to 4.15), and those on locks, keys and break-glass",
        fallback="none",
        layers=ACCOUNT,
        count=_watches,
    ),
]
