"""Bad days of tools, disks and PostgreSQL: each ends in the right finding, with nothing left over and production untouched."""

from __future__ import annotations

import disk_plants
import files_plants
import pytest
import repository_plants
import server_plants
from bad_day import BadDay
from drill_support import Project

from tables.index import rows
from tables.planting import planter
from tables.row import Row
from tables.seen import saw

pytestmark = pytest.mark.component
PLANTERS = (disk_plants, repository_plants, server_plants, files_plants)


@pytest.fixture(scope="module")
def day(project: Project) -> BadDay:
    return BadDay(project)


@pytest.mark.parametrize("row", rows("restore_faults"), ids=str)
def test_a_bad_day_ends_in_its_own_finding_and_leaves_no_trace(row: Row, day: BadDay) -> None:
    before, orders = day.production(), day.orders()
    with planter(row)(day) as course:
        seen = day.run(course)
    assert day.production() == before
    assert day.orders() >= orders
    assert day.left() == []
    saw(row, seen)
