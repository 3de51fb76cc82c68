"""The content's `Machine` over the foundation's `LabHost`."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from stormproof.core.ports import Completed
from stormproof.lab.lab_host import LabHost

LOGS = "/var/log/stormproof"
PIDS = "/run/stormproof"


class LabMachine:
    """See `machine.Machine`."""

    def __init__(self, host: LabHost, address: str) -> None:
        self._host = host
        self._address = address

    @property
    def name(self) -> str:
        return self._host.name

    @property
    def address(self) -> str:
        return self._address

    def run(
        self, script: str, *, env: Mapping[str, str] | None = None, stdin: str = "", timeout_seconds: float = 30.0
    ) -> Completed:
        return self._host.run(script, stdin=stdin.encode(), env=env, timeout_seconds=timeout_seconds)

    def check(
        self, script: str, *, env: Mapping[str, str] | None = None, stdin: str = "", timeout_seconds: float = 30.0
    ) -> str:
        return self._host.check(script, stdin=stdin.encode(), env=env, timeout_seconds=timeout_seconds)

    def put(self, path: str, text: str, mode: int = 0o644) -> None:
        folder = path.rpartition("/")[0]
        # The folder's mode is narrow when the file's is: a secret's place need not be listed by others.
        self.check(
            f"umask 077; mkdir -p {shlex.quote(folder)} && cat >{shlex.quote(path)}.new && "
            f"chmod {mode:o} {shlex.quote(path)}.new && mv {shlex.quote(path)}.new {shlex.quote(path)}",
            stdin=text,
        )

    def keep_running(self, name: str, script: str, *, env: Mapping[str, str] | None = None) -> None:
        """See `Machine`. /run is new at each start of the host, so a pid file there means a process of this start or a dead one."""
        file = f"{PIDS}/{name}.pid"
        if self.run(f'umask 077; mkdir -p {LOGS} {PIDS}; kill -0 "$(cat {file} 2>/dev/null)" 2>/dev/null').status == 0:
            return
        # It says itself which it is, before it begins: were we killed now, the next one would start it a second time.
        known = f"echo $$ >{file}.own && mv {file}.own {file} || exit\n"
        pid = self._host.spawn(known + script, f"{LOGS}/{name}.log", env=env)
        self.put(file, f"{pid}\n")  # from here on `stop_running` finds it

    def stop_running(self, name: str) -> None:
        file = f"{PIDS}/{name}.pid"
        self.check(f"[ ! -e {file} ] || {{ kill -KILL -- -$(cat {file}); rm {file}; }} 2>/dev/null")
