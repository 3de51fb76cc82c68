"""Which file of a backup is damaged? pgBackRest 2.45 says that one is, and often not which ("zst error: Data corruption detected")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from stormproof.adapters.pgbackrest import job_failure
from stormproof.adapters.resource import resource
from stormproof.core.errors import RunFailed, StormproofError, Unverified
from stormproof.core.ports import Host, JobState

DAMAGE_CODES = frozenset({"SP286", "SP287"})  # damaged, missing (tool_meaning_rows)
SEEN = frozenset({"0", "55"})  # it was read, or is not there: any other status says nothing of the file
_TOLD = re.compile(r"error restoring '([^'\n]+)': actual checksum")
LOOKED_AT_MAX = 8  # a restore has as many files open as processes; those it was at are the first that it did not finish
BOUND_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of a backup: its name in the manifest, and where it lies. `offset` and `length`: its part of a bundle."""

    name: str
    path: str
    offset: int
    length: int

    @property
    def middle(self) -> int | None:
        """A place inside it; None for the middle of a file that is stored by itself."""
        return self.offset + self.length // 2 if self.length else None


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup as a host is to ask for it. `folder`: scratch on that host; `env`: passphrase, and what else PGBACKREST_* says."""

    stanza: str
    label: str
    folder: str
    env: Mapping[str, str]

    def variables(self, act: str, pgdata: str = "") -> dict[str, str]:
        return {
            **self.env, "ACT": act, "STANZA": self.stanza, "LABEL": self.label, "FOLDER": self.folder, "PGDATA": pgdata,
            "COUNT": str(LOOKED_AT_MAX),
        }  # fmt: skip


def first_file(host: Host, backup: Backup) -> StoredFile:
    """The file that a restore takes first. Raises Unverified when the manifest cannot be read, and what Host raises."""
    done = host.run(resource("backup_file.sh"), env=backup.variables("first"), timeout_seconds=BOUND_SECONDS)
    words = done.stdout.rstrip("\n").split("\t")
    if (
        done.status != 0
        or len(words) != 5
        or not (words[3] + words[4]).isascii()
        or not (words[3] + words[4]).isdigit()
    ):
        raise Unverified(
            f"the manifest of {backup.label} names no file to look at (status {done.status})",
            where=f"{host.name}: {backup.stanza}",
            fix="try `pgbackrest repo-get` of its backup.manifest on that host",
            code="SP536",
        )
    return StoredFile(words[1], words[2], int(words[3]), int(words[4]))


def damaged_file(host: Host, backup: Backup, pgdata: str) -> str | None:
    """The manifest's name of the file that a restore into `pgdata` broke off at; None when none is found damaged."""
    done = host.run(resource("backup_file.sh"), env=backup.variables("damaged", pgdata), timeout_seconds=BOUND_SECONDS)
    words = done.stdout.rstrip("\n").split("\t")
    return words[1] if done.status == 0 and len(words) == 3 and words[2] in SEEN else None


def restore_failure(host: Host, state: JobState, backup: Backup, *, pgdata: str, where: str) -> RunFailed:
    """What a restore's failed end means, with the name of the file where it speaks of damage. Raises nothing."""
    error = job_failure(state, where=where)
    if error.code not in DAMAGE_CODES:
        return error
    try:
        # A checksum that does not fit is told with the file; a stream that cannot be read is not.
        told = _TOLD.search(f"{state.stderr_tail}\n{state.stdout_tail}")
        name = _in_manifest(told[1], pgdata) if told else damaged_file(host, backup, pgdata)
    except StormproofError:
        return error  # the host is gone: what is known is told
    if name is None:
        return error
    return RunFailed(f"{error.what}; the file is {name}", where=where, fix=error.fix, code=error.code)


def _in_manifest(path: str, pgdata: str) -> str:
    """The manifest's name of a restored file; one of a tablespace stays where it lies."""
    return f"pg_data/{path.removeprefix(pgdata + '/')}" if path.startswith(f"{pgdata}/") else path
