"""Rows of docs/faults.md, section restore_faults."""

from __future__ import annotations

from tables.row import Expect, Row

__all__ = ["ROWS", "Expect"]

SECTION = "restore_faults"


def _failed(slug: str, what: str, code: str, said: str) -> Row:
    """A recovery that could not be: verdict failed, exit code 3."""
    return Row(slug, what, Expect("failed", 3, (code,), said), SECTION)


def _unverified(slug: str, what: str, code: str, said: str) -> Row:
    return Row(slug, what, Expect("unverified", 4, (code,), said), SECTION)


ROWS: list[Row] = [
    # The recovery host's disk
    _failed("disk-too-small", "The recovery host's disk is too small, seen before anything is copied", "SP202", "GB free where the restore needs"),
    _failed("disk-full-in-restore", "The recovery host's disk fills up while the base backup is restored", "SP284", "the disk of the recovery host is full"),
    _failed("disk-full-in-fetch", "The recovery host's disk fills up while WAL is fetched and replayed", "SP284", "the disk of the recovery host is full"),
    _failed("disk-full-in-replay", "The recovery host's disk fills up under the server that replays", "SP284", "the disk of the recovery host is full"),
    _failed("inodes-too-few", "The recovery host has too few inodes, seen before anything is copied", "SP285", "inodes free where the restore needs at least"),
    _failed("inodes-gone-in-restore", "The recovery host runs out of inodes while the base backup is restored", "SP285", "no inodes left"),
    _failed("work-folder-not-owned", "The folder for runs on the recovery host belongs to somebody else", "SP292", "Permission denied"),
    _failed("target-not-empty", "Something lies already where the base backup should go", "SP292", "is not empty"),
    # The database's repository
    _failed("repository-passphrase-wrong", "The passphrase of the database's repository is wrong (pgBackRest 2.45 crashes over it)", "SP283", "as 2.45 does when the passphrase is wrong"),
    _failed("repository-file-damaged", "A file of the backup was changed in the repository by one byte", "SP286", "damaged in the vault"),
    _failed("repository-file-missing", "A file of the backup is gone from the repository", "SP287", "missing in the vault"),
    _failed("stanza-missing", "The repository does not know the stanza", "SP211", "missing stanza path"),
    _failed("no-recovery-point", "The stanza is there and holds no backup", "SP201", "the vault holds no backup at all"),
    _failed("backup-expired-meanwhile", "The chosen backup expires between its choice and its restore", "SP293", "not in the repository any more"),
    # WAL and instants
    _failed("wal-segment-lost", "A segment of WAL is gone from the archive: PostgreSQL promotes before it, pgBackRest's verify says ok", "SP481", "segments are missing"),
    _failed("wal-segment-damaged", "A segment of WAL is damaged in the archive: PostgreSQL promotes before it and looks healthy", "SP482", ""),
    _failed("wal-of-backup-missing", "The WAL that the backup itself needs to begin with is gone", "SP295", "WAL of the backup itself is missing"),
    _failed("never-consistent", "WAL written during the backup is gone: recovery never becomes consistent", "SP295", "never became consistent"),
    _failed("target-before-first", "The target instant lies before the oldest backup", "SP201", "after it"),
    _failed("target-after-last", "The target instant lies after the last WAL that the vault held", "SP294", "ends before the target instant"),
    # A server that does not start
    _failed("bad-configuration", "The restored configuration names a setting that the server does not know", "SP297", "does not know"),
    _failed("too-little-memory", "The restored configuration asks for more memory than the recovery host has", "SP297", "too little memory"),
    _failed("port-taken", "Something listens already on the server's port at the recovery host", "SP296", "the port is taken"),
    _failed("other-major-version", "The recovery host has another major version of PostgreSQL than the backup", "SP271", "is not installed on the recovery host"),
    # Checks and evidence
    _unverified("check-hangs", "A check's query does not end", "SP491", ""),
    _unverified("check-wrong-sql", "A check's query is wrong", "SP490", "does not exist"),
    _unverified("check-returns-nothing", "A check's query returns no row, so that nothing was compared", "SP416", ""),
    Row("evidence-read-only", "The evidence folder cannot be written: nothing is begun", Expect(None, 69, ("SP715",), ""), SECTION),
    # The files' repository
    _failed("restic-wrong-password", "The passphrase of the files' repository is wrong", "SP283", "the passphrase of the files' repository is wrong"),
    _failed("restic-pack-damaged", "A pack of the files' repository was changed by one byte (restic's own check says ok)", "SP286", "a pack of the files' repository is damaged"),
    _failed("restic-pack-missing", "A pack of the files' repository is gone (restic alone would try for 45 s)", "SP287", "a file of the files' repository is missing"),
    _failed("restic-disk-full", "The recovery host's disk fills up with files (restic says it thousands of times)", "SP284", "the disk of the recovery host is full"),
    _failed("restic-path-not-in-snapshot", "The snapshot does not hold the directory that should come back (restic ends with 0)", "SP299", "does not hold what should come back"),
]  # fmt: skip
