"""Each row is a whole real drill, every check asked, of data that is unusual and sound: nothing may be said of it."""

from __future__ import annotations

import healthy_abroad  # noqa: F401 - registers its planter, as do those below
import healthy_chain  # noqa: F401
import healthy_files  # noqa: F401
import healthy_large  # noqa: F401
import healthy_major  # noqa: F401
import healthy_objects  # noqa: F401
import healthy_shapes  # noqa: F401
import healthy_small  # noqa: F401
import pytest
from healthy_site import HealthySite

from tables.index import rows
from tables.planting import planter
from tables.row import Row
from tables.seen import saw

pytestmark = pytest.mark.component


@pytest.mark.parametrize("row", rows("healthy"), ids=str)
def test_a_healthy_variation_raises_no_finding(site: HealthySite, row: Row) -> None:
    saw(row, planter(row)(site, row.id))
