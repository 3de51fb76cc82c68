"""The lab that bad days share with every whole drill, and machines that no lab knows; each row leaves them clean."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from company import NAMES
from drill_support import Project
from lab_day import Day
from machines_support import Site
from orders_site import OrdersSite


@pytest.fixture
def day(project: Project) -> Day:
    made = Day(project)
    made.back_up(older_than_s=300)
    return made


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OrdersSite]:
    from site_plants import DRILL

    base = tmp_path_factory.mktemp("bad-days-site")
    made = OrdersSite(Site(base / "site", NAMES), base / "project", base / "home")
    try:
        made.up()
        made.run("reference", "capture", "orders", "--label", made.label)
        (made.folder / "drills" / "bad-day.yaml").write_text(DRILL)
        yield made
    finally:
        made.site.close()
