"""A drill while it runs: what is being done, and elapsed time against the RTO. Without a terminal: one line per event."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self, cast

from stormproof.core.progress import Event
from stormproof.report.lasting_stream import LastingStream
from stormproof.report.wording import duration, plain, seconds

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live

_REFRESHES_PER_SECOND = 8
_RTO_BAR_COLUMNS = 20


class LiveDrill:
    """Watches one run: call it with events (it is a `Progress`). Events may come from several threads.

    Args:
        color: whether escapes for colour may be written.
        live: whether the stream is a terminal whose last lines may be redrawn; otherwise plain lines only.
        quiet: drop everything but the run's failure lines.
    """

    def __init__(self, stream: IO[str], *, color: bool, live: bool, quiet: bool = False) -> None:
        self._stream: IO[str] = cast("IO[str]", LastingStream(stream))
        self._color, self._want_live, self._quiet = color, live and not quiet, quiet
        self._lock = threading.Lock()
        self._running: dict[str, tuple[str, str, float]] = {}  # step -> (title, phase, monotonic start)
        self._began = time.monotonic()
        self._clock: float | None = None  # t_start, on our monotonic clock
        self._stopped: float | None = None  # the figure, once it is known
        self._rto: float | None = None
        self._drill = ""
        self._live: Live | None = None
        self._console: Console | None = None

    def __enter__(self) -> Self:
        from rich.console import Console

        self._console = Console(
            file=self._stream,
            no_color=not self._color,
            force_terminal=self._want_live or None,
            highlight=False,
            markup=False,
            emoji=False,
            soft_wrap=not self._want_live,
        )
        if self._want_live:
            from rich.live import Live

            self._live = Live(
                console=self._console,
                get_renderable=self._now,
                refresh_per_second=_REFRESHES_PER_SECOND,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def __call__(self, event: Event) -> None:
        with self._lock:
            line = self._take(event)
        if line is None or (self._quiet and event["kind"] != "step-failed"):
            return
        style = {"step-failed": "red", "message": "dim", "run-started": "bold"}.get(event["kind"], "")
        assert self._console is not None, "events before the watcher was entered"
        from rich.text import Text

        self._console.print(Text(line, style=style))

    def _take(self, event: Event) -> str | None:
        """Remember what the event changes, and answer the line that stays on the screen (None: no line)."""
        now = time.monotonic()
        step = event.get("step", "")
        match event["kind"]:
            case "run-started":
                self._drill, self._rto = plain(event.get("drill", "")), event.get("rto_s")
                title = f" – {plain(event['title'])}" if event.get("title") else ""
                return f"{self._drill}{title} (run {event.get('run', '?')})"
            case "stopwatch-started":
                self._clock = now - event.get("seconds", 0.0)  # a resumed run's clock goes on
                return self._stamp("stopwatch", "started", "")
            case "stopwatch-stopped":
                self._stopped = event.get("seconds", 0.0 if self._clock is None else now - self._clock)
                return self._stamp("stopwatch", f"first write and read after {seconds(self._stopped)}", "")
            case "step-started":
                self._running[step] = (plain(event.get("title", step)), event.get("phase", ""), now)
                return (
                    None
                    if self._live is not None
                    else self._stamp(event.get("phase", ""), plain(event.get("title", step)), "…")
                )
            case "step-done":
                title, phase, _ = self._running.pop(step, (plain(step), "", now))
                again = f" (attempt {event['attempts']})" if event.get("attempts", 1) > 1 else ""
                return self._stamp(phase, title, f"{seconds(event.get('seconds', 0.0))}{again}")
            case "step-failed":
                title, phase, _ = self._running.pop(step, (plain(step), "", now))
                return self._stamp(phase, title, f"FAILED: {plain(event.get('what', 'no reason given'))}")
            case "isolation":
                return self._stamp("isolation", f"{event.get('when', '')} {event.get('result', 'unknown')}".strip(), "")
            case "check-done" | "control-done":
                return self._stamp(
                    event["kind"].removesuffix("-done"),
                    plain(event.get("name", "")),
                    f"{event.get('result', 'unknown')} {seconds(event.get('seconds', 0.0))}",
                )
            case "message":
                return self._stamp("", plain(event.get("text", "")), "")
            case "run-done":
                self._running.clear()
                return self._stamp("run", event.get("verdict", "done"), "")
            case _:
                return None

    def _stamp(self, phase: str, what: str, end: str) -> str:
        """`  12.3 s  restore    Restore the cluster  4.8 s`: time since the stopwatch started, or since the run began."""
        elapsed = time.monotonic() - (self._began if self._clock is None else self._clock)
        mark = " " if self._clock is None else "+"
        return f"{mark}{elapsed:7.1f} s  {phase:<10} {what}{'  ' + end if end else ''}"

    def _now(self) -> RenderableType:
        """What is redrawn: the stopwatch against the RTO, then each running step with its elapsed time."""
        from rich.console import Group
        from rich.text import Text

        now = time.monotonic()
        with self._lock:
            rows = [
                Text(f"{'':11}{phase:<10} {title}  {now - start:.1f} s …", overflow="ellipsis", no_wrap=True)
                for title, phase, start in self._running.values()
            ]
            elapsed = self._stopped if self._stopped is not None else None if self._clock is None else now - self._clock
        head = Text(overflow="ellipsis", no_wrap=True)
        if elapsed is None:
            head.append(f"{self._drill or 'run'}  preparing, {now - self._began:.1f} s", style="dim")
        elif self._rto:
            share = elapsed / self._rto
            style = "green" if share < 0.75 else "yellow" if share <= 1 else "red"
            full = min(_RTO_BAR_COLUMNS, int(share * _RTO_BAR_COLUMNS))
            head.append("━" * full, style=style)
            head.append("─" * (_RTO_BAR_COLUMNS - full), style="dim")
            head.append(f"  {elapsed:.1f} s of RTO {duration(self._rto)}", style=style)
        else:
            head.append(f"{elapsed:.1f} s since the stopwatch started")
        return Group(head, *rows)


def live_or_plain(stream: IO[str], *, color: bool, quiet: bool = False) -> LiveDrill:
    """Redraw where the stream is a terminal, write plain lines where it is not."""
    return LiveDrill(stream, color=color and stream.isatty(), live=stream.isatty(), quiet=quiet)
