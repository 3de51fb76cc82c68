"""Damage to a real pgBackRest repository is named: in what describes a backup, in a file of it, in a segment of its WAL.

Two repositories on this machine: one encrypted with a file for each, one in bundles and plain. Neither is served by ssh.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from checks_local_host import LocalHost
from restored_copy import BIN, Server, fill

from stormproof.adapters.pgbackrest import freeze, list_backups, restore_script
from stormproof.adapters.pgbackrest_backup import look_at_backup
from stormproof.adapters.pgbackrest_damage import Backup, damaged_file, first_file, restore_failure
from stormproof.adapters.private_repository import private_repository
from stormproof.adapters.resource import resource
from stormproof.core.backup_whole import backup_whole
from stormproof.core.errors import Unverified
from stormproof.core.ports import JobState
from stormproof.core.reached import SPEAKS_OF_THE_FILE
from stormproof.core.recovery_point import HeldSegment, RecoveryPoint, VaultHoldings
from stormproof.core.verdict import CheckResult
from stormproof.core.wal import FrozenList

pytestmark = pytest.mark.component

PASSPHRASE = "a passphrase of this test alone"
SETTINGS = {
    "encrypted": "repo1-cipher-type=aes-256-cbc\ncompress-type=zst\n",
    "bundled": "repo1-bundle=y\ncompress-type=gz\n",
}


@dataclass
class Site:
    """A cluster that was backed up and is stopped, and its repository."""

    host: LocalHost
    server: Server
    folder: Path
    env: dict[str, str]
    point: RecoveryPoint

    @property
    def repository(self) -> Path:
        return self.folder / "files" / "repository"

    @property
    def described(self) -> Path:
        return self.repository / "backup" / "main"

    def scratch(self, name: str) -> str:
        place = f"{self.folder}/files/{name}"
        self.host.check(f"rm -rf {place} && mkdir -m 700 {place}")
        return place

    def digest(self) -> str:
        """Of every file of the repository, names included."""
        return self.host.check(f"cd {self.repository} && find . -type f -print0 | sort -z | xargs -0 sha1sum | sha1sum")

    @contextlib.contextmanager
    def flipped(self, path: Path, offset: int | None = None) -> Iterator[None]:
        """One bit of a file of the repository is flipped, for as long as this lasts."""
        self.host.check(f"cp -p {path} {path}.kept")
        try:
            at = "" if offset is None else str(offset)
            self.host.check(resource("flip_bit.sh"), env={"FILE": str(path), "OFFSET": at})
            yield
        finally:
            self.host.check(f"mv {path}.kept {path}")


def backed_up(folder: Path, settings: str) -> Site:
    """A cluster with a few tables, one full backup of it, and three segments of WAL behind it."""
    host = LocalHost()
    server = fill(folder, host)
    conf = f"{folder}/files/pgbackrest.conf"
    env = {"PGBACKREST_CONFIG": conf, "PGBACKREST_CONFIG_INCLUDE_PATH": f"{folder}/files/include"}
    host.check(f"mkdir -p {folder}/files/include {folder}/files/repository && cat >{conf}", stdin=f"""[global]
