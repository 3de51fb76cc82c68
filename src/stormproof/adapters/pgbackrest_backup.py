"""Read what describes a backup, twice over, through the recovery host's own read-only credential."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from stormproof.adapters.resource import resource
from stormproof.core.backup_whole import BackupFacts, Description, differs, parse_value, unseen
from stormproof.core.errors import Unverified
from stormproof.core.misread import MISREAD
from stormproof.core.ports import Host

LOOK_BOUND_SECONDS = 300.0
MOVING = ("backup.info", "archive.info")  # written anew, one after the other, whenever a backup ends or expires


def look_at_backup(
    host: Host, *, stanza: str, label: str, folder: str, env: Mapping[str, str], where: str
) -> BackupFacts:
    """Both copies of backup.manifest, backup.info and archive.info. They are decrypted on `host` and do not leave it.

    Args:
        folder: made for the time of the look and removed.
        env: the passphrase, and whatever else pgBackRest is to go by (PGBACKREST_*).

    Raises what Host raises; Unverified when the answer is not understood.
    """
    for _ in range(2):  # once: a backup that ended between two looks, a connection that broke
        variables = {**env, "FOLDER": folder, "STANZA": stanza, "LABEL": label}
        text = host.check(resource("backup_look.sh"), env=variables, timeout_seconds=LOOK_BOUND_SECONDS)
        facts = parse_look(text, label=label, where=where)
        if not unseen(facts) and not any(differs(facts, name) for name in MOVING):
            break
    return facts


def parse_look(text: str, *, label: str, where: str) -> BackupFacts:
    """Lines of backup_look.sh. Raises Unverified for a line that nobody knows."""
    files: dict[str, dict[str, Any]] = {}
    # Not splitlines(), which ends a line at a dozen other characters too: a damaged block, deciphered, may hold any of them.
    for line in text.removesuffix("\n").split("\n") if text else ():
        word, name, rest = (*line.split(" ", 2), "", "")[:3]
        try:
            _note(files.setdefault(name, {"fields": {}}), word, rest)
        except MISREAD as error:
            raise Unverified(
                f"the look at the backup's description answered {line[:80]!r}",
                where=where,
                fix="is pgbackrest's version newer than those this was tried with?",
                code="SP534",
            ) from error
    described = {name: Description(name, **known) for name, known in files.items() if "status" in known}
    return BackupFacts(label, where, described)


def _note(known: dict[str, Any], word: str, rest: str) -> None:
    """Raises one of MISREAD."""
    if word == "file":
        status, _, sha1, fits = rest.split(" ")
        known |= {"status": int(status), "sha1": sha1, "own_sum": fits == "own-sum"}
    elif word == "said":
        known["said"] = _printable(base64.b64decode(rest))
    elif word == "entry":
        entry = parse_value(rest)
        known["entry"] = entry if isinstance(entry, dict) else None
    elif word == "field":
        _, key, value = rest.split(" ", 2)
        known["fields"][key] = parse_value(value)
    elif word == "files":
        count, size = rest.split(" ")
        known |= {"files": int(count), "bytes": int(size)}
    else:
        raise ValueError(word)


def _printable(raw: bytes) -> str:
    """The last words of pgBackRest without what no terminal should see: a wrong key puts raw bytes into messages."""
    text = raw.decode(errors="replace")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[-300:]
