"""What makes the rows of tests/tables/restore_faults.py about a server that does not start, checks and evidence happen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from bad_day import BIN, BadDay, Course, in_mounts_of_its_own

from tables.planting import plants


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
