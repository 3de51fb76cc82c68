"""What a project holds, read for a verb: its inventory, runbooks and drills. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from stormproof.cli.settings import Project, read_text
from stormproof.core.errors import Refused, SpecInvalid, SpecProblem

if TYPE_CHECKING:
    from stormproof.core.drill_spec import DrillSpec
    from stormproof.core.inventory import Inventory

SUFFIXES = (".yaml", ".yml")
PLACEHOLDER_KEY = "ssh-ed25519 AAAA"  # of a lab that was never up: its hosts have no keys yet


def lab_inventory_file(project: Project) -> Path:
    return project.state / "lab" / "inventory.yaml"


def inventory_folder(project: Project) -> Path:
    """The folder that relative paths in the inventory are relative to."""
    return (project.inventory or lab_inventory_file(project)).parent


def load_inventory(project: Project) -> Inventory:
    """The project's inventory; for the lab, the one that it wrote, or before its first `up` the one that it will write.

    Raises SpecInvalid with every mistake, Refused where the file cannot be read.
    """
    file = project.inventory or lab_inventory_file(project)
    if not file.is_file():
        if is_lab(project):
            return _future_lab(file, shown=project.shown(file))
        raise Refused(
            "there is no such inventory",
            where=str(file),
            fix='write one (see `stormproof init`), or set inventory = "lab" in stormproof.toml',
            code="SP123",
        )
    from stormproof.core.inventory_text import parse_inventory

    return parse_inventory(read_text(file), file=project.shown(file), folder=str(file.parent))


def is_lab(project: Project) -> bool:
    return project.inventory is None


def runbook_kinds(project: Project) -> tuple[dict[str, str], list[SpecProblem]]:
    """Name -> kind of service of every sound runbook, and the mistakes of the others."""
    from stormproof.engine.discovery import find_runbooks

    books, problems = find_runbooks(project.runbooks)
    return {name: book.service_kind for name, book in books.items()}, problems


def drill_files(project: Project) -> dict[str, Path]:
    """Every drill's file by the drill's name. Raises Refused without the folder, SpecInvalid for two of one name."""
    folder = project.drills
    if not folder.is_dir():
        raise Refused(
            "there is no folder with drills", where=str(folder), fix="make a project: `stormproof init`", code="SP124"
        )
    found: dict[str, Path] = {}
    problems = []
    for path in sorted(folder.iterdir()):
        broken_link = path.is_symlink() and not path.exists()  # a drill that would be missed by nobody
        if path.suffix not in SUFFIXES or not (path.is_file() or broken_link):
            continue
        if path.stem in found:
            problems.append(
                SpecProblem(
                    f"two drills are named '{path.stem}' (the other: {found[path.stem].name})",
                    where=f"{project.shown(path)}:1",
                    fix="remove one of them",
                )
            )
        found.setdefault(path.stem, path)
    if problems:
        raise SpecInvalid(problems)
    return found


def chosen_files(project: Project, names: Sequence[str]) -> dict[str, Path]:
    """The files of these drills, or of all when none is named. Raises Refused for a name that there is not."""
    files = drill_files(project)
    for name in names:
        if name not in files:
            from stormproof.core.spec_text import nearest_fix

            raise Refused(
                f"there is no drill '{name}'",
                where=project.shown(project.drills),
                fix=nearest_fix(name, files),
                code="SP125",
            )
    return {name: files[name] for name in names} if names else files


def load_drills(project: Project, names: Sequence[str]) -> list[DrillSpec]:
    """These drills, held against inventory and runbooks. Raises SpecInvalid with every mistake of all of them."""
    specs, problems = check_drills(project, names)
    if problems:
        raise SpecInvalid(problems)
    return specs


def check_drills(project: Project, names: Sequence[str]) -> tuple[list[DrillSpec], list[SpecProblem]]:
    """The sound drills, and every mistake in the others, in the inventory and in the runbooks. Touches nothing."""
    from stormproof.core.drill_text import Known, parse_drill

    files = chosen_files(project, names)
    problems: list[SpecProblem] = []
    inventory, kinds = None, None
    try:
        inventory = load_inventory(project)
    except SpecInvalid as error:
        problems += error.problems
    except Refused as error:
        problems.append(SpecProblem(error.what, where=error.where, fix=error.fix))
    try:
        kinds, wrong = runbook_kinds(project)
        problems += wrong
    except Refused as error:
        problems.append(SpecProblem(error.what, where=error.where, fix=error.fix))
    known = Known(kinds, inventory, datetime.now(UTC))
    specs: list[DrillSpec] = []
    for path in files.values():
        try:
            specs.append(parse_drill(read_text(path), file=project.shown(path), known=known))
        except SpecInvalid as error:
            problems += error.problems
        except Refused as error:
            where = error.where.replace(str(path), project.shown(path), 1)
            problems.append(SpecProblem(error.what, where=where, fix=error.fix))
    return specs, problems


def as_json(problems: Iterable[SpecProblem]) -> list[dict[str, str]]:
    return [{"what": p.what, "where": p.where, "fix": p.fix} for p in problems]


def _future_lab(file: Path, *, shown: str) -> Inventory:
    """The lab's inventory before there is a lab: the same names and services, with addresses that stand for nothing."""
    from stormproof.core.inventory_document import inventory_of
    from stormproof.core.spec_text import SpecText
    from stormproof.lab.inventory_file import HostEntry, inventory_data
    from stormproof.lab.topology import HOSTS

    hosts = {
        spec.name: HostEntry(spec.name, f"192.0.2.{number}", None, PLACEHOLDER_KEY, f"keys/control-{spec.name}")
        for number, spec in enumerate(HOSTS, 1)  # 192.0.2.0/24 is for documentation (RFC 5737)
    }
    data = inventory_data(hosts, state_json=file.parent / "state.json")
    return inventory_of(SpecText(shown, data), folder=str(file.parent))
