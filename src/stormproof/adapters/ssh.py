"""Hosts over SSH, by paramiko alone: pinned host keys, one key per host, no agent, no guessing.

Every host is reached the same way, a machine of the lab or one in another city; only the dialling of the first socket
differs (`Dialer`), and it is handed in.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import logging
import socket
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import paramiko
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_after_delay, wait_random_exponential

from stormproof.adapters import host_scripts
from stormproof.adapters.ssh_place import Dialer, SshPlace, dial_tcp, host_key_of, identity_of
from stormproof.core.errors import (
    AccessRefused,
    CommandFailed,
    HostKeyMismatch,
    HostUnreachable,
    Refused,
    TimedOut,
)
from stormproof.core.ports import Completed, JobState

if TYPE_CHECKING:
    from stormproof.core.redact import Redactor

CONNECT_TIMEOUT_SECONDS = 10.0
KEEPALIVE_SECONDS = 5
# A peer that acknowledges nothing for so long is taken for gone, as ssh's ServerAliveInterval 5 × 4 would. Without it a
# network that drops packets is noticed after the kernel's own 15 minutes (tcp(7), tcp_retries2). A keep-alive is always
# on its way, so this bounds the silence also of a connection that nobody asks anything.
UNANSWERED_SECONDS = 20
WINDOW_BYTES = 16 * 1024 * 1024  # a whole stream of a failing tool fits, so reading one cannot block the other
STATUS_TIMED_OUT = 124  # of coreutils' timeout

# paramiko logs each lost connection with a traceback; what went wrong reaches people as a typed error instead.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)


__all__ = ["Dialer", "SshHost", "SshHosts", "SshPlace", "dial_tcp"]


class SshHost:
    """One machine. Safe for several threads: they share a connection and each command has a channel of its own."""

    def __init__(self, place: SshPlace, dialer: Dialer = dial_tcp, redactor: Redactor | None = None) -> None:
        self._place, self._dialer, self._redactor = place, dialer, redactor
        self._client: paramiko.SSHClient | None = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self._place.name

    @property
    def address(self) -> str:
        return self._place.address

    @property
    def work(self) -> str:
        return self._place.work

    def run(
        self, script: str, *, env: Mapping[str, str] | None = None, stdin: str = "", timeout_seconds: float = 30.0
    ) -> Completed:
        text = host_scripts.framed(script, env, stdin)
        began = time.monotonic()
        # The bound is kept on the host too, so that a lost connection leaves no stuck script behind. `timeout` ends by the
        # signal that its child ended by; a shell around it makes a status of that, or it would look like a lost connection.
        command = f"exec sh -c 'timeout -k 2 {timeout_seconds:.3f} bash -s; exit $?'"
        status, out, err = self._exchange(command, text, timeout_seconds + 5)
        seconds = time.monotonic() - began
        if status == STATUS_TIMED_OUT and seconds >= timeout_seconds:
            raise TimedOut(
                f"a script did not end within {timeout_seconds:g} s",
                where=self.name,
                fix="look at the host; raise the step's bound if it is merely slow",
                code="SP505",
            )
        return Completed(status, out, err, seconds)

    def check(
        self, script: str, *, env: Mapping[str, str] | None = None, stdin: str = "", timeout_seconds: float = 30.0
    ) -> str:
        done = self.run(script, env=env, stdin=stdin, timeout_seconds=timeout_seconds)
        if done.status != 0:
            output = self._clean((done.stderr.strip() or done.stdout.strip())[-2000:])
            raise CommandFailed(
                f"a command ended with status {done.status}: {output or 'it said nothing'}",
                where=self.name,
                fix="read the command's own message above",
                code="SP506",
                status=done.status,
                output=output,
            )
        return done.stdout

    def start_job(self, run_id: str, name: str, script: str, *, env: Mapping[str, str] | None = None) -> None:
        folder = host_scripts.job_folder(self.work, run_id, name)
        for attempt in _again():
            with attempt:  # safe to send twice: only the first start begins anything
                done = self.run(host_scripts.start_job(folder, script), env=env, timeout_seconds=20)
        if done.status != 0:
            raise CommandFailed(
                f"the job {name} could not be started (status {done.status}): {self._clean(done.stderr.strip()[-500:])}",
                where=f"{self.name}:{folder}",
                fix=f"is {self.work} there, writable, and not full?",
                code="SP507",
                status=done.status,
                output=self._clean(done.stderr[-2000:]),
            )

    def job_state(self, run_id: str, name: str) -> JobState:
        folder = host_scripts.job_folder(self.work, run_id, name)
        for attempt in _again():
            with attempt:
                answer = self.check(host_scripts.job_state(folder), timeout_seconds=20)
        return self._parse_state(name, answer)

    def follow_job(self, run_id: str, name: str, *, timeout_seconds: float, poll_seconds: float = 0.01) -> JobState:
        folder = host_scripts.job_folder(self.work, run_id, name)
        deadline = time.monotonic() + timeout_seconds
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimedOut(
                    f"the job {name} did not end within {timeout_seconds:g} s",
                    where=f"{self.name}:{folder}",
                    fix="look into its out and err files on the host; it still runs",
                    code="SP505",
                )
            for attempt in _again():
                with attempt:  # a cut connection does not touch the job: connect again and go on waiting
                    wait = min(left, 30.0)
                    answer = self.check(host_scripts.follow_job(folder, wait), timeout_seconds=wait + 15)
            state = self._parse_state(name, answer)
            if not state.started or state.lost or state.status is not None:
                return state

    def kill_jobs(self, run_id: str) -> list[str]:
        folder = host_scripts.job_folder(self.work, run_id, "any").rsplit("/jobs/", 1)[0]
        for attempt in _again():
            with attempt:
                answer = self.check(host_scripts.kill_jobs(folder), timeout_seconds=20)
        return answer.split()

    def close(self) -> None:
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    # -- one command over one channel -------------------------------------------------------------------------------

    def _exchange(self, command: str, text: str, timeout_seconds: float) -> tuple[int, str, str]:
        deadline = time.monotonic() + timeout_seconds
        transport = self._transport()
        try:
            channel = transport.open_session(window_size=WINDOW_BYTES, timeout=CONNECT_TIMEOUT_SECONDS)
            with contextlib.closing(channel):
                channel.settimeout(timeout_seconds)
                channel.exec_command(command)
                channel.sendall(text.encode())
                channel.shutdown_write()
                out = _read_all(channel.recv, channel, deadline)
                err = _read_all(channel.recv_stderr, channel, deadline)
                if not channel.status_event.wait(max(0.1, deadline - time.monotonic())):
                    raise TimeoutError
                status = channel.recv_exit_status()
        except TimeoutError as error:
            raise TimedOut(
                f"no answer within {timeout_seconds:g} s",
                where=self.name,
                fix="is the host overloaded, or its network cut?",
                code="SP505",
            ) from error
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise self._lost(error) from error
        if status == -1:
            raise self._lost(EOFError("the channel ended without a status"))
        return status, out.decode(errors="replace"), err.decode(errors="replace")

    def _lost(self, error: BaseException) -> HostUnreachable:
        return HostUnreachable(
            f"the connection was lost ({error})",
            where=f"{self.name} ({self.address}:{self._place.port})",
            fix="work that was started as a job goes on at the host and is found again",
            code="SP502",
        )

    def _transport(self) -> paramiko.Transport:
        with self._lock:
            transport = self._client.get_transport() if self._client else None
            if transport is None or not transport.is_active():
                if self._client is not None:
                    self._client.close()
                self._client = self._connect()
                transport = self._client.get_transport()
            assert transport is not None
            return transport

    def _connect(self) -> paramiko.SSHClient:
        place = self._place
        where = f"{place.name} ({place.address}:{place.port})"
        client = paramiko.SSHClient()
        client.get_host_keys().add(self._known_as(), *host_key_of(place))
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        try:
            opened = self._dialer(place.address, place.port, CONNECT_TIMEOUT_SECONDS)
        except HostUnreachable as error:  # who dials an address does not know whose it is
            raise HostUnreachable(error.what, where=where, fix=error.fix, code=error.code) from error
        self._bound_silence(opened)
        try:
            client.connect(
                place.address,
                port=place.port,
                username=place.user,
                pkey=identity_of(place),
                sock=opened,
                timeout=CONNECT_TIMEOUT_SECONDS,
                banner_timeout=CONNECT_TIMEOUT_SECONDS,
                auth_timeout=CONNECT_TIMEOUT_SECONDS,
                allow_agent=False,
                look_for_keys=False,
            )
        except paramiko.BadHostKeyException as error:
            raise HostKeyMismatch(
                f"the host shows another key than the inventory pins ({error.key.get_name()} {error.key.fingerprint})",
                where=where,
                fix="find out why before anything else; if the host was rebuilt, pin its new key",
                code="SP503",
            ) from error
        except paramiko.AuthenticationException as error:
            raise AccessRefused(
                f"the host refused the key {place.identity.name} for user {place.user}",
                where=where,
                fix="put its public half into that user's authorized_keys, or correct `identity` in the inventory",
                code="SP504",
            ) from error
        except (paramiko.SSHException, EOFError, OSError) as error:
            with contextlib.suppress(OSError):
                opened.close()
            if isinstance(error, paramiko.SSHException) and "not found in known_hosts" in str(error):
                raise HostKeyMismatch(
                    "the host shows a key of another type than the inventory pins",
                    where=where,
                    fix="compare on the host's console and pin the ed25519 key",
                    code="SP503",
                ) from error
            raise HostUnreachable(
                f"no SSH session ({error})", where=where, fix="is sshd up there, and is this its port?", code="SP501"
            ) from error
        transport = client.get_transport()
        assert transport is not None
        transport.set_keepalive(KEEPALIVE_SECONDS)
        return client

    def _bound_silence(self, opened: socket.socket) -> None:
        with contextlib.suppress(OSError):  # a dialer may hand over something that is no TCP socket
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNANSWERED_SECONDS * 1000)

    def _known_as(self) -> str:
        place = self._place
        return place.address if place.port == 22 else f"[{place.address}]:{place.port}"

    def _clean(self, text: str) -> str:
        printable = "".join(c if c.isprintable() or c == "\n" else "?" for c in text)
        return self._redactor.text(printable) if self._redactor else printable

    def _parse_state(self, name: str, answer: str) -> JobState:
        head, _, rest = answer.partition("\n")
        out, _, err = rest.partition("\n")
        words = head.split()
        if not words or words[0] == "absent":
            return JobState(name, False, None, False, None, "", "")
        began = float(words[2])
        status = int(words[3]) if words[0] == "ended" else None
        ended = float(words[4]) if words[0] == "ended" else float(words[3]) if words[0] == "running" else None
        return JobState(
            name,
            True,
            status,
            words[0] == "lost",
            None if ended is None else ended - began,
            self._clean(_unpacked(out)),
            self._clean(_unpacked(err)),
        )


def _again() -> Retrying:
    """For what may be sent twice: a lost connection is tried again, a refused key or a wrong host never."""
    return Retrying(
        retry=retry_if_exception_type(HostUnreachable),
        stop=stop_after_attempt(6) | stop_after_delay(60),
        wait=wait_random_exponential(multiplier=0.1, max=5),
        reraise=True,
    )


class _Receive(Protocol):
    def __call__(self, nbytes: int, /) -> bytes: ...


def _read_all(receive: _Receive, channel: paramiko.Channel, deadline: float) -> bytes:
    parts: list[bytes] = []
    while True:
        channel.settimeout(max(0.1, deadline - time.monotonic()))
        part = receive(65536)
        if not part:
            return b"".join(parts)
        parts.append(part)


def _unpacked(line: str) -> str:
    try:
        return base64.b64decode(line.strip()).decode(errors="replace")
    except (binascii.Error, ValueError):
        return ""


class SshHosts:
    """Connections by inventory name, opened when first used."""

    def __init__(
        self,
        places: Mapping[str, SshPlace],
        dialers: Mapping[str, Dialer] | None = None,
        redactor: Redactor | None = None,
    ) -> None:
        self._places, self._dialers, self._redactor = dict(places), dict(dialers or {}), redactor
        self._open: dict[str, SshHost] = {}
        self._lock = threading.Lock()

    def host(self, name: str) -> SshHost:
        with self._lock:
            if name not in self._open:
                if name not in self._places:
                    raise Refused(
                        f"there is no host {name!r} in the inventory",
                        where="inventory.yaml: hosts",
                        fix=f"known are: {', '.join(sorted(self._places))}",
                        code="SP241",
                    )
                dialer = self._dialers.get(name, dial_tcp)
                self._open[name] = SshHost(self._places[name], dialer, self._redactor)
            return self._open[name]

    def close(self) -> None:
        with self._lock:
            for host in self._open.values():
                host.close()
            self._open.clear()
