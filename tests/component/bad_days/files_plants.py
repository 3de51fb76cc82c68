"""What makes the rows of tests/tables/restore_faults.py about the files' repository happen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from bad_day import BadDay, Course
from harm import harmed, overwritten

from stormproof.lab import snapshot_schedule
from tables.planting import plants

FILES_ONLY = {
    "runbook": "restore_files",
    "scenario": {"kind": "loss", "service": "uploads", "at": "now"},
    "checks": [{"files": {"min_files": 1}}],
}


@plants("restic-wrong-password")
@contextmanager
def restic_wrong_password(day: BadDay) -> Iterator[Course]:
    with day.other_key("restic-password"), day.drill("bad-files", **FILES_ONLY) as course:
        yield course


@contextmanager
def _pack(day: BadDay, harm: str) -> Iterator[None]:
    """The largest pack of the files' repository."""
    folder = "/srv/vault/restic/uploads/data"
    file = day.on("vault", f"find {folder} -type f -printf '%s %p\\n' | sort -n | tail -n 1 | cut -d' ' -f2")
    with harmed(day, file, harm):
        yield


@plants("restic-pack-damaged")
@contextmanager
def restic_pack_damaged(day: BadDay) -> Iterator[Course]:
    with _pack(day, overwritten(3000)), day.drill("bad-files", **FILES_ONLY) as course:
        yield course


@plants("restic-pack-missing")
@contextmanager
def restic_pack_missing(day: BadDay) -> Iterator[Course]:
    with _pack(day, "rm $f"), day.drill("bad-files", **FILES_ONLY) as course:
        yield course


@plants("restic-disk-full")
@contextmanager
def restic_disk_full(day: BadDay) -> Iterator[Course]:
    with day.small_work("size=3m"), day.drill("bad-files", **FILES_ONLY) as course:
        yield course


@plants("restic-path-not-in-snapshot")
@contextmanager
def restic_path_not_in_snapshot(day: BadDay) -> Iterator[Course]:
    """The backup job saved another folder under the same name, and that is the newest."""
    primary = day.lab.host("app-primary")
    primary.stop_running("snapshots")
    try:
        text = day.on(
            "app-primary",
            "mkdir -p /tmp/elsewhere && date >/tmp/elsewhere/file && restic -r sftp:vault-files:/srv/vault/restic/uploads "
            "backup --json --tag uploads --host app-primary /tmp/elsewhere",
            day.secrets(),
        )
        snapshot = json.loads(text.splitlines()[-1])["snapshot_id"]
        try:
            with day.drill("bad-files", **FILES_ONLY) as course:
                yield course
        finally:
            day.on("vault", f"rm -f /srv/vault/restic/uploads/snapshots/{snapshot}*")
    finally:
        snapshot_schedule.keep_snapshotting(primary, day.secrets()["RESTIC_PASSWORD"])
