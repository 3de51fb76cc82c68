"""Lambda's entry point: makes the heartbeat's table and login, and the verifier's, where they are not there yet.

The one place that uses the master's password, which RDS made and renews: read when it is needed, kept nowhere, and never
sent to the database (SCRAM).
"""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from ..postgres.tls import trusted
from ..postgres.wire import Login, ask

SCHEMA = Path(__file__).with_name("schema.sql")
SECONDS = 20.0
IN_TIME = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2, "mode": "standard"})


def handler(_event: Mapping[str, Any], _context: object = None) -> None:
    """Raises PostgresFailed, OSError, botocore's errors: the next run tries again."""
    secret = boto3.client("secretsmanager", config=IN_TIME).get_secret_value(SecretId=os.environ["MASTER_SECRET"])
    set_up(os.environ, json.loads(secret["SecretString"]))


def set_up(
    environment: Mapping[str, str], master: Mapping[str, str], tls: Callable[[], ssl.SSLContext] = trusted
) -> None:
    """Args: master: `username` and `password`, as RDS keeps them. Raises PostgresFailed, OSError."""
    login = Login(
        environment["DATABASE_HOST"],
        int(environment["DATABASE_PORT"]),
        environment["DATABASE_NAME"],
        master["username"],
        master["password"],
        token=False,
        application="database-setup",
        settings={
            "stormproof.heartbeat": environment["HEARTBEAT_USER"],
            "stormproof.verifier": environment["VERIFIER_USER"],
        },
    )
    ask(login, SCHEMA.read_text(encoding="ascii"), tls(), timeout_seconds=SECONDS)
