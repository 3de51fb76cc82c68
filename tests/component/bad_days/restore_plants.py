"""What makes each row of tests/tables/restore_faults.py happen: a block around one drill, with everything healed behind it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from bad_day import BIN, REPOSITORY, WORK, BadDay, Course, in_mounts_of_its_own

from stormproof.lab import snapshot_schedule, wal_stream
from tables.planting import plants

FILES_ONLY = {
    "runbook": "restore_files",
    "scenario": {"kind": "loss", "service": "uploads", "at": "now"},
    "checks": [{"files": {"min_files": 1}}],
}


def when_asked_to(command: str, act: str) -> str:
    """Bash for `wrapped`: only in front of this command of pgBackRest."""
    return f'case " $* " in *" {command} "*) {act} ;; esac'


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


# -- the recovery host's disk


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


# -- the database's repository


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
        day.readers_view(f"printf X | dd of={file} bs=1 seek=20000 conv=notrunc status=none"),
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
    """A segment in the archive and in the stream's folder; `harm` is bash with $f, kept aside before."""
    kept = "/srv/vault/kept"
    file = day.on("vault", f"find {REPOSITORY}/archive/main -type f -name '{name}-*'")
    assert file, f"{name} is not archived"
    day.on(
        "vault",
        f"mkdir -p {kept}; f={file}; cp -p $f {kept}/; chmod u+w $f; rm -f /srv/vault/wal-stream/{name}; {harm}",
    )
    try:
        yield
    finally:
        day.on("vault", f"cp -p {kept}/{file.rsplit('/', 1)[1]} {file}; rm -r {kept}")


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
    harm = "printf X | dd of=$f bs=1 seek=2000 conv=notrunc status=none"
    with _segment_away(day, _archived_after_the_backup(day), harm), day.drill("bad-db") as course:
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


# -- a server that does not start


@contextmanager
def _configured(day: BadDay, line: str) -> Iterator[None]:
    """The newest snapshot of the configuration holds one line more than the source has."""
    backup = (
        "rm -rf /run/stormproof/etc && cp -a /etc/postgresql /run/stormproof/etc && "
        f"echo {line!r} >>/run/stormproof/etc/15/main/postgresql.conf && mount --bind /run/stormproof/etc /etc/postgresql"
    )
    made = day.root("app-primary", f"""unshare --mount bash -c '{backup.replace("'", '"')}
      export HOME=/var/lib/postgresql RESTIC_PASSWORD={day.secrets()["RESTIC_PASSWORD"]}
      owner=$(stat -c %u /var/lib/postgresql)
      exec setpriv --reuid=$owner --regid=$(stat -c %g /var/lib/postgresql) --clear-groups restic \
        -r sftp:vault-files:/srv/vault/restic/uploads backup --json --tag postgresql-config --host app-primary /etc/postgresql'
      status=$?; rm -rf /run/stormproof/etc; exit $status""")  # fmt: skip
    snapshot = json.loads(made.stdout.strip().splitlines()[-1])["snapshot_id"]
    try:
        yield
    finally:
        day.on("vault", f"rm -f /srv/vault/restic/uploads/snapshots/{snapshot}*")


@plants("bad-configuration")
@contextmanager
def bad_configuration(day: BadDay) -> Iterator[Course]:
    with _configured(day, "no_such_setting = 1"), day.drill("bad-db") as course:
        yield course


@plants("too-little-memory")
@contextmanager
def too_little_memory(day: BadDay) -> Iterator[Course]:
    with _configured(day, "shared_buffers = 4TB"), day.drill("bad-db") as course:
        yield course


@plants("port-taken")
@contextmanager
def port_taken(day: BadDay) -> Iterator[Course]:
    address = day.foundation.addresses("recovery-1").ipv4
    listen = (
        "use IO::Socket::INET; my $s = IO::Socket::INET->new(LocalAddr => $ARGV[0], LocalPort => 5432, Listen => 5, "
        "ReuseAddr => 1) or die; sleep 600"
    )
    machine = day.lab.host("recovery-1")
    machine.keep_running("taker", f"exec perl -e '{listen}' {address}")
    try:
        with day.drill("bad-db") as course:
            yield course
    finally:
        machine.stop_running("taker")


@plants("other-major-version")
@contextmanager
def other_major_version(day: BadDay) -> Iterator[Course]:
    """This host has no server of that version; its client tools lie elsewhere."""
    day.root("recovery-1", f"mkdir -p /run/stormproof/none && mount --bind /run/stormproof/none {BIN}")
    try:
        with day.drill("bad-db") as course:
            yield course
    finally:
        day.root("recovery-1", f"umount {BIN}; rmdir /run/stormproof/none")


# -- checks and evidence


@contextmanager
def _asking(day: BadDay, sql: str) -> Iterator[Course]:
    query = {"query": {"name": "bad", "sql": sql, "expect": {"equals": 0}, "timeout": "2s"}}
    with day.drill("bad-check", checks=[query]) as course:
        yield course


@plants("check-hangs")
@contextmanager
def check_hangs(day: BadDay) -> Iterator[Course]:
    with _asking(day, "select count(*) from generate_series(1, 1000000000000)") as course:
        yield course


@plants("check-wrong-sql")
@contextmanager
def check_wrong_sql(day: BadDay) -> Iterator[Course]:
    with _asking(day, "select count(*) from no_such_table") as course:
        yield course


@plants("check-returns-nothing")
@contextmanager
def check_returns_nothing(day: BadDay) -> Iterator[Course]:
    with _asking(day, "select 0 where false") as course:
        yield course


@plants("evidence-read-only")
@contextmanager
def evidence_read_only(day: BadDay) -> Iterator[Course]:
    evidence = day.project.state / "evidence"
    evidence.mkdir(exist_ok=True)
    read_only = f"mount --bind {evidence} {evidence} && mount -o remount,bind,ro {evidence}"
    with day.drill("bad-db") as course:
        yield Course(course.drill, in_mounts_of_its_own(read_only))


# -- the files' repository


@plants("restic-wrong-password")
@contextmanager
def restic_wrong_password(day: BadDay) -> Iterator[Course]:
    with day.other_key("restic-password"), day.drill("bad-files", **FILES_ONLY) as course:
        yield course


@contextmanager
def _pack(day: BadDay, harm: str) -> Iterator[None]:
    """The largest pack of the files' repository; `harm` is bash with $f, kept aside before and put back after."""
    folder = "/srv/vault/restic/uploads/data"
    file = day.on("vault", f"find {folder} -type f -printf '%s %p\\n' | sort -n | tail -n 1 | cut -d' ' -f2")
    kept = "/srv/vault/kept-pack"
    day.on("vault", f"f={file}; cp -p $f {kept}; chmod u+w $f; {harm}")
    try:
        yield
    finally:
        day.on("vault", f"mv -f {kept} {file}")


@plants("restic-pack-damaged")
@contextmanager
def restic_pack_damaged(day: BadDay) -> Iterator[Course]:
    harm = "printf X | dd of=$f bs=1 seek=3000 conv=notrunc status=none"
    with _pack(day, harm), day.drill("bad-files", **FILES_ONLY) as course:
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
