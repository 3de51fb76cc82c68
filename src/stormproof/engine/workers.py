"""Steps in threads: started, watched, told to stop at their bound, and given up on only after a grace."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from stormproof.core.errors import StormproofError
from stormproof.engine.runbook import BoundStep
from stormproof.engine.stopping import Guard


@dataclass(frozen=True, slots=True)
class Ended:
    """A step's thread that ended. `error` is what it raised; anything but a StormproofError is a bug."""

    bound: BoundStep
    error: BaseException | None


class Workers:
    """The threads of one executor. They are daemons: one that hangs cannot keep a runner from ending."""

    def __init__(self) -> None:
        self._ended: queue.SimpleQueue[Ended] = queue.SimpleQueue()
        self.running: dict[str, tuple[BoundStep, Guard]] = {}

    def start(self, bound: BoundStep, guard: Guard, work: Callable[[BoundStep, Guard], None]) -> None:
        def body() -> None:
            error: BaseException | None = None
            try:
                work(bound, guard)
            except BaseException as raised:  # noqa: BLE001 - nothing is swallowed: the main thread is handed it
                error = raised
            self._ended.put(Ended(bound, error))

        self.running[bound.name] = (bound, guard)
        threading.Thread(target=body, name=f"step-{bound.name}", daemon=True).start()

    def next_ended(self, seconds: float) -> Ended | None:
        """The next step that ends within that time."""
        try:
            ended = self._ended.get(timeout=seconds)
        except queue.Empty:
            return None
        self.running.pop(ended.bound.name, None)
        return ended

    def stop_all(self, reason: StormproofError) -> None:
        """Tell every running step to stop, for this reason; the first reason counts."""
        for _, guard in self.running.values():
            if guard.stop_reason is None:
                guard.stop_reason = reason

    def overdue(self, grace_seconds: float) -> list[BoundStep]:
        """Tell steps over their bound to stop; answer those that did not within the grace, and forget them."""
        stuck = []
        for name, (bound, guard) in list(self.running.items()):
            if guard.remaining_seconds <= 0 and guard.stop_reason is None:
                guard.stop_reason = guard.overdue()
            if guard.remaining_seconds <= -grace_seconds:
                stuck.append(bound)
                del self.running[name]
        return stuck
