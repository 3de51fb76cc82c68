"""Answers a line on a TCP or UDP port, over IPv4 and IPv6: `listener.py tcp 443 TEXT`, `listener.py udp 53 TEXT`.

Runs with the system's own python3 inside a host of the lab, so it uses the standard library only.
"""

import socket
import sys


def serve_tcp(port: int, answer: bytes) -> None:
    with socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64) as server:
        while True:
            try:
                connection, _ = server.accept()
                with connection:
                    connection.settimeout(2.0)
                    connection.sendall(answer)
            except OSError:
                continue  # one caller's trouble is not the next one's


def serve_udp(port: int, answer: bytes) -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as server:
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        server.bind(("::", port))
        while True:
            try:
                _, caller = server.recvfrom(2048)
                server.sendto(answer, caller)
            except OSError:
                continue


if __name__ == "__main__":
    protocol, port_text, text = sys.argv[1:4]
    {"tcp": serve_tcp, "udp": serve_udp}[protocol](int(port_text), text.encode() + b"\n")
