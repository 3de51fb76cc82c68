"""An emulator of AWS (moto) as a process on loopback: started, awaited, stopped, and gone when its starter is.

    python -P -m stormproof.lab.aws.emulator     its port stands alone on the first line; it ends with standard input

Everything in it is memory, and gone with it.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from stormproof.core.errors import SetupFailed
from stormproof.lab.aws.provider.clients import VARIABLE, loopback_endpoint

LOOPBACK = "127.0.0.1"
START_SECONDS = 60.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.05
# Its own images of EC2 cost seconds at each start, and no stack here has an instance.
SETTINGS = {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false", "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}
# A question that only an emulator of AWS can answer: the account, by the query protocol (AWS: GetCallerIdentity).
QUESTION = b"Action=GetCallerIdentity&Version=2011-06-15"
SIGNATURE = "AWS4-HMAC-SHA256 Credential=emulator/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0"


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running one. `account` is what it takes an unknown caller for."""

    endpoint: str
    pid: int
    account: str


@contextlib.contextmanager
def emulator(log: Path) -> Iterator[Emulator]:
    """Run one for the length of the block; what it says goes to `log`. Raises SetupFailed when it does not come up."""
    with log.open("w") as said:
        # It reads a pipe that only we hold: with us it ends, however we end.
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "stormproof.lab.aws.emulator"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True, start_new_session=True,
            env={**os.environ, **SETTINGS},
        )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield _awaited(process, process.stdout, log)
    finally:
        process.stdin.close()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def settings(endpoint: str, *, region: str) -> dict[str, str]:
    """Environment variables that point an AWS client at an emulator, with nothing of a real account in them.

    Raises:
        Refused: the endpoint is not on loopback.
    """
    endpoint = loopback_endpoint(endpoint)
    return {
        VARIABLE: endpoint,
        "AWS_ENDPOINT_URL": endpoint,  # the vendor's plugin and the AWS SDKs read this one
        "AWS_ACCESS_KEY_ID": "emulator",
        "AWS_SECRET_ACCESS_KEY": "emulator",
        "AWS_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def without_aws(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without the person's own AWS settings: a rehearsal must not be able to reach an account."""
    return {name: value for name, value in environment.items() if not name.startswith("AWS_")}


def account_of(endpoint: str, *, timeout_seconds: float = 5.0) -> str | None:
    """The account that the emulator answers with; None while nothing answers. Raises Refused away from loopback."""
    request = urllib.request.Request(  # noqa: S310 - the address was looked at
        loopback_endpoint(endpoint) + "/", data=QUESTION, headers={"Authorization": SIGNATURE}
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(request, timeout=timeout_seconds) as answer:
            text = answer.read().decode("utf-8", "replace")
    except (OSError, urllib.error.URLError):
        return None
    _, found, rest = text.partition("<Account>")
    return rest.partition("<")[0] if found else None


def _awaited(process: subprocess.Popen[str], out: IO[str], log: Path) -> Emulator:
    port = out.readline().strip()  # ends at once when the process does
    endpoint = f"http://{LOOPBACK}:{port}"
    deadline = time.monotonic() + START_SECONDS
    while port and process.poll() is None and time.monotonic() < deadline:
        if account := account_of(endpoint):
            return Emulator(endpoint, process.pid, account)
        time.sleep(POLL_SECONDS)
    lines = log.read_text(errors="replace").strip().splitlines()
    raise SetupFailed(
        f"the emulator of AWS did not come up: {lines[-1] if lines else 'it said nothing'}",
        where=str(log),
        fix="run scripts/setup --infra; then this again",
        code="SP940",
    )


def serve() -> None:
    """Be the emulator, until standard input ends."""
    os.environ.update(SETTINGS)
    import logging

    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for each request is of no use
    server = make_server(
        LOOPBACK, 0, DomainDispatcherApplication(create_backend_app), threaded=True, request_handler=MotoRequestHandler
    )  # fmt: skip

    def leave_with_starter() -> None:
        while sys.stdin.read(1):
            pass
        os._exit(0)

    threading.Thread(target=leave_with_starter, daemon=True).start()
    sys.stdout.write(f"{server.port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    serve()
