"""boto3 clients that can reach the emulator on loopback and nothing else."""

from __future__ import annotations

import ipaddress
import threading
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from stormproof.core.errors import Refused

if TYPE_CHECKING:
    from botocore.awsrequest import AWSRequest

VARIABLE = "STORMPROOF_AWS_ENDPOINT"
# moto's own account: what its dummy credentials are, unless a role of another account is assumed.
DEFAULT_ACCOUNT = "123456789012"
_ROLE = "stormproof-lab"
_MAKING = threading.Lock()  # a session is for one thread at a time, its clients for many (boto3's guide)


def loopback_endpoint(text: str | None) -> str:
    """The endpoint as given, if it is this machine. Raises Refused: nothing else is ever talked to."""
    if not text:
        raise Refused(
            "no endpoint of an emulator is set; this provider talks to an emulator on this machine alone",
            where=f"environment variable {VARIABLE}",
            fix=f"start moto's server and set {VARIABLE}=http://127.0.0.1:PORT, or use the vendor's AWS plugin",
        )
    parts = urlsplit(text)
    try:
        known = parts.scheme in {"http", "https"} and parts.port is not None and _is_loopback(parts.hostname or "")
    except ValueError:  # a port that is no number
        known = False
    if not known or parts.username is not None:
        raise Refused(
            f"endpoint {parts.scheme}://{parts.hostname} is not an emulator on loopback",
            where=f"environment variable {VARIABLE}",
            fix="use http://127.0.0.1:PORT; for real AWS use the vendor's plugin, never this provider",
        )
    return text.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Clients:
    """One client per service and region, with dummy credentials. Thread-safe."""

    def __init__(self, endpoint: str | None, account: str = DEFAULT_ACCOUNT) -> None:
        self.endpoint = loopback_endpoint(endpoint)
        self.account = account
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}
        self._keys: dict[str, str] | None = None

    def client(self, service: str, region: str) -> Any:
        with self._lock:
            if (service, region) not in self._clients:
                self._clients[service, region] = self._make(service, region, self._credentials(region))
            return self._clients[service, region]

    def _credentials(self, region: str) -> dict[str, str]:
        if self._keys is None:
            self._keys = {"aws_access_key_id": "emulator", "aws_secret_access_key": "emulator"}
            if self.account != DEFAULT_ACCOUNT:
                # In moto whoever assumes a role of another account is in that account.
                answer = self._make("sts", region, self._keys).assume_role(
                    RoleArn=f"arn:aws:iam::{self.account}:role/{_ROLE}", RoleSessionName=_ROLE
                )["Credentials"]
                self._keys = {
                    "aws_access_key_id": answer["AccessKeyId"],
                    "aws_secret_access_key": answer["SecretAccessKey"],
                    "aws_session_token": answer["SessionToken"],
                }
        return self._keys

    def _make(self, service: str, region: str, keys: dict[str, str]) -> Any:
        from botocore.config import Config

        with _MAKING:
            client = _session().client(
                service, region_name=region, endpoint_url=self.endpoint, **keys,
                config=Config(
                    retries={"total_max_attempts": 2}, s3={"addressing_style": "path"}, proxies={},
                    parameter_validation=True, inject_host_prefix=False, max_pool_connections=32,
                    connect_timeout=5, read_timeout=60,
                ),
            )  # fmt: skip
        if service == "s3control":
            client.meta.events.register_first("before-sign.s3-control", self._without_account_in_host)
        return client

    def _without_account_in_host(self, request: AWSRequest, **_: object) -> None:
        """s3control puts the account before the host, even before an address: 123456789012.127.0.0.1."""
        path = urlsplit(request.url)
        request.url = f"{self.endpoint}{path.path}" + (f"?{path.query}" if path.query else "")


@cache
def _session() -> Any:
    """One for all clients: it keeps what it read of each service, which takes up to a second (ec2)."""
    import boto3
    import botocore.session

    session = botocore.session.get_session()
    # Nobody's profile, configuration file or instance metadata is looked at; proxies would leave the machine.
    session.set_config_variable("config_file", "/dev/null")
    session.set_config_variable("credentials_file", "/dev/null")
    session.set_config_variable("profile", None)
    return boto3.Session(botocore_session=session)
