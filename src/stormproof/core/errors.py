"""Errors that a person, a host or a cloud can cause. Each says what, where, and how to fix it."""

from __future__ import annotations

from typing import ClassVar


class StormproofError(Exception):
    """Base of every expected error. Each subclass owns one exit code (docs/exit-codes.md is built from them)."""

    exit_code: ClassVar[int]
    meaning: ClassVar[str]

    def __init__(self, what: str, *, where: str, fix: str, code: str = "") -> None:
        super().__init__(what, where, fix)
        self.what, self.where, self.fix, self.code = what, where, fix, code

    def __str__(self) -> str:
        head = f"error {self.code}: " if self.code else "error: "
        return f"{head}{self.what}\n  where: {self.where}\n  fix:   {self.fix}"

    def as_json(self) -> dict[str, object]:
        return {
            "error": {"code": self.code, "what": self.what, "where": self.where, "fix": self.fix},
            "exit_code": self.exit_code,
        }


class Refused(StormproofError):
    """Usage, specification or safety: nothing was moved."""

    exit_code = 2
    meaning = "refused: usage, specification or safety; nothing was moved"


class SpecInvalid(Refused):
    """A specification, inventory or setting is wrong. `problems` holds every mistake found, not just the first."""

    def __init__(self, problems: list[SpecProblem]) -> None:
        first = problems[0]
        super().__init__(first.what, where=first.where, fix=first.fix, code="SP101")
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(f"error SP101: {p.what}\n  where: {p.where}\n  fix:   {p.fix}" for p in self.problems)

    def as_json(self) -> dict[str, object]:
        document = super().as_json()
        document["problems"] = [{"what": p.what, "where": p.where, "fix": p.fix} for p in self.problems]
        return document


class SpecProblem:
    """One mistake in a text that a person wrote: `where` is `file:line`, `fix` is what to write instead."""

    __slots__ = ("fix", "what", "where")

    def __init__(self, what: str, *, where: str, fix: str) -> None:
        self.what, self.where, self.fix = what, where, fix

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SpecProblem) and (self.what, self.where, self.fix) == (
            other.what,
            other.where,
            other.fix,
        )

    def __hash__(self) -> int:
        return hash((self.what, self.where, self.fix))

    def __repr__(self) -> str:
        return f"SpecProblem({self.what!r}, where={self.where!r}, fix={self.fix!r})"


class NotIsolated(Refused):
    """The environment is not proved isolated, so no byte of data moves. `proof` is what was seen."""

    def __init__(self, what: str, *, where: str, fix: str, code: str = "", proof: object = None) -> None:
        super().__init__(what, where=where, fix=fix, code=code)
        self.proof = proof


class RunFailed(StormproofError):
    """A restore, a check, or the isolation at its second proof failed."""

    exit_code = 3
    meaning = "failed: restore, check, or isolation lost at the second proof"


class Unverified(StormproofError):
    """Something that must be looked at could not be looked at."""

    exit_code = 4
    meaning = "unverified: something could not be looked at; never a pass"


class LeftoversRemain(StormproofError):
    """Tear-down did not remove everything; the verdict is kept beside it."""

    exit_code = 5
    meaning = "leftovers remain; the verdict is kept beside it"


class StoppedHalfWay(StormproofError):
    """A run is half done and only a person can decide how it goes on."""

    exit_code = 6
    meaning = "stopped half-way, a person is needed"


class SetupFailed(StormproofError):
    """The lab, a tool or the machine could not be made ready."""

    exit_code = 69
    meaning = "set-up failed"


class Interrupted(StormproofError):
    """SIGINT: orderly undone."""

    exit_code = 130
    meaning = "interrupted (SIGINT), orderly undone"


class Terminated(StormproofError):
    """SIGTERM: orderly undone."""

    exit_code = 143
    meaning = "terminated (SIGTERM), orderly undone"


class HungUp(Terminated):
    """SIGHUP, the terminal went away: orderly undone."""

    exit_code = 129
    meaning = "hung up (SIGHUP), orderly undone"


def told_to_end(number: int) -> type[Terminated]:
    """The error of a signal that is not Ctrl-C: each owns the exit code that a shell gives it, 128 and its number."""
    return HungUp if 128 + number == HungUp.exit_code else Terminated


class HostUnreachable(RunFailed):
    """A host did not answer, or the connection to it was lost. Transient: may be tried again."""


class HostKeyMismatch(Refused):
    """A host showed a key that is not the one pinned in the inventory. Never tried again."""


class AccessRefused(RunFailed):
    """A host answered and refused our credential. Never tried again."""


class CommandFailed(RunFailed):
    """A command on a host ended with a status that its caller did not expect."""

    def __init__(self, what: str, *, where: str, fix: str, code: str = "", status: int, output: str) -> None:
        super().__init__(what, where=where, fix=fix, code=code)
        self.status, self.output = status, output


class TransientFailure(RunFailed):
    """A tool ended for a reason that may pass by itself, such as its connection to the vault. May be tried again."""


class TimedOut(RunFailed):
    """A bounded wait ended without what it waited for."""
