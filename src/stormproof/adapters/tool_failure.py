"""A tool's failed end as an error for people, by the one table of meanings."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace

from stormproof.adapters.resource import resource
from stormproof.core.errors import CommandFailed, RunFailed, StormproofError, TransientFailure
from stormproof.core.ports import Host, JobState
from stormproof.core.tool_meaning import Tool, ended
from stormproof.core.tool_meaning_rows import MEANINGS

_NO_SPACE = re.compile("no space left on device", re.IGNORECASE)
_ROOM_TOLD = re.compile(r"^room: ", re.MULTILINE)
_NO_ROOM_CODES = frozenset(row.code for row in MEANINGS if row.id in ("pgbackrest-inodes", "pgbackrest-disk-full"))
UNKNOWN_CODES = {Tool.PGBACKREST: "SP210", Tool.RESTIC: "SP210", Tool.POSTGRES: "SP272"}

# For bash: `failed STATUS WORDS` ends a restore with what it said and with how much room was left then (room.sh). On a
# full disk the words only fit into what the job's reserve gives back.
FAILED = r"""failed() {
  local left
  left=$(room %s)
  [ -z "${J:-}" ] || rm -f "$J/reserve"
  printf '%%s\n%%s\n' "$2" "$left" >&2
  exit "$1"
}
"""


def full_disk(host: Host, folder: str, error: CommandFailed, *, doing: str) -> RunFailed | None:
    """A command's failure as what it is where the disk was full; None for any other."""
    if not _may_be_room(error.output):
        return None
    end = tool_failure(
        Tool.PGBACKREST, error.status, f"{error.output}\n{room_in(host, folder)}", where=host.name, doing=doing
    )
    return end if end.code in _NO_ROOM_CODES else None


def room_in(host: Host, folder: str) -> str:
    """The line of `failed` that tells how much room is left. Raises HostUnreachable."""
    return host.run(f"{resource('room.sh')}room {shlex.quote(folder)}").stdout


def with_room(host: Host, state: JobState, folder: str) -> JobState:
    """A failed job with what is free in `folder` behind its words, where it needs that and did not tell it itself."""
    said = f"{state.stdout_tail}{state.stderr_tail}".strip()
    if not state.status or state.lost or _ROOM_TOLD.search(said) or not _may_be_room(said):
        return state
    try:
        return replace(state, stderr_tail=f"{said}\n{room_in(host, folder)}".lstrip())
    except StormproofError:  # the host is gone: what is known is told
        return state


def _may_be_room(said: str) -> bool:
    """Whether what is free has to be looked at.

    What ended without a word may have had no room for one, and "No space left on device" does not tell a full disk from
    one without inodes.
    """
    return not said.strip() or _NO_SPACE.search(said) is not None


def script_that_says_why(folder: str, script: str) -> str:
    """A bash script in which `failed STATUS WORDS` ends it, telling the room left in `folder`."""
    return resource("room.sh") + FAILED % shlex.quote(folder) + script


def tool_failure(tool: Tool, status: int | None, output: str, *, where: str, doing: str = "") -> RunFailed:
    """What the end means, what to do, and the tool's own words. A TransientFailure only where trying again may help.

    Args:
        doing: what was being done, in front of the meaning: "the restored server did not start".
    """
    end = ended(MEANINGS, tool, status, output, unknown_code=UNKNOWN_CODES[tool])
    kind = TransientFailure if end.transient else RunFailed
    return kind(f"{doing + ': ' if doing else ''}{end.sentence}", where=where, fix=end.fix, code=end.code)
