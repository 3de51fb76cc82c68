"""One small lab for the tests of its content; each leaves it healthy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lab_content_support import LabUnderTest

from stormproof.lab.lab import Lab


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabUnderTest]:
    project = tmp_path_factory.mktemp("project")
    lab = Lab(project, project / "state")
    try:
        lab.up(size_mb=2)
        yield LabUnderTest(lab, Path(project) / "state" / "lab")
    finally:
        lab.destroy()
