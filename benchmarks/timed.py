"""Run a command as a whole process: how long it took, and the most memory that it held."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class Failed(Exception):
    """A command of a benchmark did not end well; nothing can be said then."""


@dataclass(frozen=True)
class Ran:
    seconds: float
    peak_mib: float
    out: str
    status: int


def run(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    accept: Sequence[int] = (0,),
    bound_seconds: float = 1800,
) -> Ran:
    """Run to its end. `peak_mib` is that of the process itself (its children are not in it). Raises Failed."""
    began = time.perf_counter()
    with subprocess.Popen(
        list(command), cwd=cwd, env={**os.environ, **(env or {})}, text=False,
        stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        pid = process.pid
        peak = 0.0
        try:
            out, err = process.communicate(stdin, timeout=0.02)
        except subprocess.TimeoutExpired:
            while True:
                peak = max(peak, _high_water(pid))
                if time.perf_counter() - began > bound_seconds:
                    process.kill()
                    raise Failed(f"{command[0]}: not done after {bound_seconds:g} s") from None
                try:
                    out, err = process.communicate(timeout=0.1)
                    break
                except subprocess.TimeoutExpired:
                    continue
    seconds = time.perf_counter() - began
    if process.returncode not in accept:
        said = (out + b"\n" + err).decode(errors="replace")[-2000:]
        raise Failed(f"{' '.join(map(str, command))}: status {process.returncode}: {said}")
    return Ran(seconds, peak, out.decode(errors="replace"), process.returncode)


def _high_water(pid: int) -> float:
    """MiB, as the kernel keeps it (VmHWM): a maximum, so that looking seldom loses little."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0
