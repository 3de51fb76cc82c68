"""One row of a table: a thing that happens, and what a person must be told of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Expect:
    """How it must end.

    Args:
        verdict: of the drill (`met missed failed unverified refused stopped`); None where no drill ends.
        exit_code: of the command.
        codes: findings' or errors' codes that must be among those told. Empty for a healthy row: then nothing may be.
        said: words that must stand in what a person reads; "" asks for none.
    """

    verdict: str | None
    exit_code: int | None
    codes: tuple[str, ...] = ()
    said: str = ""


@dataclass(frozen=True)
class Row:
    """`id` is a slug, one over all tables; `what` is one line of docs/faults.md, in the words of who reads it at 3 a.m.

    `nightly` rows run with STORMPROOF_NIGHTLY=1 alone: they take minutes.
    """

    id: str
    what: str
    expect: Expect
    section: str
    nightly: bool = False

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True)
class Saw:
    """What a test saw of one row. `seconds`: how long the command took. `left`: what was still there afterwards."""

    verdict: str | None
    exit_code: int | None
    codes: tuple[str, ...] = ()
    said: str = ""
    seconds: float | None = None
    left: tuple[str, ...] = ()
    note: str = ""
