"""What a verb says: its answer on standard output, progress and messages on standard error, one JSON document with --json."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import PurePath
from typing import IO, Any

WIDTH_DEFAULT = 80
WIDTH_MAX = 120


class Output:
    """One command's voice.

    Args:
        json_wanted: exactly one JSON document goes to standard output, and nothing else.
        quiet: no progress and no messages; answers and errors stay.
        color: None asks the terminal and NO_COLOR.
    """

    def __init__(self, *, json_wanted: bool = False, quiet: bool = False, color: bool | None = None) -> None:
        self.json_wanted, self.quiet = json_wanted, quiet
        self._color = color
        self._answered = False
        self.lost: str | None = None  # why standard output took not all that we wrote; main makes an error of it

    @property
    def err(self) -> IO[str]:
        """Standard error; a closed one swallows."""
        return sys.stderr if sys.stderr is not None else open(os.devnull, "w")  # noqa: PTH123 - lives as long as we

    def color_on(self, stream: IO[str] | None) -> bool:
        if self._color is not None:
            return self._color
        return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and _is_terminal(stream)

    @property
    def color_out(self) -> bool:
        return self.color_on(sys.stdout)

    @property
    def color_err(self) -> bool:
        return self.color_on(sys.stderr)

    @property
    def width(self) -> int:
        """Columns for tables: the terminal's, at most 120; 80 where there is none."""
        if not _is_terminal(sys.stdout):
            return WIDTH_DEFAULT
        try:
            return max(40, min(os.get_terminal_size(sys.stdout.fileno()).columns, WIDTH_MAX))
        except (OSError, ValueError):
            return WIDTH_DEFAULT

    def text(self, lines: str | Iterable[str]) -> None:
        """The answer for people; dropped with --json."""
        if not self.json_wanted:
            self._write(lines if isinstance(lines, str) else "\n".join(lines))

    def document(self, document: Mapping[str, Any]) -> None:
        """The answer as JSON; dropped without --json. Only the first counts: there is exactly one."""
        if self.json_wanted and not self._answered:
            self._answered = True
            self._write(json.dumps(document, ensure_ascii=False, indent=2, default=_plain))

    def answer(self, document: Mapping[str, Any], lines: str | Iterable[str]) -> None:
        """Both forms of one answer."""
        self.document(document)
        self.text(lines)

    def say(self, line: str) -> None:
        """Progress and messages, on standard error; dropped with --quiet."""
        if not self.quiet:
            self.complain(line)

    def complain(self, text: str) -> None:
        """Errors, on standard error, whatever --quiet says."""
        with contextlib.suppress(OSError, ValueError):  # where nobody can be told, the exit code still tells
            print(text, file=self.err, flush=True)

    def _write(self, text: str) -> None:
        if sys.stdout is None or self.lost is not None:  # closed before we were started, or full
            return
        self._hand_over(lambda: print(text.removesuffix("\n"), flush=True))

    def flush(self) -> None:
        """Hand over what was written. A reader that left is no error; what could not be written is kept in `lost`."""
        if sys.stdout is None or self.lost is not None:
            return
        self._hand_over(sys.stdout.flush)

    def _hand_over(self, write: Callable[[], object]) -> None:
        """Where nothing is buffered (PYTHONUNBUFFERED) it is the write that fails, and a flush says nothing of it."""
        try:
            write()
        except BrokenPipeError:
            hush()  # whoever read us has gone; the rest is for nobody, and that is no error
        except (OSError, ValueError) as error:
            hush()
            self.lost = str(error)  # an answer that is cut must not look like success


def _plain(value: object) -> str:
    """What JSON has no form for: instants and days as ISO 8601, paths as text. Anything else is a mistake of ours."""
    if isinstance(value, date):
        return value.isoformat()
    assert isinstance(value, PurePath), f"no JSON for {type(value).__name__}"
    return str(value)


def hush() -> None:
    """Let Python's own flush at exit go nowhere instead of failing once more."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.close(null)
    except OSError:
        sys.stdout = None


def _is_terminal(stream: IO[str] | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False
