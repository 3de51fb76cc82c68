"""What an installer gets: an sdist that builds without our checkout, and a wheel that is whole."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from repository_files import ROOT

import stormproof

pytestmark = pytest.mark.component


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel that was built from it (the default of `python -m build`)."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    environment = {**os.environ, "TMPDIR": str(tmp_path_factory.mktemp("build"))}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's files alone, without its dependencies, away from the checkout."""
    folder = tmp_path_factory.mktemp("installed")
    command = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
    ]
    subprocess.run([*command, str(folder), str(next(built.glob("*.whl")))], check=True, timeout=120)
    return folder


def run_installed(installed: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(installed),
        "STORMPROOF_HOME": str(cwd / "state"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    program = str(installed / "bin" / "stormproof")
    return subprocess.run(
        [sys.executable, program, *arguments], env=environment, cwd=cwd, capture_output=True, text=True, timeout=60
    )


def test_the_version_has_one_source(built: Path):
    name = next(built.glob("*.whl")).name
    assert name.split("-")[1] == stormproof.__version__
    assert re.search(r'^dynamic = \["version"\]$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)


def test_the_wheel_holds_the_package_its_types_and_everything_that_it_reads(built: Path):
    """Scripts and queries that run on hosts lie beside the modules: one that is missing shows only in an outage."""
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        shipped = set(wheel.namelist())
    source = ROOT / "src"
    expected = {
        str(path.relative_to(source))
        for path in (source / "stormproof").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "stormproof/py.typed" in expected
    assert expected - shipped == set()


@pytest.mark.parametrize("folder", ["runbooks", "drills", "infra"])
def test_the_wheel_ships_the_starting_set_as_users_see_it(built: Path, folder: str):
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        shipped = {name for name in wheel.namelist() if name.startswith(f"stormproof/starter/{folder}/")}
    here = {path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert here, f"{folder}/ is empty"
    assert shipped == {f"stormproof/starter/{folder}/{path.relative_to(ROOT / folder)}" for path in here}


def test_the_wheel_ships_every_stack(built: Path):
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        shipped = {name for name in wheel.namelist() if name.startswith("stormproof/starter/stacks/")}
    assert shipped == {f"stormproof/starter/stacks/{path.name}" for path in ROOT.glob("Pulumi*.yaml")}


def test_the_wheel_holds_nothing_but_the_package(built: Path):
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        tops = {name.split("/")[0] for name in wheel.namelist()}
    assert tops == {"stormproof", f"stormproof-{stormproof.__version__}.dist-info"}


def test_the_sdist_holds_what_the_readme_promises(built: Path):
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    promised = {
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "requirements.lock",
        "scripts/drill",
        "scripts/test",
        "pyproject.toml",
    }
    assert promised - names == set()
    assert not {name for name in names if name.startswith((".venv", ".git/", "dist/"))}


def test_the_console_script_works_away_from_the_checkout(installed: Path, tmp_path: Path):
    done = run_installed(installed, "--help", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "drill" in done.stdout


def test_a_new_project_starts_from_the_wheel_alone(installed: Path, tmp_path: Path):
    made = run_installed(installed, "init", "project", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    checked = run_installed(installed, "-C", "project", "drill", "check", cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr
    costs = run_installed(installed, "-C", "project", "infra", "costs", cwd=tmp_path)
    assert costs.returncode == 0, costs.stderr
    assert "prod-primary" in costs.stdout
