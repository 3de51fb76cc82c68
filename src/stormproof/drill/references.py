"""The references in the vault: what the source looked like at the backup that was restored. Production is never asked."""

from __future__ import annotations

import base64
import re
import shlex
from datetime import datetime

from pydantic import ValidationError

from stormproof.core.errors import Unverified
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


def _parsed(text: str, where: str) -> Reference:
    try:
        return Reference.model_validate_json(text)
    except ValidationError as error:
        raise Unverified(
            f"a reference in the vault cannot be read ({error.error_count()} problems)",
            where=where,
            fix="let the capture job write it again beside the next backup",
            code="SP261",
        ) from error


def _missing(vault: Host, place: str, why: str) -> Unverified:
    return Unverified(
        f"the vault holds no reference to compare with: {why}",
        where=f"{vault.name}:{place}",
        fix="run the capture job beside each backup",
        code="SP260",
    )
