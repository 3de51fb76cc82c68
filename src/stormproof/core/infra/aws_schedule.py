"""Schedules as AWS writes them (`cron(0 5 ? * * *)`, `rate(1 hour)`) and the longest time between two of their instants."""

from __future__ import annotations

import calendar
import itertools
import re
from dataclasses import dataclass
from datetime import date, timedelta

_RATE = re.compile(r"rate\(\s*(\d+)\s+(minute|hour|day)s?\s*\)\Z", re.IGNORECASE)
_CRON = re.compile(r"cron\(\s*(.+?)\s*\)\Z", re.IGNORECASE)
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_DAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
_LOOK_FROM = date(2027, 1, 1)
_LOOK_DAYS = 4 * 366 + 1  # a leap day is in it, so that `29 2` is not taken for never


class BadSchedule(ValueError):
    """Not a schedule that AWS takes. The message is for a person."""


@dataclass(frozen=True)
class Schedule:
    """A cron expression's fields. `day_word` and `weekday_word` keep what is no set of numbers: `L`, `15W`, `6L`, `2#1`."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int] | None  # None: any, or told by `day_word`
    months: frozenset[int]
    weekdays: frozenset[int] | None  # 1 is Sunday, as AWS counts
    day_word: str = ""
    weekday_word: str = ""

    def comes_on(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        if self.day_word:
            return day == _worded_day(self.day_word, day.year, day.month)
        if self.weekday_word:
            return day == _worded_weekday(self.weekday_word, day.year, day.month)
        if self.days is not None and day.day not in self.days:
            return False
        return self.weekdays is None or day.isoweekday() % 7 + 1 in self.weekdays


def longest_gap(expression: str) -> timedelta:
    """The longest time between two instants of a schedule; over four years for a cron expression.

    Raises: BadSchedule, also for one that comes once in four years or less.
    """
    rate = _RATE.match(expression.strip())
    if rate:
        number, unit = int(rate[1]), rate[2].lower()
        if number == 0:
            raise BadSchedule("a rate of 0 never comes")
        return timedelta(**{f"{unit}s": number})
    schedule = parse_cron(expression)
    times = sorted(hour * 60 + minute for hour in schedule.hours for minute in schedule.minutes)
    inside = max((b - a for a, b in itertools.pairwise(times)), default=0)
    every = (_LOOK_FROM + timedelta(days=offset) for offset in range(_LOOK_DAYS))
    days = [day for day in every if schedule.comes_on(day)]
    if len(days) < 2:
        raise BadSchedule(f"{expression} comes less than twice in four years")
    over_night = max((b - a).days for a, b in itertools.pairwise(days)) * 1440 - times[-1] + times[0]
    return timedelta(minutes=max(inside, over_night))


def parse_cron(expression: str) -> Schedule:
    """Raises: BadSchedule."""
    found = _CRON.match(expression.strip())
    if not found:
        raise BadSchedule(f"{expression!r} is neither cron(…) nor rate(…)")
    fields = found[1].upper().split()
    if len(fields) != 6:
        raise BadSchedule(
            f"{expression} has {len(fields)} fields where AWS takes six: minute hour day month weekday year"
        )
    minute, hour, day, month, weekday, year = fields
    if (day == "?") == (weekday == "?"):
        raise BadSchedule(f"{expression}: exactly one of day and weekday is '?'")
    if year not in ("*", "?") and not re.fullmatch(r"\d{4}-\d{4}|\*/1", year):
        raise BadSchedule(f"{expression}: it ends with the year {year}")
    day_word = day if re.fullmatch(r"L|LW|\d{1,2}W", day) else ""
    weekday_word = weekday if re.fullmatch(r"\w+#[1-5]|\w{1,3}L|L", weekday) else ""
    return Schedule(
        minutes=_numbers(minute, 0, 59),
        hours=_numbers(hour, 0, 23),
        days=None if day in ("?", "*") or day_word else _numbers(day, 1, 31),
        months=_numbers(month, 1, 12, _MONTHS),
        weekdays=None if weekday in ("?", "*") or weekday_word else _numbers(weekday, 1, 7, _DAYS),
        day_word=day_word,
        weekday_word=weekday_word,
    )


def _numbers(text: str, low: int, high: int, names: dict[str, int] | None = None) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        try:
            start = low if first == "*" else _number(first, names)
            end = high if first == "*" or (step and not last) else _number(last or first, names)
            every = int(step) if step else 1
        except ValueError:
            raise BadSchedule(f"{part!r} is no number of {low} to {high}") from None
        if not low <= start <= high or not low <= end <= high or every < 1 or start > end:
            raise BadSchedule(f"{part!r} is not within {low} to {high}")
        found.update(range(start, end + 1, every))
    return frozenset(found)


def _number(text: str, names: dict[str, int] | None) -> int:
    return names[text] if names and text in names else int(text)


def _worded_day(word: str, year: int, month: int) -> date:
    """`L` the last day, `LW` the last weekday, `15W` the weekday nearest to the 15th within the month."""
    last = calendar.monthrange(year, month)[1]
    if word == "L":
        return date(year, month, last)
    wanted = date(year, month, last if word == "LW" else min(int(word[:-1]), last))
    if wanted.isoweekday() <= 5:
        return wanted
    for step in (-1, 1, -2, 2):  # at most two days away, and never in another month
        near = wanted + timedelta(days=step)
        if near.isoweekday() <= 5 and near.month == month:
            return near
    raise AssertionError("a month without a weekday")


def _worded_weekday(word: str, year: int, month: int) -> date | None:
    """`2#1` the first Monday, `6L` the last Friday, `L` the last Saturday. None where the month has no such day."""
    name, _, nth = word.partition("#")
    name = name if nth else word[:-1] or "7"
    wanted = _number(name, _DAYS)
    last = calendar.monthrange(year, month)[1]
    days = [
        date(year, month, day) for day in range(1, last + 1) if date(year, month, day).isoweekday() % 7 + 1 == wanted
    ]
    if not nth:
        return days[-1]
    return days[int(nth) - 1] if int(nth) <= len(days) else None
