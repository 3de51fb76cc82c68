"""`drill compare NAME --apply`: both ways are really run, and the prediction stands beside what came."""

from __future__ import annotations

import json

import pytest
from drill_support import Project

from stormproof.cli.drill_compare import SEGMENTS_BEHIND

pytestmark = pytest.mark.component

BRIEF = """drill: brief
title: The database alone, with one check
owner: platform@example.com
runbook: restore_postgres
environment: recovery
scenario: {kind: loss, service: orders-db, at: now, inject: true}
targets: {rto: 30m, rpo: 5m}
checks:
  - volume: {table: orders, rows: {min: 1}}
"""


@pytest.fixture(scope="module")
def compared(project: Project) -> dict[str, object]:
    (project.folder / "drills" / "brief.yaml").write_text(BRIEF)
    try:
        return project.json(
            "drill",
            "compare",
            "brief",
            "--from",
            "ssh",
            "--apply",
            "defaults",
            "--apply",
            "tls",
            "--rounds",
            "1",
            timeout=900,
        )
    finally:
        (project.folder / "drills" / "brief.yaml").unlink()


def parts_of(project: Project, run: str) -> dict[str, object]:
    done = project.run("report", run, "--format", "json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout)["parts"])


def test_each_way_was_run_and_measured(compared: dict[str, object]):
    assert (compared["schema"], compared["exit_code"]) == ("stormproof.drill-remedy/v1", 0)
    for side in ("before", "after"):
        assert len(list(compared[f"{side}_runs"])) == 1  # type: ignore[call-overload]
        assert float(compared[f"{side}_median_s"]) > 0  # type: ignore[arg-type]
    low, high = float(compared["predicted_low_s"]), float(compared["predicted_high_s"])  # type: ignore[arg-type]
    assert low <= high
    # A figure where the bounds agree on its sign, else the reason why there is none.
    assert (compared["predicted_gain_s"] is None) == (low <= 0 <= high and low != high)
    assert (compared["predicted_gain_s"] is None) == bool(compared["predicted_why"])


def test_one_round_is_not_judged(compared: dict[str, object]):
    assert (compared["noise_s"], compared["beyond_noise"], compared["agrees"]) == (None, None, None)
    assert (compared["measured_low_s"], compared["measured_high_s"]) == (None, None)


def test_the_switches_were_real(compared: dict[str, object], project: Project):
    before = parts_of(project, str(compared["before_runs"][0]))  # type: ignore[index]
    after = parts_of(project, str(compared["after_runs"][0]))  # type: ignore[index]
    assert (before["transport"], before["wal_way"]) == ("ssh", "prefetch")
    assert (after["transport"], after["wal_way"], after["processes"]) == ("tls", "on-demand", 1)
    for parts in (before, after):
        assert 0 < float(parts["base_busy_share"]) <= 1  # type: ignore[arg-type]
        assert float(parts["head_start_s"]) > 0  # type: ignore[arg-type]
    assert set(dict(before["one_get_s"])) == {"ssh", "tls"}  # type: ignore[call-overload]
    # As the tools do, the server asked for what there is not, and was refused it.
    assert int(after["wal_extra"]) >= 1  # type: ignore[call-overload]


def test_each_run_had_a_backup_of_its_own_and_the_same_wal_behind_it(compared: dict[str, object], project: Project):
    before = parts_of(project, str(compared["before_runs"][0]))  # type: ignore[index]
    after = parts_of(project, str(compared["after_runs"][0]))  # type: ignore[index]
    points = {
        str(json.loads(project.run("report", str(run), "--format", "json").stdout)["recovery_points"][0]["label"])
        for run in (compared["before_runs"][0], compared["after_runs"][0])  # type: ignore[index]
    }
    assert len(points) == 2
    for parts in (before, after):  # and what the disaster and the clock add: the open segment, a switch of the timeout
        assert SEGMENTS_BEHIND <= int(parts["wal_files"]) <= SEGMENTS_BEHIND + 3  # type: ignore[call-overload]


def test_such_runs_stand_in_no_history(compared: dict[str, object], project: Project):
    entries = [entry["run"] for one in project.json("drill", "history")["drills"] for entry in one["entries"]]
    assert not set(entries) & {*compared["before_runs"], *compared["after_runs"]}  # type: ignore[misc]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("shop-latest", "--apply", "tsl"), "SP813"),
        (("shop-latest",), "SP814"),
        (("uploads-latest", "--apply", "tls"), "SP814"),
        (("shop-latest", "--apply", "tls", "--rounds", "0"), "SP814"),
    ],
)
def test_what_cannot_be_compared_is_refused_before_anything_moves(project: Project, words: tuple[str, ...], said: str):
    done = project.run("drill", "compare", *words)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_run_with_what_is_no_switch_is_refused_before_anything_moves(project: Project):
    for remedy, code in (("fresher-backup", "SP815"), ("tsl", "SP813")):
        done = project.run("drill", "run", "orders-db-latest", "--apply", remedy)
        assert (done.returncode, code in done.stderr) == (2, True)
