"""Arrows point inwards: the contracts of pyproject.toml, and what import-linter cannot say."""

from __future__ import annotations

import ast

import pytest
from importlinter.cli import lint_imports
from repository_files import ROOT, imported_by, python_files

IMPURE = {
    "asyncio", "boto3", "concurrent", "cryptography", "fcntl", "http", "multiprocessing", "os", "paramiko", "psycopg",
    "pulumi", "secrets", "select", "shutil", "signal", "socket", "sqlite3", "subprocess", "sys", "tempfile",
    "time", "urllib.request", "pathlib.Path",
}  # fmt: skip
CLOCKS = {"now", "utcnow", "today", "time", "monotonic", "perf_counter"}


def test_the_import_contracts_of_pyproject_hold(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.chdir(ROOT)
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert status == 0, capsys.readouterr().out


def test_the_core_imports_nothing_that_touches_the_world():
    found = {
        f"{name}: {module}"
        for name, tree in python_files("src/stormproof/core").items()
        for module in imported_by(tree)
        if any(module == impure or module.startswith(f"{impure}.") for impure in IMPURE)
    }
    assert found == set()


def test_the_core_never_asks_the_clock():
    found = {
        f"{name}:{node.lineno}"
        for name, tree in python_files("src/stormproof/core").items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS
        # `Clock.now()` of the port is declared there, and called by nobody in the core
    }
    assert found == set()


@pytest.mark.parametrize("package", ["core", "engine", "adapters", "lab", "drill", "report", "cli"])
def test_no_package_reaches_up_to_what_users_edit(package: str):
    """Runbooks are loaded by name from the project's folder, never imported."""
    found = {
        f"{name}: {module}"
        for name, tree in python_files(f"src/stormproof/{package}").items()
        for module in imported_by(tree)
        if module.split(".")[0] in {"runbooks", "drills", "restore_shop", "restore_postgres", "restore_files"}
    }
    assert found == set()


def test_runbooks_use_no_part_that_would_bypass_their_context():
    """A step reaches hosts through its context alone: that is where a drill refuses production."""
    bypasses = {"paramiko", "socket", "subprocess", "psycopg", "stormproof.adapters.ssh", "stormproof.lab"}
    found = {
        f"{name}: {module}"
        for name, tree in python_files("runbooks").items()
        for module in imported_by(tree)
        if any(module == bypass or module.startswith(f"{bypass}.") for bypass in bypasses)
    }
    assert found == set()
