"""One small lab that whole drills of many folders share: whoever uses it leaves it healed and clean."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from drill_support import Project, new_project


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    base = tmp_path_factory.mktemp("shop-project")
    made = new_project(base / "project", base / "home")
    try:
        made.json("lab", "up", "--size", "30")
        yield made
    finally:
        made.run("lab", "destroy")
