"""What becomes of a mistake of ours: a report file in the state folder, and one calm message instead of a traceback."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from stormproof.core.errors import StormproofError

REPORT_CHARACTERS_MAX = 200_000


class OurMistake(StormproofError):
    """Something that must not happen did. Nothing that a person did wrong."""

    exit_code = 70
    meaning = "a mistake of ours; a report file says where"


def write_report(error: BaseException, words: Sequence[str], environment: Mapping[str, str]) -> OurMistake:
    """Write what is needed to find the mistake: where it was raised, versions, the verb. No values of variables.

    The file is readable by its owner alone: an exception's own words may hold what it was given.
    """
    now = datetime.now(UTC)
    text = _text(error, words, now)[:REPORT_CHARACTERS_MAX]
    place = _write(text, f"mistake-{now:%Y%m%dT%H%M%SZ}-{os.getpid()}.txt", environment)
    what = f"this is a mistake of ours: {type(error).__name__}" + (
        f": {str(error).splitlines()[0]}" if str(error) else ""
    )
    return OurMistake(
        what[:500],
        where=place or _frame(error),
        fix="send us that file; read it first, it may name hosts and paths of yours"
        if place
        else "send us this message; the report file could not be written",
        code="SP170",
    )


def _text(error: BaseException, words: Sequence[str], now: datetime) -> str:
    from stormproof import __version__

    return "\n".join(
        [
            f"stormproof {__version__}, Python {platform.python_version()}, {platform.platform()}",
            f"at {now.isoformat()}",
            f"command: stormproof {' '.join(_shown(words))}",
            "",
            *(line.rstrip("\n") for line in traceback.format_exception(error)),
            "",
        ]
    )


def _shown(words: Sequence[str]) -> list[str]:
    """The verb and its flags; what follows `--`, and values of parameters, are a user's own."""
    shown: list[str] = []
    for word in words:
        if word == "--":
            return [*shown, "--", "…"]
        shown.append(f"{word.split('=')[0]}=…" if "=" in word else word)
    return shown


def _write(text: str, name: str, environment: Mapping[str, str]) -> str | None:
    from stormproof.cli.settings import home

    folders: list[Path] = []
    with contextlib.suppress(StormproofError):  # no home folder: the temporary one is left
        folders.append(home(environment) / "mistakes")
    folders.append(Path(tempfile.gettempdir()))
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
        except OSError:
            continue
        return str(folder / name)
    return None


def _frame(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__) if error.__traceback__ else []
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else sys.executable
