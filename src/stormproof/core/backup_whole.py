"""Is the description of a backup whole? pgBackRest keeps each one twice, and takes the other without a word when one is damaged.

So a restore ends well from the last good copy of `backup.manifest`, and nobody learns that the next damage is the end. Both
are read, held against each other, against their own sums, and against the entry in `backup.info`. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stormproof.core.checks import Decided, decide, unknown
from stormproof.core.finding import Finding, Severity
from stormproof.core.verdict import CheckResult

MANIFEST = "backup.manifest"
DESCRIPTIONS = (MANIFEST, "backup.info", "archive.info")

# Statuses of pgBackRest that speak of the file itself: checksum, file-invalid, format, file-missing, crypto, json-format.
UNREADABLE = frozenset({26, 28, 29, 55, 95, 99})
# 2.45 crashes where a file cannot be decrypted (SIGABRT, SIGSEGV): damage when the other copy can be, else a wrong passphrase.
CRASHED = frozenset({134, 139})

# What a manifest and its entry in backup.info both say of a backup.
SHARED = (
    "backup-archive-start", "backup-archive-stop", "backup-lsn-start", "backup-lsn-stop", "backup-prior",
    "backup-timestamp-start", "backup-timestamp-stop", "backup-type", "db-id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Description:
    """One file that describes, as it was read. `status` 0: it was. `own_sum`: the sum that it names of itself fits.

    `fields`: of a manifest, what it says of the backup; `entry`: of a backup.info, what it says of this backup.
    """

    name: str
    status: int
    sha1: str = ""
    own_sum: bool = False
    said: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    entry: Mapping[str, Any] | None = None
    files: int | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class BackupFacts:
    """Everything that was read of one backup. `where`: the vault and stanza, for people."""

    label: str
    where: str
    descriptions: Mapping[str, Description]

    def of(self, name: str) -> Description:
        return self.descriptions.get(name, Description(name, 55, said="it was not looked for"))


def backup_whole(facts: BackupFacts) -> Decided:
    """Both copies of each description are there, are the same, and the manifest agrees with backup.info."""
    findings = [finding for name in DESCRIPTIONS for finding in _pair(facts, name)]
    manifest, info = _best(facts, MANIFEST), _best(facts, "backup.info")
    details = {
        "files": manifest.files,
        "bytes": manifest.bytes,
        "manifest_sha1": manifest.sha1 if not manifest.status else None,
    }
    if manifest.status == 0 and info.status == 0:
        findings += _entry(facts, manifest, info)
    decided = decide(findings, details)
    if decided.result is CheckResult.PASSED and (hidden := unseen(facts)):
        first = hidden[0]
        what = f"{_path(facts, first.name)} could not be looked at (status {first.status}): {first.said or 'it said nothing'}"
        fix = "is the vault up, and does it let the recovery host in? then run the drill again"
        if all(d.status in CRASHED for d in hidden):
            what = f"pgBackRest crashed on {_path(facts, first.name)} and on its copy (status {first.status})"
            fix = "compare the passphrase with the one that the repository was made with"
        return unknown(what, where=facts.where, fix=fix, facts=details)
    return decided


def unseen(facts: BackupFacts) -> list[Description]:
    """What could not be read for a reason that says nothing of the file."""
    said = [d for name in DESCRIPTIONS for d in _unreadable(facts, name)]
    return [d for d in facts.descriptions.values() if d.status != 0 and d not in said]


def differs(facts: BackupFacts, name: str) -> bool:
    """Whether the two copies of a description could both be read and are not the same."""
    one, copy = facts.of(name), facts.of(f"{name}.copy")
    return one.status == copy.status == 0 and one.sha1 != copy.sha1


def parse_value(text: str) -> Any:
    """A JSON value of an information file; text that is none stays text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _pair(facts: BackupFacts, name: str) -> Iterator[Finding]:
    one, copy = facts.of(name), facts.of(f"{name}.copy")
    broken = _unreadable(facts, name)
    for description in broken:
        path, other = _path(facts, description.name), (copy if description is one else one).name
        said = f": {description.said}" if description.said else ""
        left = "neither can be read" if len(broken) == 2 else f"only {other} is left"
        what = f"{path} cannot be read (status {description.status}); {left}{said}"
        yield _finding(facts, "SP531", what, "take a new full backup now; look at the vault's disk")
    if not differs(facts, name):
        return
    wrong = [d.name for d in (one, copy) if not d.own_sum]
    which = f"{wrong[0]} is damaged (the sum that it names of itself does not fit)" if len(wrong) == 1 else ""
    if not which:
        which = "both are whole: one is of another moment" if not wrong else "neither fits its own sum"
    what = f"{_path(facts, one.name)} and {copy.name} differ: {which}; pgBackRest takes the other without a word"
    fix = "take a new full backup now, while the other can still be read; look at the vault's disk"
    yield _finding(facts, "SP530" if name == MANIFEST else "SP533", what, fix)


def _unreadable(facts: BackupFacts, name: str) -> list[Description]:
    both = [facts.of(name), facts.of(f"{name}.copy")]
    one_is_read = any(d.status == 0 for d in both)
    return [d for d in both if d.status in UNREADABLE or (d.status in CRASHED and one_is_read)]


def _best(facts: BackupFacts, name: str) -> Description:
    """The one that pgBackRest would go by: the first that can be read and fits its own sum."""
    both = [facts.of(name), facts.of(f"{name}.copy")]
    return next((d for d in both if d.status == 0 and d.own_sum), both[0])


def _entry(facts: BackupFacts, manifest: Description, info: Description) -> Iterator[Finding]:
    if info.entry is None:
        what = f"backup.info has no entry of {facts.label}, and its manifest is there"
        yield _finding(facts, "SP532", what, "did the backup expire while the drill ran? else run `pgbackrest verify`")
        return
    for key in SHARED:
        there, here = info.entry.get(key), manifest.fields.get(key)
        if there is not None and here is not None and there != here:
            what = f"the manifest of {facts.label} says {key} = {here}, and backup.info says {there}"
            yield _finding(facts, "SP532", what, "run `pgbackrest verify` on the vault; take a new full backup")
    size = info.entry.get("backup-info-size")
    if isinstance(size, int) and manifest.bytes is not None and size != manifest.bytes:
        what = f"the manifest of {facts.label} lists {manifest.bytes:,} bytes, and backup.info says {size:,}"
        yield _finding(facts, "SP532", what, "run `pgbackrest verify` on the vault; take a new full backup")


def _path(facts: BackupFacts, name: str) -> str:
    return f"{facts.label}/{name}" if name.startswith(MANIFEST) else name


def _finding(facts: BackupFacts, code: str, what: str, fix: str) -> Finding:
    return Finding(code=code, severity=Severity.CRITICAL, what=what, where=facts.where, fix=fix)
