"""Helper process of `namespace_dial.py`: enters namespaces, connects, hands the socket back. Standard library only.

Run as a script (`python -I -S namespace_connect.py NET USER SOCKET ADDRESS PORT SECONDS`), because entering a user
namespace wants a process with one thread. NET and USER are descriptors of namespaces that were opened and checked
by the caller (USER is -1 where the caller's own may enter NET), SOCKET is a UNIX socket. The answer on SOCKET is
`0` with the connected socket attached, or the number of the system's error.
"""

from __future__ import annotations

import _socket
import ctypes
import os
import struct
import sys

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000


def enter(descriptor: int, kind: int, libc: ctypes.CDLL) -> None:
    if libc.setns(descriptor, kind) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def connect(net: int, user: int, address: str, port: int, seconds: float) -> _socket.socket:
    libc = ctypes.CDLL(None, use_errno=True)
    if user >= 0:
        enter(user, CLONE_NEWUSER, libc)
    enter(net, CLONE_NEWNET, libc)
    family = _socket.AF_INET6 if ":" in address else _socket.AF_INET
    connected = _socket.socket(family, _socket.SOCK_STREAM, 0)
    # Without this every small request over SSH waits 40 ms for a delayed acknowledgement.
    connected.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
    connected.settimeout(seconds)
    connected.connect((address, port))
    connected.settimeout(None)  # the flag belongs to the open file, so it would travel along
    return connected


def main(arguments: list[str]) -> int:
    net, user, answer_fd = (int(word) for word in arguments[:3])
    answer = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM, 0, answer_fd)
    try:
        connected = connect(net, user, arguments[3], int(arguments[4]), float(arguments[5]))
    except TimeoutError:
        answer.send(b"110")  # ETIMEDOUT; the exception of a timeout of ours carries no number
        return 1
    except OSError as error:
        answer.send(str(error.errno or 5).encode())
        return 1
    rights = struct.pack("i", connected.fileno())
    answer.sendmsg([b"0"], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
