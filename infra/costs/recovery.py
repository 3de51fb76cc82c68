"""What the recovery environment costs a month. It stands empty: the network is free, and so is what nobody has restored."""

from __future__ import annotations

from typing import Final

from infra.costs.model import Cost, hourly
from infra.spec.settings import Layer, Settings

RECOVERY: Final = (Layer.RECOVERY,)
WEEKS_A_MONTH = 52 / 12
TEST_USD = 1.5  # AWS Backup: restore testing of one point; about


def _endpoints(settings: Settings, layer: Layer) -> float:
    spec = settings.recovery
    return len(spec.endpoints) * len(settings.recovery_network.zones) if spec.drill_running else 0


def _tests(settings: Settings, layer: Layer) -> float:
    spec = settings.recovery.restore_testing
    return len(spec.kinds) if spec.enabled else 0


COSTS: list[Cost] = [
    Cost(
        switch="recovery.drillRunning",
        type="aws:ec2/vpcEndpoint:VpcEndpoint",
        monthly_usd=hourly(0.011),
        unit="endpoint in a zone",
        buys="a way to AWS's services for whoever verifies, while a drill runs",
        fallback="off between drills: whoever verifies then reaches what was restored, and nothing of AWS",
        layers=RECOVERY,
        count=_endpoints,
        beside="0.01 a GB",
    ),
    Cost(
        switch="recovery.restoreTesting.enabled",
        type="aws:backup/restoreTestingPlan:RestoreTestingPlan",
        monthly_usd=round(TEST_USD * WEEKS_A_MONTH, 2),
        unit="kind that is tested each week",
        buys="a restore of each kind every week, without anybody's hands",
        fallback="off: drills alone show that backups can be restored",
        layers=RECOVERY,
        count=_tests,
        beside="the restored resources' hours: about 1 for a small database and a test",
    ),
]
