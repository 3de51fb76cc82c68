"""Exact processes: a number together with the moment of its start, so that a reused number is never taken for it."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

STAT_STATE, STAT_STARTED = 0, 19  # fields 3 and 22 of /proc/PID/stat (proc(5)), counted behind the name


@dataclass(frozen=True, slots=True)
class Process:
    """`started` is in clock ticks since the machine's start (/proc/PID/stat, field 22)."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> Process:
        """Raises ProcessLookupError when there is none."""
        return cls(pid, int(stat_fields(pid)[STAT_STARTED]))

    def is_alive(self) -> bool:
        try:
            fields = stat_fields(self.pid)
        except ProcessLookupError:
            return False
        return int(fields[STAT_STARTED]) == self.started and fields[STAT_STATE] not in "ZX"


def stat_fields(pid: int) -> list[str]:
    """What stands behind the process's name, which may itself hold spaces and brackets."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError) as error:
        raise ProcessLookupError(f"no process {pid}") from error


@contextmanager
def opened(process: Process) -> Iterator[int]:
    """A pidfd that certainly means this process. Raises ProcessLookupError when it has ended."""
    descriptor = os.pidfd_open(process.pid)
    try:
        if not process.is_alive():  # looked at after opening: from here on the descriptor cannot mean another one
            raise ProcessLookupError(f"process {process.pid} has ended")
        yield descriptor
    finally:
        os.close(descriptor)


def kill_all(processes: Iterable[Process], *, timeout_seconds: float) -> list[Process]:
    """SIGKILL each and wait until all have ended; answers those that have not. Ended ones count as done.

    PID 1 of a process namespace ends only when every process in it has: so this waits for whole hosts.
    """
    deadline = time.monotonic() + timeout_seconds
    waiting: dict[int, Process] = {}
    try:
        for process in processes:
            try:
                with opened(process) as descriptor:
                    signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                    waiting[os.dup(descriptor)] = process
            except ProcessLookupError:
                continue
        poll = select.poll()
        for descriptor in waiting:
            poll.register(descriptor, select.POLLIN)
        while waiting and (left := deadline - time.monotonic()) > 0:
            for descriptor, _ in poll.poll(left * 1000):
                poll.unregister(descriptor)
                del waiting[descriptor]
                os.close(descriptor)
        return list(waiting.values())
    finally:
        for descriptor in waiting:
            os.close(descriptor)
