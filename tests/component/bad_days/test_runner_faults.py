"""Every row of the table of a runner's bad days, as whole drills: in the lab, and on machines that no lab knows."""

from __future__ import annotations

import inspect

import pytest
import runner_plants
import site_plants
from lab_day import Day

from tables.index import rows
from tables.planting import planter
from tables.row import Row
from tables.seen import saw

pytestmark = pytest.mark.component
LAB, SITE = runner_plants.__name__, site_plants.__name__


def of(module: str) -> list[Row]:
    return [row for row in rows("runner_faults") if planter(row).__module__ == module]


@pytest.mark.parametrize("row", of(LAB), ids=str)
def test_a_runners_bad_day_in_the_lab_ends_as_its_row_says(row: Row, day: Day) -> None:
    assert day.left() == (), "the lab is not as it was found"
    plant = planter(row)
    saw(row, plant(day, row.id) if len(inspect.signature(plant).parameters) == 2 else plant(day))


@pytest.mark.parametrize("row", of(SITE), ids=str)
def test_a_runners_bad_day_on_own_machines_ends_as_its_row_says(row: Row, orders: site_plants.OrdersSite) -> None:
    assert site_plants.left(orders) == (), "the machines are not as they were found"
    saw(row, planter(row)(orders))
