"""What makes the rows of tests/tables/restore_faults.py about the recovery host's disk and folders happen."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from bad_day import WORK, BadDay, Course
from harm import when_asked_to

from tables.planting import plants

ASK = "/run/stormproof/shrink"
# Bash on the recovery host: ask for the shrinking, and go on when it is done.
ASK_AND_WAIT = f": >{ASK}; until [ -e {ASK}.done ]; do read -rt 0.01 <> <(:); done"
NO_BYTES = f"size=$(($(df --output=used -B1 {WORK} | tail -n 1) + 16384))"
NO_INODES = f"nr_inodes=$(($(df --output=iused {WORK} | tail -n 1) + 2))"


@contextmanager
def shrinks(day: BadDay, to: str, when: str = f"[ -e {ASK} ]") -> Iterator[None]:
    """The file system of the runs shrinks to what is used of it, as soon as `when` (bash) is so."""
    watch = f"""
    for _ in {{1..12000}}; do
      # Refused while more is written than was counted: then again.
      if {when} && mount -o remount,{to} {WORK} 2>/dev/null; then : >{ASK}.done; exit 0; fi
      read -rt 0.01 <> <(:)
    done; exit 1"""
    seen: list[int] = []
    host = day.foundation.host("recovery-1")
    watcher = threading.Thread(
        target=lambda: seen.append(host.run(watch, as_user="root", timeout_seconds=200.0).status)
    )
    watcher.start()
    try:
        yield
    finally:
        watcher.join(timeout=210)
        day.root("recovery-1", f"rm -f {ASK} {ASK}.done")
    assert seen == [0], f"it never came to the moment: {seen}"


@plants("disk-too-small")
@contextmanager
def disk_too_small(day: BadDay) -> Iterator[Course]:
    with day.small_work("size=40m"), day.drill("bad-db") as course:
        yield course


@plants("disk-full-in-restore")
@contextmanager
def disk_full_in_restore(day: BadDay) -> Iterator[Course]:
    with (
        day.small_work("size=8g"),
        day.wrapped("/usr/bin/pgbackrest", when_asked_to("restore", ASK_AND_WAIT)),
        shrinks(day, NO_BYTES),
        day.drill("bad-db") as course,
    ):
        yield course


@plants("disk-full-in-fetch")
@contextmanager
def disk_full_in_fetch(day: BadDay) -> Iterator[Course]:
    day.sql("select pg_switch_wal()")
    with (
        day.small_work("size=8g"),
        day.wrapped("/usr/bin/pgbackrest", when_asked_to("archive-get", ASK_AND_WAIT)),
        shrinks(day, NO_BYTES),
        day.drill("bad-db") as course,
    ):
        yield course


@plants("disk-full-in-replay")
@contextmanager
def disk_full_in_replay(day: BadDay) -> Iterator[Course]:
    """As soon as the server has written its first line."""
    began = f"[ -s {WORK}/2*/log/postgresql.log ]"
    with day.small_work("size=8g"), shrinks(day, NO_BYTES, began), day.drill("bad-db") as course:
        yield course


@plants("inodes-too-few")
@contextmanager
def inodes_too_few(day: BadDay) -> Iterator[Course]:
    with day.small_work("size=8g,nr_inodes=900"), day.drill("bad-db") as course:
        yield course


@plants("inodes-gone-in-restore")
@contextmanager
def inodes_gone_in_restore(day: BadDay) -> Iterator[Course]:
    with (
        day.small_work("size=8g"),
        day.wrapped("/usr/bin/pgbackrest", when_asked_to("restore", ASK_AND_WAIT)),
        shrinks(day, NO_INODES),
        day.drill("bad-db") as course,
    ):
        yield course


@plants("work-folder-not-owned")
@contextmanager
def work_folder_not_owned(day: BadDay) -> Iterator[Course]:
    was = day.root("recovery-1", f"stat -c '%u:%g %a' {WORK}").stdout.split()
    day.root("recovery-1", f"chown 0:0 {WORK} && chmod 755 {WORK}")
    try:
        with day.drill("bad-db") as course:
            yield course
    finally:
        day.root("recovery-1", f"chown {was[0]} {WORK} && chmod {was[1]} {WORK}")


@plants("target-not-empty")
@contextmanager
def target_not_empty(day: BadDay) -> Iterator[Course]:
    plant = f"for run in {WORK}/*/; do echo planted >$run/pgdata/somebody; done"
    with day.wrapped("/usr/bin/pgbackrest", when_asked_to("restore", plant)), day.drill("bad-db") as course:
        yield course
