"""A sweep removes only what it can tie to a run of this journal, and never an outage's data."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from drill_memory import T0, MemoryEvidence, TableHost, ports, spec, unreachable
from test_drill_finishing import measured

from stormproof.adapters.run_remains import destroy
from stormproof.core.errors import Refused
from stormproof.core.journal import Run, UnknownRun
from stormproof.core.ports import Completed
from stormproof.drill.aftermath import KEPT_EVENT, tear_down
from stormproof.drill.layout import Layout
from stormproof.drill.sweep import sweep, sweep_due
from stormproof.engine.session import Session

RUN = "20261123T041500Z-7f3a"


def host(*folders: str, after: str = "destroyed 100\n") -> TableHost:
    listing = Completed(0, "".join(f"{name}\n" for name in folders), "", 0)
    return TableHost("recovery-1", answers=[("ls -A", listing), ("kill -QUIT", Completed(0, after, "", 0))])


def known(ports_: Any, mode: str = "drill") -> None:
    run = Run(RUN, "restore_postgres", mode, "recovery", "orders-db", "d", {}, {}, True, T0)
    ports_.journal.create_run(run)


def destroyed(recovery: TableHost) -> list[str]:
    return [env["RUN_ID"] for _, env in recovery.calls if env.get("ACT") == "destroy"]


def test_a_run_of_this_journal_is_removed() -> None:
    recovery = host(RUN)
    made = ports(recovery=recovery)
    known(made)
    report = sweep(made)
    assert (report.removed, report.refused, report.exit_code) == ([f"recovery-1:/w/{RUN} (100 bytes)"], [], 0)
    assert destroyed(recovery) == [RUN]


@pytest.mark.parametrize("place", [f"/w/{RUN}/pgdata (deleted)", f"/w/{RUN}/pgdata", f"/w/{RUN}"])
def test_a_run_of_which_only_a_process_is_left_is_removed_too(place: str) -> None:
    recovery = host("/", place, "/home/somebody")
    made = ports(recovery=recovery)
    known(made)
    assert sweep(made, RUN).removed == [f"recovery-1:/w/{RUN} (100 bytes)"]
    assert destroyed(recovery) == [RUN]


@pytest.mark.parametrize("place", ["/w", "/w/", "/w/backup", f"/w2/{RUN}/pgdata", f"/w/other/{RUN}", f"/{RUN}"])
def test_a_process_that_works_elsewhere_is_none_of_a_run(place: str) -> None:
    recovery = host(place)
    made = ports(recovery=recovery)
    known(made)
    report = sweep(made)
    assert (report.removed, report.refused, report.exit_code) == ([], [], 0)
    assert destroyed(recovery) == []


@pytest.mark.parametrize("name", [RUN, "backup", "lost+found", "20261123"])
def test_what_belongs_to_no_known_run_is_refused_and_left_alone(name: str) -> None:
    recovery = host(name)
    report = sweep(ports(recovery=recovery))
    assert len(report.refused) == 1
    assert report.exit_code == 5
    assert destroyed(recovery) == []


def test_an_outages_folder_is_production_and_nobodys_to_sweep() -> None:
    recovery = host(RUN)
    made = ports(recovery=recovery)
    known(made, mode="outage")
    assert "belongs to an outage" in sweep(made).refused[0]
    assert sweep(made, RUN).refused
    assert destroyed(recovery) == []


def test_a_living_runners_folder_is_left_alone() -> None:
    recovery = host(RUN)
    made = ports(recovery=recovery)
    known(made)
    with Session(made.journal, RUN, made.clock):
        report = sweep(made)
    assert (len(report.running), report.removed) == (1, [])
    assert destroyed(recovery) == []


def test_a_kept_copy_stays_until_its_deadline_unless_it_is_named() -> None:
    recovery = host(RUN)
    made = ports(recovery=recovery)
    known(made)
    with Session(made.journal, RUN, made.clock) as session:
        session.event(KEPT_EVENT, {"until": (T0 + timedelta(days=1)).isoformat()})
    assert len(sweep(made).kept) == 1
    assert destroyed(recovery) == []
    made.clock.at = T0 + timedelta(days=1)
    assert len(sweep(made).removed) == 1
    made.clock.at = T0
    assert len(sweep(made, RUN).removed) == 1


def test_a_host_that_cannot_be_looked_at_is_left_over_and_not_clean() -> None:
    recovery = TableHost("recovery-1", answers=[("ls -A", unreachable("recovery-1"))])
    report = sweep(ports(recovery=recovery))
    assert (report.exit_code, report.left) == (5, ["recovery-1: could not look (the connection was lost)"])


def test_what_stays_after_removal_is_told() -> None:
    made = ports(recovery=host(RUN, after="destroyed 5\nleft process 12 postgres\n"))
    known(made)
    report = sweep(made)
    assert (report.removed, report.left) == ([], [f"recovery-1:/w/{RUN}: process 12 postgres"])


def test_only_hosts_of_isolated_environments_are_looked_at() -> None:
    made = ports(recovery=host())
    assert sweep(made).exit_code == 0  # app-primary and the vault are no keys of the table: asking them would raise


def test_a_start_without_an_end_whose_runner_is_gone_is_closed_as_stopped() -> None:
    dead = {"host": "h", "pid": 1, "started": "0", "machine": "", "boot": "", "namespace": ""}
    from dataclasses import asdict

    from stormproof.engine.holder import this_process

    gone = {**asdict(this_process()), "pid": 2**22 + 1}
    evidence = MemoryEvidence(starts={"a": {"drill": "x", "runner": gone}, "b": {"runner": dead}, "c": {}})
    report = sweep(ports(recovery=host(), evidence=evidence, unfinished=lambda: list(evidence.starts.items())))
    assert report.closed == ["a"]
    assert (evidence.results["a"].verdict.value, evidence.results["a"].exit_code) == ("stopped", 6)


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "x/y", "20261123T041500Z", "20261123T041500Z-7f3a/.."])
def test_nothing_is_destroyed_under_a_name_that_is_no_run_id(name: str) -> None:
    recovery = host()
    with pytest.raises(Refused, match="is no run id"):
        destroy(recovery, "/w", name)  # type: ignore[arg-type]
    assert recovery.calls == []


def test_a_named_run_that_nobody_knows_is_refused_and_one_that_left_nothing_is_not() -> None:
    made = ports(recovery=host())
    with pytest.raises(UnknownRun):
        sweep(made, RUN)
    known(made)
    assert sweep(made, RUN).exit_code == 0


@pytest.mark.parametrize(("isolated", "ends"), [(True, []), (False, [RUN])])
def test_nothing_is_kept_where_isolation_was_not_proved_again(isolated: bool, ends: list[str]) -> None:
    recovery = host(RUN)
    made = ports(recovery=recovery)
    known(made)
    with Session(made.journal, RUN, made.clock) as session:
        layout = Layout("recovery-1", "/w", f"/w/{RUN}")
        after = tear_down(spec(), made, session, layout, RUN, keep=True, failed=False, isolated=isolated)
    assert destroyed(recovery) == ends
    assert len(after.cleanup.kept) == len(ends) ^ 1


@pytest.mark.parametrize(("late", "ends"), [(timedelta(0), [RUN]), (timedelta(seconds=1), [])])
def test_the_next_drill_removes_a_kept_copy_once_its_time_is_over_and_nothing_else(
    late: timedelta, ends: list[str]
) -> None:
    other = "20261123T041500Z-0001"
    recovery = host(RUN, other)
    made = ports(recovery=recovery)
    known(made)
    with Session(made.journal, RUN, made.clock) as session:
        session.event(KEPT_EVENT, {"until": (T0 + late).isoformat()})
    report = sweep_due(made)
    assert destroyed(recovery) == ends
    assert (len(report.removed), report.refused) == (len(ends), [])


def claimed_by(run: str, *folders: str) -> TableHost:
    recovery = host(*folders)
    recovery.answers.insert(0, ("WORK/.owner holds", Completed(0, f"lapsed {run} 5 process 1 on here\n", "", 0)))
    return recovery


def cleared(recovery: TableHost) -> list[str]:
    return [env["RUN_ID"] for _, env in recovery.calls if env.get("ACT") == "release"]


def test_the_claim_of_a_dead_run_is_taken_away_with_what_it_left() -> None:
    recovery = claimed_by(RUN, RUN)
    made = ports(recovery=recovery)
    known(made)
    report = sweep(made)
    assert (cleared(recovery), report.removed[-1]) == ([RUN], f"recovery-1:/w: the claim of run {RUN}")


def test_the_claim_of_a_living_run_and_of_another_projects_run_stays() -> None:
    recovery = claimed_by(RUN)
    made = ports(recovery=recovery)
    assert (sweep(made).removed, cleared(recovery)) == ([], [])
    known(made)
    with Session(made.journal, RUN, made.clock):
        assert (sweep(made).removed, cleared(recovery)) == ([], [])


def test_a_claim_that_arrives_behind_the_sweep_that_closed_its_run_goes_with_the_next() -> None:
    recovery = claimed_by(RUN)
    made = ports(recovery=recovery)
    made.evidence.results[RUN] = measured()
    assert (sweep(made).removed, cleared(recovery)) == ([f"recovery-1:/w: the claim of run {RUN}"], [RUN])


@pytest.mark.parametrize("name", [".owner", "../x", "latest"])
def test_a_name_that_no_run_can_have_is_an_unknown_run(name: str) -> None:
    with pytest.raises(UnknownRun):
        sweep(ports(recovery=host(RUN)), name)
