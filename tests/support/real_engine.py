"""Programs on the real Pulumi engine: a file backend of their own, the emulator on loopback, our pack."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from stormproof.lab.aws.emulator import emulator
from stormproof.lab.aws.engine import Done, Engine, engine_environment, stand_in
from stormproof.lab.aws.engine_process import Ended

ROOT = Path(__file__).resolve().parents[2]
PACK = ROOT / "infra" / "policy"
PROVIDER = """import pulumi
import pulumi_aws as aws

"""


@dataclass
class RealEngine:
    """One emulator for many programs. Each program is a project with one stack, and configuration of its own."""

    folder: Path
    endpoint: str

    def project(self, name: str, program: str | Path, config: dict[str, str] | None = None) -> Engine:
        """Args: program: its text, or the folder of a program that is copied."""
        base = self.folder / name
        place = base / "project"
        place.mkdir(parents=True)
        settings = {"name": name, "runtime": {"name": "python", "options": {"virtualenv": str(ROOT / ".venv")}}}
        (place / "Pulumi.yaml").write_text(yaml.safe_dump(settings))
        (place / "Pulumi.test.yaml").write_text(
            yaml.safe_dump({"config": {"aws:region": "eu-central-1"} | (config or {})})
        )
        if isinstance(program, str):
            (place / "__main__.py").write_text(PROVIDER + program)
        else:
            for path in program.glob("*.py"):
                (place / path.name).write_bytes(path.read_bytes())
        environment = engine_environment(os.environ, base, endpoint=self.endpoint, provider=stand_in(base))
        engine = Engine(str(ROOT / "scripts" / "pulumi"), base, place, "test", environment, PACK)
        engine.start_stack()
        return engine


@contextmanager
def real_engine(folder: Path) -> Iterator[RealEngine]:
    with emulator(folder / "emulator.log") as running:
        yield RealEngine(folder, running.endpoint)


def refused_by(done: Done) -> list[str]:
    """Rules that refuse an operation, each once."""
    return sorted({one.rule for one in done.told.mandatory})


def preview_json(engine: Engine) -> str:
    """`pulumi preview --json`, without the pack: what `stormproof infra check` reads."""
    ended: Ended = engine.command("preview", "--stack", engine.stack, "--json")
    return ended.output[ended.output.index("{") :]
