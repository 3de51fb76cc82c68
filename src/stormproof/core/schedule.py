"""Schedules in cron's five fields: minute, hour, day of month, month, day of week."""

from __future__ import annotations

import re

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 7, _DAYS),  # 0 and 7 are Sunday
)
_ITEM = re.compile(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>\d+))?", re.ASCII)
# Days that each month can have, so that a day that never comes (30 February) is noticed.
_DAYS_MAX = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

EXAMPLE = 'write five fields, for example "0 4 * * 1" for Mondays at 04:00'


class BadSchedule(ValueError):
    """A text that is no schedule. The message says which field and why."""


def parse_schedule(text: str) -> tuple[frozenset[int], ...]:
    """The values that each of the five fields allows. Numbers, names, lists, ranges and steps; no @words, no L, W, #.

    Raises BadSchedule: another number of fields, a value out of its range, or a date that never comes.
    """
    fields = text.split()
    if len(fields) != len(_FIELDS):
        raise BadSchedule(f"it has {len(fields)} field{'' if len(fields) == 1 else 's'} and not five")
    values = tuple(_values(field, *about) for field, about in zip(fields, _FIELDS, strict=True))
    days, months = values[2], values[3]
    if fields[4] == "*" and all(min(days) > _DAYS_MAX[month - 1] for month in months):
        raise BadSchedule("that day does not exist in that month")
    return values


def _values(field: str, name: str, low: int, high: int, words: tuple[str, ...]) -> frozenset[int]:
    found: set[int] = set()
    for item in field.split(","):
        match = _ITEM.fullmatch(item)
        if match is None:
            raise BadSchedule(f"'{item}' is no {name}")
        first, last, step = match["first"], match["last"], int(match["step"] or 1)
        if step < 1 or (first == "*" and last):
            raise BadSchedule(f"'{item}' is no {name}")
        start = low if first == "*" else _number(first, name, low, high, words)
        end = high if first == "*" or (match["step"] and not last) else start
        if last:
            end = _number(last, name, low, high, words)
        if end < start:
            raise BadSchedule(f"'{item}' runs backwards in {name}")
        found.update(range(start, end + 1, step))
    return frozenset(found)


def _number(text: str, name: str, low: int, high: int, words: tuple[str, ...]) -> int:
    if text.lower() in words:
        return words.index(text.lower()) + low
    if not text.isdigit() or not low <= int(text) <= high:
        raise BadSchedule(f"'{text}' is no {name}: it runs from {low} to {high}")
    return int(text)
