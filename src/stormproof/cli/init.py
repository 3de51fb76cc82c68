"""`init [DIR]`: a starting project, whose drills run at once in the lab, and whose stacks wait for account ids."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatch
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from stormproof.cli.call import Call
from stormproof.cli.named_path import named_path, refuse_files_in
from stormproof.core.errors import Refused, SetupFailed
from stormproof.engine.shipped import starter_folder

TEMPLATES: Mapping[str, str] = {
    "stormproof.toml": "stormproof.toml",
    "inventory.yaml": "inventory.yaml",
    ".gitignore": "gitignore",
    ".github/workflows/recovery-drill.yml": "workflow.yml",
}
FOLDERS: Mapping[str, str] = {"runbooks": ".py", "drills": ".yaml"}
PROGRAM, PROGRAM_SUFFIXES = "infra", (".py", ".yaml", ".sql", ".md", ".txt")
STACKS = "Pulumi*.yaml"  # the project of Pulumi, and one file for each stack


def run(call: Call) -> int:
    """Write the project; nothing is written over, and nothing at all when one file is there already."""
    folder = named_path(call.args.folder).absolute()
    content = starting_files()
    _refuse_existing(folder, content)
    made: list[Path] = []  # files and folders, in their order
    try:
        for name, text in content.items():
            path = folder / name
            missing = [one for one in (path.parent, *path.parent.parents) if not one.exists()]
            for one in reversed(missing):
                one.mkdir()
                made.append(one)
            with path.open("x", encoding="utf-8") as file:
                made.append(path)
                file.write(text)
    except FileExistsError as error:  # it was not there just now
        _remove(made)
        raise Refused(
            "somebody else is making a project here at the same time; nothing of ours was left",
            where=str(error.filename or folder),
            fix="see what that one made, or name another folder",
            code="SP122",
        ) from error
    except OSError as error:
        _remove(made)
        raise SetupFailed(
            f"the project could not be written ({error.strerror})",
            where=str(error.filename or folder),
            fix="let this user write there, with free space on its disk; what was written is removed again",
            code="SP129",
        ) from error
    drills = [Path(name).stem for name in content if name.startswith("drills/")]
    go = "" if folder == Path.cwd() else f"cd {call.args.folder} && "
    call.out.answer(
        {
            "schema": "stormproof.init/v1",
            "folder": str(folder),
            "files": list(content),
            "drills": drills,
            "exit_code": 0,
        },
        [
            f"a project is in {folder}:",
            *(f"  {name}" for name in content if not name.startswith(f"{PROGRAM}/")),
            f"  {PROGRAM}/ ({sum(name.startswith(f'{PROGRAM}/') for name in content)} files: the declared infrastructure and its rules)",
            "",
            "next:",
            f"  {go}stormproof doctor                    can this machine run the lab?",
            f"  {go}stormproof drill run shop-latest     a whole drill, in the lab",
            f"  {go}stormproof infra costs               what the declared infrastructure would cost",
        ],
    )
    return 0


def _remove(made: Sequence[Path]) -> None:
    """Newest first; a folder that somebody else put something into meanwhile stays."""
    for path in reversed(made):
        with contextlib.suppress(OSError):
            path.rmdir() if path.is_dir() else path.unlink()


def starting_files() -> dict[str, str]:
    """Every file of a starting project by its path in it."""
    templates = files("stormproof.cli") / "templates"
    content = {name: (templates / template).read_text(encoding="utf-8") for name, template in TEMPLATES.items()}
    for folder, suffix in FOLDERS.items():
        source = starter_folder(folder)
        for entry in sorted(source.iterdir(), key=lambda one: one.name):
            if entry.name.endswith(suffix) and entry.is_file():
                content[f"{folder}/{entry.name}"] = entry.read_text(encoding="utf-8")
    for entry in sorted(starter_folder("stacks").iterdir(), key=lambda one: one.name):
        if fnmatch(entry.name, STACKS):
            content[entry.name] = entry.read_text(encoding="utf-8")
    content.update(_below(starter_folder(PROGRAM), PROGRAM))
    return content


def _below(folder: Traversable, path: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _below(entry, f"{path}/{entry.name}")
        elif entry.name.endswith(PROGRAM_SUFFIXES):
            yield f"{path}/{entry.name}", entry.read_text(encoding="utf-8")


def _refuse_existing(folder: Path, content: Mapping[str, str]) -> None:
    there = [name for name in content if (folder / name).exists() or (folder / name).is_symlink()]
    refuse_files_in(folder)
    if there:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise Refused(
            f"{there[0]} is there already{more}; nothing was written",
            where=str(folder),
            fix="name a new folder, or move those files away",
            code="SP122",
        )
