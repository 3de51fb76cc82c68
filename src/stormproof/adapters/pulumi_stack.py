"""Asks Pulumi's command line about a stack."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from stormproof.core.errors import SetupFailed, Unverified

OUTPUT_SECONDS_MAX = 120.0  # a state in a bucket answers within seconds
SAID_LINES = 6


def find_pulumi(folder: Path) -> list[str]:
    """The command: `pulumi` on PATH, else the project's `scripts/pulumi`, which can build one. Raises SetupFailed."""
    if found := shutil.which("pulumi"):
        return [found]
    script = folder / "scripts" / "pulumi"
    if os.access(script, os.X_OK) and script.is_file():
        return [str(script)]
    raise SetupFailed(
        "Pulumi's command line is not on PATH",
        where=f"PATH, {script}",
        fix="install it (https://www.pulumi.com/docs/install/), or give the outputs as a file: --from FILE",
        code="SP909",
    )


def stack_outputs(
    command: list[str],
    folder: Path,
    stack: str,
    *,
    environment: Mapping[str, str],
    seconds_max: float = OUTPUT_SECONDS_MAX,
) -> str:
    """What `pulumi stack output --json` says; secrets are masked in it.

    Raises: Unverified: the state could not be asked: out of reach, no such stack, no answer in time.
    """
    words = [*command, "stack", "output", "--json", "--stack", stack, "--cwd", str(folder), "--non-interactive"]
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, errors="replace", timeout=seconds_max, check=False, stdin=subprocess.DEVNULL,
            env={**environment, "PULUMI_SKIP_UPDATE_CHECK": "true"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise _unasked(stack, f"no answer within {seconds_max:.0f} s") from None
    except OSError as error:
        raise SetupFailed(
            f"Pulumi's command line cannot be started ({error.strerror})", where=command[0],
            fix="install it anew, or give the outputs as a file: --from FILE", code="SP909",
        ) from error  # fmt: skip
    if done.returncode != 0:
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()][:SAID_LINES]
        raise _unasked(stack, "; ".join(said) or f"pulumi ended with {done.returncode}")
    return done.stdout


def _unasked(stack: str, why: str) -> Unverified:
    return Unverified(
        f"the state of stack '{stack}' could not be asked: {why}",
        where=f"pulumi stack output --stack {stack}",
        fix="log in to the state's backend (`pulumi login`); in an outage, `stormproof infra inventory show` has the last copy",
        code="SP910",
    )
