"""What a beat is in each store: a row, an item, an object. All three carry sequence, instant (UTC) and who wrote it."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..postgres.tls import trusted
from ..postgres.wire import Login, PostgresFailed, ask

SECONDS = 8.0  # for one store: three of them fit into the function's 30
HOST = "heartbeat"
NAMESPACE, METRIC = "Stormproof/Heartbeat", "Written"  # of the metric that the alarms watch
ITEM_KEY = "stormproof.heartbeat"
PREFIX = "stormproof/heartbeat/"
INSTANT = "%Y-%m-%dT%H:%M:%S.%fZ"
# The table's own clock stamps the row, and the row is committed when the answer is here.
INSERT = """insert into stormproof.heartbeat (at, host) values (clock_timestamp(), current_setting('application_name'))
returning sequence, to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


@dataclass(frozen=True)
class Beat:
    """One write that a store acknowledged."""

    sequence: int
    at: str

    @property
    def line(self) -> str:
        """As the product's lists of acknowledged writes have it."""
        return f"{self.sequence} {self.at}"


@dataclass(frozen=True)
class Database:
    host: str
    port: int
    name: str
    user: str


@dataclass(frozen=True)
class Table:
    name: str
    hash_key: str
    range_key: str


def write_row(database: Database, token: Callable[[], str], tls: Callable[[], ssl.SSLContext] = trusted) -> Beat:
    """Raises PostgresFailed, OSError."""
    login = Login(database.host, database.port, database.name, database.user, token(), token=True, application=HOST)
    found = ask(login, INSERT, tls(), timeout_seconds=SECONDS)
    if len(found) != 1 or None in found[0] or len(found[0]) != 2:
        raise PostgresFailed(f"the insert gave {len(found)} rows, and not the one that it made")
    sequence, at = (str(one) for one in found[0])
    return Beat(int(sequence), at)


def write_item(client: Any, table: Table, minute: datetime, now: datetime) -> Beat:
    """One item for a minute: a beat that is tried again writes the same one. Raises botocore's errors."""
    beat = _of_minute(minute, now)
    client.put_item(
        TableName=table.name,
        Item={
            table.hash_key: {"S": ITEM_KEY},
            table.range_key: {"S": f"{beat.sequence:020d}"},
            "sequence": {"N": str(beat.sequence)},
            "at": {"S": beat.at},
            "host": {"S": HOST},
        },
    )
    return beat


def write_object(client: Any, bucket: str, minute: datetime, now: datetime) -> Beat:
    """One object for a minute, below a folder for the day. Raises botocore's errors."""
    beat = _of_minute(minute, now)
    client.put_object(
        Bucket=bucket,
        Key=object_key(minute),
        Body=json.dumps({"sequence": beat.sequence, "at": beat.at, "host": HOST}).encode(),
        ContentType="application/json",
    )
    return beat


def object_key(minute: datetime) -> str:
    return f"{PREFIX}{minute.astimezone(UTC):%Y-%m-%d}/{sequence_of(minute):020d}.json"


def sequence_of(minute: datetime) -> int:
    """Minutes since 1970: without a gap, and the same however often a minute is tried."""
    return int(minute.timestamp()) // 60


def _of_minute(minute: datetime, now: datetime) -> Beat:
    return Beat(sequence_of(minute), now.astimezone(UTC).strftime(INSTANT))
