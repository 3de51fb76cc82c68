"""pgBackRest, spoken to on a host: what there is, restore it, and what its exit codes mean (docs/faults are measured)."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from datetime import UTC, datetime

from stormproof.adapters.resource import resource
from stormproof.adapters.tool_failure import script_that_says_why, tool_failure
from stormproof.core.errors import RunFailed, TransientFailure, Unverified
from stormproof.core.misread import MISREAD
from stormproof.core.ports import Completed, Host, JobState
from stormproof.core.procedure import Procedure
from stormproof.core.recovery_point import HeldSegment, RecoveryPoint, VaultHoldings
from stormproof.core.service import TlsReader
from stormproof.core.tool_meaning import Tool, printable
from stormproof.core.tool_meaning_rows import MEANINGS

CIPHER_VARIABLE = "PGBACKREST_REPO1_CIPHER_PASS"
# A TLS server that falls silent is given up after 20 s while data is awaited, as ssh's ServerAlive bounds it, and after
# five minutes where a request of ours had not arrived: the tool alone waits for half an hour. Connecting takes twice 5 s.
TLS_BOUNDS = (
    "--io-timeout=5 --protocol-timeout=300 --tcp-keep-alive-idle=5 --tcp-keep-alive-interval=5 --tcp-keep-alive-count=3"
)
STATUS_OTHER = 99  # of a stanza or a repository in the answer of `info`
# The time of all the host's cores since it was started: busy, and all of it (man 5 proc: fields 4 and 5 are idle, iowait).
_CORES = (
    "cores() { awk '/^cpu / { all = 0; for (i = 2; i <= 9; i++) all += $i; print all - $5 - $6, all }' /proc/stat; }\n"
)
_ARCHIVED = re.compile(r"(?:.*/)?([0-9A-F]{24})(?:-([0-9a-f]{40}))?(?:\.(?:gz|lz4|zst|bz2))?\Z")
_HISTORY = re.compile(r"(?:.*/)?([0-9A-F]{8}\.history)\Z")
_STREAMED = re.compile(r"(\S+) (\d{1,12}) ([0-9a-f]{40})(?: (\d*))?\Z", re.ASCII)
# What else lies in an archive and is no WAL to replay: the history of a backup, a segment that a promotion left unfinished,
# a file on its way, and the folders.
_BESIDE = re.compile(
    r"(?:.*/)?[0-9A-F]{24}(?:\.[0-9A-F]{8}\.backup|\.partial)?(?:-[0-9a-f]{40})?(?:\.(?:gz|lz4|zst|bz2))?(?:\.pgbackrest\.tmp)?\Z"
    r"|(?:.*/)?[0-9A-F]{8}\.history(?:\.pgbackrest\.tmp)\Z"
)
_ARCHIVE_ID = re.compile(r"(?:\./)?(\d+(?:\.\d+)?-\d+)/")


def failure(status: int, output: str, *, where: str) -> RunFailed:
    return tool_failure(Tool.PGBACKREST, status, output, where=where)


def transient_statuses() -> list[int]:
    """Statuses of pgBackRest after which trying again may help, where only the status is known."""
    rows = [row for row in MEANINGS if row.tool is Tool.PGBACKREST and row.transient]
    return sorted({status for row in rows for status in row.statuses} - {STATUS_OTHER})


def _options(run_dir: str) -> str:
    folder = shlex.quote(run_dir)
    return (
        f"--pg1-path={folder}/pgdata --spool-path={folder}/spool --lock-path={folder}/lock --log-path={folder}/log "
        "--log-level-file=off --log-level-console=warn"
    )


def repository_options(procedure: Procedure, tls: TlsReader | None) -> str:
    """How pgBackRest reaches the vault, as words of its command line; nothing for its configuration's own way, ssh."""
    if procedure.transport != "tls":
        return ""
    assert tls is not None, "refused by chosen_procedure"
    places = {"ca": tls.ca, "cert": tls.certificate, "key": tls.key}
    for place in places.values():
        assert shlex.quote(place) == place, f"a path that a shell would read: {place!r}"
    files = " ".join(f"--repo1-host-{name}-file={place}" for name, place in places.items())
    return f"--repo1-host-type=tls --repo1-host-port={tls.port} {files} {TLS_BOUNDS}"


