"""A private folder for one rehearsal: state, logs and a copy of the project's settings; gone afterwards, however it ended."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from stormproof.core.errors import Refused, SetupFailed

PROJECT_FILE = "Pulumi.yaml"
LOCK = ".in-use"


def place_of(environment: Mapping[str, str]) -> Path:
    """Below $STORMPROOF_HOME, else $XDG_STATE_HOME/stormproof, which counts only when absolute. Not made here."""
    if chosen := environment.get("STORMPROOF_HOME"):
        return Path(chosen).expanduser().absolute() / "infra"
    base = environment.get("XDG_STATE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".local" / "state") / "stormproof" / "infra"


@contextlib.contextmanager
def private_folder(place: Path) -> Iterator[Path]:
    """A new folder for the length of the block. What killed rehearsals left in `place` is removed first."""
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(place)
        made = Path(tempfile.mkdtemp(prefix="new-", dir=place))
        lock = os.open(made / LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)  # as long as we live it is in use
        # Under this name others look at it, so it has it only once it is locked.
        folder = made.rename(place / f"rehearsal-{made.name.removeprefix('new-')}")
    except OSError as error:
        raise SetupFailed(
            f"no folder for the rehearsal could be made ({error.strerror})",
            where=str(error.filename or place),
            fix="let this user write there, or set STORMPROOF_HOME to a folder of its own",
            code="SP941",
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _sweep(place: Path) -> None:
    for folder in place.glob("rehearsal-*"):
        try:
            lock = os.open(folder / LOCK, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:  # it had its lock before its name: somebody was killed removing it
            shutil.rmtree(folder, ignore_errors=True)
            continue
        except OSError:
            continue  # another user's
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            pass  # a rehearsal that runs
        finally:
            os.close(lock)


def shadow_project(project: Path, folder: Path) -> Path:
    """The project as the engine is shown it: links to everything, but copies of the files that `stack init` writes to.

    A relative virtual environment is made absolute, or it would be looked for beside the copy.

    Raises:
        Refused: there is no Pulumi.yaml, or it is no mapping.
        SetupFailed: its virtual environment is not there.
    """
    settings = _project_settings(project)
    shadow = folder / "project"
    shadow.mkdir()
    for entry in project.iterdir():
        if entry.name == PROJECT_FILE:
            continue
        if entry.name.startswith("Pulumi.") and entry.suffix == ".yaml":
            shutil.copyfile(entry, shadow / entry.name)
        else:
            (shadow / entry.name).symlink_to(entry)
    runtime = settings.get("runtime")
    options = runtime.get("options") if isinstance(runtime, dict) else None
    if isinstance(options, dict) and options.get("virtualenv"):
        environment = Path(os.path.normpath(project / str(options["virtualenv"])))
        if not (environment / "bin" / "python").exists():
            raise SetupFailed(
                "the program's virtual environment is not there",
                where=f"{project / PROJECT_FILE}: runtime.options.virtualenv is {options['virtualenv']}",
                fix="run scripts/setup --infra, or correct the path: it is relative to Pulumi.yaml",
                code="SP942",
            )
        options["virtualenv"] = str(environment)
    (shadow / PROJECT_FILE).write_text(yaml.safe_dump(settings, sort_keys=False))
    return shadow


def shipped_stacks(project: Path) -> list[str]:
    """Names of every stack that has a settings file, in order."""
    return sorted(path.name[len("Pulumi.") : -len(".yaml")] for path in project.glob("Pulumi.?*.yaml"))


def _project_settings(project: Path) -> dict[str, object]:
    path = project / PROJECT_FILE
    try:
        settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise Refused(
            f"the project cannot be read: {error}", where=str(path), fix="name its folder with --project", code="SP943"
        ) from error
    if not isinstance(settings, dict):
        raise Refused("the project's file is no mapping", where=str(path), fix="write name and runtime", code="SP944")
    return settings
