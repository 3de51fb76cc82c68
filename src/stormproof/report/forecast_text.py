"""A forecast in words, for a terminal and for the report."""

from __future__ import annotations

from stormproof.core.forecast import Forecast
from stormproof.report.wording import duration, seconds, size


def forecast_text(found: Forecast) -> str:
    """One paragraph: the next run's RTO, what it grows with, and when the target breaks; or why none of it is said."""
    if found.silent is not None or found.rto_s is None or found.low_s is None or found.high_s is None:
        return f"Forecast: none; {found.silent}."
    text = [
        f"Forecast from {found.runs} runs: the next takes {seconds(found.rto_s)}, "
        f"between {seconds(found.low_s)} and {seconds(found.high_s)} (95 % of runs)."
    ]
    grows = [
        f"{seconds(each)} per GB {what}"
        for each, what in ((found.seconds_per_gb, "restored"), (found.seconds_per_wal_gb, "of WAL since the backup"))
        if each is not None
    ]
    if grows:
        text.append(f"It grows by {' and '.join(grows)}.")
    if found.bytes_per_day is not None:
        word = "grows" if found.bytes_per_day > 0 else "shrinks"
        text.append(f"What is restored {word} by {size(abs(found.bytes_per_day))} a day.")
    if found.breaks_on is not None and found.target_s is not None:
        until = found.breaks_until.isoformat() if found.breaks_until else "later than can be looked ahead"
        text.append(
            f"The target of {duration(found.target_s)} breaks on {found.breaks_on.isoformat()} "
            f"(between {found.breaks_from} and {until})."
        )
    elif found.breaks_why is not None:
        text.append(f"No date on which the target breaks: {found.breaks_why}.")
        if found.breaks_from is not None:
            text.append(f"A single run may miss it from {found.breaks_from} on.")
    return " ".join(text)
