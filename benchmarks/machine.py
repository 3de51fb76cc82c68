"""What the figures were measured on: they mean nothing without it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path

TOOLS = (
    ("PostgreSQL", ["/usr/lib/postgresql/15/bin/postgres", "--version"]),
    ("pgBackRest", ["pgbackrest", "version"]),
    ("restic", ["restic", "version"]),
    ("barman", ["barman", "--version"]),
    ("zstd", ["zstd", "--version"]),
    ("OpenSSH", ["ssh", "-V"]),
)


def describe() -> dict[str, str]:
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1024**2
    facts = {
        "cores": f"{os.cpu_count()} ({cpu})",
        "memory": f"{memory:.0f} GiB",
        "kernel": platform.release(),
        "Python": platform.python_version(),
    }
    for name, command in TOOLS:
        if Path(command[0]).exists() or shutil.which(command[0]):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            lines = (done.stdout + done.stderr).strip().splitlines()
            facts[name] = lines[0].strip() if lines else "does not say"
    return facts


def load() -> float:
    """The load average of the last minute: above 1 before we begin, others use the machine too."""
    return os.getloadavg()[0]
