"""A user's project with a small lab, driven through the command line alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STORMPROOF = Path(sys.executable).with_name("stormproof")


@dataclass
class Project:
    """One project folder with its own state folder, so that it has a lab of its own."""

    folder: Path
    home: Path

    @property
    def env(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("STORMPROOF_")}
        return {**ours, "STORMPROOF_HOME": str(self.home), "NO_COLOR": "1"}

    @property
    def state(self) -> Path:
        return next(path for path in self.home.iterdir() if path.is_dir())

    def run(self, *words: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(STORMPROOF), *words],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def json(self, *words: str, expect: int = 0, timeout: float = 300) -> dict[str, Any]:
        """The one JSON document of a verb that must end with `expect`."""
        done = self.run(*words, "--json", timeout=timeout)
        assert done.returncode == expect, f"{words}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    def on(self, host: str, script: str) -> str:
        """A look from outside the product's runner: the lab's own shell."""
        done = self.run("lab", "shell", host, "--", "bash", "-c", script)
        assert done.returncode == 0, done.stderr
        return done.stdout


def new_project(folder: Path, home: Path) -> Project:
    project = Project(folder, home)
    done = subprocess.run(
        [str(STORMPROOF), "init", str(folder)], env=project.env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return project
