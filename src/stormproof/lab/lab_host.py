"""One host of the lab from outside: the lab's own way in, for building it and for breaking it. A runner never uses it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from stormproof.core.errors import CommandFailed, HostUnreachable, TimedOut
from stormproof.core.ports import Completed
from stormproof.lab.namespaces import Door, door
from stormproof.lab.processes import Process
from stormproof.lab.topology import HOME, ROUTER, USER

if TYPE_CHECKING:
    from stormproof.lab.foundation import Foundation

GRACE_SECONDS = 2.0
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
    "LANG": "C.UTF-8",
    "SHELL": "/bin/bash",
}


class LabHost:
    """A handle that stays good over kill() and start(). Get it from `Foundation.host(name)`."""

    def __init__(self, foundation: Foundation, name: str) -> None:
        self._foundation = foundation
        self.name = name

    @property
    def process(self) -> Process:
        """Its PID 1 as the machine sees it. Raises HostUnreachable when the lab is not up."""
        return self._foundation.process(self.name)

    def is_alive(self) -> bool:
        try:
            return self.process.is_alive()
        except HostUnreachable:
            return False

    def run(
        self,
        command: str | list[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        as_user: str = USER,
        timeout_seconds: float = 60.0,
    ) -> Completed:
        """Run a bash script, or one program, inside the host to its end; never raises for its status.

        The script, its input and its environment never stand in an argument list. It starts in the user's home.

        Args:
            as_user: `postgres`, or `root`: the host's own root (rootless: root of the lab's user namespace).

        Raises:
            HostUnreachable: the host is down.
            TimedOut: everything that the script started in its process group is killed then. Also where it ended, and
                what it left behind holds its output open.
        """
        began = time.monotonic()
        with self._inside(command, env or {}, as_user, timeout_seconds) as process:
            try:
                out, err = process.communicate(stdin, timeout=timeout_seconds + GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                out, err = self._rest(process, timeout_seconds)
            except BaseException:  # Ctrl-C: leaving the block would otherwise wait for the command's own end
                process.kill()
                raise
        seconds = time.monotonic() - began
        status = process.returncode if process.returncode >= 0 else 128 - process.returncode
        if status == 128 + signal.SIGKILL and seconds >= timeout_seconds:
            raise TimedOut(
                f"a command on {self.name} did not end within {timeout_seconds:g} s",
                where=self.name,
                fix="see what it waits for: stormproof lab shell " + self.name,
                code="SP608",
            )
        return Completed(status, out.decode(errors="replace"), err.decode(errors="replace"), seconds)

    def _rest(self, process: subprocess.Popen[bytes], timeout_seconds: float) -> tuple[bytes, bytes]:
        """Of a command that was killed or has ended: a server that it left behind may hold its output open for ever."""
        try:
            return process.communicate(timeout=GRACE_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise TimedOut(
                f"a command on {self.name} left something behind that held its output open for {timeout_seconds:g} s",
                where=self.name,
                fix="have what goes on in the background write elsewhere: >FILE 2>&1 </dev/null",
                code="SP608",
            ) from error

    def check(
        self,
        command: str | list[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        as_user: str = USER,
        timeout_seconds: float = 60.0,
    ) -> str:
        """Like run(), and answers standard output. Raises CommandFailed for a status other than 0."""
        done = self.run(command, stdin=stdin, env=env, as_user=as_user, timeout_seconds=timeout_seconds)
        if done.status != 0:
            raise CommandFailed(
                f"a command on {self.name} ended with status {done.status}: {done.stderr.strip()[-2000:]}",
                where=self.name,
                fix="read its own words above; to look around: stormproof lab shell " + self.name,
                code="SP609",
                status=done.status,
                output=done.stdout + done.stderr,
            )
        return done.stdout

    def spawn(self, script: str, log: str, *, env: Mapping[str, str] | None = None, as_user: str = USER) -> int:
        """Start a bash script that lives on until it ends or the host does.

        Args:
            log: path on the host; output is appended to it.

        Returns:
            its process number inside the host (also its process group: `kill -- -N` ends all of it).
        """
        wrapped = (
            'IFS= read -r -d "" body\n'
            'export STORMPROOF_BODY="$body"\n'
            "setsid bash -c 'body=$STORMPROOF_BODY; unset STORMPROOF_BODY STORMPROOF_LOG; eval \"$body\"'"
            ' </dev/null >>"$STORMPROOF_LOG" 2>&1 &\n'
            "echo $!"
        )
        settings = {**(env or {}), "STORMPROOF_LOG": log}
        return int(self.check(wrapped, stdin=script.encode(), env=settings, as_user=as_user, timeout_seconds=10.0))

    def interactive(self, command: list[str], *, as_user: str = USER) -> int:
        """Run a program on our own terminal; answers its status. For `lab shell`."""
        with door_of(self) as at:
            closing = closing_commands(at)
            full = [*self._prefix(at, as_user), "bash", "-c", f'{closing}\ncd; exec "$@"', "bash", *command]
            terminal = {"TERM": os.environ.get("TERM", "dumb")}
            status = subprocess.run(
                full, check=False, pass_fds=at.descriptors, env={**environment(as_user), **terminal}
            ).returncode
        return status if status >= 0 else 128 - status

    def kill(self) -> None:
        """Disaster: the link goes down first, so that nothing more gets out, then every process dies at once."""
        self._foundation.kill_host(self.name)

    def start(self) -> None:
        """Boot it again, with the same files and addresses. Does nothing when it stands."""
        self._foundation.start_host(self.name)

    def link_down(self) -> None:
        """Cut its cable at the router's end; the host itself goes on."""
        self._foundation.set_link(self.name, up=False)

    def link_up(self) -> None:
        self._foundation.set_link(self.name, up=True)

    def _prefix(self, at: Door, as_user: str) -> list[str]:
        assert as_user in (USER, "root"), f"a host knows {USER} and root, not {as_user}"
        owner = self._foundation.user_ids
        as_root = as_user == "root" or self.name == ROUTER  # nobody else lives in the router
        return [*at.enter(), *(at.become_user(*owner) if not as_root else [])]

    def _inside(
        self, command: str | list[str], env: Mapping[str, str], as_user: str, timeout_seconds: float
    ) -> subprocess.Popen[bytes]:
        with door_of(self) as at:
            limit = ["timeout", "--signal=KILL", f"{timeout_seconds:g}"]
            text = command if isinstance(command, str) else "exec " + " ".join(quoted(c) for c in command)
            script = os.memfd_create("script")
            try:
                os.write(script, text.encode() + b"\0")
                os.lseek(script, 0, os.SEEK_SET)
                reader = f'IFS= read -r -d "" -u {script} script\nexec {script}<&-\n{closing_commands(at)}\ncd\neval "$script"'
                return subprocess.Popen(
                    [*self._prefix(at, as_user), *limit, "bash", "-c", reader],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    pass_fds=[*at.descriptors, script],
                    env={**environment(as_user), **env},
                )
            finally:
                os.close(script)


@contextmanager
def door_of(host: LabHost) -> Iterator[Door]:
    """The door of a host, with a dead host in the lab's words."""
    with ExitStack() as stack:
        try:
            at = stack.enter_context(door(host.process))
        except ProcessLookupError as error:
            raise HostUnreachable(
                f"the lab's host {host.name} is down", where=host.name, fix="stormproof lab up", code="SP607"
            ) from error
        yield at


def environment(as_user: str) -> dict[str, str]:
    home = HOME if as_user == USER else "/root"
    return {**ENVIRONMENT, "HOME": home, "USER": as_user, "LOGNAME": as_user}


def closing_commands(at: Door) -> str:
    """Bash: let go of the namespace descriptors that came along."""
    return " ".join(["exec", *(f"{descriptor}<&-" for descriptor in at.descriptors)])


def quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"
