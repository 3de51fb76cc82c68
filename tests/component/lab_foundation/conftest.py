"""A lab per level that stands while a module's tests look at it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lab_support import LEVELS, foundation_at

from stormproof.lab.foundation import Foundation
from stormproof.lab.level import Level


@pytest.fixture(scope="module", params=LEVELS, ids=str)
def level(request: pytest.FixtureRequest) -> Level:
    return Level(request.param)


@pytest.fixture(scope="module")
def lab(level: Level, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Foundation]:
    foundation = foundation_at(level, tmp_path_factory.mktemp("lab") / "lab")
    foundation.up()
    yield foundation
    foundation.destroy()


@pytest.fixture
def own_lab(level: Level, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Foundation]:
    """Not up yet; for tests that break it."""
    foundation = foundation_at(level, tmp_path_factory.mktemp("own") / "lab")
    yield foundation
    foundation.destroy()
