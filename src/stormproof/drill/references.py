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
from stormproof.core.inventory import PostgresService
from stormproof.core.ports import Host
from stormproof.core.reference import Reference

LABEL = re.compile(r"[A-Za-z0-9._-]{1,120}\Z")


def read_reference(
    vault: Host,
    folder: str,
    service: str,
    *,
    label: str | None,
    snapshot_at: datetime | None,
    stanza: str | None = None,
) -> Reference:
    """The reference of a service: of that backup's label, or for files the newest one that was captured before the snapshot.

    Args:
        stanza: where the references lie in pgBackRest's repository (`store_of`); `vault` is then any host that reads it.

    Raises Unverified when there is none, or it cannot be read: then nothing can be compared.
    """
    place = f"{folder}/{service}"
    if label is None:
        assert snapshot_at is not None, "a reference is chosen by label or by instant"
        listed = vault.check(
            f'cd {shlex.quote(place)} 2>/dev/null && for f in *.json; do base64 -w0 -- "$f"; echo; done; true'
        )
        texts = [_decoded(line, f"{vault.name}:{place}") for line in listed.splitlines() if line.strip()]
        before = [r for r in (_parsed(text, f"{vault.name}:{place}") for text in texts) if r.captured_at <= snapshot_at]
        if not before:
            raise _missing(vault, place, f"none was captured before {snapshot_at.isoformat()}")
        # An older one than the snapshot's own still says which files must be there: those of its own time.
        return max(before, key=lambda r: r.captured_at)
    assert LABEL.match(label), f"not a label: {label!r}"
    if stanza is not None:
        place = f"the repository of {stanza}: {_IN_STORE}/{service}"
        done = vault.run(_store("repo-get", stanza, service, label), timeout_seconds=120)
    else:
        done = vault.run(f"cat {shlex.quote(f'{place}/{label}.json')}")
    if done.status != 0:
        raise _missing(vault, place, f"none for the backup {label}")
    return _parsed(done.stdout, f"{vault.name}:{place}/{label}.json")


_IN_STORE = "references"  # the folder in an object store's repository


def store_of(service: object) -> str | None:
    """The stanza in whose repository a service's references lie; None where a vault's folder holds them."""
    return service.stanza if isinstance(service, PostgresService) and service.object_store else None


def _store(command: str, stanza: str, service: str, label: str) -> str:
    """pgBackRest's own way to one file of its repository, whatever keeps it. References are not encrypted anywhere."""
    path = shlex.quote(f"{_IN_STORE}/{service}/{label}.json")
    return (
        f"pgbackrest --stanza={shlex.quote(stanza)} --log-level-file=off --log-level-console=error "
        f"--repo1-cipher-type=none {command} {path}"
    )


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


def refuse_existing(vault: Host, folder: str, service: str, label: str, *, stanza: str | None = None) -> None:
    """Raises Refused when that backup has a reference already: what the source looks like later is not what it was."""
    if stanza is not None:
        known = vault.run(f"{_store('repo-get', stanza, service, label)} --ignore-missing", timeout_seconds=120)
        if known.status == 0 and known.stdout.strip():
            raise _exists(vault, f"{_IN_STORE}/{service}/{label}.json")
        return
    path = f"{folder}/{service}/{label}.json"
    if vault.run(f"[ -e {shlex.quote(path)} ]").status == 0:
        raise _exists(vault, path)


def write_reference(
    vault: Host, folder: str, reference: Reference, *, replace: bool = False, stanza: str | None = None
) -> str:
    """Write references/SERVICE/LABEL.json at the vault, whole or not at all; answers its path.

    Args:
        stanza: write into pgBackRest's repository, from a host that may (`store_of`); the caller looked whether it is new.

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
    text = reference.model_dump_json(indent=1) + "\n"
    if stanza is not None:
        path = f"{_IN_STORE}/{reference.service}/{reference.label}.json"
        done = vault.run(
            _store("repo-put", stanza, reference.service, reference.label), stdin=text, timeout_seconds=120
        )
    else:
        done = vault.run(_WRITE, env=env, stdin=text, timeout_seconds=60)
    if done.status == _EXISTS and stanza is None:
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


def _decoded(line: str, where: str) -> str:
    """One file as it came over. A line that is none (a login script that prints) is never taken for a file or left out."""
    try:
        return base64.b64decode(line, validate=True).decode(errors="replace")
    except ValueError as error:
        raise _unreadable("its host answered with something else", where) from error


def _parsed(text: str, where: str) -> Reference:
    try:
        return Reference.model_validate_json(text)
    except ValidationError as error:
        raise _unreadable(f"{error.error_count()} problems", where) from error


def _unreadable(why: str, where: str) -> Unverified:
    return Unverified(
        f"a reference in the vault cannot be read ({why})",
        where=where,
        fix="let the capture job write it again beside the next backup",
        code="SP277",
    )


def _missing(vault: Host, place: str, why: str) -> Unverified:
    return Unverified(
        f"the vault holds no reference to compare with: {why}",
        where=f"{vault.name}:{place}",
        fix="run the capture job beside each backup",
        code="SP276",
    )
