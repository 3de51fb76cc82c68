"""What the recovery environment costs: next to nothing while it stands empty, and endpoints while a drill runs."""

from __future__ import annotations

import pytest
import stacks

from infra.costs.backup import COSTS as BACKUP
from infra.costs.model import hourly, value_of
from infra.costs.recovery import COSTS as RECOVERY
from infra.costs.total import total


@pytest.mark.parametrize(("running", "endpoints"), [(False, 0), (True, 4 * 2)])
def test_endpoints_cost_while_a_drill_runs(running: bool, endpoints: int) -> None:
    made = stacks.settings(
        "prod-recovery", recovery={"drillRunning": running}, recoveryNetwork={"cidr": "10.32.0.0/16"}
    )
    lines = {line.cost.switch: line for line in total(made, RECOVERY).lines}
    assert ("recovery.drillRunning" in lines) is running
    if running:
        assert lines["recovery.drillRunning"].monthly_usd == round(endpoints * hourly(0.011), 2)


def test_a_restore_test_of_each_kind_is_paid_for_each_week() -> None:
    lines = {line.cost.switch: line for line in total(stacks.settings("prod-recovery"), RECOVERY).lines}
    assert lines["recovery.restoreTesting.enabled"].units == 4
    off = stacks.settings("prod-recovery", recovery={"restoreTesting": {"enabled": False}})
    assert not total(off, RECOVERY).lines


def test_backups_are_paid_for_by_what_they_keep_and_that_is_said() -> None:
    assert all(one.beside for one in BACKUP)


def test_every_switch_is_there() -> None:
    for one in (*BACKUP, *RECOVERY):
        value_of(stacks.settings("lab"), one.switch)
