"""`version`: of ourselves, of Python and the system, and of every outside tool found."""

from __future__ import annotations

import platform
from pathlib import Path

from stormproof import __version__
from stormproof.cli.call import Call


def run(call: Call) -> int:
    """One line for people; with --json everything, a tool that is not there as null."""
    if not call.out.json_wanted:
        call.out.text(f"stormproof {__version__}")
        return 0
    call.out.document(
        {
            "schema": "stormproof.version/v1",
            "stormproof": __version__,
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.release()} {platform.machine()}",
            **versions(call.home),
        }
    )
    return 0


def versions(home: Path) -> dict[str, dict[str, str | None]]:
    """Version of each tool and library by name, unpacked ones too; None for what is not there or did not say."""
    from stormproof.cli.tools import find_tools, python_packages
    from stormproof.lab.unpacked import unpacked_tools

    found = find_tools(tools_dir=unpacked_tools(home))
    return {"tools": {one.tool.name: one.version for one in found}, "libraries": python_packages()}


def flat_versions(home: Path) -> dict[str, str]:
    """What a drill's result carries: only what was found."""
    known = versions(home)
    named = {**known["tools"], **known["libraries"]}
    return {"stormproof": __version__, "python": platform.python_version(), **{k: v for k, v in named.items() if v}}
