"""python -m stormproof.lab.aws.provider [ENGINE_ADDRESS]      serves; the port alone is its first line
python -m stormproof.lab.aws.provider --coverage [FOLDER|FILE]  what of a program's types is emulated
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from pathlib import Path

from stormproof.core.errors import Refused
from stormproof.lab.aws.provider import coverage
from stormproof.lab.aws.provider.in_flight import InFlight, leave_with_engine
from stormproof.lab.aws.provider.listing import VARIABLE, Listing

_THREADS = 64
_MESSAGE_BYTES = 400 * 1024 * 1024  # as Pulumi's own plugins


def main(arguments: list[str]) -> int:
    if arguments and arguments[0] == "--coverage":
        try:
            sys.stdout.write(coverage.text(Path(arguments[1] if len(arguments) > 1 else "infra")))
        except Refused as refused:
            sys.stderr.write(f"{refused}\n")
            return refused.exit_code
        return 0
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
    _forget_the_users_settings()
    serve(region)
    return 0


def serve(region: str) -> None:
    """Answers the engine until it goes away."""
    from concurrent import futures

    import grpc
    from pulumi.runtime.proto import provider_pb2_grpc

    from stormproof.lab.aws.provider.servicer import Provider

    logging.getLogger("grpc").addHandler(logging.NullHandler())
    report = os.environ.get(VARIABLE)
    listing = Listing(Path(report) if report else None)
    provider = Provider(listing, region=region)
    limits = [("grpc.max_receive_message_length", _MESSAGE_BYTES), ("grpc.max_send_message_length", _MESSAGE_BYTES)]
    server = grpc.server(futures.ThreadPoolExecutor(_THREADS), options=limits)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    leave_with_engine(provider.flights, listing, lambda: os._exit(0))
    # The engine ends its plugins so, and waits; a Ctrl-C reaches the whole group. What is under way is finished.
    signal.signal(signal.SIGINT, lambda *_: threading.Thread(target=_leave, args=(provider.flights,)).start())
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


def _leave(flights: InFlight) -> None:
    flights.wait_until_none()
    os._exit(0)


def _forget_the_users_settings() -> None:
    """No credentials, profile, endpoint or proxy of whoever runs this is ever looked at."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower() in {"http_proxy", "https_proxy", "all_proxy"}:
            del os.environ[name]
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
