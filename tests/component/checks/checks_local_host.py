"""A Host that is this machine: bash as the user postgres, for tests that need PostgreSQL but no network."""

from __future__ import annotations

import os
import pwd
import subprocess
import time
from collections.abc import Mapping

from stormproof.adapters import host_scripts
from stormproof.core.errors import CommandFailed, TimedOut
from stormproof.core.ports import Completed, JobState


class LocalHost:
    """Scripts run as `user` when the tests run as root, else as whoever runs them."""

    name, address = "local", "127.0.0.1"

    def __init__(self, user: str = "postgres") -> None:
        self._prefix: list[str] = []
        if os.geteuid() == 0:
            entry = pwd.getpwnam(user)
            self._prefix = ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]

    def run(
        self, script: str, *, env: Mapping[str, str] | None = None, stdin: str = "", timeout_seconds: float = 30.0
    ) -> Completed:
        began = time.monotonic()
        command = [*self._prefix, "env", "-i", "PATH=/usr/bin:/bin", "HOME=/nonexistent", "bash", "-s"]
        try:
            done = subprocess.run(
                command,
                input=host_scripts.framed(script, env, stdin).encode(),
                capture_output=True,
                timeout=timeout_seconds,
                check=False,
                cwd="/",
            )
        except subprocess.TimeoutExpired as error:
            raise TimedOut("too slow", where=self.name, fix="none") from error
        status = done.returncode if done.returncode >= 0 else 128 - done.returncode
        return Completed(
            status, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"), time.monotonic() - began
        )

    def check(
        self, script: str, *, env: Mapping[str, str] | None = None, stdin: str = "", timeout_seconds: float = 30.0
    ) -> str:
        done = self.run(script, env=env, stdin=stdin, timeout_seconds=timeout_seconds)
        if done.status != 0:
            raise CommandFailed(
                f"status {done.status}: {done.stderr or done.stdout}",
                where=self.name,
                fix="none",
                status=done.status,
                output=done.stderr,
            )
        return done.stdout

    def start_job(self, run_id: str, name: str, script: str, *, env: Mapping[str, str] | None = None) -> None:
        raise NotImplementedError

    def job_state(self, run_id: str, name: str) -> JobState:
        raise NotImplementedError

    def follow_job(self, run_id: str, name: str, *, timeout_seconds: float, poll_seconds: float = 0.01) -> JobState:
        raise NotImplementedError

    def kill_jobs(self, run_id: str) -> list[str]:
        raise NotImplementedError
