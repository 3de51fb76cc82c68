"""Read a drill's YAML and say everything that is wrong with it: form, units, and names that nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any

from stormproof.core.check_spec import CHECK_KINDS, NEEDS_DATABASE, NEEDS_FILES
from stormproof.core.drill_spec import DrillSpec
from stormproof.core.inventory import Inventory
from stormproof.core.spec_text import Path, SpecText, nearest_fix, validate
from stormproof.core.units import WrongUnit, parse_instant
from stormproof.core.yaml_text import read_yaml


@dataclass(frozen=True, slots=True)
class Known:
    """What a spec may refer to.

    Args:
        runbooks: name -> kind of service that it recovers; None when they could not be read (then not looked at).
        inventory: None when there is none to hold the spec against.
        now: the present, so that an instant in the future is noticed.
    """

    runbooks: Mapping[str, str] | None = None
    inventory: Inventory | None = None
    now: datetime | None = None


def parse_drill(text: str, *, file: str, known: Known | None = None) -> DrillSpec:
    """Read one drill.

    Args:
        file: as it is to stand in messages; its name without .yaml must be the drill's.
        known: what names in it are held against; None looks at the spec alone.

    Raises SpecInvalid: every mistake, in the order of lines. Touches nothing.
    """
    read = read_yaml(text, file=file)
    if not read.data:
        read.raise_if_wrong()
    wrong_checks = _note_checks(read)
    spec = validate(DrillSpec, read, told=wrong_checks)
    _note_name(read)
    if known is not None:
        _note_runbook(read, known)
        if known.inventory is not None:
            _note_environment(read, known.inventory)
            _note_service(read, known.inventory)
        if known.now is not None:
            _note_future(read, known.now)
    read.raise_if_wrong()
    assert spec is not None, "a mistake without a message"
    return spec


def _note_name(read: SpecText) -> None:
    name, stem = read.get("drill"), PurePath(read.file).stem
    if isinstance(name, str) and name != stem:
        read.problem(("drill",), f"drill '{name}' is in a file named '{stem}'", fix=f"rename the file to {name}.yaml")


def _note_checks(read: SpecText) -> list[Path]:
    """Note entries that are not one known key with a mapping, and answer where they are: they are told once and well."""
    checks = read.get("checks")
    wrong: list[Path] = []
    for number, entry in enumerate(checks if isinstance(checks, list) else ()):
        at: Path = ("checks", number)
        if mistake := _wrong_form(entry):
            what, fix = mistake
            key = next(iter(entry)) if isinstance(entry, dict) and entry else None
            read.problem((*at, key) if key else at, f"check {number + 1}: {what}", fix=fix)
            wrong.append(at)
    _note_same_names(read, checks)
    return wrong


def _wrong_form(entry: Any) -> tuple[str, str] | None:
    """What and fix for an entry that is not `kind: {…}`; None for one that is."""
    if not isinstance(entry, dict) or not entry:
        known = isinstance(entry, str) and entry in CHECK_KINDS
        return "this is no mapping of one key", f"write '- {entry if known else 'structure'}: {{}}'"
    if len(entry) > 1:
        return f"it has {len(entry)} keys ({', '.join(entry)}) and not one", "start each check with '- '"
    ((kind, fields),) = entry.items()
    if kind == "reached":
        return "'reached' is always asked and is not listed", "remove this line"
    if kind not in CHECK_KINDS:
        return f"there is no check '{kind}'", nearest_fix(kind, CHECK_KINDS)
    if fields is not None and not isinstance(fields, dict):
        return f"'{kind}' holds no mapping", f"write '- {kind}: {{}}'"
    return None


def _note_same_names(read: SpecText, checks: Any) -> None:
    names: dict[str, int] = {}
    for number in range(len(checks) if isinstance(checks, list) else 0):
        name = read.get("checks", number, "query", "name")
        if isinstance(name, str):
            if name in names:
                read.problem(
                    ("checks", number, "query", "name"),
                    f"two checks are named '{name}' (the other is check {names[name]})",
                    fix="rename one",
                )
            names.setdefault(name, number + 1)


def _note_runbook(read: SpecText, known: Known) -> None:
    name = read.get("runbook")
    if known.runbooks is None or not isinstance(name, str):
        return
    if name not in known.runbooks:
        read.problem(("runbook",), f"there is no runbook '{name}'", fix=nearest_fix(name, known.runbooks))
        return
    service = read.get("scenario", "service")
    entry = known.inventory.services.get(service) if known.inventory and isinstance(service, str) else None
    if entry is not None and known.inventory is not None and known.runbooks[name] != entry.kind:
        kinds = {part.kind for part in known.inventory.parts_of(str(service))}
        if known.runbooks[name] not in kinds:
            fitting = [book for book, kind in known.runbooks.items() if kind == entry.kind]
            read.problem(
                ("runbook",),
                f"runbook '{name}' recovers a service of kind {known.runbooks[name]}, and '{service}' is of kind {entry.kind}",
                fix=f"use one of: {', '.join(sorted(fitting))}" if fitting else "write a runbook for that kind",
            )


def _note_environment(read: SpecText, inventory: Inventory) -> None:
    name, at = read.get("environment"), ("environment",)
    if not isinstance(name, str):
        return
    usable = [env for env, entry in inventory.environments.items() if not entry.protected and entry.isolation]
    if name not in inventory.environments:
        read.problem(at, f"there is no environment '{name}'", fix=nearest_fix(name, usable or inventory.environments))
        return
    environment = inventory.environments[name]
    if environment.protected:
        read.problem(
            at,
            f"environment '{name}' is protected: a drill can never act on it",
            fix=f"use one of: {', '.join(usable)}" if usable else "add an isolated environment to the inventory",
        )
    elif environment.isolation is None:
        read.problem(
            at,
            f"environment '{name}' says nothing about its isolation, so it could not be proved",
            fix=f"add 'isolation' to it in the inventory (must_reach, must_not_reach, witness), or use one of: "
            f"{', '.join(usable) or 'none'}",
        )
    elif not inventory.hosts_of(name):
        read.problem(at, f"environment '{name}' has no host", fix=f"give a host of the inventory environment: {name}")


def _note_service(read: SpecText, inventory: Inventory) -> None:
    if read.get("scenario", "inject") is True and not inventory.lab:
        read.problem(
            ("scenario", "inject"),
            "'inject: true' would break the service, which only the lab may do",
            fix="remove 'inject'; the drill then recovers as if it had happened",
        )
    name = read.get("scenario", "service")
    if not isinstance(name, str):
        return
    if name not in inventory.services:
        read.problem(
            ("scenario", "service"), f"there is no service '{name}'", fix=nearest_fix(name, inventory.services)
        )
        return
    kinds = {part.kind for part in inventory.parts_of(name)}
    if "postgres" not in kinds and read.get("scenario", "kind") == "dropped-table":
        read.problem(
            ("scenario", "kind"), f"service '{name}' has no database to drop a table of", fix="write 'kind: loss'"
        )
    for number, entry in enumerate(read.items("checks")):
        kind = next(iter(entry)) if isinstance(entry, dict) and len(entry) == 1 else ""
        for needs, of in ((NEEDS_DATABASE, "postgres"), (NEEDS_FILES, "files")):
            if kind in needs and of not in kinds:
                read.problem(
                    ("checks", number),
                    f"check '{kind}' needs a service of kind {of}, and '{name}' has none",
                    fix="remove the check, or drill a service that has one",
                )
        if kind == "cross_store" and kinds >= {"postgres", "files"} and not inventory.rows_of(name):
            read.problem(
                ("checks", number),
                f"check 'cross_store' needs to know which files the rows of '{name}' point to",
                fix=f"add 'rows' (SQL for path, sha256, created_at) to service '{name}' in the inventory",
            )


def _note_future(read: SpecText, now: datetime) -> None:
    at: Any = read.get("scenario", "at")
    if at in (None, "now"):
        return
    try:
        instant = parse_instant(at)
    except WrongUnit:
        return  # told by the model
    if instant > now:
        read.problem(("scenario", "at"), f"'{at}' is in the future", fix="give an instant that has passed, or now")
