"""`doctor`: what this machine can do, what is missing, and the exact line that brings it."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stormproof import __version__
from stormproof.cli.call import Call
from stormproof.cli.table import table

if TYPE_CHECKING:
    from stormproof.cli.tools import Found

WITHOUT_LAB = ("drill check", "drill plan", "runbook plan", "runbook doc", "evidence verify", "report")
FREE_BYTES_MIN = 3 * 10**9  # the default lab with its backups and one restored copy took about 2 GB
LAB_BROKEN = 69


def run(call: Call) -> int:
    """0 when the lab can run here, 69 when it cannot. Changes nothing."""
    from stormproof.cli.tools import find_tools, install_line, missing_packages
    from stormproof.lab.level import Level, probe_level
    from stormproof.lab.unpacked import unpacked_tools

    unpacked = unpacked_tools(call.home)
    found = find_tools(tools_dir=unpacked)
    probe = probe_level(tools_dir=unpacked)
    packages = missing_packages(found)
    state = call.home
    notes = [*_state_notes(state), *_project_notes(call)]
    lab_works = probe.level is not Level.NONE and not packages
    code = 0 if lab_works else LAB_BROKEN
    fixes = _fixes(packages, install_line(packages) if packages else "", probe)
    document: dict[str, Any] = {
        "schema": "stormproof.doctor/v1",
        "stormproof": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "isolation": {"level": probe.level.value, "reason": probe.reason, "fix": probe.fix or None},
        "lab": lab_works,
        "tools": [_as_json(one) for one in found],
        "unpacked": str(unpacked) if unpacked else None,
        "missing_packages": packages,
        "install": install_line(packages) if packages else None,
        "fixes": fixes,
        "notes": notes,
        "works_without_lab": [f"stormproof {verb}" for verb in WITHOUT_LAB],
        "state": str(state),
        "exit_code": code,
    }
    call.out.answer(document, _lines(document, found, call.out.width))
    return code


def _lines(document: dict[str, Any], found: list[Found], width: int) -> list[str]:
    isolation = document["isolation"]
    rows = [
        [
            "yes" if one.path else "no" if one.tool.needed else "-",
            one.tool.name,
            one.version or ("(no version told)" if one.path else "missing"),
            "" if one.path else f"{one.tool.package}: {one.tool.for_what}",
        ]
        for one in found
    ]
    lines = [
        f"stormproof {document['stormproof']}, Python {document['python']}, {document['system']}",
        f"isolation  {isolation['level']}: {isolation['reason']}",
        f"state      {document['state']}",
        "",
        *table(["", "tool", "version", ""], rows, width=width),
        "",
    ]
    if document["unpacked"]:
        lines.append(f"note: what this machine lacks comes from packages unpacked into {document['unpacked']}")
    lines += [f"note: {note}" for note in document["notes"]]
    if document["lab"]:
        return [*lines, "The lab can run here: stormproof drill run shop-latest"]
    lines.append("The lab cannot run here. To change that:")
    lines += [f"  {fix}" for fix in document["fixes"]]
    lines.append("What works all the same:")
    return [*lines, *(f"  {verb}" for verb in document["works_without_lab"])]


def _fixes(packages: list[str], line: str, probe: Any) -> list[str]:
    fixes = []
    if packages:
        on_debian = shutil.which("apt-get") is not None
        fixes.append(line if on_debian else f"install what Debian calls: {' '.join(packages)}")
    if probe.fix and not (probe.missing_tools and packages):  # a missing tool is in the line above already
        fixes.append(probe.fix)
    return fixes


def _state_notes(state: Path) -> list[str]:
    """Free room and the right to write where state will be, without creating anything."""
    there = next((folder for folder in (state, *state.parents) if folder.exists()), Path("/"))
    notes = []
    if not os.access(there, os.W_OK):
        notes.append(f"{there} may not be written by this user: set STORMPROOF_HOME to another folder")
    try:
        free = shutil.disk_usage(there).free
    except OSError:
        return notes
    if free < FREE_BYTES_MIN:
        notes.append(f"{there} has {free / 1e9:.1f} GB free; the lab with its default data wants about 3 GB")
    return notes


def _project_notes(call: Call) -> list[str]:
    if not call.has_project():
        return ["no project here; `stormproof init` makes one"]
    return [f"project {call.project.folder}, state in {call.project.state}"]


def _as_json(one: Found) -> dict[str, Any]:
    return {
        "name": one.tool.name,
        "path": one.path,
        "version": one.version,
        "package": one.tool.package,
        "needed": one.tool.needed,
        "for": one.tool.for_what,
    }
