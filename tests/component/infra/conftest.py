"""Tests marked `engine` run on the real Pulumi engine; where none is to be had they are not selected, and that is said."""

from __future__ import annotations

import subprocess

import pytest
from repository_files import ROOT

LOOK = """
root=$1; started=0
. "$root/scripts/lib/say.sh"; . "$root/scripts/engine/provide.sh"
pulumi_on_path >/dev/null || engine_is_there || engine_can_be_built || { printf '%s\\n' "$looked_for_go"; exit 1; }
"""
WHY = pytest.StashKey[str]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    needing = [item for item in items if item.get_closest_marker("engine")]
    if not needing:
        return
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
    if any(item.get_closest_marker("engine") for item in request.session.items):
        capture = request.config.pluginmanager.getplugin("capturemanager")
        with capture.global_and_fixture_disabled():
            subprocess.run([str(ROOT / "scripts" / "pulumi"), "version"], stdout=subprocess.DEVNULL, check=True)
