"""The folder of evidence: append under a lock, atomically, and never over an existing record.

Each append writes ahead: candidate file, then `chain.head` (what the next record names as its predecessor), then the rename.
A crash between any two leaves either nothing or a candidate that the next append puts in place, so a chain never forks and
never loses a record that somebody may already have named. Removed files do not shorten the chain: the head remembers.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stormproof.core import dsse
from stormproof.core.chain import look
from stormproof.core.drill_result import DrillResult, EvidencePlace
from stormproof.core.errors import Refused, SetupFailed
from stormproof.core.evidence import (
    SUFFIX,
    Head,
    Kind,
    digest,
    file_name,
    is_file_name,
    result_statement,
    start_statement,
)

HEAD, LOCK = "chain.head", "chain.lock"
LOCK_WAIT_SECONDS = 30.0  # an append takes milliseconds; longer means that somebody hangs
ROOM_BYTES = 1024 * 1024  # a record is tens of kilobytes


class EvidenceUnwritable(SetupFailed):
    """Evidence cannot be written, so a run would leave no trace: it must not begin."""


class RunAlreadySigned(Refused):
    """A run has one result, and evidence is never written over."""


class EvidenceStore:
    """Appends signed records to one chain. Several runners may share a folder."""

    def __init__(self, folder: Path, signer: dsse.Signer) -> None:
        self._folder, self._signer = folder, signer

    def check_writable(self) -> None:
        """Prove before a run that its evidence will find room. Raises: EvidenceUnwritable."""
        with self._locked():
            probe = self._folder / f".room.{os.getpid()}"
            try:
                with probe.open("wb") as file:
                    os.posix_fallocate(file.fileno(), 0, ROOM_BYTES)
            finally:
                probe.unlink(missing_ok=True)

    def sign_start(self, run: str, body: Mapping[str, Any]) -> EvidencePlace:
        """Record that a run began. A second call for the same run (a resumed one) answers the first record's place.

        Raises: EvidenceUnwritable.
        """
        with self._locked():
            head = self._head()
            return self._place(run, "start") or self._append(
                file_name(run, "start"), lambda: start_statement(run, body, head), head
            )

    def sign_result(self, result: DrillResult, timeline: Sequence[Mapping[str, Any]]) -> EvidencePlace:
        """Record how a run ended. Raises: EvidenceUnwritable, RunAlreadySigned (look with `find` after a crash)."""
        with self._locked():
            head = self._head()
            if (place := self._place(result.run, "result")) is not None:
                raise RunAlreadySigned(
                    f"run {result.run} has a signed result already",
                    where=str(place.path),
                    fix="read it with `stormproof evidence show`; a new try is a new run",
                    code="SP709",
                )
            return self._append(file_name(result.run, "result"), lambda: result_statement(result, timeline, head), head)

    def find(self, run: str, kind: Kind = "result") -> EvidencePlace | None:
        """Where a run's record is, if it was signed (perhaps just before a crash). Raises: EvidenceUnwritable."""
        with self._locked():
            self._head()  # finishes an append that a crash cut short
            return self._place(run, kind)

    def _place(self, run: str, kind: Kind) -> EvidencePlace | None:
        path = self._folder / file_name(run, kind)
        try:
            return EvidencePlace(path=str(path), sha256=digest(path.read_bytes()))
        except FileNotFoundError:
            return None

    def _append(self, name: str, statement: Callable[[], bytes], head: Head | None) -> EvidencePlace:
        data = dsse.sign(statement(), self._signer)
        new = Head(name, 1 if head is None else head.sequence + 1, digest(data))
        candidate = _candidate(self._folder, name)
        _write(candidate, data)
        self._write_head(new)
        candidate.rename(self._folder / name)
        _sync_folder(self._folder)
        return EvidencePlace(path=str(self._folder / name), sha256=new.sha256)

    def _head(self) -> Head | None:
        """The newest record, with an append that a crash cut short finished first. Call under the lock."""
        head = read_head(self._folder)
        if head is None:
            return self._newest_on_disk()
        path, candidate = self._folder / head.file, _candidate(self._folder, head.file)
        if not path.exists() and candidate.exists() and digest(candidate.read_bytes()) == head.sha256:
            candidate.rename(path)
            _sync_folder(self._folder)
        return head

    def _newest_on_disk(self) -> Head | None:
        """The head was lost or never written: find the newest record that we signed ourselves."""
        verifier = _OwnKey(self._signer)
        newest: Head | None = None
        for path in evidence_files(self._folder):
            seen = look(str(path), path.name, path.read_bytes(), verifier)
            if seen.link is not None and (newest is None or seen.link.sequence > newest.sequence):
                newest = Head(path.name, seen.link.sequence, seen.sha256)
        return newest

    def _write_head(self, head: Head) -> None:
        document = {"file": head.file, "sequence": head.sequence, "sha256": head.sha256}
        candidate = self._folder / f".{HEAD}.new"
        _write(candidate, dsse.canonical_json(document) + b"\n")
        candidate.replace(self._folder / HEAD)
        _sync_folder(self._folder)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                self._wait_for_lock(descriptor)
                yield
            finally:
                os.close(descriptor)  # gives the lock up
        except OSError as error:
            raise _unwritable(self._folder, error) from error

    def _wait_for_lock(self, descriptor: int) -> None:
        until = time.monotonic() + LOCK_WAIT_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > until:
                    raise EvidenceUnwritable(
                        f"another runner holds the evidence folder's lock for more than {LOCK_WAIT_SECONDS:.0f} s",
                        where=str(self._folder / LOCK),
                        fix=f"find it with `fuser -v {self._folder / LOCK}` and end it if it hangs",
                        code="SP715",
                    ) from None
                time.sleep(0.005)


