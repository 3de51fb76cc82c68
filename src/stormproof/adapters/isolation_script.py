"""The perl scripts of an isolation proof: how they are put together, run on a host, and how their lines are read.

They need perl-base only, change nothing on the host, and travel on standard input like every script of ours.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import unquote

from stormproof.adapters.resource import resource
from stormproof.core.errors import StormproofError
from stormproof.core.ports import Clock, Completed, Host

Lines = Mapping[str, Sequence[tuple[str, ...]]]


class Ran:
    """One script that ran: its records by kind, and the control side's instants around it (monotonic seconds).

    `trouble` says in words for people why it did not come to its end; records that came before still stand.
    """

    def __init__(self, records: Lines, trouble: str | None, began: float, ended: float) -> None:
        self.records, self.trouble, self.began, self.ended = records, trouble, began, ended

    def bounds(self, offset_seconds: float) -> tuple[float, float]:
        """Earliest and latest instant, on the control side's clock, of what the host did `offset_seconds` after its start.

        The script began after the call did and ended before the call did; how long it took in between it says itself.
        """
        told = next((record[0] for record in self.records.get("done", ()) if record), "")
        took = number(told) or 0.0  # nothing told: the bounds are those of the call
        return self.began + offset_seconds, self.ended - max(0.0, took - offset_seconds)


def run_script(host: Host, name: str, plan: Iterable[Sequence[object]], clock: Clock, timeout_seconds: float) -> Ran:
    """Run resources/isolation_NAME.pl with a plan of tab-separated lines. Never raises for a host that cannot be asked."""
    text = resource("isolation_common.pl") + resource(f"isolation_{name}.pl")
    body = "".join("\t".join(str(field) for field in line) + "\n" for line in plan)
    began = clock.now().monotonic
    try:
        done = host.run("exec perl -", stdin=f"{text}\n__END__\n{body}", timeout_seconds=timeout_seconds)
    except StormproofError as error:
        return Ran({}, error.what, began, clock.now().monotonic)
    ended = clock.now().monotonic
    records = read_records(done.stdout)
    return Ran(records, _trouble(done, records), began, ended)


def read_records(text: str) -> dict[str, list[tuple[str, ...]]]:
    """Lines by their first field; %XX is taken back, bytes that are no text are replaced."""
    records: dict[str, list[tuple[str, ...]]] = {}
    for line in text.split("\n"):
        kind, *fields = line.split("\t")
        if kind and kind.replace("-", "").replace("_", "").isalnum():
            records.setdefault(kind, []).append(tuple(unquote(field, errors="replace") for field in fields))
    return records


def _trouble(done: Completed, records: Lines) -> str | None:
    if done.status == 0 and "done" in records:
        return None
    if done.status == 127:
        return "there is no perl"
    said = [line for line in done.stderr.splitlines() if line.strip()]
    return f"its script ended with status {done.status}: {said[0][:200] if said else 'it said nothing'}"


def number(text: str) -> float | None:
    """A plain number; None for anything else, also for what is no moment of any clock (`nan`, `inf`)."""
    try:
        read = float(text)
    except ValueError:
        return None
    return read if math.isfinite(read) else None
