"""Controls of the database on a private PostgreSQL: each fault is named, and without the fault nothing is caught."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from drill_memory import T0, ports, spec
from restored_copy import BIN, Server, copy

from stormproof.adapters.clock_offset import ClockOffset
from stormproof.adapters.restored_postgres import RestoredServer, start, stop, wait_ready
from stormproof.adapters.system_clock import SystemClock
from stormproof.core.check_context import CheckContext
from stormproof.core.drill_result import CheckReport, IsolationProof
from stormproof.core.negative_control import Facts, NotApplicable, Seed
from stormproof.core.recovery_point import VaultHoldings
from stormproof.drill.before import Before
from stormproof.drill.controls.bench import Judged
from stormproof.drill.controls.control import Control
from stormproof.drill.controls.course import run_controls
from stormproof.drill.controls.data import DATABASE_CONTROLS
from stormproof.drill.layout import Layout
from stormproof.drill.ports import Disaster

pytestmark = pytest.mark.component

CHECKS: list[dict[str, Any]] = [
    {"structure": {}},
    {"volume": {"table": "orders", "rows": {"min": 20000}}},
    {"integrity": {}},
    {"freshness": {"watermark": {"table": "stormproof.heartbeat", "column": "at"}, "max_age": "1h"}},
    {"settings": {}},
]


class Run:
    """A folder as a drill leaves it on the recovery host: `pgdata` with its running server, `etc/arguments`, a socket."""

    def __init__(self, made: Server) -> None:
        self.host, self.folder = made.host, made.folder / "run"
        run = self.folder
        made.stop()
        self.host.check(
            f"mkdir -p {run}/etc {run}/socket {run}/log && mv {made.folder}/data {run}/pgdata && "
            f"printf '%s\\n' '-c unix_socket_directories={run}/socket' '-c listen_addresses=' >{run}/etc/arguments"
        )
        self.server = RestoredServer(str(run), str(BIN), "", 5432)
        self.again()
        self.place = replace(made.place, pgdata=f"{run}/pgdata", socket_dir=f"{run}/socket")
        self.reference = replace(made, place=self.place).reference()
        self.context = CheckContext(
            host=self.host, work=str(run), t_fail=SystemClock().now().utc, postgres=self.place, reference=self.reference,
        )  # fmt: skip

    def again(self) -> None:
        start(self.host, self.server, confined=False)
        wait_ready(self.host, self.server, timeout_seconds=60)

    def judged(self) -> Judged:
        before = Before(
            run_id="20261123T041500Z-7f3a", layout=Layout("local", str(self.folder.parent), str(self.folder)),
            offsets={"local": ClockOffset(0.0, 0.0)}, started=T0, proof=IsolationProof(result="proved"),
            disaster=Disaster(t_fail=T0), holdings=VaultHoldings(frozen_at=T0), t_start=T0, seed=7,
        )  # fmt: skip
        return Judged(
            ports=ports(clock=SystemClock()), spec=spec(checks=CHECKS), before=before, context=self.context, outputs={"choose_point": {"label": "20261123-041500F"}},
            server=self.server,
        )  # fmt: skip


@pytest.fixture(scope="module")
def ran(golden: Path) -> Iterator[Run]:
    made = copy(golden)
    run = Run(made)
    try:
        yield run
    finally:
        stop(run.host, run.server)
        made.host.run(f"rm -rf {made.folder}")


def passed() -> list[CheckReport]:
    """The drill's own reports of the copy: all is well."""
    names = ("structure", "volume of orders", "integrity", "freshness", "settings")
    return [CheckReport.model_validate({"name": n, "kind": "x", "result": "passed", "seconds": 0.1}) for n in names]


def unseeded(control: Control) -> Control:
    """The same control, whose fault is none."""

    def plan(facts: Facts) -> Seed | NotApplicable:
        seed = control.plan(facts)
        return seed if isinstance(seed, NotApplicable) else replace(seed, sql="", sql_each="", script="")

    return replace(control, plan=plan)


def test_every_fault_of_the_database_is_caught_and_named(ran: Run) -> None:
    told = run_controls(DATABASE_CONTROLS, ran.judged(), passed(), ran.again)
    assert {c.name: (c.status, c.why) for c in told.controls if c.status != "caught"} == {}
    assert told.all_caught
    assert [c.name for c in told.controls if not c.named] == []


def test_without_a_fault_nothing_is_caught(ran: Run) -> None:
    told = run_controls([unseeded(control) for control in DATABASE_CONTROLS], ran.judged(), passed(), ran.again)
    assert {c.name: (c.status, c.named) for c in told.controls if c.status != "missed"} == {}


def test_the_judged_copy_and_its_server_are_as_they_were_and_no_snapshot_is_left(ran: Run) -> None:
    assert ran.host.run(f"{BIN}/pg_ctl -D {ran.folder}/pgdata status").status == 0
    rows = ran.host.check(f"{BIN}/psql -h {ran.folder}/socket -U postgres -d shop -XAtc 'select count(*) from orders'")
    assert rows.strip() == "20000"
    assert not (ran.folder / "controls").exists()


def test_a_tablespace_of_a_snapshot_is_its_own(golden: Path) -> None:
    """A server on a snapshot follows the links of its data directory: they must not lead into the judged copy."""
    made = copy(golden)
    space = made.folder / "space"
    made.host.check(f"mkdir {space}")
    made.sql(f"create tablespace aside location '{space}'", "postgres")
    made.sql("create table kept (x int) tablespace aside; insert into kept select generate_series(1, 500)")
    made.sql("alter table kept add primary key (x)")
    run = Run(made)
    try:
        before = run.host.check(f"cd {space} && find . -type f -printf '%P %s %T@\\n' | sort")
        checks = [{"volume": {"table": "kept", "rows": {"min": 500}}}]
        judged = replace(run.judged(), spec=spec(checks=checks))
        reports = [
            CheckReport.model_validate({"name": "volume of kept", "kind": "volume", "result": "passed", "seconds": 0.1})
        ]
        wanted = [control for control in DATABASE_CONTROLS if control.name == "truncated-table"]
        told = run_controls(wanted, judged, reports, run.again)
        assert [(c.status, c.object) for c in told.controls] == [("caught", "table public.kept")]
        assert run.host.check(f"cd {space} && find . -type f -printf '%P %s %T@\\n' | sort") == before
    finally:
        stop(run.host, run.server)
        made.host.run(f"rm -rf {made.folder}")
