"""restic, spoken to on a host: snapshots and restores through a read-only sftp (`--no-lock`: nothing is written there)."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from stormproof.core.errors import RunFailed, Unverified
from stormproof.core.misread import MISREAD
from stormproof.core.ports import Host, JobState
from stormproof.core.recovery_point import RecoveryPoint

PASSWORD_VARIABLE = "RESTIC_PASSWORD"  # noqa: S105 - the variable's name, not a password

# (text in the output, what, fix): restic 0.14 has one exit status for everything. The first that fits counts.
MEANINGS: tuple[tuple[str, str, str], ...] = (
    ("wrong password or no key found", "the passphrase of the files' repository is wrong", "compare it with the one the repository was made with"),
    ("no space left on device", "the disk of the recovery host is full", "free space there, or give it a larger disk"),
    ("ciphertext verification failed", "a pack of the files' repository is damaged", "run `restic check --read-data` on the vault; restore an older snapshot meanwhile"),
    ("does not exist", "a file of the files' repository is missing", "run `restic check` on the vault; restore an older snapshot meanwhile"),
    ("Permission denied", "the vault refused the recovery host's key", "put the key's public half into the vault's authorized_keys"),
    ("Host key verification failed", "the vault shows another host key than the recovery host knows", "find out why before anything else"),
    ("unable to open repository", "the files' repository cannot be opened", "is the vault up, and is the repository's address right?"),
)  # fmt: skip


def failure(output: str, *, where: str) -> RunFailed:
    """What restic's output means, and what to do."""
    lowered = output.lower()
    for text, what, fix in MEANINGS:
        if text.lower() in lowered:
            return RunFailed(what, where=where, fix=fix, code="SP230")
    said = " ".join(output.split())[-400:]
    return RunFailed(
        f"restic failed: {said or 'it said nothing'}", where=where, fix="read its own message", code="SP230"
    )


def list_snapshots(
    host: Host, *, repository: str, run_dir: str, env: Mapping[str, str], tag: str | None = None
) -> list[RecoveryPoint]:
    """Snapshots as the recovery host sees them. A snapshot's instant is its start. Raises; never [] for 'denied'."""
    tagged = f"--tag {shlex.quote(tag)} " if tag else ""
    command = f"restic -r {shlex.quote(repository)} --no-lock --cache-dir {shlex.quote(run_dir)}/cache snapshots {tagged}--json"
    done = host.run(f"mkdir -p {shlex.quote(run_dir)}/cache; {command}", env=env, timeout_seconds=60)
    if done.status != 0:
        raise failure(done.stderr or done.stdout, where=f"{host.name}: {repository}")
    try:
        return [_point(entry) for entry in json.loads(done.stdout) or []]
    except MISREAD as error:
        raise Unverified(
            f"the answer of `restic snapshots` cannot be read ({error})",
            where=host.name,
            fix="is its version newer than those this was tried with? run it by hand and compare",
            code="SP231",
        ) from error


def _point(entry: Mapping[str, object]) -> RecoveryPoint:
    # restic prints nanoseconds; Python reads six digits
    text = re.sub(r"(\.\d{6})\d+", r"\1", str(entry["time"]))
    instant = datetime.fromisoformat(text).astimezone(UTC)
    return RecoveryPoint(label=str(entry["id"]), kind="snapshot", started=instant, instant=instant, encrypted=True)


def restore_script(*, repository: str, snapshot: str, run_dir: str, target: str, includes: Sequence[str] = ()) -> str:
    """Restore one snapshot below `target`, a folder of the run. restic checks each blob's digest as it writes."""
    wanted = "".join(f" --include {shlex.quote(path)}" for path in includes)
    return (
        f"mkdir -p {shlex.quote(target)} {shlex.quote(run_dir)}/cache || exit 73\n"
        f"exec restic -r {shlex.quote(repository)} --no-lock --cache-dir {shlex.quote(run_dir)}/cache "
        f"restore {shlex.quote(snapshot)} --target {shlex.quote(target)}{wanted}\n"
    )


def job_failure(state: JobState, *, where: str) -> RunFailed:
    if state.lost:
        return RunFailed(
            "the restore of files vanished without a status: the host was restarted, or somebody killed it",
            where=where,
            fix="resume the run: restic writes the missing files again",
            code="SP213",
        )
    return failure(state.stderr_tail or state.stdout_tail, where=where)
