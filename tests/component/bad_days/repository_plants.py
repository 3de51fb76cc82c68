"""What makes the rows of tests/tables/restore_faults.py about the database's repository, its WAL and instants happen."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from bad_day import BIN, REPOSITORY, BadDay, Course
from harm import harmed, overwritten, when_asked_to

from stormproof.lab import wal_stream
from tables.planting import plants


@plants("repository-passphrase-wrong")
@contextmanager
def wrong_passphrase(day: BadDay) -> Iterator[Course]:
    with day.other_key("pgbackrest-cipher"), day.drill("bad-db") as course:
        yield course


def _a_file_of_the_backup(day: BadDay) -> str:
    """Relative to the repository; of the backup that holds it, which an incremental one refers to."""
    folder = f"backup/main/{day.newest_backup()['label'][:16]}/pg_data/base"
    return day.on("vault", f"cd {REPOSITORY} && find {folder} -type f -size +40k | sort | head -n 1")


@plants("repository-file-damaged")
@contextmanager
def repository_file_damaged(day: BadDay) -> Iterator[Course]:
    file = _a_file_of_the_backup(day)
    with (
        day.readers_view(f"f={file}; {overwritten(20000)}"),
        day.drill("bad-db") as course,
    ):
        yield course


@plants("repository-file-missing")
@contextmanager
def repository_file_missing(day: BadDay) -> Iterator[Course]:
    with day.readers_view(f"rm {_a_file_of_the_backup(day)}"), day.drill("bad-db") as course:
        yield course


@plants("stanza-missing")
@contextmanager
def stanza_missing(day: BadDay) -> Iterator[Course]:
    with day.readers_view("rm -rf backup archive"), day.drill("bad-db") as course:
        yield course


@plants("no-recovery-point")
@contextmanager
def no_recovery_point(day: BadDay) -> Iterator[Course]:
    """A repository that was made anew a moment ago: the stanza, and nothing in it."""
    passphrase = day.secrets()["PGBACKREST_REPO1_CIPHER_PASS"]
    anew = (
        "rm -rf backup archive && PGBACKREST_REPO1_CIPHER_PASS='" + passphrase + "' "
        "pgbackrest --stanza=main --repo1-path=$PWD --log-level-console=warn stanza-create"
    )
    with day.readers_view(anew), day.drill("bad-db") as course:
        yield course


@plants("backup-expired-meanwhile")
@contextmanager
def backup_expired_meanwhile(day: BadDay) -> Iterator[Course]:
    """Chosen from a list that names it, restored by an id that the repository does not know any more."""
    forget = 'for word; do shift; set -- "$@" "${word/#--set=*/--set=20200101-010101F}"; done'
    with (
        day.wrapped("/usr/bin/pgbackrest", when_asked_to("restore", forget)),
        day.drill("bad-db") as course,
    ):
        yield course


# -- WAL and instants


@contextmanager
def _segment_away(day: BadDay, name: str, harm: str) -> Iterator[None]:
    """A segment in the archive, harmed, and away from the stream's folder."""
    file = day.on("vault", f"find {REPOSITORY}/archive/main -type f -name '{name}-*'")
    assert file, f"{name} is not archived"
    with harmed(day, file, f"rm -f /srv/vault/wal-stream/{name}; {harm}"):
        yield


def _archived_after_the_backup(day: BadDay) -> str:
    """A segment that replay needs, with others behind it."""
    day.on("app-primary", "for _ in 1 2 3; do psql -XAtqc 'select pg_switch_wal()' -d shop; sleep 1; done")
    day.on("app-primary", f"""for _ in {{1..300}}; do
      [ "$({BIN}/psql -XAtqc "select last_archived_wal >= pg_walfile_name(pg_current_wal_lsn() - 16777216) from pg_stat_archiver" -d shop)" = t ] && exit 0
      sleep 0.1; done; exit 1""")  # fmt: skip
    names = day.on(
        "vault",
        f"find {REPOSITORY}/archive/main -type f -name '????????????????????????-*' -printf '%f\\n' | cut -c1-24 | sort",
    ).split()
    return names[-2]


@plants("wal-segment-lost")
@contextmanager
def wal_segment_lost(day: BadDay) -> Iterator[Course]:
    with _segment_away(day, _archived_after_the_backup(day), "rm $f"), day.drill("bad-db") as course:
        yield course


@plants("wal-segment-damaged")
@contextmanager
def wal_segment_damaged(day: BadDay) -> Iterator[Course]:
    with _segment_away(day, _archived_after_the_backup(day), overwritten(2000)), day.drill("bad-db") as course:
        yield course


@plants("wal-of-backup-missing")
@contextmanager
def wal_of_backup_missing(day: BadDay) -> Iterator[Course]:
    first = str(day.newest_backup()["archive"]["start"])
    with _segment_away(day, first, "rm $f"), day.drill("bad-db") as course:
        yield course


@plants("never-consistent")
@contextmanager
def never_consistent(day: BadDay) -> Iterator[Course]:
    """A backup whose WAL lies in several segments, without the last of them."""
    switching = threading.Event()

    def switch() -> None:
        while not switching.wait(0.3):
            day.sql("select pg_switch_wal()")

    thread = threading.Thread(target=switch)
    thread.start()
    try:
        day.on("vault", "pgbackrest --stanza=main --log-level-console=warn --type=incr backup", day.secrets())
    finally:
        switching.set()
        thread.join(timeout=60)
    made = day.newest_backup()
    try:
        assert made["archive"]["start"] != made["archive"]["stop"], made["archive"]
        with _segment_away(day, str(made["archive"]["stop"]), "rm $f"), day.drill("bad-db") as course:
            yield course
    finally:
        day.on(
            "vault", f"pgbackrest --stanza=main --log-level-console=warn expire --set={made['label']}", day.secrets()
        )


@plants("target-before-first")
@contextmanager
def target_before_first(day: BadDay) -> Iterator[Course]:
    at = "2020-01-01T00:00:00Z"
    scenario = {"kind": "point-in-time", "service": "orders-db", "at": at}
    with day.drill("bad-instant", scenario=scenario) as course:
        yield course


@plants("target-after-last")
@contextmanager
def target_after_last(day: BadDay) -> Iterator[Course]:
    """The vault takes no WAL any more, and the shop goes on: to go back to an instant of that time is asked too much."""
    archive = f"{REPOSITORY}/archive/main/*/*"
    wal_stream.stop(day.lab.host("vault"))
    day.on("vault", f"chmod u-w {archive}")
    try:
        written = "select count(*) from stormproof.heartbeat"
        before = int(day.sql(written))
        deadline = time.monotonic() + 60
        while int(day.sql(written)) < before + 10:
            assert time.monotonic() < deadline, "the heartbeat stands still"
        at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        scenario = {"kind": "point-in-time", "service": "orders-db", "at": at}
        with day.drill("bad-instant", scenario=scenario) as course:
            yield course
    finally:
        day.on("vault", f"chmod u+w {archive}")
        day.project.json("lab", "up")  # it streams again
