"""The Pulumi engine over one stack in a private folder: every command with the same backend, pack, provider and emulator."""

from __future__ import annotations

import importlib.metadata
import json
import re
import secrets
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stormproof.core.errors import SetupFailed
from stormproof.lab.aws import emulator
from stormproof.lab.aws.engine_events import Told, read_events
from stormproof.lab.aws.engine_process import Ended, run_engine

REPORT_VARIABLE = "STORMPROOF_PROVIDER_REPORT"
REGION = "eu-central-1"  # for what asks without naming one; every resource of ours names its own


@dataclass(frozen=True, slots=True)
class Done:
    """One operation: how it ended, and what the engine told of it."""

    status: int
    output: str
    told: Told


@dataclass
class Engine:
    """Commands over `stack` of the project in `shadow`. `tell` hears how many resources are done, every 10 s."""

    program: str
    folder: Path
    shadow: Path
    stack: str
    environment: Mapping[str, str]
    policy_pack: Path | None = None
    tell: Callable[[int], None] = lambda done: None
    _count: int = field(default=0, init=False)

    def start_stack(self) -> None:
        """Make the stack, with no resource in it. Raises SetupFailed."""
        ended = self.command("stack", "init", self.stack)
        if ended.status != 0:
            raise SetupFailed(
                f"the engine could not make stack {self.stack}: {last_words(ended.output)}",
                where=str(self.shadow),
                fix="the engine's words say what it wants; `scripts/pulumi version` shows which engine it is",
                code="SP945",
            )

    def command(self, *words: str) -> Ended:
        """One command that is no operation."""
        return self._run([*words, "--non-interactive"], tell=lambda: None)

    def operation(self, verb: str, *words: str) -> Done:
        """preview, up, refresh or destroy, without a question."""
        events = self._file("events")
        events.touch()
        command = [verb, "--stack", self.stack, "--non-interactive", "--color", "never", "--event-log", str(events)]
        if verb != "preview":
            command += ["--yes", "--skip-preview"]
        if self.policy_pack is not None and verb in ("preview", "up"):
            command += ["--policy-pack", str(self.policy_pack)]
        ended = self._run([*command, *words], tell=lambda: self.tell(_done_in(events)))
        return Done(ended.status, ended.output, read_events(events.read_text(errors="replace").splitlines()))

    def state(self) -> list[dict[str, Any]]:
        """The resources of the stack's state. Raises SetupFailed when it cannot be exported."""
        file = self._file("state")
        ended = self.command("stack", "export", "--stack", self.stack, "--file", str(file))
        if ended.status != 0:
            raise SetupFailed(
                f"the state could not be exported: {last_words(ended.output)}",
                where=f"stack {self.stack}",
                fix="the engine's words say why",
                code="SP946",
            )
        resources = json.loads(file.read_text())["deployment"].get("resources") or []
        assert isinstance(resources, list)
        return resources

    def _run(self, words: list[str], *, tell: Callable[[], None]) -> Ended:
        return run_engine(
            [self.program, *words], folder=self.shadow, environment=self.environment, log=self._file("log"), tell=tell
        )

    def _file(self, kind: str) -> Path:
        self._count += 1
        return self.folder / f"{self.stack}-{self._count:02}.{kind}"


def engine_environment(
    environment: Mapping[str, str], folder: Path, *, endpoint: str, provider: Path | None
) -> dict[str, str]:
    """For every command: the file backend in the folder, the emulator, and nothing of the person's own.

    Args:
        provider: folder with a `pulumi-resource-aws` to put before PATH; None where the vendor's plugin is used.
    """
    ours = {name: text for name, text in emulator.without_aws(environment).items() if not name.startswith("PULUMI_")}
    home = folder / "pulumi"
    home.mkdir(exist_ok=True)
    backend = folder / "state"
    backend.mkdir(exist_ok=True)
    programs = [str(provider)] if provider is not None else []
    return {
        **ours,
        **emulator.settings(endpoint, region=REGION),
        "PATH": ":".join([*programs, environment["PATH"]]),
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": backend.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": secrets.token_hex(16),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",  # what is missing is said, not fetched
        "PULUMI_DEBUG_COMMANDS": "true",  # or there is no --event-log
        "PYTHONDONTWRITEBYTECODE": "1",
        # The engine (Go) looks for garbage when its heap has grown fourfold, not twofold: a sixth of its work less.
        "GOGC": ours.get("GOGC", "400"),
        REPORT_VARIABLE: str(folder / "provider-report.jsonl"),
    }


def find_program(environment: Mapping[str, str]) -> str:
    """The CLI on PATH. Raises SetupFailed when there is none."""
    program = shutil.which("pulumi", path=environment.get("PATH", ""))
    if program is None:
        raise SetupFailed(
            "there is no Pulumi CLI on PATH",
            where="environment variable PATH",
            fix="use scripts/infra, which finds or builds one; or install it: https://www.pulumi.com/docs/install/",
            code="SP947",
        )
    return program


def vendor_plugin(environment: Mapping[str, str]) -> Path | None:
    """The folder of the vendor's AWS plugin in the version that pulumi_aws asks for; None where it is not installed."""
    chosen = environment.get("PULUMI_HOME")
    home = Path(chosen) if chosen else Path.home() / ".pulumi"
    plugin = home / "plugins" / f"resource-aws-v{importlib.metadata.version('pulumi_aws')}"
    return plugin if (plugin / "pulumi-resource-aws").is_file() else None


def use_plugin(plugin: Path, folder: Path) -> None:
    """Show it to an engine whose home is in `folder`."""
    plugins = folder / "pulumi" / "plugins"
    plugins.mkdir(parents=True, exist_ok=True)
    (plugins / plugin.name).symlink_to(plugin)


def stand_in(folder: Path) -> Path:
    """A folder with our emulator provider as `pulumi-resource-aws`."""
    programs = folder / "bin"
    programs.mkdir()
    program = programs / "pulumi-resource-aws"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m stormproof.lab.aws.provider "$@"\n')
    program.chmod(0o755)
    return programs


def last_words(output: str) -> str:
    """The last line that says something, without the engine's `error:`."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return re.sub(r"^error:\s*", "", lines[-1]) if lines else "it said nothing"


def _done_in(events: Path) -> int:
    return events.read_bytes().count(b'"resOutputsEvent"')
