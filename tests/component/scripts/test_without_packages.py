"""The way of a user who may not install packages: from a bare machine to a drill that is met, as number 12345."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bare_machine import HOME, BareMachine, give_to_ordinary, make_bare_machine
from repository_files import ROOT

pytestmark = pytest.mark.component

PROGRAMS = ("ip", "nft", "sshd", "ssh", "ssh-keygen", "pgbackrest", "restic", "psql", "postgres", "initdb")
SCRIPT = """
section() { printf '\\n== %s\\n' "$1"; }
section had; for name in $PROGRAMS; do command -v $name; done
section setup; checkout/scripts/setup 2>setup.said; echo $?
section said; cat setup.said
section again; checkout/scripts/setup 2>&1; echo $?
section doctor; $STORMPROOF doctor --json
section drill; $STORMPROOF drill run orders-db-latest --json --quiet
section version; $STORMPROOF version --json
section destroy; $STORMPROOF lab destroy >/dev/null; echo $?
section left; ls -A .local/state/stormproof
"""


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[BareMachine]:
    """With a checkout whose Python part is ready: what that takes has tests of its own."""
    # Not below pytest's folder, which nobody else may enter.
    folder = Path("/var/tmp") / f"stormproof-bare-{os.getpid()}"
    try:
        folder.mkdir(mode=0o755)
        made = make_bare_machine(folder)
        checkout = folder / HOME.removeprefix("/") / "checkout"
        for name in ("scripts", "runbooks", "drills", "src"):
            shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("requirements.lock", "pyproject.toml"):
            shutil.copy(ROOT / name, checkout / name)
        settings = (ROOT / "stormproof.toml").read_text()
        (checkout / "stormproof.toml").write_text(settings.replace('size = "300MB"', 'size = "10MB"'))
        programs = checkout / ".venv" / "bin"
        programs.mkdir(parents=True)
        for name, call in (("python", ""), ("stormproof", "-m stormproof")):
            (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {call} "$@"\n')
            (programs / name).chmod(0o755)
        give_to_ordinary(made)
        stamp = 'root=$PWD/checkout; . checkout/scripts/lib/python.sh; wanted_stamp >"$stamp"'
        assert made.run(stamp, timeout=20).returncode == 0
        yield made
    finally:
        shutil.rmtree(folder)


def test_an_ordinary_user_without_packages_gets_to_a_drill_that_is_met(machine: BareMachine):
    names = " ".join(PROGRAMS)
    script = f'PROGRAMS="{names}"; STORMPROOF="checkout/.venv/bin/stormproof -C checkout"\n{SCRIPT}'
    done = machine.run(script, timeout=400)
    parts = dict(part.split("\n", 1) for part in done.stdout.split("\n== ")[1:])
    told = {name: text.strip() for name, text in parts.items()}
    everything = done.stdout + done.stderr

    assert told["had"] == "", everything
    assert told["setup"] == "0", everything
    said = [line.partition(" s  ")[2] for line in told["said"].splitlines() if "  … " not in line]
    assert said == [
        f"making {HOME}/checkout ready",
        "these Debian packages are missing, and neither root nor sudo is to be had here. Please ask for:",
        "    apt-get install --no-install-recommends postgresql-15 postgresql-client-15 pgbackrest restic "
        "openssh-server openssh-client nftables iproute2",
        "going on without them, and without root",
        f"unpacking them into {HOME}/.local/state/stormproof/tools",
        "ready",
    ]
    assert told["again"] == "0", everything

    doctor = json.loads(told["doctor"])
    assert (doctor["lab"], doctor["missing_packages"]) == (True, [])
    assert doctor["unpacked"] == f"{HOME}/.local/state/stormproof/tools"
    assert doctor["isolation"]["level"] == "user-namespaces"

    drill = json.loads(told["drill"])
    assert drill["exit_code"] == 0, everything
    versions = json.loads(told["version"])["tools"]
    assert [name for name, version in versions.items() if version is None] == ["chromium"]
    assert told["destroy"] == "0", everything
    state = [name for name in told["left"].splitlines() if not name.startswith("checkout-")]
    assert state == ["tools"], "nothing is left of fetching"


def test_a_python_without_pip_gets_it_from_an_unpacked_package(machine: BareMachine):
    """Debian keeps what makes environments in a package of its own, which most machines lack."""
    script = """
        set -eu
        root=$PWD/checkout logs=$PWD/checkout/.setup started=0
        for part in say packages python tools machine; do . "checkout/scripts/lib/$part.sh"; done
        rm -r checkout/.venv
        python_packages
        unpack_packages "$(python_packages)"
        bare_environment "$(python_for_unpacked_pip)"
        checkout/.venv/bin/pip --version | cut -d ' ' -f 1
    """
    done = machine.run(script, timeout=200)
    assert (done.returncode, done.stdout) == (0, "python3 python3-venv\npip\n"), done.stdout + done.stderr