class _OwnKey:
    """A verifier made of a signer: for Ed25519 the same bytes give the same signature (RFC 8032, deterministic)."""

    def __init__(self, signer: dsse.Signer) -> None:
        self._signer = signer

    @property
    def key_ids(self) -> tuple[str, ...]:
        return (self._signer.key_id,)

    def verify(self, key_id: str, data: bytes, signature: bytes) -> bool:
        return key_id == self._signer.key_id and self._signer.sign(data) == signature


def evidence_files(folder: Path) -> list[Path]:
    """Every record in a folder, by name. Candidates of an append in flight (leading dot) are none."""
    # Names are sorted as texts: sorting 20,000 Path objects takes longer than reading their folder.
    names = sorted(name for name in os.listdir(folder) if name.endswith(SUFFIX) and not name.startswith("."))  # noqa: PTH208 - see above
    return [folder / name for name in names]


def read_head(folder: Path) -> Head | None:
    """What the folder believes to be its newest record; None when it says nothing readable."""
    try:
        document = json.loads((folder / HEAD).read_bytes())
        head = Head(document["file"], document["sequence"], document["sha256"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    sound = isinstance(head.file, str) and type(head.sequence) is int and isinstance(head.sha256, str)
    # What no disk could hold (half of a surrogate pair) would be signed into the next record, or rather not.
    return head if sound and is_file_name(head.file) and head.sha256.isprintable() else None


def records_of(folder: Path) -> tuple[list[Path], Head | None, str]:
    """Every record, the newest as the folder believes, and a record's name if its append has not ended; as one moment saw it.

    For whoever verifies while others append. It takes no lock: nothing need be writable, and nobody is kept waiting. The head
    is written before its record has its name, so a record that is not listed is looked for where its append would have it.
    """
    while True:
        head, files = read_head(folder), evidence_files(folder)
        if head is None or any(path.name == head.file for path in reversed(files)):
            if read_head(folder) == head:  # or a record was named while the folder was read: it may be listed, or not
                return files, head, ""
        elif _lies_ready(folder, head):
            return files, None, head.file
        elif not os.path.lexists(folder / head.file):  # else it got its name since it was looked for
            return files, head, ""


def _lies_ready(folder: Path, head: Head) -> bool:
    try:
        return digest(_candidate(folder, head.file).read_bytes()) == head.sha256
    except OSError:
        return False


def _candidate(folder: Path, name: str) -> Path:
    return folder / f".{name}.new"


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritable(folder: Path, error: OSError) -> EvidenceUnwritable:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        what, fix = "no room left for evidence", "free space on this disk, then run again"
    elif error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        what, fix = "the evidence folder cannot be written", "let this user write there, or set another STORMPROOF_HOME"
    else:
        what, fix = f"evidence cannot be written: {error.strerror}", "make this a folder that this user may write to"
    return EvidenceUnwritable(what, where=str(error.filename or folder), fix=fix, code="SP715")