def list_backups(host: Host, *, stanza: str, env: Mapping[str, str], way: str = "") -> list[RecoveryPoint]:
    """All backups as the recovery host sees them through its own credential. Raises RunFailed; never [] for 'denied'.

    `way`: see `repository_options`.
    """
    command = f"exec pgbackrest --stanza={shlex.quote(stanza)} {way} --log-level-file=off --log-level-console=warn --output=json info"
    done = host.run(command, env=env, timeout_seconds=60)
    if done.status != 0:
        raise failure(done.status, done.stderr or done.stdout, where=f"{host.name}: {stanza}")
    return parse_info(done, stanza=stanza, where=host.name)


def parse_info(done: Completed, *, stanza: str, where: str) -> list[RecoveryPoint]:
    """The points of `pgbackrest info --output=json`; what it says of the stanza itself is raised when it is not ok."""
    try:
        document = json.loads(done.stdout)
        found = next((entry for entry in document if entry["name"] == stanza), None)
        if found is not None and found["status"]["code"] == STATUS_OTHER:
            # It ends with 0 all the same, and the stanza's own message is "other": the repository's says what it is.
            said = "\n".join(str(repository["status"]["message"]) for repository in found.get("repo", []))
            raise failure(STATUS_OTHER, said or str(found["status"]["message"]), where=f"{where}: {stanza}")
        if found is None or found["status"]["code"] not in (0, 2):  # 2: no valid backups, which is an empty list
            message = "it is not in the repository" if found is None else printable(str(found["status"]["message"]))
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
        whole = line == "end"  # what comes behind it is of another list, or the end of this one is not where it was
        if whole:
            continue
        if word == "now":
            at = _instant(rest)
        elif word == "archive":
            of = _ARCHIVE_ID.match(rest)
            archive_id = of[1] if of else None
            if match := _ARCHIVED.match(rest):
                segments.append(HeldSegment(name=match[1], sha1=match[2], source="archive", archive_id=archive_id))
            elif match := _HISTORY.match(rest):
                segments.append(HeldSegment(name=match[1], sha1=None, source="archive", archive_id=archive_id))
            elif not _BESIDE.match(rest):
                unreadable.append(f"archive/{rest[:200]}")
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


def restore_script(*, stanza: str, label: str, run_dir: str, processes: int | None, delta: bool, way: str = "") -> str:
    """The restore of one backup set into the run's own folder. Nothing in it names a place outside that folder.

    `processes` None: as many as the host has cores. `way`: see `repository_options`.

    `archive-mode=off`: a promoted copy must never push into the production's repository. `job-retry=0` with our own
    retry outside: the tool's first retry waits 15 s and hides what broke.
    """
    folder, workers = shlex.quote(run_dir), processes or "$(nproc)"
    script = (
        f"mkdir -p {folder}/pgdata {folder}/tablespaces {folder}/lock {folder}/spool {folder}/log || failed 73 ''\n"
        f"chmod 700 {folder}/pgdata || failed 53 ''\n"
        f"{_CORES}cores_before=$(cores)\n"
        f"said=$(pgbackrest --stanza={shlex.quote(stanza)} {_options(run_dir)} {way} --process-max={workers} --job-retry=0 "
        f"--set={shlex.quote(label)} --type=default --archive-mode=off --tablespace-map-all={folder}/tablespaces "
        f"{'--delta ' if delta else ''}"
        f"--recovery-option=restore_command={shlex.quote(f'{run_dir}/bin/wal_next.sh {run_dir}/wal %f %p')} restore "
        '2>&1 | tail -c 4000; exit "${PIPESTATUS[0]}")\n'
        f"status=$?; times >{folder}/log/restore.times\n"
        f"printf '%s %s\\n' \"$cores_before\" \"$(cores)\" | awk 'NF == 4 {{ print $3 - $1, $4 - $2 }}' >{folder}/log/restore.cores\n"
        '[ $status -eq 0 ] || failed $status "$said"\n'
        'printf "%s\\n" "$said"\n'
    )
    return script_that_says_why(run_dir, script)


def job_failure(state: JobState, *, where: str) -> RunFailed:
    """What a restore job's end means: lost, or failed with a status of pgBackRest's."""
    if state.lost:
        return TransientFailure(
            "the restore vanished without a status: the host was restarted, or somebody killed it",
            where=where,
            fix="it is begun again over what came over already; see on the host what ended it",
            code="SP213",
        )
    return failure(state.status or 0, state.stderr_tail or state.stdout_tail, where=where)
