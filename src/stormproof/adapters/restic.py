"""restic, spoken to on a host: snapshots and restores through a read-only sftp (`--no-lock`: nothing is written there)."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from stormproof.adapters.resource import resource
from stormproof.adapters.tool_failure import script_that_says_why, tool_failure
from stormproof.core.errors import RunFailed, TransientFailure, Unverified
from stormproof.core.misread import MISREAD
from stormproof.core.ports import Host, JobState
from stormproof.core.recovery_point import RecoveryPoint
from stormproof.core.tool_meaning import Tool

PASSWORD_VARIABLE = "RESTIC_PASSWORD"  # noqa: S105 - the variable's name, not a password


def failure(status: int, output: str, *, where: str) -> RunFailed:
    return tool_failure(Tool.RESTIC, status, output, where=where)


def list_snapshots(
    host: Host, *, repository: str, env: Mapping[str, str], tag: str | None = None
) -> list[RecoveryPoint]:
    """Snapshots as the recovery host sees them. A snapshot's instant is its start. Raises; never [] for 'denied'."""
    tagged = f"--tag {shlex.quote(tag)} " if tag else ""
    # Without a cache: for one look it saves nothing, and on a full disk restic would try for minutes to fill it.
    command = f"exec restic -r {shlex.quote(repository)} --no-lock --no-cache snapshots {tagged}--json"
    done = host.run(command, env=env, timeout_seconds=60)
    if done.status != 0:
        raise failure(done.status, done.stderr or done.stdout, where=f"{host.name}: {repository}")
    try:
        return [_point(entry) for entry in json.loads(done.stdout) or []]
    except MISREAD as error:
        raise Unverified(
            f"the answer of `restic snapshots` cannot be read ({error})",
            where=host.name,
            fix="is its version newer than those this was tried with? run it by hand and compare",
            code="SP212",
        ) from error


def _point(entry: Mapping[str, object]) -> RecoveryPoint:
    # restic prints nanoseconds; Python reads six digits
    text = re.sub(r"(\.\d{6})\d+", r"\1", str(entry["time"]))
    instant = datetime.fromisoformat(text).astimezone(UTC)
    return RecoveryPoint(label=str(entry["id"]), kind="snapshot", started=instant, instant=instant, encrypted=True)


def restore_script(
    *, repository: str, snapshot: str, run_dir: str, target: str, paths: Sequence[str], only: bool
) -> str:
    """Restore one snapshot below `target`, a folder of the run. restic checks each blob's digest as it writes.

    Args:
        paths: what must be there afterwards: restic ends with 0 when a snapshot does not hold what was asked for.
        only: restore nothing else.
    """
    wanted = "".join(f" --include {shlex.quote(path)}" for path in paths) if only else ""
    script = resource("restic_restore.sh").format(
        repository=shlex.quote(repository),
        run_dir=shlex.quote(run_dir),
        snapshot=shlex.quote(snapshot),
        target=shlex.quote(target),
        wanted=wanted,
        paths=" ".join(shlex.quote(path) for path in paths),
    )
    return script_that_says_why(run_dir, script)


def job_failure(state: JobState, *, where: str) -> RunFailed:
    if state.lost:
        return TransientFailure(
            "the restore of files vanished without a status: the host was restarted, or somebody killed it",
            where=where,
            fix="it is begun again, and writes the missing files; see on the host what ended it",
            code="SP213",
        )
    return failure(state.status or 0, state.stderr_tail or state.stdout_tail, where=where)
