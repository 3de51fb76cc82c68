"""The outside world in the field's words. Adapters translate; the contract suites in tests/contract hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment: timezone-aware UTC for people, and the same clock's monotonic seconds for differences."""

    utc: datetime
    monotonic: float

    def __post_init__(self) -> None:
        assert self.utc.tzinfo is not None, "naive datetime reached the core"


class Clock(Protocol):
    def now(self) -> Instant: ...

    def sleep(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Completed:
    """A command that ended. `status` is its exit status, or 128 + signal; output is text, invalid bytes replaced."""

    status: int
    stdout: str
    stderr: str
    seconds: float


@dataclass(frozen=True, slots=True)
class JobState:
    """A detached job on a host. `status` is None while it runs; `lost` when it vanished without a status."""

    name: str
    started: bool
    status: int | None
    lost: bool
    seconds: float | None
    stdout_tail: str
    stderr_tail: str


class Host(Protocol):
    """One machine, reached over SSH. Scripts are bash; script and environment travel on standard input, so that
    neither ever stands in an argument list.

    Raises (every method): HostUnreachable (transient), HostKeyMismatch, AccessRefused (final), TimedOut.
    """

    @property
    def name(self) -> str: ...

    @property
    def address(self) -> str: ...

    def run(
        self, script: str, *, env: Mapping[str, str] | None = None, stdin: str = "", timeout_seconds: float = 30.0
    ) -> Completed:
        """Run a script to its end. Never raises for a non-zero status: the caller decides what that means."""

    def check(
        self, script: str, *, env: Mapping[str, str] | None = None, stdin: str = "", timeout_seconds: float = 30.0
    ) -> str:
        """Run a script and hand its standard output on. Raises CommandFailed for a non-zero status."""

    def start_job(self, run_id: str, name: str, script: str, *, env: Mapping[str, str] | None = None) -> None:
        """Start a detached job once: a second call for the same (run_id, name) starts nothing."""

    def job_state(self, run_id: str, name: str) -> JobState:
        """Look at a job; `started` is False when nobody ever started it."""

    def follow_job(self, run_id: str, name: str, *, timeout_seconds: float, poll_seconds: float = 0.01) -> JobState:
        """Wait on the host for a job's end. Re-attaches after a lost connection, within the bound. Raises TimedOut."""

    def kill_jobs(self, run_id: str) -> list[str]:
        """End every job of a run that still runs, with its children; answers their names."""


class Secrets(Protocol):
    """The third place that passphrases and keys come from: never production, never the vault."""

    @property
    def where(self) -> str:
        """For people and evidence: 'file:keys/'. Never a value."""

    def get(self, name: str) -> str:
        """The secret of that name. Raises Refused when it is missing or readable by others."""

    def names_read(self) -> list[str]:
        """Which secrets were read so far: the proof of where keys came from."""


class Hosts(Protocol):
    """Connections by inventory name, opened when first used."""

    def host(self, name: str) -> Host: ...

    def close(self) -> None: ...
