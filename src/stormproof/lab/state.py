"""The lab's state folder: which processes are its hosts (state.json), and one lock for who may change that.

`state.json` is read by `adapters/namespace_dial.py` too, which documents its format. It is replaced as a whole, so
that a reader never sees half of it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stormproof.core.errors import LeftoversRemain, Refused, SetupFailed
from stormproof.lab.level import Level
from stormproof.lab.network import Addresses, Network
from stormproof.lab.processes import Process
from stormproof.lab.topology import HostSpec

SCHEMA = "stormproof.lab-state/v1"
LOCK_SECONDS_MAX = 30.0
OWN_NAMES = {"lock", "lab.json", "state.json", "hosts.json", "keys", "hosts"}


@dataclass(frozen=True, slots=True)
class LabState:
    """What was brought up. A process listed here may have died since: `Process.is_alive` says."""

    level: Level
    network: Network
    ipv6: bool
    numbers: dict[str, int]
    processes: dict[str, Process]

    def addresses(self, name: str) -> Addresses:
        return self.network.of(self.numbers[name])

    def as_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "level": self.level.value,
            "boot_id": boot_id(),
            "ipv4_prefix": self.network.ipv4_prefix,
            "ipv6_prefix": self.network.ipv6_prefix,
            "ipv6": self.ipv6,
            "hosts": {
                name: {
                    "pid": process.pid,
                    "started": process.started,
                    "number": self.numbers.get(name),
                    "ipv4": self.addresses(name).ipv4 if name in self.numbers else None,
                    "ipv6": self.addresses(name).ipv6 if name in self.numbers else None,
                }
                for name, process in self.processes.items()
            },
        }


def boot_id() -> str:
    """Changes at every start of the machine: process numbers of an earlier one mean nothing."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


class StateFolder:
    """One lab's folder, mode 0700: state.json, lock, keys/, hosts/NAME/disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def state_json(self) -> Path:
        return self.path / "state.json"

    @property
    def marker(self) -> Path:
        """Says that this folder is a lab's, and so may be destroyed as a whole; holds what must stay the same."""
        return self.path / "lab.json"

    def disk(self, host: str) -> Path:
        return self.path / "hosts" / host / "disk"

    def mount_point(self, host: str) -> Path:
        """An empty folder on which a host builds its root, in its own mount namespace: from outside it stays empty."""
        return self.path / "hosts" / host / "root"

    def read(self) -> LabState | None:
        """The state written last; None when there is none, or when the machine was started anew since.

        Raises:
            SetupFailed: the file is there and cannot be understood.
        """
        try:
            document = json.loads(self.state_json.read_text())
            if document["schema"] != SCHEMA:
                raise KeyError(document["schema"])
            if document["boot_id"] != boot_id():
                return None
            hosts = document["hosts"]
            return LabState(
                level=Level(document["level"]),
                network=Network(document["ipv4_prefix"], document["ipv6_prefix"]),
                ipv6=document["ipv6"],
                numbers={name: host["number"] for name, host in hosts.items() if host["number"] is not None},
                processes={name: Process(host["pid"], host["started"]) for name, host in hosts.items()},
            )
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise SetupFailed(
                f"the lab's state cannot be read: {error!r}",
                where=str(self.state_json),
                fix="end the lab's processes by hand if any are left, then delete this file",
                code="SP603",
            ) from error

    def write(self, state: LabState) -> None:
        write_whole(self.state_json, json.dumps(state.as_json(), indent=1) + "\n", durable=False)

    def forget(self) -> None:
        self.state_json.unlink(missing_ok=True)

    def settle(self, level: Level) -> None:
        """Mark the folder as a lab's. Its disks belong to the user that made them, so the level stays the same.

        Raises:
            SetupFailed: it was made with another level, or it is somebody else's folder.
        """
        try:
            made_with = json.loads(self.marker.read_text())["level"]
        except FileNotFoundError:
            strangers = sorted({entry.name for entry in self.path.iterdir()} - OWN_NAMES)
            if strangers:
                raise SetupFailed(
                    f"the folder holds other things than a lab: {', '.join(strangers[:5])}",
                    where=str(self.path),
                    fix="choose an empty folder for the lab",
                    code="SP603",
                ) from None
            write_whole(self.marker, json.dumps({"schema": "stormproof.lab/v1", "level": level.value}) + "\n")
            return
        if made_with != level.value:
            raise SetupFailed(
                f"this lab was made with {made_with}; now it would use {level.value}, which cannot own its disks",
                where=str(self.path),
                fix="run `stormproof lab destroy`, then bring it up again",
                code="SP603",
            )

    def write_specs(self, specs: Iterable[HostSpec]) -> None:
        """Keep what each host was made of, so that a later process can start it again."""
        document = [
            {
                **asdict(spec),
                "read_only_paths": [str(path) for path in spec.read_only_paths],
                "memory_dirs": list(spec.memory_dirs),
            }
            for spec in specs
        ]
        write_whole(self.path / "hosts.json", json.dumps(document, indent=1) + "\n", durable=False)

    def read_specs(self) -> list[HostSpec]:
        return [
            HostSpec(
                **{
                    **entry,
                    "read_only_paths": tuple(Path(path) for path in entry["read_only_paths"]),
                    "memory_dirs": tuple(entry["memory_dirs"]),
                }
            )
            for entry in json.loads((self.path / "hosts.json").read_text())
        ]

    def remove(self) -> None:
        """Delete the folder with everything in it.

        Raises:
            Refused: it does not carry a lab's mark.
            LeftoversRemain: something could not be deleted.
        """
        if not self.marker.exists() and {entry.name for entry in self.path.iterdir()} - OWN_NAMES:
            raise Refused(
                "this folder is not a lab's, so it is not deleted",
                where=str(self.path),
                fix="check the path; a lab's folder holds lab.json",
                code="SP614",
            )
        if os.geteuid() != 0:
            open_directories(self.path)
        problems: list[str] = []
        shutil.rmtree(self.path, onerror=lambda _, path, details: problems.append(f"{path}: {details[1]}"))
        if self.path.exists():
            raise LeftoversRemain(
                f"the lab's folder could not be deleted: {'; '.join(problems[:3])}",
                where=str(self.path),
                fix="delete it by hand",
                code="SP611",
            )

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Only one process changes a lab at a time. The kernel lets go of the lock when its holder dies.

        Raises:
            SetupFailed: another process holds it for longer than 30 s.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            deadline = time.monotonic() + LOCK_SECONDS_MAX
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() > deadline:
                        raise SetupFailed(
                            "another process is changing this lab",
                            where=str(self.path),
                            fix="wait for it to end, then try again",
                            code="SP604",
                        ) from error
                    time.sleep(0.02)
            yield
        finally:
            os.close(descriptor)


def open_directories(folder: Path) -> None:
    """Give ourselves back what a host took from its own directories; root needs no such leave."""
    for place, names, _ in os.walk(folder):
        for name in names:
            path = Path(place, name)
            if not path.is_symlink() and path.stat().st_mode & 0o700 != 0o700:
                path.chmod(0o700)  # before the walk goes down into it


def write_whole(path: Path, text: str, mode: int = 0o600, *, durable: bool = True) -> None:
    """Replace a file in one step.

    Args:
        durable: on disk before it has its name; not for what a power cut may take (it ends the lab's processes too).
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    temporary.replace(path)
