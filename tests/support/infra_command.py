"""`scripts/infra` without its set-up, on programs of a test's own, and what of it still runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repository_files import ROOT

SMALL = ROOT / "tests" / "component" / "infra" / "programs" / "small"
FIND = """
root=$1; started=0; shift
. "$root/scripts/lib/say.sh"; . "$root/scripts/engine/provide.sh"; provide_engine
exec "$@"
"""


@dataclass(frozen=True)
class InfraCommand:
    """Everything that it starts carries `home` in its environment, and is found by it."""

    home: Path
    project: Path

    def command(self, *words: str) -> list[str]:
        module = [sys.executable, "-P", "-m", "stormproof.lab.aws.lab_stack"]
        return ["sh", "-c", FIND, "sh", str(ROOT), *module, "--project", str(self.project), *words]

    @property
    def environment(self) -> Mapping[str, str]:
        return {**os.environ, "STORMPROOF_HOME": str(self.home)}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words), env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=300,
        )  # fmt: skip

    def json(self, *words: str) -> dict[str, Any]:
        done = self.run(*words, "--json")
        document: dict[str, Any] = json.loads(done.stdout)
        assert document["exit_code"] == done.returncode, done.stderr
        return document

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*words), env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def running(self) -> dict[int, str]:
        """Command lines of what carries our folder in its environment, by number."""
        mark = f"STORMPROOF_HOME={self.home}".encode()
        found = {}
        for process in Path("/proc").iterdir():
            try:
                if process.name.isdigit() and mark in (process / "environ").read_bytes().split(b"\0"):
                    line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    if line:  # a zombie has none
                        found[int(process.name)] = line
            except OSError:
                continue
        return found

    def wait_until_running(self, part: str, *, seconds: float = 120) -> int:
        """The number of the first whose command line holds `part`."""
        return self._wait(lambda: next((pid for pid, line in self.running().items() if part in line), 0), seconds)

    def wait_until_nothing_runs(self, *, seconds: float = 60) -> None:
        self._wait(lambda: not self.running(), seconds)

    def _wait(self, question: Any, seconds: float) -> int:
        deadline = time.monotonic() + seconds
        while not (answer := question()):
            assert time.monotonic() < deadline, f"waited in vain; there run: {self.running()}"
            time.sleep(0.1)
        return int(answer)


def project_of(folder: Path, program: str, *, stacks: tuple[str, ...] = ("lab",)) -> Path:
    """A project with this program and settings files of these stacks."""
    folder.mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text("name: tried\nruntime: python\n")
    (folder / "__main__.py").write_text(f"import pulumi\nimport pulumi_aws as aws\n\n{program}\n")
    for stack in stacks:
        (folder / f"Pulumi.{stack}.yaml").write_text("config:\n  aws:region: eu-central-1\n")
    return folder
