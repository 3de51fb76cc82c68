"""`version`: of ourselves, of Python and the system, and of every outside tool found."""

from __future__ import annotations

import platform

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
            **versions(),
        }
    )
    return 0


def versions() -> dict[str, dict[str, str | None]]:
    """Version of each tool and library by name; None for what is not there or did not say."""
    from stormproof.cli.tools import find_tools, python_packages

    found = find_tools()
    return {"tools": {one.tool.name: one.version for one in found}, "libraries": python_packages()}


def flat_versions() -> dict[str, str]:
    """What a drill's result carries: only what was found."""
    known = versions()
    named = {**known["tools"], **known["libraries"]}
    return {"stormproof": __version__, "python": platform.python_version(), **{k: v for k, v in named.items() if v}}
