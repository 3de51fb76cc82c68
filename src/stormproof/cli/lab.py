"""`lab up|status|down|destroy|shell`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from stormproof.cli.call import Call
from stormproof.cli.table import table
from stormproof.core.errors import Refused, SetupFailed

if TYPE_CHECKING:
    from pathlib import Path

    from stormproof.cli.settings import Project
    from stormproof.lab.lab import Lab


def open_lab(call: Call, project: Project) -> Lab:
    """The project's lab, which may not exist yet. Creates nothing."""
    from stormproof.lab.lab import Lab
    from stormproof.lab.unpacked import unpacked_tools

    return Lab(project.folder, project.state, say=call.out.say, tools_dir=unpacked_tools(call.home))


def bring_up(call: Call, project: Project) -> Lab:
    """The lab, up and at work, as the project's settings and the flags want it."""
    project.make_state()
    lab = open_lab(call, project)
    wanted = project.settings.lab
    lab.up(
        profile=wanted.profile,
        size_mb=wanted.size_mb,
        rate_tps=wanted.rate,
        synchronous=wanted.synchronous,
    )
    return lab


def refuse_without_isolation(home: Path) -> None:
    """Raises SetupFailed where this machine cannot keep hosts apart: before anything is made, with what works all the same."""
    from stormproof.cli.doctor import WITHOUT_LAB
    from stormproof.lab.level import Level, probe_level
    from stormproof.lab.unpacked import unpacked_tools

    probe = probe_level(tools_dir=unpacked_tools(home))
    if probe.level is Level.NONE:
        raise SetupFailed(
            f"the lab cannot run here: {probe.reason}",
            where="this machine",
            fix=f"{probe.fix}; `stormproof doctor` shows all of it. Without the lab these work: {', '.join(WITHOUT_LAB)}",
            code="SP132",
        )


def up(call: Call) -> int:
    """0 once the shop is at work and a backup is in the vault."""
    refuse_without_isolation(call.home)
    with _to_itself(call):
        status_now = bring_up(call, call.project).status()
    return _answer(call, status_now, 0)


def status(call: Call) -> int:
    """0 when it is up, 4 when a part of it is not, 0 as well when it is down or was never made: that is no fault."""
    found = open_lab(call, call.project).status()
    return _answer(call, found, 4 if found["state"] == "partial" else 0)


def down(call: Call) -> int:
    lab = open_lab(call, call.project)
    with _to_itself(call):
        lab.down()
    call.out.answer(
        {"schema": "stormproof.lab/v1", **lab.status(), "exit_code": 0},
        ["the lab is down; its data is kept for the next `stormproof lab up`"],
    )
    return 0


def destroy(call: Call) -> int:
    lab = open_lab(call, call.project)
    with _to_itself(call):
        lab.destroy()
    call.out.answer({"schema": "stormproof.lab/v1", **lab.status(), "exit_code": 0}, ["the lab and its data are gone"])
    return 0


@contextlib.contextmanager
def _to_itself(call: Call) -> Iterator[None]:
    """Nobody's drill is in the lab meanwhile: `up` would heal what it broke, the others would pull it from under it."""
    from stormproof.cli.lab_in_use import lab_in_use

    if not call.project.state.is_dir() and call.args.verb_.name != "up":
        yield  # there never was a lab; taking one away makes nothing
        return
    with lab_in_use(call.project.make_state(), call.out.say, wait_seconds=0):
        yield


def shell(call: Call) -> int:
    """The command's own exit status. With --json there is no answer of ours: standard output belongs to the command."""
    if call.out.json_wanted:
        raise Refused(
            "`lab shell` hands standard output to the command, so it cannot be JSON",
            where="stormproof lab shell",
            fix="leave --json out",
            code="SP100",
        )
    lab = open_lab(call, call.project)
    host = call.args.host
    found = lab.status()
    if not found["hosts"].get(host, {}).get("alive"):
        raise Refused(
            f"host '{host}' of the lab is not up (the lab is {found['state']})",
            where="stormproof lab shell",
            fix="bring it up: `stormproof lab up`",
            code="SP119",
        )
    return lab.shell(host, call.rest)


def _answer(call: Call, found: dict[str, Any], code: int) -> int:
    call.out.answer({"schema": "stormproof.lab/v1", **found, "exit_code": code}, _lines(found, call.out.width))
    return code


def _lines(found: dict[str, Any], width: int) -> list[str]:
    if found["state"] == "absent":
        return ["there is no lab yet: `stormproof lab up`"]
    level = f", isolated by {found['isolation_level']}" if found["isolation_level"] else ""
    lines = [f"the lab is {found['state']}{level}"]
    content = found["content"] or {}
    if content and not content.get("ready"):
        return [
            *lines,
            "  its content is not there yet: a bring-up is at work, or did not end (`stormproof lab up` begins anew)",
        ]
    if content:
        lines += [
            f"  data      {content.get('size_mb')} MB, {content.get('rate_tps'):g} transactions a second",
            f"  WAL       profile {content.get('profile')}" + (", synchronous" if content.get("synchronous") else ""),
            f"  backup    {content.get('last_backup')}",
        ]
    if content.get("disaster"):
        lines.append(f"  disaster  {content['disaster'].get('kind')}, not healed: `stormproof lab up` heals it")
    lines += [f"  inventory {found['inventory']}", f"  state     {found['folder']}"]
    if not found["hosts"]:
        return lines
    hosts = [[f"  {name}", "up" if h["alive"] else "down", h["ipv4"], h["ipv6"]] for name, h in found["hosts"].items()]
    return [*lines, "", *table(["  host", "", "IPv4", "IPv6"], hosts, width=width)]
