"""One call of `stormproof`, watched line by line, so that a kill can be timed by its progress."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

STORMPROOF = Path(sys.executable).with_name("stormproof")
DEADLINE_SECONDS = 420.0  # of one call, however busy the machine is: a call that takes longer hangs


class Hung(AssertionError):
    """A call did not end by its deadline."""


_RUNNING: set[subprocess.Popen[str]] = set()


def end_all() -> None:
    """SIGKILL to whatever this soak called and that still runs: a lab in use would refuse to go away."""
    for process in list(_RUNNING):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Call:
    """A running `stormproof …`. Its output is read by threads, so that it never waits for us."""

    def __init__(self, folder: Path, env: dict[str, str], words: tuple[str, ...]) -> None:
        self.words = words
        self._began = time.monotonic()
        self._process = subprocess.Popen(
            [str(STORMPROOF), *words],
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        _RUNNING.add(self._process)
        self._lines: list[str] = []
        self._out = ""
        self._moved = threading.Condition()
        self._readers = [threading.Thread(target=self._read_err), threading.Thread(target=self._read_out)]
        for reader in self._readers:
            reader.start()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    @property
    def out(self) -> str:
        return self._out

    @property
    def err(self) -> str:
        return "".join(self._lines)

    def reaches(self, line: int, seconds: float) -> bool:
        """Wait for the line-th line of progress and a fraction more; False when the call ends before."""
        with self._moved:
            while len(self._lines) < line and self._process.poll() is None:
                self._moved.wait(0.05)
                self._check_deadline()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return True
        return False

    def kill(self) -> bool:
        """SIGKILL to the runner alone; what it started lives on. False when it had ended."""
        if self._process.poll() is not None:
            return False
        self._process.send_signal(signal.SIGKILL)
        return self.wait() == -signal.SIGKILL

    def wait(self) -> int:
        """Its status. Raises Hung."""
        try:
            status = self._process.wait(max(1.0, DEADLINE_SECONDS - self.seconds))
        except subprocess.TimeoutExpired:
            self._hung()
        _RUNNING.discard(self._process)
        for reader in self._readers:
            reader.join(10)
        return status

    def _check_deadline(self) -> None:
        if self.seconds > DEADLINE_SECONDS:
            self._hung()

    def _hung(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        raise Hung(f"{' '.join(self.words)} did not end within {DEADLINE_SECONDS:.0f} s\n{self.err[-2000:]}")

    def _read_err(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            with self._moved:
                self._lines.append(line)
                self._moved.notify_all()

    def _read_out(self) -> None:
        assert self._process.stdout is not None
        self._out = self._process.stdout.read()
