"""A way to the emulator that is shut for some regions: what asks them is cut off, as when a whole region is down.

An emulator has one address for every region; which one is meant stands in the signature of each request (SigV4's scope).
"""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

SCOPE = re.compile(r"Credential=[^/]+/\d{8}/([a-z0-9-]+)/([a-z0-9-]+)/")
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}
CUT = struct.pack("ii", 1, 0)  # closing sends a reset: nobody is there


@dataclass
class Way:
    """`asked`: (region, service) of every request, `refused`: of those that were cut off."""

    endpoint: str
    asked: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


@contextlib.contextmanager
def out_of_reach(endpoint: str, regions: Sequence[str]) -> Iterator[Way]:
    """The way for the length of the block, on loopback."""
    target = urlsplit(endpoint)
    assert target.hostname is not None
    host, port = target.hostname, target.port

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            scope = SCOPE.search(self.headers.get("Authorization") or "")
            asked = (scope[1], scope[2]) if scope else ("", "")
            way.asked.append(asked)
            if asked[0] in regions:
                way.refused.append(asked)
                self.close_connection = True
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, CUT)
                self.connection.close()
                return
            there = http.client.HTTPConnection(host, port, timeout=60)
            try:
                there.request(self.command, self.path, body=body, headers=dict(self.headers.items()))
                answer = there.getresponse()
                content = answer.read()
                self.send_response_only(answer.status, answer.reason)
                for name, value in answer.getheaders():
                    if name.lower() not in HOP_BY_HOP:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)
            finally:
                there.close()

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = _pass_on  # noqa: N815 - the base class's names

        def log_message(self, *args: object) -> None:
            """Nothing: the test asks the way."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that has gone is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    way = Way(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield way
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
