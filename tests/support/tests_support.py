"""What many tests share: a private sshd that no lab knows, run as the current user on a loopback port."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass
class PrivateSshd:
    """One sshd on loopback with its own host key and one accepted client key."""

    folder: Path
    port: int
    host_key: str
    identity: Path
    user: str
    process: subprocess.Popen[bytes]

    def cut_sessions(self) -> None:
        """Kill the session processes, not the listener: what a cut connection looks like from the client."""
        subprocess.run(["pkill", "-KILL", "-P", str(self.process.pid)], check=False)


def free_port() -> int:
    """A port that nobody listens at. Below those that the kernel gives to whoever asks for any (32768 to 60999, ip(7)):
    none of those many is given this one before its server has it.
    """
    while True:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", random.SystemRandom().randrange(20_000, 32_000)))
            return int(probe.getsockname()[1])


def _generate_key(path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)


def start_sshd(folder: Path, extra: str = "", port: int | None = None) -> PrivateSshd:
    """Start an sshd in `folder` and wait (at most 60 s) until it answers."""
    import pwd

    folder.mkdir(parents=True, exist_ok=True)
    for name in ("host_key", "client_key"):
        if not (folder / name).exists():
            _generate_key(folder / name)
    shutil.copy(folder / "client_key.pub", folder / "authorized_keys")
    port = port or free_port()
    (folder / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {folder}/host_key\nPidFile {folder}/pid\n"
        f"AuthorizedKeysFile {folder}/authorized_keys\nUsePAM no\nPasswordAuthentication no\nStrictModes no\n"
        f"UseDNS no\nMaxStartups 64\nMaxSessions 64\nSubsystem sftp internal-sftp\n{extra}"
    )
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # privilege separation's empty folder; Debian's unit makes it at boot
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            ["/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "sshd_config")], stdin=subprocess.DEVNULL, stderr=log
        )
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, "sshd did not answer within 60 s"
            time.sleep(0.01)
    user = pwd.getpwuid(os.getuid()).pw_name
    return PrivateSshd(folder, port, (folder / "host_key.pub").read_text(), folder / "client_key", user, process)


def stop_sshd(server: PrivateSshd) -> None:
    server.cut_sessions()
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(timeout=60)
