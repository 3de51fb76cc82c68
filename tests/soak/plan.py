"""What a soak will do, drawn from its seed alone: the same seed gives the same courses.

An instant is counted in lines of the runner's own progress plus a fraction of a second, not in seconds from its start:
so it means the same moment of a drill on a slow machine as on a fast one, as far as instants can be repeated at all.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

# How often each is drawn. The router that is gone takes the whole lab with it, so it comes seldom.
KINDS = {"runner": 50, "sshd": 14, "pgbackrest": 13, "postgres": 12, "forwarding": 9, "router": 2}
SSHD_HOSTS = ("recovery-1", "vault", "app-web")
VERBS = {"soak-orders": 55, "soak-shop": 20, "soak-uploads": 10, "restore_postgres": 15}
LINES = {"soak-orders": 38, "soak-shop": 44, "soak-uploads": 14, "restore_postgres": 24}  # of progress, undisturbed
RUNBOOKS = {"restore_postgres"}


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill: after the `line`-th line of progress of the process that runs then, and `seconds` more.

    Attributes:
        place: the host whose sshd dies; empty for other kinds.
        whole: sshd's listener dies too, or PostgreSQL's postmaster instead of one of its children.
        lasts: how long forwarding stays off, or the listener away, in seconds.
    """

    kind: str
    line: int
    seconds: float
    place: str = ""
    whole: bool = False
    lasts: float = 0.0

    def __str__(self) -> str:
        what = f"{self.kind}{' of ' + self.place if self.place else ''}{' (whole)' if self.whole else ''}"
        return f"{what} {self.seconds:.2f} s after line {self.line}" + (f", for {self.lasts:.1f} s" * bool(self.lasts))


@dataclass(frozen=True, slots=True)
class Course:
    """One drill, or one runbook on its own, with its kills.

    Attributes:
        keep: the restored copy stays after the end, so that it can be looked at from outside before it is swept.
        resume: for each kill of the runner, whether the run is resumed (else it is swept).
    """

    number: int
    name: str
    keep: bool
    kills: tuple[Kill, ...]
    resume: tuple[bool, ...]

    @property
    def is_runbook(self) -> bool:
        return self.name in RUNBOOKS


def courses(seed: int, first: int = 1) -> Iterator[Course]:
    """Endless. Each course has a generator of its own, so that one can be repeated without those before it."""
    number = first
    while True:
        yield _course(random.Random(f"{seed}:{number}"), number)
        number += 1


def _course(draw: random.Random, number: int) -> Course:
    name = draw.choices(list(VERBS), VERBS.values())[0]
    count = draw.randint(4, 9)
    kills = tuple(_kill(draw, LINES[name] if index == 0 else LINES[name] // 3) for index in range(count))
    resume = tuple(draw.random() < 0.9 for _ in kills)
    return Course(number, name, draw.random() < 0.6, kills, resume)


def _kill(draw: random.Random, lines: int) -> Kill:
    kind = draw.choices(list(KINDS), KINDS.values())[0]
    line = draw.randint(0, lines)
    return Kill(
        kind,
        line,
        round(draw.uniform(0.0, 0.6), 3),
        place=draw.choice(SSHD_HOSTS) if kind == "sshd" else "",
        whole=draw.random() < 0.4,
        lasts=round(draw.uniform(0.3, 6.0), 2) if kind in ("forwarding", "sshd") else 0.0,
    )