repo1-path={folder}/files/repository
log-path={folder}/files
log-level-file=off
lock-path={folder}/files/lock
spool-path={folder}/files/spool
start-fast=y
{settings}
[main]
pg1-path={server.place.pgdata}
pg1-socket-path={server.place.socket_dir}
pg1-user=postgres
""")  # fmt: skip
    if "cipher" in settings:
        env["PGBACKREST_REPO1_CIPHER_PASS"] = PASSPHRASE
    begun(host, server, env)
    host.check("pgbackrest --stanza=main stanza-create && pgbackrest --stanza=main --type=full backup", env=env,
               timeout_seconds=180)  # fmt: skip
    for _ in range(3):
        server.sql(
            "insert into t select g, repeat('x', 100) from generate_series(1, 100) g; select pg_switch_wal()",
            "postgres",
        )
    server.stop()
    (point,) = list_backups(host, stanza="main", env=env)
    return Site(host, server, folder, env, point)


def begun(host: LocalHost, server: Server, env: dict[str, str]) -> None:
    """A new cluster in the place of any that was there, archiving."""
    words = " ".join(f"{name}='{value}'" for name, value in env.items())
    host.check(f"rm -rf {server.place.pgdata} && {BIN}/initdb -D {server.place.pgdata} -U postgres --no-sync -k --wal-segsize=1 >/dev/null && "
               f"cat >>{server.place.pgdata}/postgresql.conf", timeout_seconds=60,
               stdin="fsync = off\nlisten_addresses = ''\nautovacuum = off\narchive_mode = on\nwal_level = replica\n"
               f"unix_socket_directories = '{server.place.socket_dir}'\n"
               f"archive_command = 'env {words.replace(chr(39), chr(34))} pgbackrest --stanza=main archive-push %p'\n")  # fmt: skip
    server.start()
    server.sql("create table t (x int, pad text)", "postgres")


@pytest.fixture(scope="session", params=sorted(SETTINGS))
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with placed(SETTINGS[request.param]) as made:
        yield made


@contextlib.contextmanager
def placed(settings: str) -> Iterator[Site]:
    folder = Path(tempfile.mkdtemp(prefix="sp-repository-", dir="/tmp"))
    folder.chmod(0o755)
    made: Site | None = None
    try:
        made = backed_up(folder, settings)
        yield made
    finally:
        LocalHost().run(f"{BIN}/pg_ctl -D {folder}/pgdata -m immediate -w stop >/dev/null 2>&1", timeout_seconds=30)
        shutil.rmtree(folder, ignore_errors=True)


def look(site: Site) -> tuple[CheckResult, list[tuple[str, str]]]:
    facts = look_at_backup(
        site.host, stanza="main", label=site.point.label, folder=f"{site.folder}/files/look", env=site.env, where="here"
    )
    decided = backup_whole(facts)
    return decided.result, [(finding.code, finding.what) for finding in decided.findings]


def test_a_whole_description_passes_and_its_own_sums_fit(site: Site) -> None:
    facts = look_at_backup(
        site.host, stanza="main", label=site.point.label, folder=f"{site.folder}/files/look", env=site.env, where="here"
    )
    assert {d.own_sum for d in facts.descriptions.values()} == {True}
    assert len(facts.descriptions) == 6
    assert backup_whole(facts).findings == ()
    assert not (site.folder / "files" / "look").exists(), "what was decrypted is removed"


@pytest.mark.parametrize("copy", ["", ".copy"])
@pytest.mark.parametrize("name", ["backup.manifest", "backup.info", "archive.info"])
@pytest.mark.parametrize("offset", [None, 3])
def test_a_flipped_bit_in_any_of_the_six_is_named(site: Site, name: str, copy: str, offset: int | None) -> None:
    """In the middle it reads as something else; in the mark of an encrypted one it cannot be read at all."""
    folder = site.repository / "archive" / "main" if name == "archive.info" else site.described
    path = (folder / site.point.label if name == "backup.manifest" else folder) / f"{name}{copy}"
    with site.flipped(path, offset):
        result, findings = look(site)
    assert result is CheckResult.FAILED
    assert {code for code, _ in findings} <= {"SP530", "SP531", "SP533"}
    assert any(f"{name}{copy} is damaged" in what or f"{name}{copy} cannot be read" in what for _, what in findings)


def test_one_that_is_gone_is_named_and_the_other_is_what_is_left(site: Site) -> None:
    path = site.described / site.point.label / "backup.manifest"
    site.host.check(f"mv {path} {path}.away")
    try:
        result, ((code, what),) = look(site)
    finally:
        site.host.check(f"mv {path}.away {path}")
    assert (result, code) == (CheckResult.FAILED, "SP531")
    assert f"{site.point.label}/backup.manifest cannot be read (status 55); only backup.manifest.copy is left" in what


def restored(site: Site, env: dict[str, str], label: str, processes: int = 2) -> tuple[JobState, str]:
    run_dir = site.scratch("restored")
    script = restore_script(stanza="main", label=label, run_dir=run_dir, processes=processes, delta=False)
    done = site.host.run(script, env=env, timeout_seconds=120)
    return JobState("restore", True, done.status, False, done.seconds, done.stdout, done.stderr), f"{run_dir}/pgdata"


def test_a_restore_that_breaks_off_at_a_damaged_file_names_it(site: Site) -> None:
    """In the vault's own repository, among all its files, with two processes at work."""
    backup = Backup("main", site.point.label, site.scratch("look-files"), site.env)
    chosen = first_file(site.host, backup)
    state, pgdata = restored(site, site.env, site.point.label)
    assert state.status == 0, state.stderr_tail
    with site.flipped(site.repository / chosen.path, chosen.middle):
        state, pgdata = restored(site, site.env, site.point.label)
        error = restore_failure(site.host, state, backup, pgdata=pgdata, where="here")
    assert error.code == "SP286"
    assert error.what.endswith(f"; the file is {chosen.name}")
    assert damaged_file(site.host, backup, f"{site.folder}/nowhere") is None, "healed, nothing is damaged"


def test_a_file_inside_a_bundle_is_named_too(site: Site) -> None:
    bundles = sorted((site.described / site.point.label).glob("bundle/*"))
    if not bundles:
        assert "cipher" in str(sorted(site.env)).lower(), "the plain repository keeps its small files in bundles"
        return
    backup = Backup("main", site.point.label, site.scratch("look-files"), site.env)
    with site.flipped(bundles[0]):
        state, pgdata = restored(site, site.env, site.point.label)
        error = restore_failure(site.host, state, backup, pgdata=pgdata, where="here")
    assert error.code == "SP286"
    assert "; the file is pg_data/" in error.what


