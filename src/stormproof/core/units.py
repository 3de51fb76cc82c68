"""Durations, sizes and instants as people write them. A bare number where a unit belongs is a mistake, never a guess."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, PlainSerializer
from pydantic_core import PydanticCustomError

Quantity = TypeVar("Quantity")

_MICROSECONDS = {"ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
_BYTES = {
    "B": 1,
    "kB": 1000,
    "KB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "TB": 1000**4,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
    "TiB": 1024**4,
}
DURATION_DAYS_MAX = 36_500  # a hundred years: anything longer is a slip of the pen, and timedelta must not overflow
SIZE_BYTES_MAX = 2**63 - 1  # what PostgreSQL's bigint and every file system's offset hold

_PART = re.compile(r"(\d{1,18}(?:\.\d{1,9})?)([A-Za-z]+)", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


class WrongUnit(ValueError):
    """A text that is no quantity of the wanted kind. `fix` says what to write instead."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what, self.fix = what, fix


def parse_duration(text: object) -> timedelta:
    """Read `90s`, `5m`, `2h`, `1d`, `250ms`, `1.5h`, or parts from large to small such as `1h30m`.

    `m` is minutes. `0s` is allowed. Exact to the microsecond, rounded to the nearest.

    Raises WrongUnit: a bare number, an unknown unit, parts out of order, a negative one, or more than 100 years.
    """
    kind, example = "duration", "write for example 90s, 5m, 2h or 1d"
    parts = _parts(text, kind=kind, units=_MICROSECONDS, suggest="s", example=example)
    sizes = [_MICROSECONDS[unit] for _, unit in parts]
    if sizes != sorted(set(sizes), reverse=True):
        raise WrongUnit(f"'{text}' names its units out of order or twice", "write large units first, such as 1h30m")
    total = sum(_times(number, _MICROSECONDS[unit]) for number, unit in parts)
    if total > DURATION_DAYS_MAX * _MICROSECONDS["d"]:
        raise WrongUnit(f"'{text}' is longer than 100 years", "give a shorter duration")
    return timedelta(microseconds=total)


def parse_size(text: object) -> int:
    """Read `300MB` (powers of 1000) or `2GiB` (powers of 1024) into bytes, rounded to the nearest.

    Raises WrongUnit: a bare number, an unknown unit (units have exact capitals: kB or KB, MB, GB, KiB, MiB, GiB …).
    """
    parts = _parts(text, kind="size", units=_BYTES, suggest="MB", example="write for example 300MB or 2GiB")
    if len(parts) != 1:
        raise WrongUnit(f"'{text}' is no size", "write one number with one unit, for example 300MB or 2GiB")
    number, unit = parts[0]
    total = _times(number, _BYTES[unit])
    if total > SIZE_BYTES_MAX:
        raise WrongUnit(f"'{text}' is more than any disk holds", "give a smaller size")
    return total


def parse_instant(text: object) -> datetime:
    """Read ISO 8601 with a zone (`2026-01-31T09:00:00Z`, `2026-01-31 10:00+01:00`) into an instant in UTC.

    Raises WrongUnit: no zone, no time of day, or no such instant.
    """
    fix = "write ISO 8601 with a zone, for example 2026-01-31T09:00:00Z"
    if isinstance(text, datetime):
        read = text
    elif not isinstance(text, str):
        raise WrongUnit(f"{_shown(text)} is no instant", fix)
    else:
        try:
            read = datetime.fromisoformat(text.strip())
        except ValueError:
            raise WrongUnit(f"'{text}' is no instant", fix) from None
        if len(text.strip()) <= len("2026-01-31"):
            raise WrongUnit(f"'{text}' has no time of day and no zone", fix)
    if read.tzinfo is None:
        raise WrongUnit(
            f"'{text}' has no zone, so it could be any of 38 instants", f"write {read.isoformat()}Z for UTC"
        )
    try:
        return read.astimezone(UTC)
    except OverflowError:
        raise WrongUnit(f"'{text}' is no instant", fix) from None


def format_duration(duration: timedelta) -> str:
    """The shortest text that `parse_duration` reads back as the same duration: `90s` stays `1m30s`."""
    rest = round(duration / timedelta(microseconds=1))
    assert rest >= 0, "a duration is never negative"
    parts: list[str] = []
    for unit in ("d", "h", "m", "s"):
        number, rest = divmod(rest, _MICROSECONDS[unit])
        if number:
            parts.append(f"{number}{unit}")
    if rest:
        parts.append(f"{rest / 1000:f}".rstrip("0").rstrip(".") + "ms")
    return "".join(parts) or "0s"


def format_size(size_bytes: int) -> str:
    """For people: at most three digits and one decimal, in powers of 1000. Not exact."""
    if size_bytes < 1000:
        return f"{size_bytes}B"
    value = float(size_bytes)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 999.95 or unit == "TB":
            return f"{value:.1f}".removesuffix(".0") + unit
    raise AssertionError("unreachable")


def _parts(text: object, *, kind: str, units: dict[str, int], suggest: str, example: str) -> list[tuple[str, str]]:
    if isinstance(text, bool) or not isinstance(text, int | float | str):
        raise WrongUnit(f"{_shown(text)} is no {kind}", example)
    written = str(text).strip()
    if _NUMBER.fullmatch(written):
        if written.startswith("-"):
            raise WrongUnit(f"'{written}' is no {kind}: it is negative", example)
        raise WrongUnit(f"'{written}' has no unit", f"write {written.lstrip('+')}{suggest} if you mean that; {example}")
    matches = list(_PART.finditer(written))
    if not matches or "".join(match.group() for match in matches) != written:
        raise WrongUnit(f"'{written}' is no {kind}", example)
    for match in matches:
        if match.group(2) not in units:
            raise WrongUnit(
                f"'{written}' has an unknown unit '{match.group(2)}'",
                f"use one of {', '.join(units)}; {example}",
            )
    return [(match.group(1), match.group(2)) for match in matches]


def _times(number: str, factor: int) -> int:
    """A decimal text times a whole factor, rounded half up, without the detour over floating point."""
    whole, _, fraction = number.partition(".")
    scale: int = 10 ** len(fraction)
    return (int(whole + fraction) * factor * 2 + scale) // (2 * scale)


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    return (
        f"'{value}'"
        if isinstance(value, str | int | float)
        else f"a {'list' if isinstance(value, list) else 'mapping'}"
    )


def _duration(value: Any) -> timedelta:
    return value if isinstance(value, timedelta) else _for_pydantic(parse_duration, value)


def _size(value: Any) -> int:
    return _for_pydantic(parse_size, value)


def _instant(value: Any) -> datetime:
    return _for_pydantic(parse_instant, value)


def _for_pydantic(parse: Callable[[object], Quantity], value: object) -> Quantity:
    try:
        return parse(value)
    except WrongUnit as error:
        raise PydanticCustomError("spec", "{what}", {"what": error.what, "fix": error.fix}) from None


# Field types of specs. In JSON a duration is its text again, so that a dumped spec can be read back.
Duration = Annotated[timedelta, BeforeValidator(_duration), PlainSerializer(format_duration, when_used="json")]
Size = Annotated[int, BeforeValidator(_size)]
InstantUtc = Annotated[datetime, BeforeValidator(_instant)]
