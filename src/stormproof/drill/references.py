"""The references in the vault: what the source looked like at a backup.

A drill reads the one of the backup that it restored, and never asks production; the capture beside each backup writes it.
"""

from __future__ import annotations

import base64
import re
import shlex
from datetime import datetime

from pydantic import ValidationError

from stormproof.core.errors import CommandFailed, Refused, Unverified
from stormproof.core.ports import Host
from stormproof.core.reference import Reference

LABEL = re.compile(r"[A-Za-z0-9._-]{1,120}\Z")


def read_reference(
    vault: Host, folder: str, service: str, *, label: str | None, snapshot_at: datetime | None
) -> Reference:
    """The reference of a service: of that backup's label, or for files the newest one that was captured before the snapshot.

    Raises Unverified when there is none, or it cannot be read: then nothing can be compared.
    """
    place = f"{folder}/{service}"
    if label is None:
        assert snapshot_at is not None, "a reference is chosen by label or by instant"
        listed = vault.check(
            f'cd {shlex.quote(place)} 2>/dev/null && for f in *.json; do base64 -w0 -- "$f"; echo; done; true'
        )
        texts = [base64.b64decode(line).decode(errors="replace") for line in listed.splitlines() if line.strip()]
        before = [r for r in (_parsed(text, f"{vault.name}:{place}") for text in texts) if r.captured_at <= snapshot_at]
        if not before:
            raise _missing(vault, place, f"none was captured before {snapshot_at.isoformat()}")
        # An older one than the snapshot's own still says which files must be there: those of its own time.
        return max(before, key=lambda r: r.captured_at)
    assert LABEL.match(label), f"not a label: {label!r}"
    done = vault.run(f"cat {shlex.quote(f'{place}/{label}.json')}")
    if done.status != 0:
        raise _missing(vault, place, f"none for the backup {label}")
    return _parsed(done.stdout, f"{vault.name}:{place}/{label}.json")


# Whoever reads meanwhile sees the old file or the whole new one. A link never replaces: of two that write the same label
# one is refused.
_WRITE = r"""
umask 027
mkdir -p -- "$FOLDER" && cd -- "$FOLDER" || exit 73
new=$(mktemp ".$NAME.XXXXXXXX") || exit 73
trap 'rm -f -- "$new"' EXIT
cat >"$new" && chmod 640 "$new" && sync "$new" || exit 74
if [ -n "$REPLACE" ]; then mv -f -- "$new" "$NAME"; else ln -- "$new" "$NAME" || { [ -e "$NAME" ] && exit 17; exit 74; }; fi
sync .
"""
_EXISTS = 17


def refuse_label(label: str) -> None:
    """Raises Refused for what cannot be a backup's label, and so no file's name."""
    if not LABEL.match(label) or label.startswith("."):
        raise Refused(
            f"'{label}' is no backup's label",
            where="--label",
            fix="take it from `pgbackrest info`, such as 20261123-040000F",
            code="SP280",
        )


def refuse_existing(vault: Host, folder: str, service: str, label: str) -> None:
    """Raises Refused when that backup has a reference already: what the source looks like later is not what it was."""
    path = f"{folder}/{service}/{label}.json"
    if vault.run(f"[ -e {shlex.quote(path)} ]").status == 0:
        raise _exists(vault, path)


def write_reference(vault: Host, folder: str, reference: Reference, *, replace: bool = False) -> str:
    """Write references/SERVICE/LABEL.json at the vault, whole or not at all; answers its path.

    Raises:
        Refused: it is there already, and is not to be replaced.
        CommandFailed: the vault's user may not write there, or its disk is full.
    """
    path = f"{folder}/{reference.service}/{reference.label}.json"
    env = {
        "FOLDER": f"{folder}/{reference.service}",
        "NAME": f"{reference.label}.json",
        "REPLACE": "yes" if replace else "",
    }
    done = vault.run(_WRITE, env=env, stdin=reference.model_dump_json(indent=1) + "\n", timeout_seconds=60)
    if done.status == _EXISTS:
        raise _exists(vault, path)
    if done.status != 0:
        said = " ".join(done.stderr.split())[-300:] or "it said nothing"
        raise CommandFailed(
            f"the reference could not be written: {said}",
            where=f"{vault.name}:{path}",
            fix="let the control side's user write into that folder at the vault; is its disk full?",
            code="SP282",
            status=done.status,
            output=said,
        )
    return path


def _exists(vault: Host, path: str) -> Refused:
    return Refused(
        "that backup has a reference already",
        where=f"{vault.name}:{path}",
        fix="capture once beside each backup; --replace writes over it, if the source has not changed since",
        code="SP281",
    )


def _parsed(text: str, where: str) -> Reference:
    try:
        return Reference.model_validate_json(text)
    except ValidationError as error:
        raise Unverified(
            f"a reference in the vault cannot be read ({error.error_count()} problems)",
            where=where,
            fix="let the capture job write it again beside the next backup",
            code="SP277",
        ) from error


def _missing(vault: Host, place: str, why: str) -> Unverified:
    return Unverified(
        f"the vault holds no reference to compare with: {why}",
        where=f"{vault.name}:{place}",
        fix="run the capture job beside each backup",
        code="SP276",
    )
