"""One site for all healthy variations: machines, a vault, a place to recover, and a cluster for each kind of drill."""

from __future__ import annotations

from collections.abc import Iterator

import healthy_small
import pytest
from healthy_site import NAMES, HealthySite
from machines_support import Site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HealthySite]:
    base = tmp_path_factory.mktemp("healthy")
    made = HealthySite(Site(base / "site", NAMES, ("db", "recovery")), base / "project", base / "home")
    try:
        made.up()
        healthy_small.tiny(made)  # first of all: it is quiet from now on
        yield made
    finally:
        made.close()
