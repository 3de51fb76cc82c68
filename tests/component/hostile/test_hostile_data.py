"""Restored data that would act on the world: one source with all of it, one drill, and a copy that nobody disarmed.

The drill is met, nothing fired, and everything is listed. The same backup, restored by hand and simply started, fires
every canary: so the canaries would have told.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from drill_support import new_project
from hostile_plants import ARMED, OUTSIDE, PREPARE, SOURCE_SETTINGS, Plant

from stormproof.lab.lab import Lab
from stormproof.lab.postgres_cluster import DATA, LOG
from tables import hostile_data
from tables.planting import planter
from tables.row import Row, Saw
from tables.seen import saw

pytestmark = pytest.mark.component

BIN = "/usr/lib/postgresql/15/bin"
CONF = "/etc/postgresql/15/main/conf.d/99-hostile.conf"
WORK = "/var/lib/stormproof"
NAIVE = f"{WORK}/naive"
PLANTS: dict[str, Plant] = {row.id: planter(row)() for row in hostile_data.ROWS}


@dataclass
class Hostile:
    """What came of the drill, and of the copy that was simply started."""

    document: dict[str, Any]
    seconds: float
    fired: set[str]  # rows whose canary stood outside the run's folder after the drill
    called: set[str]  # rows whose function ran with a superuser's rights in the drill
    in_force: dict[str, str]  # settings of the drill's own server
    tablespaces: list[str]
    naive: set[str]  # rows whose canary stood anywhere in the naive copy


def _psql(lab: Lab, host: str, script: str, at: str = "") -> str:
    return lab.host(host).check(
        f"{BIN}/psql -XAtq -v ON_ERROR_STOP=1 -d shop {at} -f -", stdin=script, timeout_seconds=180
    )


def _canaries(lab: Lab, folder: str) -> set[str]:
    found = lab.host("recovery-1").check(f"ls {folder}canary-* 2>/dev/null; true").split()
    return {name.rsplit("/canary-", 1)[1] for name in found}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    base = tmp_path_factory.mktemp("hostile")
    project = new_project(base / "project", base / "home")
    try:
        project.json("lab", "up", "--size", "5")
        lab = Lab(project.folder, project.state)
        # The source lives on: a restart would bring the planted settings into force there.
        spec = (project.folder / "drills" / "orders-db-latest.yaml").read_text()
        (project.folder / "drills" / "hostile.yaml").write_text(
            spec.replace("orders-db-latest", "hostile").replace(", inject: true", "")
        )
        _plant(lab)
        lab.backup()
        lab.host("recovery-1").check(f"touch {ARMED}")
        began = time.monotonic()
        document = json.loads(project.run("drill", "run", "hostile", "--keep", "--json", timeout=900).stdout)
        yield _looked_at(lab, document, time.monotonic() - began)
    finally:
        project.run("lab", "destroy")


def _plant(lab: Lab) -> None:
    source = lab.host("app-primary")
    source.put(CONF, _lines(SOURCE_SETTINGS.items()))
    source.check(f"{BIN}/pg_ctl -s -w -m fast -D {DATA} -l {LOG} restart", timeout_seconds=120)
    source.check("mkdir -p /var/lib/postgresql/elsewhere")
    _psql(lab, "app-primary", PREPARE + "\n".join(plant.sql for plant in PLANTS.values() if plant.sql))
    settings = SOURCE_SETTINGS | dict(plant.setting for plant in PLANTS.values() if plant.setting)
    source.put(CONF, _lines(settings.items()))


def _lines(settings: Iterable[tuple[str, str]]) -> str:
    return "".join(f"{name} = '{value}'\n" for name, value in settings)


def _looked_at(lab: Lab, document: dict[str, Any], seconds: float) -> Hostile:
    run = f"{WORK}/{document['run']}"
    at = f"-h {run}/socket -U postgres"
    recovery = lab.host("recovery-1")
    in_force = {}
    for line in _psql(lab, "recovery-1", "select name || '=' || setting from pg_settings", at).splitlines():
        name, _, value = line.partition("=")
        in_force[name] = value
    fired = _canaries(lab, "/tmp/")
    called = _canaries(lab, f"{run}/pgdata/")
    tablespaces = recovery.check(f"readlink -f {run}/pgdata/pg_tblspc/*").split()
    naive = _start_naively(lab, run)
    return Hostile(document, seconds, fired, called, in_force, tablespaces, naive)


def _start_naively(lab: Lab, run: str) -> set[str]:
    """What somebody would do who knows no better: restore, start, and use it."""
    recovery = lab.host("recovery-1")
    cipher = (lab.folder / "keys" / "pgbackrest-cipher").read_text().strip()
    recovery.check(
        f"""set -e; {BIN}/pg_ctl -D {run}/pgdata -m immediate stop >/dev/null 2>&1 || true
