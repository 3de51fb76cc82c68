"""Where the vault's WAL ends, computed, is where PostgreSQL's own recovery arrives; where it is not, a check fails.

Real PostgreSQL 15 with segments of 1 MB: a base backup, an archive, and a recovery for each case.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from checks_local_host import LocalHost
from restored_copy import BIN, fill

from stormproof.adapters.check_runner_wal import gather
from stormproof.adapters.resource import resource
from stormproof.core.check_context import PostgresPlace, WalFacts
from stormproof.core.heartbeat import instant_of
from stormproof.core.reached import reached, wal_continuity
from stormproof.core.recovery_point import HeldSegment, VaultHoldings
from stormproof.core.verdict import CheckResult
from stormproof.core.wal import FrozenList, format_lsn

pytestmark = pytest.mark.component
MB = 1 << 20


@dataclass
class Archive:
    """A base backup, the plain segments that followed it, and an instant between two transactions."""

    host: LocalHost
    folder: Path
    segment_bytes: int
    segments: dict[str, bytes]
    lsn_start: str
    wal_start: str
    between: datetime

    @property
    def names(self) -> list[str]:
        return sorted(name for name in self.segments if name >= self.wal_start)


@pytest.fixture(scope="session")
def archive() -> Iterator[Archive]:
    with made_archive(MB) as made:
        yield made


@contextlib.contextmanager
def made_archive(segment_bytes: int) -> Iterator[Archive]:
    """A cluster of that segment size, written to, archived and stopped. Rows fill segments of 1 MB several times over."""
    folder = Path(tempfile.mkdtemp(prefix="sp-wal-", dir="/tmp"))
    folder.chmod(0o755)
    host = LocalHost()
    server = fill(folder, host)
    at = f"-h {server.place.socket_dir} -U postgres"
    host.check(
        f"mkdir {folder}/files/archive && {BIN}/initdb -D {server.place.pgdata} -U postgres --no-sync -k --wal-segsize={segment_bytes // MB} --locale=C >/dev/null && "
        f"cat >>{server.place.pgdata}/postgresql.conf",
        stdin=f"fsync = off\nlisten_addresses = ''\nunix_socket_directories = '{server.place.socket_dir}'\nlog_timezone = UTC\nautovacuum = off\n"
        f"archive_mode = on\narchive_command = 'cp %p {folder}/files/archive/%f'\nmin_wal_size = {2 * segment_bytes // MB}MB\nmax_wal_size = {max(64, 4 * segment_bytes // MB)}MB\n",
        timeout_seconds=60,
    )
    server.start()
    server.sql("create table t (x int, pad text)", "postgres")
    label = host.check(
        f"{BIN}/pg_basebackup {at} -D {folder}/files/base -X none -c fast >/dev/null 2>&1 && cat {folder}/files/base/backup_label",
        timeout_seconds=60,
    )
    words = next(line for line in label.splitlines() if line.startswith("START WAL LOCATION"))
    server.sql("insert into t select g, repeat('x', 300) from generate_series(1, 6000) g", "postgres")
    between = server.sql(
        "select pg_sleep(0.05); select clock_timestamp() at time zone 'UTC'; select pg_sleep(0.05)", "postgres"
    ).split("\n")
    server.sql("insert into t select g, repeat('y', 300) from generate_series(1, 6000) g", "postgres")
    server.sql("insert into t values (-1, 'last'); select pg_switch_wal()", "postgres")
    server.stop()
    held = {path.name: path.read_bytes() for path in (folder / "files" / "archive").iterdir() if len(path.name) == 24}
    instant = next(line for line in between if line.startswith("20"))
    try:
        yield Archive(
            host,
            folder,
            segment_bytes,
            held,
            words.split()[3],
            words.split()[5].rstrip(")"),
            instant_of(instant.replace(" ", "T") + "+00:00"),
        )
    finally:
        if server.running():
            server.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def run_dir(archive: Archive) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="sp-run-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        fill(folder, archive.host)
        yield folder
    finally:
        archive.host.run(f"{BIN}/pg_ctl -D {folder}/pgdata -m immediate -w stop >/dev/null 2>&1", timeout_seconds=30)
        shutil.rmtree(folder, ignore_errors=True)


def recovered(
    archive: Archive,
    run: Path,
    staged: dict[str, bytes],
    listed: list[HeldSegment] | None = None,
    options: str = "",
) -> WalFacts:
    """Recover from the base backup with the staged segments, then gather what the checks ask for."""
    host = archive.host
    host.check(
        f"mkdir -p {run}/wal/staged {run}/log && cp -a {archive.folder}/files/base {run}/pgdata && chmod 700 {run}/pgdata && touch {run}/pgdata/recovery.signal"
    )
    for name, content in staged.items():
        place = run / "wal" / "staged" / name
        place.write_bytes(content)
        place.chmod(0o644)
    host.check(
        f"cat >>{run}/pgdata/postgresql.auto.conf",
        stdin=f"unix_socket_directories = '{run}/socket'\narchive_mode = off\nhot_standby = off\nrestore_command = 'cp {run}/wal/staged/%f %p'\n"
        f"lc_messages = 'C'\nlog_min_messages = warning\n{options}",
    )
    # With hot_standby off pg_ctl is content when recovery begins ("standby"); the checks come after promotion ("ready").
    host.run(
        f"{BIN}/pg_ctl -D {run}/pgdata -w -t 60 -l {run}/log/postgresql.log start >/dev/null 2>&1 </dev/null || exit 0\n"
        f"for _ in {{1..1200}}; do\n"
        f"  [ -e {run}/pgdata/postmaster.pid ] || exit 0\n"
        f"  case $(sed -n 8p {run}/pgdata/postmaster.pid) in ready*) exit 0 ;; esac\n"
        f"  sleep 0.05\ndone",
        timeout_seconds=90,
    )
    held = listed if listed is not None else [archived(name, content) for name, content in staged.items()]
    place = PostgresPlace(str(BIN), f"{run}/socket", 5432, "postgres", "postgres", f"{run}/pgdata")
    return gather(
        host,
        place,
        run_dir=str(run),
        holdings=VaultHoldings(frozen_at=datetime.now(UTC), segments=tuple(held)),
        lsn_start=archive.lsn_start,
        wal_start=archive.wal_start,
    )


def archived(name: str, content: bytes) -> HeldSegment:
    return HeldSegment(name=name, sha1=hashlib.sha1(content).hexdigest(), source="archive")


def taken(archive: Archive, names: list[str]) -> dict[str, bytes]:
    return {name: archive.segments[name] for name in names}


def test_a_whole_archive_is_reached_at_its_switch(archive: Archive, run_dir: Path) -> None:
    facts = recovered(archive, run_dir, taken(archive, archive.names))
    assert (wal_continuity(facts).result, reached(facts).result) == (CheckResult.PASSED, CheckResult.PASSED)
    assert facts.newest_end is not None
    assert facts.newest_end.end % MB == 0
    assert reached(facts).facts["reached"] is not None


def test_an_archive_cut_inside_a_record_is_reached_at_the_last_complete_one(archive: Archive, run_dir: Path) -> None:
    facts = recovered(archive, run_dir, taken(archive, archive.names[:-2]))
    assert facts.newest_end is not None
    assert facts.arrived is not None
    assert facts.arrived.lsn is not None
    assert format_lsn(facts.arrived.lsn) == format_lsn(facts.newest_end.end)
    assert facts.newest_end.end % MB != 0, "the case is not the one that was meant: choose another cut"
    assert reached(facts).result is CheckResult.PASSED


@pytest.mark.parametrize("length", [24, 41, 8192, 8200, 65536, 300_001, 700_000])
def test_an_open_segment_is_reached_up_to_its_length(archive: Archive, run_dir: Path, length: int) -> None:
    names = archive.names[:-2]
    whole = archive.segments[names[-1]]
    partial = whole[:length].rstrip(b"\0")
    staged = {**taken(archive, names[:-1]), names[-1]: partial + bytes(MB - len(partial))}
    listed = [
        *(archived(name, archive.segments[name]) for name in names[:-1]),
        HeldSegment(name=names[-1], sha1=hashlib.sha1(partial).hexdigest(), source="stream", length=len(partial)),
    ]
    facts = recovered(archive, run_dir, staged, listed)
    decided = reached(facts)
    assert (decided.result, decided.findings) == (CheckResult.PASSED, ())
    assert wal_continuity(facts).result is CheckResult.PASSED


def test_a_missing_segment_promotes_early_and_fails(archive: Archive, run_dir: Path) -> None:
    names = archive.names
    listed = [archived(name, archive.segments[name]) for name in names if name != names[2]]
    # The fetching ends at a gap only when PostgreSQL asks: everything behind it may be there, or not.
    facts = recovered(archive, run_dir, taken(archive, [n for n in names if n != names[2]]), listed)
    assert archive.host.run(f"{BIN}/pg_ctl -D {run_dir}/pgdata status").status == 0, "it promoted and looks healthy"
    assert [f.code for f in wal_continuity(facts).findings] == ["SP481"]
    assert [f.code for f in reached(facts).findings] == ["SP421"]


def test_a_damaged_segment_that_was_refused_fails(archive: Archive, run_dir: Path) -> None:
    names = archive.names
    listed = [archived(name, archive.segments[name]) for name in names]
    (run_dir / "wal").mkdir()
    (run_dir / "wal" / "fetched").write_text(
        "".join(f"{n} fetched 0.1 archive\n" for n in names[:2]) + f"{names[2]} damaged 0.1 archive\n"
    )
    shutil.chown(run_dir / "wal", "postgres")
    facts = recovered(archive, run_dir, taken(archive, names[:2]), listed)
    assert [f.code for f in wal_continuity(facts).findings] == ["SP482"]
    assert [f.code for f in reached(facts).findings] == ["SP421"]


def test_a_flipped_bit_in_the_newest_segment_is_seen_by_its_digest(archive: Archive, run_dir: Path) -> None:
    names = archive.names[:-1]
    content = bytearray(archive.segments[names[-1]])
    content[500_000] ^= 4
    staged = {**taken(archive, names[:-1]), names[-1]: bytes(content)}
    listed = [archived(name, archive.segments[name]) for name in names]
    facts = recovered(archive, run_dir, staged, listed)
    assert [f.code for f in wal_continuity(facts).findings] == ["SP482"]
    assert facts.newest_end is not None
    assert not facts.newest_end.clean


@pytest.mark.parametrize("flipped", [100_000, 200_000, 299_000])
def test_a_flipped_bit_in_a_streams_open_segment_fails_although_no_digest_vouches_for_it(
    archive: Archive, run_dir: Path, flipped: int
) -> None:
    """Replay and pg_waldump alike end at the damage: it is told by the whole record that stands there."""
    names = archive.names[:-2]
    content = bytearray(archive.segments[names[-1]][:300_001].rstrip(b"\0"))
    content[flipped] ^= 4
    if flipped == 200_000:  # the length of a record, which then seems to be cut off
        place = next(
            at for at in range(flipped, flipped + 8192, 8) if 300 < int.from_bytes(content[at : at + 4], "little") < 400
        )
        content[flipped] ^= 4
        content[place + 3] = 0x20
    staged = {**taken(archive, names[:-1]), names[-1]: bytes(content) + bytes(MB - len(content))}
    listed = [
        *(archived(name, archive.segments[name]) for name in names[:-1]),
        HeldSegment(name=names[-1], sha1=hashlib.sha1(content).hexdigest(), source="stream", length=len(content)),
    ]
    facts = recovered(archive, run_dir, staged, listed)
    assert archive.host.run(f"{BIN}/pg_ctl -D {run_dir}/pgdata status").status == 0, "it promoted and looks healthy"
    assert [f.code for f in reached(facts).findings] == ["SP482"]
    assert [f.code for f in wal_continuity(facts).findings] == ["SP482"]


def test_a_last_record_whose_length_is_damaged_fails_although_it_seems_cut_off(archive: Archive, run_dir: Path) -> None:
    """Nothing stands behind it that could name it: its own checksum fits the length that it had."""
    names = archive.names[:-2]
    begins = [at for at in record_offsets(archive, names[-1]) if at < 300_000]
    content = bytearray(archive.segments[names[-1]][: begins[-1]].rstrip(b"\0"))
    content[begins[-2] + 2] ^= 0x40
    staged = {**taken(archive, names[:-1]), names[-1]: bytes(content) + bytes(MB - len(content))}
    listed = [
        *(archived(name, archive.segments[name]) for name in names[:-1]),
        HeldSegment(name=names[-1], sha1=hashlib.sha1(content).hexdigest(), source="stream", length=len(content)),
    ]
    facts = recovered(archive, run_dir, staged, listed)
    assert facts.newest_end is not None
    assert facts.newest_end.end % MB == begins[-2]
    assert [f.code for f in reached(facts).findings] == ["SP482"]


def record_offsets(archive: Archive, name: str) -> list[int]:
    """Where the records begin in a segment, as pg_waldump tells it."""
    said = archive.host.run(f"{BIN}/pg_waldump -p {archive.folder}/files/archive {name}").stdout
    return [int(low, 16) % archive.segment_bytes for low in re.findall(r"lsn: [0-9A-F]+/([0-9A-F]+),", said)]


@pytest.mark.parametrize("megabytes", [4, 64])
def test_segments_of_another_size_are_read_as_what_they_are(run_dir: Path, megabytes: int) -> None:
    """Whole ones, one that is still open and comes from the stream, and a gap: each told as with any other size."""
    with made_archive(megabytes * MB) as archive:
        names = archive.names
        whole = archive.segments[names[-1]]
        used = whole.rstrip(b"\0")
        listing = f"{names[-1]} {hashlib.sha1(used).hexdigest()} stream {len(used)}\n"
        archive.host.check(f"mkdir -p {run_dir}/wal/part && cat >{run_dir}/wal/list", stdin=listing)
        part = run_dir / "wal" / "part" / names[-1]
        part.write_bytes(used)
        part.chmod(0o666)  # the fetching runs as the database's user
        env = {
            "RUN_DIR": str(run_dir),
            "WAY": "stream",
            "CONNECTIONS": "1",
            "REPOSITORY_OPTIONS": "",
            "STREAM_DIR": "/nowhere",
            "FILES_ALIAS": "nobody@127.0.0.1",
        }
        archive.host.check(resource("wal_fetch.sh"), env=env)
        filled = (run_dir / "wal" / "staged" / names[-1]).read_bytes()
        assert filled == whole, "an open segment is filled up to the size that its own header names"
        listed = [
            *(archived(name, archive.segments[name]) for name in names[:-1]),
            HeldSegment(name=names[-1], sha1=hashlib.sha1(used).hexdigest(), source="stream", length=len(used)),
        ]
        facts = recovered(archive, run_dir, {**taken(archive, names[:-1]), names[-1]: filled}, listed)
        assert facts.frozen.segment_bytes == megabytes * MB
        for decided in (wal_continuity(facts), reached(facts)):
            assert (decided.result, decided.findings) == (CheckResult.PASSED, ())
        far = archived(f"{names[-1][:-8]}{int(names[-1][-8:], 16) + 2:08X}", b"")
        gap = FrozenList.of(VaultHoldings(frozen_at=archive.between, segments=(*listed, far)), {}, megabytes * MB)
        assert [f.code for f in wal_continuity(replace(facts, frozen=gap)).findings] == ["SP481"]


def test_the_same_names_from_before_an_upgrade_are_no_conflict(archive: Archive, run_dir: Path) -> None:
    """After a stanza-upgrade the archive holds two clusters' WAL: each is held against its own alone."""
    mine = [archived(name, archive.segments[name]) for name in archive.names]
    both = [held.model_copy(update={"archive_id": "15-2"}) for held in mine]
    both += [held.model_copy(update={"archive_id": "15-1", "sha1": "0" * 40}) for held in mine]
    both += [archived("00000001000000000000FFFF", b"").model_copy(update={"archive_id": "15-1"})]
    whole = VaultHoldings(frozen_at=archive.between, segments=tuple(both))
    facts = recovered(archive, run_dir, taken(archive, archive.names), list(whole.of_cluster("15-2", None).segments))
    assert (wal_continuity(facts).findings, reached(facts).findings) == ((), ())
    unsorted = replace(facts, frozen=FrozenList.of(whole, {}, MB))
    assert "SP483" in [f.code for f in wal_continuity(unsorted).findings]


def test_a_target_instant_is_reached_and_said(archive: Archive, run_dir: Path) -> None:
    options = f"recovery_target_time = '{archive.between.isoformat()}'\nrecovery_target_inclusive = off\nrecovery_target_action = promote\n"
    facts = recovered(archive, run_dir, taken(archive, archive.names), options=options)
    decided = reached(facts, archive.between)
    assert (decided.result, decided.findings) == (CheckResult.PASSED, ())
    assert facts.arrived is not None
    assert facts.arrived.log.stopped == "before"


def test_a_target_behind_a_gap_is_not_reached(archive: Archive, run_dir: Path) -> None:
    options = f"recovery_target_time = '{archive.between.isoformat()}'\nrecovery_target_action = promote\n"
    facts = recovered(archive, run_dir, taken(archive, archive.names[:2]), options=options)
    assert [f.code for f in reached(facts, archive.between).findings] == ["SP424"]
