"""The heartbeat of a drill: what its writer saw acknowledged, read on the writer's own host, against what came back."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from stormproof.core.errors import StormproofError, Unverified
from stormproof.core.heartbeat import Acknowledged, parse_acknowledged
from stormproof.core.inventory import PostgresService
from stormproof.core.ports import Host

LINES_MAX = 2_000_000  # of the newest: 55 hours at ten a second


@dataclass(frozen=True, slots=True)
class Writer:
    """The host that writes the heartbeat, and its file of acknowledged writes there."""

    host: str
    path: str
    interval_s: float
    table: str


def writer_of(service: PostgresService | None) -> Writer | None:
    """None when the inventory names no heartbeat for the service: data RPO is then unmeasured, and says so."""
    heartbeat = service.heartbeat if service is not None else None
    if heartbeat is None:
        return None
    return Writer(heartbeat.host, heartbeat.acknowledged, heartbeat.interval.total_seconds(), heartbeat.table)


def read_acknowledged(host: Host, writer: Writer) -> Acknowledged:
    """Raises Unverified when the file is missing or no list of acknowledgements."""
    path = shlex.quote(writer.path)
    done = host.run(f"stat -c 'written %.Y' -- {path} && tail -n {LINES_MAX} -- {path}", timeout_seconds=60)
    if done.status != 0:
        raise _unreadable(writer, done.stderr.strip()[-200:])
    try:
        # tail starts at a line's beginning, so a torn line can only be the last one
        head, _, rest = done.stdout.partition("\n")
        found = parse_acknowledged(rest)
        return replace(found, written=datetime.fromtimestamp(float(head.removeprefix("written ")), UTC))
    except (ValueError, OverflowError, OSError) as error:  # also an instant outside the calendar
        raise _unreadable(writer, str(error)) from error


def _unreadable(writer: Writer, why: str) -> StormproofError:
    return Unverified(
        f"the writer's acknowledgements cannot be read: {why}",
        where=f"{writer.host}:{writer.path}",
        fix="does the heartbeat's writer run, and may the drill's user read its file?",
        code="SP278",
    )
