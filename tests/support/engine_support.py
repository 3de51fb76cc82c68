"""What the engine's tests share: a clock that never waits, an inventory, a way to run a book in a few words."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from spec_samples import inventory

from stormproof.adapters.journal_memory import MemoryJournal
from stormproof.core.errors import Refused
from stormproof.core.journal import Journal
from stormproof.core.ports import Instant
from stormproof.core.redact import Redactor
from stormproof.core.run_state import StepState
from stormproof.engine.executor import Outcome, Pace, begin_run, execute
from stormproof.engine.places import Places
from stormproof.engine.runbook import Context, Phase, Runbook
from stormproof.engine.session import Session
from stormproof.engine.step import Step

RUN = "20260301T120000Z-0001"
BEGIN = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


class StillClock:
    """Moves only when somebody sleeps. Safe to share by threads."""

    def __init__(self) -> None:
        self.seconds, self.slept, self._lock = 0.0, [], threading.Lock()
        self.slept: list[float]

    def now(self) -> Instant:
        with self._lock:
            return Instant(BEGIN + timedelta(seconds=self.seconds), 1000.0 + self.seconds)

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.seconds += seconds
            self.slept.append(seconds)


class KnownSecrets:
    where = "file:keys/"

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values, self._read = dict(values), []
        self._read: list[str]

    def get(self, name: str) -> str:
        if name not in self._values:
            raise Refused(f"no secret '{name}'", where=self.where, fix="put it there", code="SP999")
        self._read.append(name)
        return self._values[name]

    def names_read(self) -> list[str]:
        return list(self._read)


class NoHosts:
    """Hosts by name that do nothing; engine tests look at who is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def host(self, name: str) -> Any:
        self.asked.append(name)
        return SimpleNamespace(name=name, address="10.0.0.1")

    def close(self) -> None: ...


@dataclass
class Bench:
    """One run of one book on memory adapters, and what was seen."""

    book: Runbook
    journal: Journal = field(default_factory=MemoryJournal)
    redactor: Redactor = field(default_factory=Redactor)
    clock: Any = field(default_factory=StillClock)
    hosts: NoHosts = field(default_factory=NoHosts)
    secrets: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    mode: str = "drill"
    environment: str = "recovery"
    undo_on_failure: bool = True
    pace: Pace = field(default_factory=lambda: Pace(poll_seconds=0.005, cancel_poll_seconds=0.0))
    progress: list[Mapping[str, Any]] = field(default_factory=list)

    def begin(self) -> None:
        begin_run(
            self.journal,
            self.book,
            run_id=RUN,
            mode=self.mode,
            environment=self.environment,
            service="shop",
            parameters=self.parameters,
            created_at=BEGIN,
            undo_on_failure=self.undo_on_failure,
        )

    @contextmanager
    def session(self, **options: Any) -> Iterator[Session]:
        session = Session(self.journal, RUN, self.clock, **options)
        try:
            yield session
        finally:
            session.close()

    def go_on(self, **options: Any) -> Outcome:
        with self.session() as session:
            return self.execute(session, **options)

    def execute(self, session: Session, **options: Any) -> Outcome:
        return execute(
            options.pop("book", self.book),
            session,
            Places(inventory(lab=False), self.hosts, KnownSecrets(self.secrets)),
            redactor=self.redactor,
            pace=self.pace,
            progress=self.progress.append,
            rng=random.Random(1),
            **options,
        )

    def run(self, **options: Any) -> Outcome:
        self.begin()
        return self.go_on(**options)

    def moves(self) -> list[str]:
        return [f"{record.step} {record.state}" for record in self.journal.steps(RUN)]

    def record(self, session: Session, step: str, *states: StepState, **facts: Any) -> None:
        """Write moves as an executor would have, to make the journal of one that died."""
        for state in states:
            self.journal.record_step(RUN, session.token, step, 1, state, session.now(), **facts)


def sure(outcome: Outcome) -> Outcome:
    """The outcome of a run that must be done; whatever kept it from that is raised."""
    for trouble in (outcome.bug, outcome.error):
        if trouble is not None:
            raise trouble
    return outcome


def a_book(name: str = "toy") -> Runbook:
    return Runbook(name, title="A toy", service_kind="application")


def add(
    book: Runbook,
    name: str,
    act: Callable[[Context], Any] = lambda context: {},
    *,
    undo: Callable[[Context], None] | None = None,
    verify: Callable[[Context], Any] | None = None,
    **options: Any,
) -> Step:
    """Declare a step from a lambda."""

    def function(context: Context) -> Any:
        """What to read at 3 a.m."""
        return act(context)

    function.__name__ = name
    facts = {"title": f"Step {name}", "phase": Phase.RESTORE, "repeatable": True, "expected_seconds": 0, **options}
    step = book.step(**facts)(function)
    if undo is not None:
        step.undo(undo)
    if verify is not None:
        step.verify(verify)
    return step
