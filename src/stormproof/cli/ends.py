"""Ctrl-C and SIGTERM during a run: first an orderly end, then an impatient one."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING

from stormproof.core.errors import Interrupted, StormproofError, told_to_end

if TYPE_CHECKING:
    from stormproof.core.progress import Event, Progress
    from stormproof.engine.stopping import StopRequest

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ends:
    """Turns signals into stop requests while the engine listens for them, and into exceptions while it does not.

    The first signal during a run asks it to stop and undo. The second says that undoing goes on; the third leaves at
    once, and what is half done stays for `drill sweep`.
    """

    def __init__(self, stop: StopRequest, say: Callable[[str], None]) -> None:
        self._stop, self._say = stop, say
        self._running = False
        self._recovered = False  # the procedure is through: what follows is looked at and torn down anyway
        self._heard = 0

    def watching(self, progress: Progress) -> Progress:
        """The same watcher, which also tells us when the engine is at work."""

        def watch(event: Event) -> None:
            if event["kind"] in ("run-started", "stopwatch-started", "step-started"):
                self._running = True
            elif event["kind"] == "stopwatch-stopped":
                self._recovered = True
            elif event["kind"] == "run-done":
                self._running = False
            progress(event)

        return watch

    def began(self) -> None:
        """The engine is at work from here on, for runs that tell no stopwatch."""
        self._running = True

    @property
    def exit_code(self) -> int | None:
        """129, 130 or 143 once a signal was heard and the run was brought to an orderly end; else None."""
        return None if self._stop.reason is None else self._stop.reason.exit_code

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Listen for the length of the block, in the main thread; elsewhere there is nothing to listen to."""
        before: dict[signal.Signals, object] = {}
        try:
            for number in SIGNALS:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    before[number] = signal.signal(number, self._hear)
        except ValueError:
            pass  # not the main thread
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)  # type: ignore[arg-type]

    def _hear(self, number: int, _: FrameType | None) -> None:
        self._heard += 1
        reason = _reason(number)
        if not self._running or self._heard > 2:
            raise reason
        if self._heard == 1:
            self._stop.request(reason)
            self._say(
                "the procedure is through already: its checks end first, then all of it is torn down"
                if self._recovered
                else "stopping: the step in flight ends first, then what was done is undone"
            )
        else:
            self._say("still at it; once more leaves at once, and `stormproof drill sweep` removes what is left")


def _reason(number: int) -> StormproofError:
    name = signal.Signals(number).name
    kind, code = (Interrupted, "SP130") if number == signal.SIGINT else (told_to_end(number), "SP143")
    return kind(
        f"stopped by {name}",
        where="the running command",
        fix="run it again when it suits; `stormproof drill status` shows where each run stands",
        code=code,
    )
