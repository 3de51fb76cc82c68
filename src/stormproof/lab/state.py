"""The lab's state folder: which processes are its hosts (state.json), and one lock for who may change that.

`state.json` is read by `adapters/namespace_dial.py` too, which documents its format. It is replaced as a whole, so
that a reader never sees half of it.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from stormproof.core.errors import LeftoversRemain, Refused, SetupFailed
from stormproof.lab.kept_file import Damaged, expect, read_sealed, sealed
from stormproof.lab.lab_state import LabState, specs_document, specs_of, state_of
from stormproof.lab.level import Level
from stormproof.lab.topology import HostSpec

LOCK_SECONDS_MAX = 30.0
OWN_NAMES = {"lock", "lab.json", "state.json", "hosts.json", "keys", "hosts"}


class StateFolder:
    """One lab's folder, mode 0700: state.json, lock, keys/, hosts/NAME/disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def state_json(self) -> Path:
        return self.path / "state.json"

    @property
    def hosts_json(self) -> Path:
        return self.path / "hosts.json"

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
            SetupFailed: the file is there and is not as it was written.
        """
        try:
            document = read_sealed(self.state_json)
            return None if document is None else state_of(document)
        except Damaged as error:
            raise SetupFailed(
                f"the lab's state cannot be read: {error}",
                where=str(self.state_json),
                fix="end the lab's processes by hand if any are left, then delete this file",
                code="SP603",
            ) from error

    def write(self, state: LabState) -> None:
        write_whole(self.state_json, sealed(state.as_json()), durable=False)

    def forget(self) -> None:
        self.state_json.unlink(missing_ok=True)

    def settle(self, level: Level) -> None:
        """Mark the folder as a lab's. Its disks belong to the user that made them, so the level stays the same.

        Raises:
            SetupFailed: it was made with another level, or it is somebody else's folder.
        """
        made_with = self._level()
        if made_with is None:
            if strangers := self._strangers():
                raise SetupFailed(
                    f"the folder holds other things than a lab: {', '.join(strangers[:5])}",
                    where=str(self.path),
                    fix="choose an empty folder for the lab",
                    code="SP603",
                )
            write_whole(self.marker, sealed({"schema": "stormproof.lab/v1", "level": level.value}))
            return
        if made_with != level.value:
            raise SetupFailed(
                f"this lab was made with {made_with}; now it would use {level.value}, which cannot own its disks",
                where=str(self.path),
                fix="run `stormproof lab destroy`, then bring it up again",
                code="SP603",
            )

    def _level(self) -> str | None:
        """The level that the lab was made with; None where nothing says that it is one. Raises SetupFailed."""
        try:
            document = read_sealed(self.marker)
            if document is None:
                return None
            level = document.get("level") if isinstance(document, dict) else None
            expect(level in tuple(Level), "its level is none")
            return str(level)
        except Damaged as error:
            raise SetupFailed(
                f"the lab's mark cannot be read: {error}",
                where=str(self.marker),
                fix="run `stormproof lab destroy`, then bring it up again",
                code="SP603",
            ) from error

    def write_specs(self, specs: Iterable[HostSpec]) -> None:
        """Keep what each host was made of, so that a later process can start it again."""
        write_whole(self.hosts_json, sealed(specs_document(specs)), durable=False)

    def read_specs(self) -> list[HostSpec]:
        """Raises SetupFailed: the file is missing, or is not as it was written."""
        try:
            document = read_sealed(self.hosts_json)
            expect(document is not None, "it is missing")
            return specs_of(document)
        except Damaged as error:
            raise SetupFailed(
                f"what the lab's hosts are made of cannot be read: {error}",
                where=str(self.hosts_json),
                fix="run `stormproof lab down`, then `lab up`: it is written anew",
                code="SP603",
            ) from error

    def spec_of(self, name: str) -> HostSpec:
        """What one host was made of. Raises SetupFailed."""
        found = next((spec for spec in self.read_specs() if spec.name == name), None)
        if found is None:
            raise SetupFailed(
                f"what host '{name}' is made of was never written down",
                where=str(self.hosts_json),
                fix="run `stormproof lab down`, then `lab up`",
                code="SP603",
            )
        return found

    def _strangers(self) -> list[str]:
        """What lies here and is no lab's. What `write_whole` had not finished when its process was killed is a lab's."""
        names = [entry.name for entry in self.path.iterdir()]
        return sorted(name for name in names if re.sub(r"\.\d+\.new$", "", name) not in OWN_NAMES)

    def remove(self) -> None:
        """Delete the folder with everything in it.

        Raises:
            Refused: it does not carry a lab's mark.
            LeftoversRemain: something could not be deleted.
        """
        if not self.marker.exists() and self._strangers():
            raise Refused(
                "this folder is not a lab's, so it is not deleted",
                where=str(self.path),
                fix="check the path; a lab's folder holds lab.json",
                code="SP614",
            )
        if os.geteuid() != 0:
            open_directories(self.path)
        problems: list[str] = []

        def told(_: object, path: str, details: tuple[type[BaseException], BaseException, object]) -> None:
            problems.append(f"{path}: {details[1]}")

        # The mark goes last, and folders before the files that say what they hold: we may be killed in between.
        for entry in sorted(self.path.iterdir(), key=lambda one: not one.is_dir()):
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry, onerror=told)
            elif entry != self.marker and not problems:
                entry.unlink()
        if not problems:
            shutil.rmtree(self.path, onerror=told)
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
