"""Where the project is, where its state is, and what is set. Reads; creates and writes nothing."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stormproof.cli.named_path import named_path, no_folder_in
from stormproof.core.errors import Refused

if TYPE_CHECKING:
    from stormproof.core.project_settings import ProjectSettings

SETTINGS_FILE = "stormproof.toml"
OWN_VARIABLES = ("STORMPROOF_HOME", "STORMPROOF_PROJECT", "STORMPROOF_QUIET", "STORMPROOF_NO_COLOR")
NAME_CHARACTERS_MAX = 40
BYTES_MAX = 256 * 1024**2  # a preview of a large program has some tens of MB; a device has no end


@dataclass(frozen=True)
class Project:
    """One project: what it is made of (`folder`), and what was made of it (`state`, which may not exist yet)."""

    folder: Path
    state: Path
    settings: ProjectSettings

    @property
    def runbooks(self) -> Path:
        return self._path(self.settings.runbooks)

    @property
    def drills(self) -> Path:
        return self._path(self.settings.drills)

    @property
    def inventory(self) -> Path | None:
        """The inventory's file; None: the lab's own."""
        return None if self.settings.inventory == "lab" else self._path(self.settings.inventory)

    @property
    def evidence(self) -> Path:
        return self.state / "evidence"

    @property
    def keys(self) -> Path:
        return self.state / "keys"

    @property
    def reports(self) -> Path:
        return self.state / "reports"

    def shown(self, path: Path) -> str:
        """A path as messages name it: relative to the project where it lies in it."""
        return str(path.relative_to(self.folder)) if path.is_relative_to(self.folder) else str(path)

    def make_state(self) -> Path:
        """The state folder, made if need be, readable by its owner alone. Only verbs that write call it."""
        from stormproof.core.errors import SetupFailed

        try:
            self.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise SetupFailed(
                f"the state folder cannot be made ({error.strerror})",
                where=str(self.state),
                fix="let this user write there, or set STORMPROOF_HOME to a folder of its own",
                code="SP128",
            ) from error
        return self.state

    def _path(self, text: str) -> Path:
        path = named_path(text, where=f"settings: {text}")
        return path if path.is_absolute() else self.folder / path


def check_environment(environment: Mapping[str, str]) -> None:
    """Raises SpecInvalid for each variable with our prefix that is none of ours: a misspelt setting must not be ignored."""
    if any(name.startswith("STORMPROOF_") and name not in OWN_VARIABLES for name in environment):
        from stormproof.core.errors import SpecInvalid
        from stormproof.core.project_settings import unknown_variables

        if problems := unknown_variables(environment, OWN_VARIABLES):
            raise SpecInvalid(problems)


def home(environment: Mapping[str, str]) -> Path:
    """$STORMPROOF_HOME, or stormproof below $XDG_STATE_HOME (default ~/.local/state). Not made here."""
    if chosen := environment.get("STORMPROOF_HOME"):
        path = named_path(chosen, where=f"environment variable STORMPROOF_HOME={chosen}")
        return path if path.is_absolute() else Path.cwd() / path
    base = environment.get("XDG_STATE_HOME", "")
    if base and Path(base).is_absolute():  # a relative one is to be ignored, says the XDG base directory specification
        return Path(base) / "stormproof"
    try:
        return Path.home() / ".local" / "state" / "stormproof"
    except RuntimeError:
        raise Refused(
            "there is no home folder to keep state in",
            where="environment variable HOME",
            fix="set STORMPROOF_HOME to a folder that this user may write",
            code="SP121",
        ) from None


def find_folder(given: str | None, environment: Mapping[str, str]) -> Path:
    """The project's folder: -C, STORMPROOF_PROJECT, or the nearest one upwards that has stormproof.toml.

    Raises Refused: there is none.
    """
    if given is not None and not given:  # `-C "$FOLDER"` where FOLDER is not set: never another project instead
        raise Refused(
            "-C names no folder", where="-C ''", fix="name the project's folder, or leave -C out", code="SP120"
        )
    named, flag = (given, "-C") if given else (environment.get("STORMPROOF_PROJECT"), "STORMPROOF_PROJECT")
    if named:
        folder = named_path(named, where=f"{flag} {named}").absolute()
        if blocking := no_folder_in(folder):
            raise Refused(
                f"{blocking} is no folder",
                where=f"{flag} {named}",
                fix=f"name the project's folder: {blocking.parent}",
                code="SP120",
            )
        if not (folder / SETTINGS_FILE).is_file():
            raise Refused(
                f"there is no project: {folder / SETTINGS_FILE} does not exist",
                where=f"{flag} {named}",
                fix=f"name a project's folder, or make one: `stormproof init {named}`",
                code="SP120",
            )
        return folder.resolve()
    here = _cwd()
    for folder in (here, *here.parents):
        if (folder / SETTINGS_FILE).is_file():
            return folder.resolve()
    raise Refused(
        f"there is no project here: neither this folder nor one above it has {SETTINGS_FILE}",
        where=str(here),
        fix="go to a project's folder, name it with -C DIR, or make one: `stormproof init`",
        code="SP120",
    )


def load_project(given: str | None, environment: Mapping[str, str], flags: Mapping[tuple[str, ...], Any]) -> Project:
    """Find the project and read its settings. Raises Refused, SpecInvalid."""
    from stormproof.core.project_settings import read_settings

    folder = find_folder(given, environment)
    file = folder / SETTINGS_FILE
    settings = read_settings(read_text(file), file=str(file), environment=environment, flags=flags)
    return Project(folder, home(environment) / state_name(folder), settings)


def state_name(folder: Path) -> str:
    """`shop-3f9a1c02`: the folder's name for people, a digest of its whole path so that two of one name stay apart."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", folder.name).strip("-.")[:NAME_CHARACTERS_MAX] or "project"
    return f"{name}-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:8]}"


def read_text(path: Path) -> str:
    """A text that a person wrote. Raises Refused: not readable, or no UTF-8."""
    try:
        with path.open("rb") as file:
            data = file.read(BYTES_MAX + 1)
        if len(data) > BYTES_MAX:
            raise Refused(
                f"the file is larger than {BYTES_MAX // 1024**2} MB",
                where=str(path),
                fix="name the file that was meant",
                code="SP122",
            )
        return _universal(data.decode("utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Refused(
            "there is no such file", where=str(path), fix="correct its name, or name another one", code="SP122"
        ) from error
    except IsADirectoryError as error:
        raise Refused("this is a folder", where=str(path), fix="name a file in it", code="SP122") from error
    except OSError as error:
        raise Refused(
            f"the file cannot be read ({error.strerror})",
            where=str(path),
            fix="let this user read it, or name another one",
            code="SP122",
        ) from error
    except UnicodeDecodeError as error:
        raise Refused(
            "the file is not UTF-8", where=f"{path}, byte {error.start}", fix="save it as UTF-8", code="SP122"
        ) from error


def _universal(text: str) -> str:
    """Each end of a line as one character, as when a text is read."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _cwd() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        raise Refused(
            "the current folder does not exist any more",
            where="the shell",
            fix="change to a folder that does",
            code="SP120",
        ) from error
