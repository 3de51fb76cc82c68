"""Tests that need it run on the real Pulumi engine; where none is to be had they are not selected, and that is said."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from repository_files import ROOT

LOOK = """
root=$1; started=0
. "$root/scripts/lib/say.sh"; . "$root/scripts/engine/provide.sh"
engine_can_be_had || { printf '%s\\n' "$looked_for_go"; exit 1; }
"""
WHY = pytest.StashKey[str]()
HERE = Path(__file__).parent


def needs_engine(item: pytest.Item) -> bool:
    """With the fixture that runs one, or marked so where a script of ours runs it."""
    has_fixture = "engine" in getattr(item, "fixturenames", ()) and item.path.is_relative_to(HERE)
    return has_fixture or item.get_closest_marker("engine") is not None


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses by marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    needing = [item for item in items if needs_engine(item)]
    if not needing:
        return
    for item in needing:
        item.add_marker(pytest.mark.engine)
    looked = subprocess.run(["sh", "-c", LOOK, "sh", str(ROOT)], capture_output=True, text=True, timeout=60)
    if looked.returncode != 0:
        items[:] = [item for item in items if item not in needing]
        config.hook.pytest_deselected(items=needing)
        config.stash[WHY] = f"{len(needing)} tests on the real Pulumi engine were not selected: no CLI is here, and "
        config.stash[WHY] += looked.stdout.strip()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if WHY in config.stash:
        terminalreporter.write_line(config.stash[WHY])


@pytest.fixture(scope="session", autouse=True)
def engine_is_built(request: pytest.FixtureRequest) -> None:
    """Built once, where a test that was selected needs it, and where its progress can be seen."""
    if any(needs_engine(item) for item in request.session.items):
        capture = request.config.pluginmanager.getplugin("capturemanager")
        with capture.global_and_fixture_disabled():
            subprocess.run([str(ROOT / "scripts" / "pulumi"), "version"], stdout=subprocess.DEVNULL, check=True)
