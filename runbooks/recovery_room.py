"""Room on the host that recovers, looked at before anything is copied: bytes and inodes."""

from __future__ import annotations

from recovery_place import Place

from stormproof.core.errors import RunFailed
from stormproof.core.tool_meaning import own_words

# An empty cluster of PostgreSQL has about 1,000 files, each further database about 300. What a backup holds exactly
# stands in its manifest alone, which costs a second to read: this is the least that any restore needs.
INODES_MIN = 1500

_MAKE = """
umask 077
mkdir -p "$RUN_DIR/wal/staged" "$RUN_DIR/bin"
made=$?
folder=$RUN_DIR
while [ ! -d "$folder" ]; do folder=${folder%/*}; [ -n "$folder" ] || folder=/; done
df --output=avail,iavail,itotal -B1 "$folder" | tail -n 1
exit $made
"""


def make_folder_with_room(here: Place, *, needed_bytes: int) -> int:
    """Make the run's folder; answers the free bytes beside it.

    Raises RunFailed: too few bytes (SP202), too few inodes (SP285), or the folder cannot be made (SP292).
    """
    where = f"{here.host.name}:{here.run_dir}"
    done = here.host.run(_MAKE, env={"RUN_DIR": here.run_dir})
    words = done.stdout.split()
    free, inodes, total = (int(word) if word.isdigit() else None for word in [*words, "", "", ""][:3])
    # btrfs and its like make inodes as they need them and tell 0 of 0: then there is nothing to look at.
    if total and inodes is not None and inodes < INODES_MIN:
        raise RunFailed(
            f"the recovery host has {inodes:,} inodes free where the restore needs at least {INODES_MIN:,}",
            where=where,
            fix="remove small files there, or give it a file system with more inodes (`df -i`)",
            code="SP285",
        )
    if free is not None and free < needed_bytes:
        raise RunFailed(
            f"the recovery host has {free / 1e9:.1f} GB free where the restore needs {needed_bytes / 1e9:.1f} GB",
            where=where,
            fix="give the host a larger disk, or set `work` in the inventory to a folder with room",
            code="SP202",
        )
    if done.status != 0 or free is None:
        raise RunFailed(
            f"the run's folder cannot be made: {own_words(done.stderr) or 'df said nothing'}",
            where=where,
            fix="let the host's user own its work folder",
            code="SP292",
        )
    return free
