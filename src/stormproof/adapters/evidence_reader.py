"""Read and verify evidence files. Needs the public key alone: no project, no network, no database, nothing writable."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from stormproof.adapters.evidence_store import evidence_files, records_of
from stormproof.core import dsse
from stormproof.core.chain import ChainReport, Seen, judge, look, not_readable
from stormproof.core.errors import Refused, Unverified
from stormproof.core.evidence import SUFFIX, Evidence, Head, NotAStatement, digest, evidence_of

_BATCH = 64
CORES_MAX = 8
BATCHES_WORTH_A_PROCESS = 16  # a thousand files: below, starting processes would take as long as looking
PR_SET_PDEATHSIG = 1  # prctl(2); means the thread that forked: here it is always the only one
FILE_BYTES_MAX = 64 * 1024 * 1024  # a record is tens of kilobytes; what is larger is not read into memory


class EvidenceUnreadable(Unverified):
    """There is no evidence to look at, or it could not be read."""


class AnchorInvalid(Refused):
    """What was given as an anchor is no digest."""


def verify_folder(folder: Path, verifier: dsse.Verifier, *, anchor: str | None = None) -> ChainReport:
    """Verify a whole chain. `anchor`: see `verify_files`. Raises: EvidenceUnreadable, AnchorInvalid."""
    return verify_files([folder], verifier, anchor=anchor)


def verify_files(paths: Sequence[Path], verifier: dsse.Verifier, *, anchor: str | None = None) -> ChainReport:
    """Verify files, or folders of them. A folder, or the files of more than one run, must be a chain from its first record.

    Args:
        anchor: SHA-256 (hex, `sha256:` before it is fine) of the newest record's file, kept elsewhere: with it a removed
            newest record is noticed too.

    Raises: EvidenceUnreadable (nothing there), AnchorInvalid.
    """
    anchor = None if anchor is None else _anchor(anchor)
    files: dict[Path, Path] = {}
    head: Head | None = None
    whole, notes = False, []
    for path in paths:
        if path.is_dir():
            listed, head, unended = _listed(path)
            whole = True
            if unended:
                notes.append(f"{unended} is being written, or its writer was ended: then the next run puts it in place")
            real = path.resolve()  # once: twenty thousand times would take longer than a tenth of the work
            files.update({real / file.name: file for file in listed})
        else:
            files[path.resolve()] = path
    if not files:
        raise EvidenceUnreadable(
            "there is no evidence here",
            where=", ".join(str(path) for path in paths) or "no file was named",
            fix="name evidence files (*.dsse.json) or their folder",
            code="SP708",
        )
    seen = chain.from_iterable(_looked(_batches(list(files.values())), verifier))
    report = judge(seen, whole=whole, anchor=anchor, head=head)
    report.notes.extend(notes)
    return report


def read_evidence(path: Path) -> Evidence:
    """Read one record WITHOUT asking whether its signature holds: verify it, or say so. Raises: EvidenceUnreadable."""
    try:
        data = _bytes(path)
    except OSError as error:
        why = error.strerror or str(error)
        raise _unreadable(path, why) from error
    try:
        return evidence_of(dsse.parse_leniently(data).payload, file=str(path), sha256=digest(data))
    except (dsse.NotCanonical, NotAStatement) as error:
        raise _unreadable(path, str(error)) from error


def _batches(paths: Sequence[Path]) -> list[Sequence[Path]]:
    """A task per file would cost as much as the file."""
    return [paths[start : start + _BATCH] for start in range(0, len(paths), _BATCH)]


def _looked(batches: Sequence[Sequence[Path]], verifier: dsse.Verifier) -> Iterator[list[Seen]]:
    """Look at all of them, in order; many at once in a process for each core, since decoding holds Python's lock.

    Processes are forked, so that they have the keys already. Where that cannot be done, and for few files, this process
    looks alone.
    """
    processes = cores()
    if len(batches) < BATCHES_WORTH_A_PROCESS or processes < 2 or threading.active_count() > 1:
        yield from (_look(batch, verifier) for batch in batches)
        return
    done = 0
    try:
        with ProcessPoolExecutor(processes, get_context("fork"), _keep, (verifier, os.getpid())) as pool:
            for seen in pool.map(_look_with_kept, batches):
                yield seen
                done += 1
    except (BrokenProcessPool, OSError):  # no room for processes, or one was killed: nothing of what is left is skipped
        yield from (_look(batch, verifier) for batch in batches[done:])


def cores() -> int:
    """That this process may use. 1 where processes cannot be forked safely: other systems than Linux."""
    return min(CORES_MAX, len(os.sched_getaffinity(0))) if sys.platform == "linux" else 1


_kept: list[dsse.Verifier] = []  # in a forked process alone: its keys


def _keep(verifier: dsse.Verifier, parent: int) -> None:
    """In the forked process: have the keys, and end with whoever started it, also by `kill -9`.

    It would wait for work for ever, and hold every lock that its parent held: a forked process has the same open files.
    """
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # before it could say so
        os.kill(os.getpid(), signal.SIGKILL)
    _kept.append(verifier)


def _look_with_kept(paths: Sequence[Path]) -> list[Seen]:
    return _look(paths, _kept[-1])


def _look(paths: Sequence[Path], verifier: dsse.Verifier) -> list[Seen]:
    seen: list[Seen] = []
    for path in paths:
        try:
            data = _bytes(path)
        except OSError as error:
            seen.append(not_readable(str(path), path.name, error.strerror or str(error)))
        else:
            seen.append(look(str(path), path.name, data, verifier))
    return seen


def _bytes(path: Path) -> bytes:
    with path.open("rb", buffering=0) as file:
        # Asked first: a bound as large as the limit would be allocated for each file.
        size = os.fstat(file.fileno()).st_size
        data = file.readall() if size <= FILE_BYTES_MAX else b""
    if size > FILE_BYTES_MAX or len(data) > FILE_BYTES_MAX:
        raise OSError(None, f"larger than {FILE_BYTES_MAX // 1024 // 1024} MiB, which no record is", str(path))
    return data


def _listed(folder: Path) -> tuple[list[Path], Head | None, str]:
    try:
        return records_of(folder)
    except OSError as error:
        raise _unreadable(folder, error.strerror or str(error)) from error


def _unreadable(path: Path, why: str) -> EvidenceUnreadable:
    return EvidenceUnreadable(
        f"the evidence cannot be read: {why}",
        where=str(path),
        fix="name an evidence file of this version (RUN.dsse.json) that this user may read",
        code="SP708",
    )


def _anchor(text: str) -> str:
    match = re.fullmatch(r"(?:sha256:)?([0-9a-fA-F]{64})", text.strip())
    if match is None:
        raise AnchorInvalid(
            "the anchor is no SHA-256 digest",
            where=f"--anchor {text[:80]!r}",
            fix="give the 64 hexadecimal digits that `stormproof evidence verify` printed as the anchor",
            code="SP710",
        )
    return match.group(1).lower()


def unfinished_starts(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """Runs with a start and no result, with what their starts say (form checked, signatures not)."""
    names = {path.name for path in evidence_files(folder)} if folder.is_dir() else set()
    starts = sorted(name for name in names if name.endswith(f".start{SUFFIX}"))
    lone = [name for name in starts if name.removesuffix(f".start{SUFFIX}") + SUFFIX not in names]
    return [(start.run, dict(start.body)) for start in (read_evidence(folder / name) for name in lone)]