def test_a_private_copy_meets_the_fault_and_the_repository_is_untouched(site: Site) -> None:
    before = site.digest()
    folder = site.scratch("private")
    label = site.point.label
    paths = [f"backup/main/{label}/backup.manifest", "backup/main/backup.info", "archive/main/archive.info"]
    copy = private_repository(site.host, folder=folder, stanza="main", paths=paths, env=site.env)
    backup = Backup("main", label, site.scratch("look-files"), copy.env)
    chosen = first_file(site.host, backup)
    private_repository(site.host, folder=folder, stanza="main", paths=[chosen.path], env=site.env)
    copy.flip_bit(chosen.path, offset=chosen.middle)
    state, pgdata = restored(site, dict(copy.env), label, processes=1)
    error = restore_failure(site.host, state, backup, pgdata=pgdata, where="here")
    assert error.what.endswith(f"; the file is {chosen.name}")
    facts = look_at_backup(
        site.host, stanza="main", label=label, folder=f"{site.folder}/files/look", env=copy.env, where="here"
    )
    assert backup_whole(facts).findings == ()
    assert site.digest() == before


def test_a_file_that_the_repository_does_not_hold_is_told(site: Site) -> None:
    with pytest.raises(Unverified, match="files of the repository could not be copied") as caught:
        private_repository(site.host, folder=site.scratch("private"), stanza="main", paths=["archive/main/15-1/0*"],
                           env=site.env)  # fmt: skip
    assert caught.value.code == "SP535"


@pytest.mark.parametrize("offset", [None, 10, 100])
def test_a_damaged_segment_of_the_archive_is_called_damage_and_never_a_broken_way(
    site: Site, offset: int | None
) -> None:
    holdings = frozen(site)
    held = next(s for s in holdings.segments if len(s.name) == 24 and s.name > str(site.point.wal_stop))
    run_dir = site.scratch("fetching")
    state, _ = restored(site, site.env, site.point.label)
    assert state.status == 0
    site.host.check(f"mkdir -p {run_dir}/wal/part && ln -s {site.folder}/files/restored/pgdata {run_dir}/pgdata && cat >{run_dir}/wal/list",
                    stdin=f"{held.name} {held.sha1} archive 0\n")  # fmt: skip
    place = f"archive/main/{held.archive_id}/{held.name[:16]}"
    copy = private_repository(site.host, folder=site.scratch("private"), stanza="main",
                              paths=["archive/main/archive.info", f"{place}/{held.name}*"], env=site.env)  # fmt: skip
    copy.flip_bit(next(path for path in copy.paths if path.startswith(place)), offset=offset)
    env = {
        **copy.env,
        "RUN_DIR": run_dir,
        "STANZA": "main",
        "FILES_ALIAS": "",
        "STREAM_DIR": "",
        "WAY": "prefetch",
        "CONNECTIONS": "2",
        "REPOSITORY_OPTIONS": "",
    }
    site.host.check(resource("wal_fetch.sh"), env=env, timeout_seconds=120)
    name, said, *_ = site.host.check(f"cat {run_dir}/wal/fetched").split()
    assert name == held.name
    assert said in SPEAKS_OF_THE_FILE


def frozen(site: Site) -> VaultHoldings:
    """As the control side freezes a vault's list. No key is needed for names."""
    places = {name: value for name, value in site.env.items() if "CIPHER" not in name}
    found = freeze(Vault(site.host, places), stanza="main", stream_dir=None, snapshot_dirs={})
    assert found.unreadable == ()
    return found


@dataclass
class Vault:
    """The same machine, where pgBackRest's configuration is the repository's."""

    host: LocalHost
    places: dict[str, str]
    name: str = "vault"
    address: str = "127.0.0.1"

    def check(self, script: str, *, env: dict[str, str], timeout_seconds: float) -> str:
        return self.host.check(script, env={**self.places, **env}, timeout_seconds=timeout_seconds)


def test_after_a_stanza_upgrade_each_recovery_is_held_against_its_own_clusters_wal() -> None:
    with placed(SETTINGS["encrypted"]) as site:
        begun(site.host, site.server, site.env)
        site.host.check("pgbackrest --stanza=main stanza-upgrade && pgbackrest --stanza=main --type=full backup",
                        env=site.env, timeout_seconds=180)  # fmt: skip
        site.server.sql("select pg_switch_wal(); checkpoint", "postgres")
        site.server.stop()
        old, new = list_backups(site.host, stanza="main", env=site.env)
        assert (old.archive_id, new.archive_id) == ("15-1", "15-2")
        assert old.system_id != new.system_id
        whole = frozen(site)
    assert FrozenList.of(whole, {}, 1 << 20).conflicting() != [], "both clusters wrote segments of one name"
    for point in (old, new):
        mine = whole.of_cluster(point.archive_id, point.system_id)
        assert FrozenList.of(mine, {}, 1 << 20).conflicting() == []
        assert {s.archive_id for s in mine.segments} == {point.archive_id}
        assert point.wal_start in {s.name for s in mine.segments}
    assert all(
        isinstance(s, HeldSegment) and (s.sha1 is None or len(s.sha1) == hashlib.sha1().digest_size * 2)
        for s in whole.segments
    )
