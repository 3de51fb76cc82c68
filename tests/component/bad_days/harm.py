"""Harm that several modules of planters do: in front of a command of pgBackRest, and to one file at the vault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bad_day import BadDay

KEPT = "/srv/vault/kept"


def when_asked_to(command: str, act: str) -> str:
    """Bash for `wrapped`: only in front of this command of pgBackRest."""
    return f'case " $* " in *" {command} "*) {act} ;; esac'


def overwritten(at: int) -> str:
    """Bash: one byte of $f is another."""
    return f"printf X | dd of=$f bs=1 seek={at} conv=notrunc status=none"


@contextmanager
def harmed(day: BadDay, file: str, harm: str) -> Iterator[None]:
    """A file at the vault; `harm` is bash with $f. It is kept aside before, and put back after."""
    day.on("vault", f"f={file}; cp -p $f {KEPT}; chmod u+w $f; {harm}")
    try:
        yield
    finally:
        day.on("vault", f"mv -f {KEPT} {file}")
