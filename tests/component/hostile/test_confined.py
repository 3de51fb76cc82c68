"""What a confined program may do, tried by a shell that stands in for a server; and that it can do all of it unconfined."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from stormproof.adapters.resource import resource

pytestmark = pytest.mark.component

TRY = r"""
said() { [ "$1" = 0 ] && echo "$2"; }
bash -c "exec 3<>/dev/tcp/127.0.0.1/$PORT" 2>/dev/null; said $? connected
bash -c "echo x >/dev/udp/127.0.0.1/$PORT" 2>/dev/null; said $? 'sent a datagram'
cat /etc/hostname >/dev/null 2>&1; said $? 'started a program'
(echo x >"$OUT/outside") 2>/dev/null; said $? 'wrote outside'
(rm "$OUT/there" && [ ! -e "$OUT/there" ]) 2>/dev/null; said $? 'removed outside'
(echo x >"$OUT/data/inside") 2>/dev/null; said $? 'wrote inside'
cp "$OUT/data/inside" "$OUT/data/copied" 2>/dev/null; said $? 'copied inside'
(echo x >/dev/null) 2>/dev/null; said $? 'wrote to nowhere'
"""
HARMLESS = ["wrote inside", "copied inside", "wrote to nowhere"]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "data").mkdir()
    (tmp_path / "bin").mkdir()
    shutil.copy("/bin/dash", tmp_path / "bin" / "server")
    return tmp_path


def tried(place: Path, *around: str) -> tuple[list[str], str]:
    (place / "there").touch()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        env = {"PATH": os.defpath, "OUT": str(place), "PORT": str(listening.getsockname()[1])}
        done = subprocess.run(
            [*around, str(place / "bin" / "server"), "-c", TRY], env=env, capture_output=True, text=True, check=False
        )
    return done.stdout.splitlines(), done.stderr


def confining(place: Path) -> list[str]:
    text = resource("pg_confine.pl")
    return ["perl", "-e", text, "--", str(place / "report"), str(place / "data"), "--"]


def test_a_confined_server_neither_connects_nor_starts_programs_nor_writes_outside(place: Path) -> None:
    did, said = tried(place, *confining(place))
    assert did == HARMLESS, said
    assert (place / "report").read_text().split() == ["programs", "writes", "connections"]


def test_unconfined_it_does_all_of_that(place: Path) -> None:
    did, said = tried(place)
    assert set(did) == {
        *HARMLESS,
        "connected",
        "sent a datagram",
        "started a program",
        "wrote outside",
        "removed outside",
    }, said


def test_it_can_still_be_connected_to(place: Path) -> None:
    """A real server's way: it listens, and answers whoever comes."""
    script = (
        "use Socket; socket(my $s, AF_INET, SOCK_STREAM, 0) or die; bind($s, pack_sockaddr_in(0, inet_aton('127.0.0.1'))) or die;"
        " listen($s, 1) or die; $| = 1; print +(unpack_sockaddr_in(getsockname $s))[0], qq(\\n);"
        " accept(my $c, $s) or die; syswrite $c, qq(hello\\n); close $c"
    )
    shutil.copy(shutil.which("perl") or "perl", place / "bin" / "server")
    command = [*confining(place), str(place / "bin" / "server"), "-e", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        with socket.create_connection(("127.0.0.1", port), 20) as there:
            assert there.recv(100) == b"hello\n"
        assert server.wait(60) == 0
