"""What several checks look at, looked up once: the copy's shape and counts, and the files held against their rows."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from stormproof.adapters.capture import Shape, capture_shape, list_databases
from stormproof.adapters.check_runner_files import compare_files_with_rows
from stormproof.adapters.postgres_questions import READER_ROLE, Session, ask
from stormproof.adapters.resource import resource
from stormproof.core.check_context import CheckContext, PostgresPlace
from stormproof.core.errors import StormproofError, Unverified
from stormproof.core.file_checks import FilesAgainstRows
from stormproof.core.reference import DatabaseReference, PostgresReference

T = TypeVar("T")
SHAPE_BOUND_SECONDS = 600.0


class Once(Generic[T]):
    """Run a look when the first check asks, hand its answer (or its error) to all others. Safe for several threads."""

    def __init__(self, look: Callable[[], T]) -> None:
        self._look, self._lock = look, threading.Lock()
        self._answer: list[T] = []
        self._error: StormproofError | None = None

    def __call__(self) -> T:
        with self._lock:
            if self._error is not None:
                raise self._error
            if not self._answer:
                try:
                    self._answer.append(self._look())
                except StormproofError as error:
                    self._error = error
                    raise
            return self._answer[0]


class Looks:
    """The looks that checks share, for one context."""

    def __init__(self, context: CheckContext, bound_seconds: float = SHAPE_BOUND_SECONDS) -> None:
        self.context, self._bound_seconds = context, bound_seconds
        self.shape = Once(self._shape)
        self.reader = Once(self._reader)
        self.files = Once(self._files)

    @property
    def place(self) -> PostgresPlace:
        """Raises Unverified when there is no restored server to ask."""
        if self.context.postgres is None:
            raise Unverified(
                "there is no restored database to ask",
                where="this drill",
                fix="take the check off, or restore a database",
            )
        return self.context.postgres

    @property
    def reference(self) -> PostgresReference:
        """Raises Unverified when none was captured: without it, nothing can be compared."""
        held = self.context.reference
        if held is None or held.postgres is None:
            raise Unverified(
                "the vault holds no reference for this recovery point",
                where="the vault: references",
                fix="capture a reference at each backup",
                code="SP493",
            )
        return held.postgres

    def database(self) -> tuple[DatabaseReference, DatabaseReference | None]:
        """The service's database in the copy, and in the reference if there is one."""
        name = self.place.database
        copy = self.shape().reference.databases.get(name)
        if copy is None:
            raise Unverified(
                f"database {name} is not in the copy", where=self.place.database, fix="is this the right backup?"
            )
        held = self.context.reference.postgres if self.context.reference else None
        return copy, held.databases.get(name) if held else None

    def _shape(self) -> Shape:
        context, place = self.context, self.place
        there = list_databases(context.host, place)
        held = context.reference.postgres if context.reference else None
        wanted = {*(held.databases if held else ()), place.database}
        names = [name for name in there if name in wanted] or there
        return capture_shape(
            context.host,
            place,
            databases=names,
            heartbeat_table=context.heartbeat_table,
            count_rows=context.count_rows,
            timeout_seconds=self._bound_seconds,
        )

    def _reader(self) -> str:
        """Make the unprivileged role that user SQL runs as; answers its name."""
        session = Session(
            bound_seconds=20, writable=True, variables={"application_role": self.place.application_role or ""}
        )
        ask(self.context.host, self.place, resource("postgres_reader.sql"), session)
        return READER_ROLE

    def _files(self) -> FilesAgainstRows:
        return compare_files_with_rows(self.context, self.place, self.reader())
