"""A checkout that is already set up, in a path with a space, with stand-ins for what the machine would say."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from repository_files import ROOT

# What the set-up calls that is neither stubbed nor ours to say.
REAL_TOOLS = (
    "sh", "cat", "cut", "date", "dirname", "env", "flock", "grep", "id", "mkdir", "mktemp", "mv", "rm", "sed", "sha256sum",
    "sleep", "tail", "tr", "uname", "printf", "kill", "readlink",
)  # fmt: skip


@dataclass
class Checkout:
    """Stubs are shell scripts on a PATH of their own; `sudo` is not there unless it is stubbed."""

    root: Path
    tools: Path
    environment: dict[str, str] = field(default_factory=dict)

    def stub(self, name: str, body: str) -> None:
        path = self.tools / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def has_packages(self, *, all_but: tuple[str, ...] = ()) -> None:
        missing = "|".join(all_but) or "-"
        self.stub(
            "dpkg-query",
            f'for name; do case $name in -*|"\\${{"*|{missing}) ;; *) printf "ii %s\\n" "$name" ;; esac; done',
        )

    def run(self, *command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.root / command[0]), *command[1:]],
            cwd=cwd or self.root,
            env={"PATH": str(self.tools), "HOME": str(self.root.parent), **self.environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )


def ready_checkout(folder: Path) -> Checkout:
    """Everything is there: packages, namespaces, and an environment whose programs print how they were called."""
    root = folder / "a checkout"
    shutil.copytree(ROOT / "scripts", root / "scripts")
    for name in ("requirements.lock", "requirements-infra.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, root / name)
    tools = folder / "tools"
    tools.mkdir()
    for name in REAL_TOOLS:
        path = shutil.which(name, path=f"/usr/bin:/bin:{os.environ['PATH']}")
        if path:
            (tools / name).symlink_to(path)
    checkout = Checkout(root, tools)
    checkout.has_packages()
    checkout.stub("unshare", "exit 0")
    programs = root / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("stormproof", "python"):
        program = programs / name
        program.write_text('#!/bin/sh\nprintf "%s\\n" "${0##*/}" "$@"\nexit "${ENDS_WITH:-0}"\n')
        program.chmod(0o755)
    stamp = 'root=$1; . "$1/scripts/lib/python.sh"; wanted_stamp >"$stamp"; wanted_infra_stamp >"$infra_stamp"'
    subprocess.run(["/bin/sh", "-c", stamp, "sh", str(root)], check=True)
    return checkout
