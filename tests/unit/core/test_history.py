"""Drills over time: per scenario, what changed, and two runs side by side."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
import samples

from stormproof.core.figures import Figure
from stormproof.core.history import changes, compare, history, rto_trend, sparkline, trend


def test_each_kind_of_scenario_has_a_series_of_its_own():
    loss = samples.met()
    table = loss.model_copy(update={"scenario": loss.scenario.model_copy(update={"kind": "dropped-table"})})
    assert [(h.drill, h.scenario, len(h.entries)) for h in history([loss, table])] == [
        ("shop-latest", "dropped-table", 1),
        ("shop-latest", "loss", 1),
    ]


def test_runs_stand_in_the_order_in_which_they_ran():
    runs = samples.past(4)
    assert [e.run for e in history(reversed(runs))[0].entries] == [run.run for run in runs]


def test_only_the_drill_that_was_asked_for():
    other = samples.met().model_copy(update={"drill": "uploads-latest"})
    assert [h.drill for h in history([samples.met(), other], drill="uploads-latest")] == ["uploads-latest"]


def test_nothing_changed_within_the_noise():
    assert changes(samples.met(rto_s=11.2), samples.met(rto_s=11.4)) == []


def test_a_figure_beyond_the_noise_is_a_change():
    [row] = changes(samples.met(rto_s=11.2), samples.met(rto_s=14.0))
    assert (row.group, row.name, row.before, row.after) == ("figure", "RTO service", 11.2, 14.0)
    assert row.delta == pytest.approx(2.8)


def test_versions_checks_verdict_and_size_are_changes():
    older, newer = samples.met(), samples.failed()
    newer = newer.model_copy(
        update={
            "versions": {**newer.versions, "postgresql": "15.15", "amcheck": "1.3"},
            "cleanup": newer.cleanup.model_copy(update={"destroyed_bytes": 700_000_000}),
        }
    )
    rows = {(row.group, row.name): (row.before, row.after) for row in changes(older, newer)}
    assert rows["verdict", "verdict"] == ("met", "failed")
    assert rows["check", "reached"] == ("passed", "failed")
    assert rows["version", "postgresql"] == ("15.14", "15.15")
    assert rows["version", "amcheck"] == (None, "1.3")
    assert rows["size", "restored bytes"] == (334_217_728, 700_000_000)
    assert rows["figure", "RPO consistent"] == (41.8, None)


def test_two_runs_are_aligned_by_step_also_when_only_one_has_it():
    a, b = samples.met(), samples.met("20260201T041500Z-0001")
    b = b.model_copy(update={"steps": [s for s in b.steps if s.step != "files.restore"]})
    steps = [(row.name, row.before, row.after) for row in compare(a, b).rows if row.group == "step"]
    assert ("files.restore", 2.9, None) in steps
    assert [name for name, _, _ in steps] == [s.step for s in a.steps]


def test_runs_of_different_scenarios_are_not_comparable():
    a = samples.met()
    b = a.model_copy(update={"scenario": a.scenario.model_copy(update={"kind": "point-in-time"})})
    assert compare(a, samples.missed()).comparable
    assert not compare(a, b).comparable


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([], ""),
        ([None], "·"),
        ([3.0], "▄"),
        ([5.0, 5.0], "▄▄"),
        ([0.0, 7.0], "▁█"),
        ([0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█"),
        ([1.0, None, 2.0], "▁·█"),
    ],
)
def test_a_sparkline_has_one_character_per_run(values, line):
    assert sparkline(values) == line


def test_two_values_are_no_trend():
    assert trend([1.0, 2.0, None]) is None


def test_a_straight_line_is_its_own_trend():
    line = trend([1.0, 2.0, None, 4.0])
    assert line is not None
    assert (line.first_index, line.last_index) == (0, 3)
    assert (line.first, line.last, line.per_run) == pytest.approx((1.0, 4.0, 1.0))


def test_one_bad_day_does_not_turn_the_trend():
    line = trend([10.0, 10.0, 10.0, 342.0, 10.0, 10.0])
    assert line is not None
    assert line.per_run == pytest.approx(0.0)


def test_how_long_a_failure_took_is_no_part_of_the_trend():
    results = [samples.met(f"2026010{i}T000000Z-000{i}") for i in range(3)]
    slow = samples.failed().model_copy(update={"figures": samples.figures(rto_service_s=Figure(value=999.0))})
    line = rto_trend(history([*results, slow])[0].entries)
    assert line is not None
    assert line.per_run == pytest.approx(0.0)
