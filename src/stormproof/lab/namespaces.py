"""Ways into a host's namespaces: starting hosts in new ones, and running programs in those of a running host."""

from __future__ import annotations

import fcntl
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stormproof.core.errors import SetupFailed
from stormproof.lab.level import SEARCH_PATH
from stormproof.lab.processes import Process, kill_all

NS_GET_USERNS = 0xB701  # ioctl_ns(2): the user namespace that owns this one
LAUNCHER = Path(__file__).with_name("launcher.py")
READY_SECONDS_MAX = 20.0


@dataclass(frozen=True, slots=True)
class Door:
    """Open descriptors of one process's namespaces: whoever holds them cannot end up in another process's.

    `owner_user` is the user namespace that owns the others (None when it is our own: we are root); `inner_user` is
    the one that the host's processes live in (None when it is the same as the owner's).
    """

    net: int
    others: dict[str, int]
    owner_user: int | None
    inner_user: int | None

    @property
    def descriptors(self) -> list[int]:
        users = [fd for fd in (self.owner_user, self.inner_user) if fd is not None]
        return [self.net, *self.others.values(), *users]

    def enter_network(self) -> list[str]:
        """Command prefix: the machine's files, the host's network, full rights over it."""
        return ["nsenter", *self._user(), f"--net=/proc/self/fd/{self.net}"]

    def enter_files(self) -> list[str]:
        """Command prefix: the host's network and files, but the machine's process numbers."""
        return [*self.enter_network(), f"--mount=/proc/self/fd/{self.others['mnt']}"]

    def enter(self) -> list[str]:
        """Command prefix: everything of the host, as its root."""
        flags = {"mnt": "mount", "uts": "uts", "ipc": "ipc", "pid": "pid"}
        inside = [f"--{flags[kind]}=/proc/self/fd/{fd}" for kind, fd in self.others.items()]
        return [*self.enter_network(), *inside]

    def become_user(self, uid: int, gid: int) -> list[str]:
        """Command prefix behind `enter()`: the host's user, without a way back; ended when who entered is killed."""
        if self.inner_user is not None:
            user = f"--user=/proc/self/fd/{self.inner_user}"
            return ["nsenter", user, "--preserve-credentials", "setpriv", "--pdeathsig=TERM", "--no-new-privs"]
        ids = [f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
        return ["setpriv", *ids, "--pdeathsig=TERM", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"]

    def _user(self) -> list[str]:
        if self.owner_user is None:
            return []
        return [f"--user=/proc/self/fd/{self.owner_user}", "--preserve-credentials"]


@contextmanager
def door(process: Process) -> Iterator[Door]:
    """Open a process's namespaces.

    Raises:
        ProcessLookupError: it has ended.
    """
    opened: list[int] = []

    def keep(descriptor: int) -> int:
        opened.append(descriptor)
        return descriptor

    try:
        try:
            folder = keep(os.open(f"/proc/{process.pid}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
            flags = os.O_RDONLY | os.O_CLOEXEC
            spaces = {
                kind: keep(os.open(f"ns/{kind}", flags, dir_fd=folder))
                for kind in ("net", "mnt", "uts", "ipc", "pid", "user")
            }
        except FileNotFoundError as error:
            raise ProcessLookupError(f"process {process.pid} has ended") from error
        if not process.is_alive():  # looked at after opening: the descriptors are this process's
            raise ProcessLookupError(f"process {process.pid} has ended")
        owner = keep(fcntl.ioctl(spaces["net"], NS_GET_USERNS))
        ours = Path("/proc/self/ns/user").stat().st_ino
        net, inner = spaces.pop("net"), spaces.pop("user")
        yield Door(
            net=net,
            others=spaces,
            owner_user=None if os.fstat(owner).st_ino == ours else owner,
            inner_user=None if os.fstat(inner).st_ino == os.fstat(owner).st_ino else inner,
        )
    finally:
        for descriptor in opened:
            os.close(descriptor)


def in_network(at: Door, prefix: Sequence[str], command: Sequence[str], text: str) -> subprocess.Popen[str]:
    """Start one of the lab's own tools (ip, nft) behind a prefix of `at`, with `text` on its standard input."""
    process = subprocess.Popen(
        [*prefix, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        pass_fds=at.descriptors,
        env={"PATH": SEARCH_PATH, "LC_ALL": "C"},
    )
    assert process.stdin is not None
    try:
        process.stdin.write(text)
        process.stdin.close()
    except BrokenPipeError:
        pass  # it ended early; its status and its words are read by finish()
    process.stdin = None
    return process


def finish(process: subprocess.Popen[str], *, doing: str, timeout_seconds: float = 10.0) -> None:
    """Wait for a tool. Raises SetupFailed with its own words."""
    try:
        _, errors = process.communicate(timeout=timeout_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        _, errors = process.communicate()
        errors += f"\nstill not done after {timeout_seconds:g} s"
    if process.returncode != 0:
        raise SetupFailed(
            f"{doing} failed: {errors.strip()}",
            where="the lab's router",
            fix="run `stormproof doctor`, then bring the lab up again",
            code="SP605",
        )


@dataclass(slots=True)
class Launch:
    """Hosts that are on their way up. They die with this process until `commit()`."""

    processes: dict[str, Process]
    _lease: int
    _ready: int
    _buffer: bytes = b""
    _waiting: set[str] = field(default_factory=set)
    _failed: SetupFailed | None = None

    def wait_ready(self, timeout_seconds: float = READY_SECONDS_MAX) -> None:
        """Until every host has built its root and its sshd answers.

        Raises:
            SetupFailed: one failed, died, or took too long.
        """
        deadline = time.monotonic() + timeout_seconds
        while self._waiting:
            for line in self._lines(deadline):
                word, name, *rest = line.split(" ", 2)
                if word == "failed":
                    self._failed = launch_failed(f"host '{name}' did not come up: {' '.join(rest)}")
                    raise self._failed
                self._waiting.discard(name)

    def failure(self) -> SetupFailed | None:
        """What a host has said about its failure, if one has: worth more than what its end made others say."""
        if self._failed is None:
            with suppress(SetupFailed):
                self.wait_ready(0.5)
        return self._failed

    def _lines(self, deadline: float) -> list[str]:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self._ready], [], [], left)[0]:
            raise launch_failed(f"no answer in time from {', '.join(sorted(self._waiting))}")
        chunk = os.read(self._ready, 65536)
        if not chunk:
            raise launch_failed(f"ended before they were ready: {', '.join(sorted(self._waiting))}")
        *lines, self._buffer = (self._buffer + chunk).split(b"\n")
        return [line.decode(errors="replace") for line in lines]

    def commit(self) -> None:
        """From here on the hosts live without us. Call it when they are written down."""
        os.write(self._lease, b"." * len(self.processes))

    def close(self) -> None:
        os.close(self._lease)
        os.close(self._ready)


def launch(plan: dict[str, Any], join: Door | None, title: str) -> Launch:
    """Start the hosts of a plan (see launcher.py). With `join`, in the user namespace that owns that door's.

    Args:
        title: says in a list of processes whose launcher it is.

    Raises:
        SetupFailed: the machine refused.
    """
    lease_read, lease_write = os.pipe2(os.O_CLOEXEC)
    ready_read, ready_write = os.pipe2(os.O_CLOEXEC)
    handed = [lease_read, ready_write]
    owner = join.owner_user if join is not None else None
    document = {**plan, "lease_fd": lease_read, "ready_fd": ready_write, "join_user_fd": owner}
    try:
        launcher = subprocess.run(
            [sys.executable, "-I", "-S", str(LAUNCHER), title],
            input=json.dumps(document),
            capture_output=True,
            text=True,
            timeout=READY_SECONDS_MAX,
            check=False,
            pass_fds=[*handed, *([owner] if owner is not None else [])],
            env={"PATH": SEARCH_PATH, "LC_ALL": "C"},
        )
    except BaseException as error:  # Ctrl-C too: nothing of the launch may outlive it
        os.close(lease_write)  # whatever it has started ends by this
        os.close(ready_read)
        if isinstance(error, subprocess.TimeoutExpired):
            raise launch_failed(f"the launcher did not end within {READY_SECONDS_MAX:g} s") from error
        raise
    finally:
        for descriptor in handed:
            os.close(descriptor)
    names = [host["name"] for host in plan["hosts"]]
    started = Launch({}, lease_write, ready_read, _waiting=set(names))
    try:
        pids = dict(line.split(" ")[1:] for line in launcher.stdout.splitlines())
        started.processes.update({name: Process.of(int(pids[name])) for name in names if name in pids})
        if launcher.returncode != 0 or set(started.processes) != set(names):
            raise launch_failed(launcher.stderr.strip() or "the launcher ended early")
    except BaseException as error:  # Ctrl-C too, or an answer that is cut: no host runs that nobody holds
        failure = started.failure()
        started.close()
        kill_all(started.processes.values(), timeout_seconds=READY_SECONDS_MAX)
        if failure is not None:
            raise failure from error
        raise
    return started


def launch_failed(what: str) -> SetupFailed:
    return SetupFailed(
        what,
        where="the lab's hosts",
        fix="run `stormproof doctor`; hosts/NAME/disk/var/log/init.log in the lab's folder says more",
        code="SP606",
    )
