"""Every row of the table of bad connections and hosts, as a whole drill in the lab."""

from __future__ import annotations

import clock_plants
import connection_plants
import pytest
from lab_day import Day

from tables.index import rows
from tables.planting import planter
from tables.row import Row
from tables.seen import saw

pytestmark = pytest.mark.component
PLANTS = (clock_plants, connection_plants)


@pytest.mark.parametrize("row", rows("connection_faults"), ids=str)
def test_a_bad_connection_ends_as_its_row_says(row: Row, day: Day) -> None:
    assert day.left() == (), "the lab is not as it was found"
    saw(row, planter(row)(day))
