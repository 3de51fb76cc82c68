"""The way over SSH to a benchmark's own sshd on loopback: one key, and its host key pinned."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class OwnSshd(Protocol):
    """What the tests' private sshd tells of itself (tests/support/tests_support.py)."""

    folder: Path
    port: int
    host_key: str
    identity: Path


def ssh_command(server: OwnSshd) -> str:
    """`ssh` with everything but the user and the command; words without blanks."""
    known = server.folder / "known_hosts"
    known.write_text(f"[127.0.0.1]:{server.port} {server.host_key}")
    return (
        f"ssh -i {server.identity} -p {server.port} -o StrictHostKeyChecking=yes -o UserKnownHostsFile={known} "
        "-o LogLevel=ERROR"
    )
