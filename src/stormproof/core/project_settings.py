"""A project's own settings: stormproof.toml, then the environment, then flags; later wins."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from stormproof.core.errors import SpecInvalid, SpecProblem
from stormproof.core.spec_part import SpecPart, Text, mistake
from stormproof.core.spec_text import NO_TEXT, NO_TEXT_FIX, Path, SpecText, is_text, nearest_fix, validate
from stormproof.core.units import WrongUnit, parse_size

PREFIX = "STORMPROOF_"
LAB = "lab"  # `inventory = "lab"`: the one that the lab writes
LAB_SIZE_BYTES_MAX = 200 * 10**9


def _lab_size(value: Any) -> Any:
    """Bytes of `300MB`; a bare number is a mistake here, as everywhere in a file."""
    if isinstance(value, int) and not isinstance(value, bool) and value == 0:
        return 0
    try:
        size = parse_size(value)
    except WrongUnit as error:
        raise mistake(error.what, error.fix) from None
    if size > LAB_SIZE_BYTES_MAX:
        raise mistake(f"'{value}' is more than the lab makes", "give at most 200GB")
    return size


def _connection(text: str) -> str:
    if "password" in text.lower() or ("://" in text and ":" in text.split("://", 1)[1].split("@")[0] and "@" in text):
        raise mistake("a password does not belong into settings", "leave it out here and put it into PGPASSFILE")
    if not text.startswith(("postgresql://", "postgres://")) and "=" not in text:
        raise mistake(
            f"'{text}' is no connection string of PostgreSQL",
            "write for example postgresql://HOST/DATABASE, or leave it out: the journal is then a file of its own",
        )
    return text


class LabSettings(SpecPart):
    """What `lab up` and drills in the lab use unless told otherwise."""

    profile: Literal["archive", "async", "stream"] = "stream"
    size: Annotated[int, BeforeValidator(_lab_size)] = 300 * 10**6
    rate: float = Field(default=20.0, ge=0, le=100_000, strict=False, description="transactions a second")
    synchronous: bool = Field(default=False, description="profile stream: a commit waits for the vault")

    @property
    def size_mb(self) -> int:
        return round(self.size / 10**6)


class ProjectSettings(SpecPart):
    """Paths are relative to the project's folder, as they were written."""

    inventory: Text = LAB
    runbooks: Text = "runbooks"
    drills: Text = "drills"
    journal: Annotated[Text, AfterValidator(_connection)] | None = Field(
        default=None, description="libpq connection string of a shared journal; left out: SQLite in the state folder"
    )
    lab: LabSettings = LabSettings()


# Environment variable -> path in the settings, and whether its text stands for something else than text.
VARIABLES: Mapping[str, tuple[str, ...]] = {
    "STORMPROOF_INVENTORY": ("inventory",),
    "STORMPROOF_RUNBOOKS": ("runbooks",),
    "STORMPROOF_DRILLS": ("drills",),
    "STORMPROOF_JOURNAL": ("journal",),
    "STORMPROOF_LAB_PROFILE": ("lab", "profile"),
    "STORMPROOF_LAB_SIZE": ("lab", "size"),
    "STORMPROOF_LAB_RATE": ("lab", "rate"),
    "STORMPROOF_LAB_SYNCHRONOUS": ("lab", "synchronous"),
}


def read_settings(
    toml: str | None, *, file: str, environment: Mapping[str, str], flags: Mapping[tuple[str, ...], Any]
) -> ProjectSettings:
    """Join the three places. Raises SpecInvalid with every mistake; each names the place that it came from.

    Args:
        toml: text of stormproof.toml, or None where there is none.
        environment: the whole environment; only names in VARIABLES are read.
        flags: path in the settings -> value, of the flags that were given.
    """
    read = _read_toml(toml or "", file)
    places: dict[Path, str] = {}
    for name, path in VARIABLES.items():
        if environment.get(name):
            _set(read, path, _typed(environment[name], path))
            places[path] = f"environment variable {name}"
    for path, value in flags.items():
        _set(read, path, value)
        places[path] = f"flag --{path[-1]}"
    if wrong := [place for path, place in places.items() if not is_text(read.get(*path))]:
        raise SpecInvalid([SpecProblem(NO_TEXT, where=place, fix=NO_TEXT_FIX) for place in wrong])
    settings = validate(ProjectSettings, read)
    if read.problems:
        raise SpecInvalid([_placed(problem, read, places) for problem in read.problems])
    assert settings is not None, "a mistake without a message"
    return settings


def unknown_variables(names: Mapping[str, str], known: tuple[str, ...]) -> list[SpecProblem]:
    """One problem for each variable that carries our prefix and is none of ours."""
    allowed = (*VARIABLES, *known)
    return [
        SpecProblem(
            f"unknown environment variable {name}", where=f"environment variable {name}", fix=nearest_fix(name, allowed)
        )
        for name in sorted(names)
        if name.startswith(PREFIX) and name not in allowed
    ]


def _read_toml(text: str, file: str) -> SpecText:
    if not is_text(text):
        raise SpecInvalid([SpecProblem(NO_TEXT, where=f"{file}:1", fix=NO_TEXT_FIX)])
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        words = str(error)
        line = words.rpartition("at line ")[2].split(",")[0] if "at line " in words else str(text.count("\n") + 1)
        problem = SpecProblem(
            f"this is not TOML: {words.split(' (at')[0]}", where=f"{file}:{line}", fix="correct that line"
        )
        raise SpecInvalid([problem]) from None
    except (ValueError, RecursionError) as error:  # a number of more digits than Python reads, brackets without an end
        what = "it is nested too deeply" if isinstance(error, RecursionError) else "a number has too many digits"
        problem = SpecProblem(f"this cannot be read as TOML: {what}", where=f"{file}:1", fix="write it shorter")
        raise SpecInvalid([problem]) from None
    return SpecText(file, data, lines=_lines(text))


def _lines(text: str) -> dict[Path, int]:
    """Lines of plain `key = value` and `[table]`, which is all that these settings need."""
    lines: dict[Path, int] = {(): 1}
    table: Path = ()
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.split("#", 1)[0].strip()
        if bare.startswith("[") and bare.endswith("]"):
            table = tuple(part.strip(" \"'") for part in bare.strip("[]").split("."))
            lines[table] = number
        elif "=" in bare:
            key = tuple(part.strip(" \"'") for part in bare.split("=", 1)[0].split("."))
            lines[(*table, *key)] = number
    return lines


def _set(read: SpecText, path: tuple[str, ...], value: Any) -> None:
    here = read.data
    for part in path[:-1]:
        if not isinstance(here.get(part), dict):
            here[part] = {}
        here = here[part]
    here[path[-1]] = value


def _typed(text: str, path: tuple[str, ...]) -> Any:
    if path[-1] == "synchronous":
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(text.lower(), text)
    if path[-1] == "rate":
        try:
            return float(text)
        except ValueError:
            return text
    return text


def _placed(problem: SpecProblem, read: SpecText, places: Mapping[Path, str]) -> SpecProblem:
    """Name the variable or flag where a mistake about a value that came from one would point at the file."""
    for path, place in places.items():
        dotted = ".".join(str(part) for part in path)
        if problem.what.startswith((f"{dotted}:", f"'{dotted}'")):
            return SpecProblem(problem.what, where=place, fix=problem.fix)
    return problem
