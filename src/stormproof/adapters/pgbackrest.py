"""pgBackRest, spoken to on a host: what there is, restore it, and what its exit codes mean (docs/faults are measured)."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from datetime import UTC, datetime

from stormproof.adapters.resource import resource
from stormproof.core.errors import RunFailed, Unverified
from stormproof.core.misread import MISREAD
from stormproof.core.ports import Completed, Host, JobState
from stormproof.core.recovery_point import HeldSegment, RecoveryPoint, VaultHoldings

CIPHER_VARIABLE = "PGBACKREST_REPO1_CIPHER_PASS"
_ARCHIVED = re.compile(r"(?:.*/)?([0-9A-F]{24})(?:-([0-9a-f]{40}))?(?:\.(?:gz|lz4|zst|bz2))?\Z")
_HISTORY = re.compile(r"(?:.*/)?([0-9A-F]{8}\.history)\Z")
_STREAMED = re.compile(r"(\S+) (\d{1,12}) ([0-9a-f]{40})(?: (\d*))?\Z", re.ASCII)
_ARCHIVE_ID = re.compile(r"(?:\./)?(\d+(?:\.\d+)?-\d+)/")

# (exit status, text in the output) -> (what, fix). The first that fits counts. Seen with 2.45; a text of "" fits all.
MEANINGS: tuple[tuple[int, str, str, str], ...] = (
    (139, "", "pgBackRest crashed (signal 11), as 2.45 does when the passphrase is wrong", "compare the passphrase with the one the repository was made with"),
    (29, "", "a file of the repository is damaged, or the passphrase is wrong", "run `pgbackrest verify` on the vault; restore an older point meanwhile"),
    (37, "", "the stanza is not known, or not configured on this host", "check `stanza` in the inventory and /etc/pgbackrest.conf on the host"),
    (39, "", "the connection to the vault broke while data came over it", "is the vault's sshd up? the restore goes on where it was when run again"),
    (40, "", "the target folder is not empty", "restores go into a folder of their own run: find out what wrote there"),
    (53, "", "the target folder belongs to somebody else", "let the host's user own its work folder"),
    (55, "", "the vault holds no such file or stanza", "run `pgbackrest info` on the vault"),
    (64, "No space left", "the disk of the recovery host is full", "free space there, or give it a larger disk"),
    (64, "", "a file could not be written", "look at the recovery host's disk and its permissions"),
    (75, "", "the chosen backup is not in the repository any more", "choose another point; look at the retention"),
    (125, "Permission denied", "the vault refused the recovery host's key", "put the key's public half into the vault's authorized_keys"),
    (125, "Host key verification failed", "the vault shows another host key than the recovery host knows", "find out why before anything else"),
    (125, "", "no connection from the recovery host to the vault", "is the vault up, and is its port 22 reachable from the recovery host?"),
)  # fmt: skip


def explain(status: int, output: str) -> tuple[str, str]:
    """What an exit status of pgBackRest means, and what to do."""
    for code, text, what, fix in MEANINGS:
        if status in (code, -1 if code == 139 else code) and text in output:
            return what, fix
    return f"pgBackRest ended with status {status}", "read its own message"


def failure(status: int, output: str, *, where: str) -> RunFailed:
    what, fix = explain(status, output)
    said = " ".join(output.split())[-400:]
    return RunFailed(f"{what}{': ' + said if said else ''}", where=where, fix=fix, code="SP210")


def _options(run_dir: str) -> str:
    folder = shlex.quote(run_dir)
    return (
        f"--pg1-path={folder}/pgdata --spool-path={folder}/spool --lock-path={folder}/lock --log-path={folder}/log "
        "--log-level-file=off --log-level-console=warn"
    )


def list_backups(host: Host, *, stanza: str, env: Mapping[str, str]) -> list[RecoveryPoint]:
    """All backups as the recovery host sees them through its own credential. Raises RunFailed; never [] for 'denied'."""
    command = f"exec pgbackrest --stanza={shlex.quote(stanza)} --log-level-file=off --log-level-console=warn --output=json info"
    done = host.run(command, env=env, timeout_seconds=60)
    if done.status != 0:
        raise failure(done.status, done.stderr or done.stdout, where=f"{host.name}: {stanza}")
    return parse_info(done, stanza=stanza, where=host.name)


def parse_info(done: Completed, *, stanza: str, where: str) -> list[RecoveryPoint]:
    """The points of `pgbackrest info --output=json`; what it says of the stanza itself is raised when it is not ok."""
    try:
        document = json.loads(done.stdout)
        found = next((entry for entry in document if entry["name"] == stanza), None)
        if found is None or found["status"]["code"] not in (0, 2):  # 2: no valid backups, which is an empty list
            message = "it is not in the repository" if found is None else str(found["status"]["message"])
            raise RunFailed(
                f"the stanza {stanza} cannot be used: {message}",
                where=where,
                fix="check the repository, the passphrase and `stanza` in the inventory",
                code="SP211",
            )
        clusters = {entry["id"]: entry for entry in found.get("db", [])}
        return [_point(entry, clusters.get(entry["database"]["id"], {})) for entry in found.get("backup", [])]
    except MISREAD as error:
        raise Unverified(
            f"the answer of `pgbackrest info` cannot be read ({error})",
            where=where,
            fix="is its version newer than those this was tried with? run it by hand and compare",
            code="SP212",
        ) from error


def _point(entry: dict[str, object], cluster: Mapping[str, object]) -> RecoveryPoint:
    data: dict[str, dict[str, object]] = entry  # type: ignore[assignment]
    version = str(cluster["version"]) if "version" in cluster else None
    started = datetime.fromtimestamp(int(str(data["timestamp"]["start"])), UTC)
    stopped = datetime.fromtimestamp(int(str(data["timestamp"]["stop"])), UTC)
    size = data.get("info", {}).get("size")
    return RecoveryPoint(
        label=str(entry["label"]),
        kind=str(entry["type"]),
        started=started,
        instant=stopped,
        bytes=int(str(size)) if size is not None else None,
        encrypted=None,
        wal_start=str(data["archive"]["start"]),
        wal_stop=str(data["archive"]["stop"]),
        lsn_start=str(data["lsn"]["start"]) if "lsn" in data else None,
        lsn_stop=str(data["lsn"]["stop"]) if "lsn" in data else None,
        version=version,
        archive_id=f"{version}-{data['database']['id']}" if version else None,
        system_id=str(cluster["system-id"]) if "system-id" in cluster else None,
        error=bool(entry.get("error", False)),
    )


def freeze(
    vault: Host,
    *,
    stanza: str | None,
    stream_dir: str | None,
    snapshot_dirs: Mapping[str, str],
    timeout_seconds: float = 60,
) -> VaultHoldings:
    """List what the vault holds right now. `snapshot_dirs` maps a files service to its repository's folder there.

    What could not be read is on the list as such; the caller refuses to go on with it.
    """
    env = {"STANZA": stanza or "", "STREAM_DIR": stream_dir or "", "SNAPSHOT_DIRS": " ".join(snapshot_dirs.values())}
    text = vault.check(resource("freeze.sh"), env=env, timeout_seconds=timeout_seconds)
    return parse_freeze(text, snapshot_dirs=snapshot_dirs)


def parse_freeze(text: str, *, snapshot_dirs: Mapping[str, str]) -> VaultHoldings:
    """Lines of freeze.sh to a list; a line that nobody knows is an unreadable thing, never ignored."""
    at: datetime | None = None
    whole = False
    segments: list[HeldSegment] = []
    backups: list[str] = []
    unreadable: list[str] = []
    snapshots: dict[str, list[str]] = {service: [] for service in snapshot_dirs}
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "now":
            at = _instant(rest)
        elif word == "end":
            whole = True
        elif word == "archive":
            of = _ARCHIVE_ID.match(rest)
            archive_id = of[1] if of else None
            if match := _ARCHIVED.match(rest):
                segments.append(HeldSegment(name=match[1], sha1=match[2], source="archive", archive_id=archive_id))
            elif match := _HISTORY.match(rest):
                segments.append(HeldSegment(name=match[1], sha1=None, source="archive", archive_id=archive_id))
        elif word == "stream":
            if match := _STREAMED.match(rest):
                name, length, digest, system = match.groups()
                segments.append(
                    HeldSegment(name=name, sha1=digest, source="stream", length=int(length), system_id=system or None)
                )
            else:
                unreadable.append(line[:200])
        elif word == "backup":
            backups.append(rest.strip())
        elif word == "snapshot":
            folder, _, identity = rest.rpartition(" ")
            for service in (s for s, place in snapshot_dirs.items() if place == folder):
                snapshots[service].append(identity)
        else:
            unreadable.append(rest if word == "unreadable" else line[:200])
    if at is None:
        unreadable.append("the vault's clock")
    if not whole:  # cut short, it would look like a vault that holds less: nothing could be missed in it
        unreadable.append("the end of the list")
    return VaultHoldings(
        frozen_at=at or datetime.fromtimestamp(0, UTC),
        segments=tuple(segments),
        backups=tuple(backups),
        snapshots={service: tuple(ids) for service, ids in snapshots.items()},
        unreadable=tuple(unreadable),
    )


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except MISREAD:
        return None


def restore_script(*, stanza: str, label: str, run_dir: str, processes: int, delta: bool) -> str:
    """The restore of one backup set into the run's own folder. Nothing in it names a place outside that folder.

    `archive-mode=off`: a promoted copy must never push into the production's repository. `job-retry=0` with our own
    retry outside: the tool's first retry waits 15 s and hides what broke.
    """
    folder = shlex.quote(run_dir)
    return (
        f"mkdir -p {folder}/pgdata {folder}/tablespaces {folder}/lock {folder}/spool {folder}/log || exit 73\n"
        f"chmod 700 {folder}/pgdata || exit 53\n"
        f"exec pgbackrest --stanza={shlex.quote(stanza)} {_options(run_dir)} --process-max={processes} --job-retry=0 "
        f"--set={shlex.quote(label)} --type=default --archive-mode=off --tablespace-map-all={folder}/tablespaces "
        f"{'--delta ' if delta else ''}"
        f"--recovery-option=restore_command={shlex.quote(f'{run_dir}/bin/wal_next.sh {run_dir}/wal %f %p')} restore\n"
    )


def job_failure(state: JobState, *, where: str) -> RunFailed:
    """What a restore job's end means: lost, or failed with a status of pgBackRest's."""
    if state.lost:
        return RunFailed(
            "the restore vanished without a status: the host was restarted, or somebody killed it",
            where=where,
            fix="resume the run: what came over already is kept and compared",
            code="SP213",
        )
    return failure(state.status or 0, state.stderr_tail or state.stdout_tail, where=where)
