"""One executor's ownership of a run: the lease, kept alive, and the fence around everything it does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Self

from stormproof.core.errors import StormproofError
from stormproof.core.journal import EventRecord, Holder, Journal, JournalUnusable, JournalUnwritable, LeaseLost
from stormproof.core.ports import Clock
from stormproof.engine.holder import is_dead, this_process
from stormproof.engine.run_clock import RunClock

LEASE_TTL_SECONDS = 30.0

BEGAN, ENDED = "executor-began", "executor-ended"  # kinds of events; the gaps between them are dead time


class Session:
    """Owns one run from construction to `close`. Raises LeaseHeld when another executor owns it.

    Hold one over everything that belongs to a run (a drill: from preflight to tear-down), and execute within it.
    """

    def __init__(
        self,
        journal: Journal,
        run_id: str,
        clock: Clock,
        *,
        ttl_seconds: float = LEASE_TTL_SECONDS,
        holder: Holder | None = None,
        dead: Callable[[Holder], bool] = is_dead,
    ) -> None:
        self.journal, self.run_id, self.clock = journal, run_id, clock
        self._ttl = ttl_seconds
        before = journal.lease(run_id)
        asked = clock.now().monotonic
        lease = journal.acquire(run_id, holder or this_process(), ttl_seconds=ttl_seconds, is_dead=dead)
        self.token = lease.token
        self.run_clock = RunClock(clock)
        self._sure_until = asked + ttl_seconds  # counted from before the asking: never later than the journal's own
        self._lost: LeaseLost | None = None
        self._ending = threading.Event()
        last_sign = before.renewed_at if before and before.holder else None
        self.event(
            BEGAN, {"last_sign_of_life": last_sign.isoformat() if last_sign else None, "pid": _pid(lease.holder)}
        )
        self._keeper = threading.Thread(target=self._keep, name=f"lease-{run_id}", daemon=True)
        self._keeper.start()

    def now(self) -> datetime:
        """UTC on this executor's clock."""
        return self.run_clock.now()

    def event(self, kind: str, document: Mapping[str, Any]) -> EventRecord:
        """Write an event, committed when this returns."""
        return self.journal.append_event(self.run_id, self.token, kind, self.now(), document)

    def check_still_ours(self) -> None:
        """Cheap enough for before every call to a host. Raises LeaseLost.

        While the lease has time left nobody can have taken it; when it has not (this process was stopped, or the
        journal away), the journal is asked first. The intent that is committed before each act is fenced as well.
        """
        if self._lost is None and self.clock.now().monotonic >= self._sure_until:
            self._renew()
        if self._lost is not None:
            raise self._lost

    def close(self) -> None:
        """Give the run back. Safe to call twice, and when the lease is lost."""
        if self._ending.is_set():
            return
        self._ending.set()
        self._keeper.join(timeout=10)
        if self._lost is None:
            try:
                self.event(ENDED, {})
                self.journal.release(self.run_id, self.token)
            except LeaseLost as lost:
                self._lost = lost
            except (JournalUnwritable, JournalUnusable):
                # What was going on has met the same fault and said so; the lease runs out, or dies with this process.
                return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _keep(self) -> None:
        while not self._ending.wait(self._ttl / 6):
            try:
                self._renew()
            except StormproofError:
                continue  # the journal is away for now; without it the lease runs out, and check_still_ours says so
            if self._lost is not None:
                return

    def _renew(self) -> None:
        asked = self.clock.now().monotonic
        try:
            self.journal.renew(self.run_id, self.token, ttl_seconds=self._ttl)
        except LeaseLost as lost:
            self._lost = lost
        else:
            self._sure_until = asked + self._ttl


def _pid(holder: Holder | None) -> int | None:
    return holder.pid if holder else None
