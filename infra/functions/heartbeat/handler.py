"""Lambda's entry point: beats into every store that is configured, and says of each whether it was acknowledged.

One store that is down keeps no other from its beat. Each outcome is a line of the log from which CloudWatch makes the
metric `Written` (embedded metric format): so it needs no way to CloudWatch, and the log is the list of what was
acknowledged, kept outside of the stores.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ..postgres.wire import PostgresFailed
from .stores import METRIC, NAMESPACE, Beat, Database, Table, write_item, write_object, write_row

IN_TIME = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2, "mode": "standard"})
Errors = (PostgresFailed, OSError, BotoCoreError, ClientError, ValueError)


class HeartbeatFailed(RuntimeError):
    """A store did not acknowledge its beat: the invocation counts as failed, too."""


def handler(event: Mapping[str, Any], _context: object = None) -> dict[str, str]:
    """Args: event: `time`: the minute that the schedule meant; without it, this minute.

    Returns the acknowledged beats, `SEQUENCE INSTANT` by store. Raises HeartbeatFailed.
    """
    now = datetime.now(UTC)
    minute = datetime.fromisoformat(event["time"]) if event.get("time") else now
    done: dict[str, str] = {}
    failed: dict[str, str] = {}
    for store, write in stores(os.environ, minute, now).items():
        try:
            done[store] = write().line
        except Errors as error:
            failed[store] = f"{type(error).__name__}: {error}"
        _say(store, now, done.get(store), failed.get(store))
    if failed:
        raise HeartbeatFailed("; ".join(f"{store}: {why}" for store, why in failed.items()))
    return done


def stores(environment: Mapping[str, str], minute: datetime, now: datetime) -> dict[str, Callable[[], Beat]]:
    """What is configured, by the names that the alarms have: `row`, `item`, `object`."""
    found: dict[str, Callable[[], Beat]] = {}
    if host := environment.get("DATABASE_HOST"):
        database = Database(
            host, int(environment["DATABASE_PORT"]), environment["DATABASE_NAME"], environment["DATABASE_USER"]
        )
        found["row"] = lambda: write_row(database, lambda: _token(database))
    if name := environment.get("TABLE"):
        table = Table(name, environment["TABLE_HASH_KEY"], environment["TABLE_RANGE_KEY"])
        found["item"] = lambda: write_item(_client("dynamodb"), table, minute, now)
    if bucket := environment.get("BUCKET"):
        found["object"] = lambda: write_object(_client("s3"), bucket, minute, now)
    return found


def _token(database: Database) -> str:
    """Signed here, with the role's credentials; AWS is not asked. Holds for 15 minutes."""
    token: str = _client("rds").generate_db_auth_token(database.host, database.port, database.user)
    return token


@cache
def _client(service: str) -> Any:
    return boto3.client(service, config=IN_TIME)


def _say(store: str, now: datetime, acknowledged: str | None, why: str | None) -> None:
    line = {
        "_aws": {
            "Timestamp": int(now.timestamp() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [["Environment", "Store"]],
                    "Metrics": [{"Name": METRIC, "Unit": "Count"}],
                }
            ],
        },
        "Environment": os.environ.get("ENVIRONMENT", ""),
        "Store": store,
        METRIC: 1 if acknowledged else 0,
        "acknowledged": acknowledged,
        "error": why,
    }
    sys.stdout.write(json.dumps(line) + "\n")