rm -f {OUTSIDE}*; mkdir -p {NAIVE}/socket
pgbackrest --stanza=main --pg1-path={NAIVE}/data --archive-mode=preserve --tablespace-map-all={NAIVE}/ts restore >{NAIVE}/log 2>&1
echo 'local all all trust' >{NAIVE}/hba; : >{NAIVE}/ident
conf=$(find {run}/config -name postgresql.conf)
{BIN}/postgres -D {NAIVE}/data -c config_file="$conf" -c data_directory={NAIVE}/data -c hba_file={NAIVE}/hba -c ident_file={NAIVE}/ident \
  -c unix_socket_directories={NAIVE}/socket -c listen_addresses= -c port=5432 -c external_pid_file= -c logging_collector=off \
  -c synchronous_standby_names= -c local_preload_libraries= -c archive_library= >>{NAIVE}/log 2>&1 </dev/null &
server=$!
for i in {{1..1200}}; do {BIN}/psql -XAtq -h {NAIVE}/socket -U postgres -d shop -c 'select 1/(not pg_is_in_recovery())::int' >/dev/null 2>&1 && exit 0; kill -0 $server || break; sleep 0.1; done
tail -n 20 {NAIVE}/log >&2; exit 1""",
        env={"PGBACKREST_REPO1_CIPHER_PASS": cipher},
        timeout_seconds=240,
    )
    for plant in PLANTS.values():
        if plant.acts:
            user = "shop_app" if plant.as_app else "postgres"
            recovery.run(
                f"{BIN}/psql -XAtq -h {NAIVE}/socket -U {user} -d shop -f -", stdin=plant.acts, timeout_seconds=100
            )
    recovery.run("for i in {1..100}; do [ -e " + OUTSIDE + "archive-command ] && exit 0; sleep 0.1; done")
    return _canaries(lab, "/tmp/") | _canaries(lab, f"{NAIVE}/data/")


@pytest.mark.parametrize("row", hostile_data.ROWS, ids=str)
def test_it_does_not_get_the_chance_and_is_listed(hostile: Hostile, row: Row) -> None:
    document, plant = hostile.document, PLANTS[row.id]
    assert row.id not in hostile.fired, "it acted outside the run's folder"
    if not plant.called:
        assert row.id not in hostile.called, "its function was called with a superuser's rights"
    if plant.setting is not None:
        name, value = plant.setting
        assert hostile.in_force[name] != value, f"{name} was in force"
    assert "planted-word" not in str(document)
    saw(
        row,
        Saw(
            verdict=document["verdict"],
            exit_code=document["exit_code"],
            codes=tuple(finding["code"] for finding in document["findings"]),
            seconds=hostile.seconds,
            said="\n".join(f"{entry['kind']}: {entry['name']}" for entry in document["disarmed"]),
            left=tuple(document["cleanup"]["left"]),
        ),
    )


@pytest.mark.parametrize("row", [row for row in hostile_data.ROWS if PLANTS[row.id].naive], ids=str)
def test_in_a_copy_that_is_simply_started_its_canary_tells(hostile: Hostile, row: Row) -> None:
    assert row.id in hostile.naive


def test_no_finding_is_made_of_it(hostile: Hostile) -> None:
    assert hostile.document["findings"] == []


def test_tablespaces_lie_within_the_runs_own_folder(hostile: Hostile) -> None:
    assert hostile.tablespaces
    assert all(path.startswith(f"{WORK}/{hostile.document['run']}/") for path in hostile.tablespaces)


def test_the_server_itself_is_held_back_by_the_kernel(hostile: Hostile) -> None:
    held = {entry["name"] for entry in hostile.document["disarmed"] if entry["kind"] == "server"}
    assert held == {"every connection of its own", "every program of its own", "every file outside its folder"}
