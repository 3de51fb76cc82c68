"""A forecast recovers growth that is known, and is silent where there is too little to say it."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from stormproof.cli.drill_history import _plain
from stormproof.cli.output import Output
from stormproof.core.drill_result import DrillResult, Figures, Scenario, Targets
from stormproof.core.figures import Figure
from stormproof.core.forecast import RUNS_MIN, SPAN_MIN, forecast
from stormproof.core.history import history
from stormproof.core.recovery_parts import PostgresParts
from stormproof.core.verdict import Verdict
from stormproof.report.forecast_text import forecast_text
from stormproof.report.history_text import history_lines

START = datetime(2026, 1, 1, 4, tzinfo=UTC)
NONE = Figure.unmeasured("not here")
GB = 10**9


def run(
    day: float, rto: float, base_gb: float, wal_gb: float = 0.1, target: float = 300.0, **fields: Any
) -> DrillResult:
    at = START + timedelta(days=day)
    parts = PostgresParts(
        transport="ssh", wal_way="prefetch", connections=2, processes=2, cores=2, base_bytes=int(base_gb * GB),
        wal_bytes=int(wal_gb * GB),
    )  # fmt: skip
    figures = Figures(
        rto_service_s=Figure(value=rto, uncertainty_s=0.01), rto_job_s=NONE, rpo_point_s=NONE, rpo_data_s=NONE,
        rpo_consistent_s=NONE, acknowledged_writes_lost=NONE,
    )  # fmt: skip
    document: dict[str, Any] = {
        "drill": "shop-latest", "run": f"{at:%Y%m%dT%H%M%SZ}-0000", "verdict": Verdict.MET, "exit_code": 0, "started": at,
        "scenario": Scenario(kind="loss"), "isolation_level": "root-namespaces", "targets": Targets(rto_s=target),
        "figures": figures, "parts": parts, "environment": "recovery", "versions": {"pgbackrest": "2.45"},
    }  # fmt: skip
    return DrillResult(**(document | fields))


def growing(
    count: int = 30, *, per_gb: float = 10.0, per_day: float = 0.5, scatter: float = 1.0, seed: int = 7, **fields: Any
) -> list[DrillResult]:
    draw = random.Random(seed)
    runs = []
    for day in range(count):
        base, wal = 10 + per_day * day, draw.uniform(0.05, 0.5)
        runs.append(run(day, 20 + per_gb * base + 8 * wal + draw.gauss(0, scatter), base, wal, **fields))
    return runs


def test_known_growth_is_recovered():
    found = forecast(growing())
    assert found.silent is None
    assert found.seconds_per_gb == pytest.approx(10.0, rel=0.05)
    assert found.seconds_per_wal_gb == pytest.approx(8.0, rel=0.6)
    assert found.bytes_per_day == pytest.approx(0.5 * GB, rel=0.01)
    assert found.rto_s == pytest.approx(20 + 10 * 24.5 + 2.2, abs=3)


def test_the_date_is_the_day_on_which_the_known_line_crosses_the_target():
    # 20 + 10 * (10 + 0.5 d) + 2.2 = 350 at d = 45.6; the history ends at d = 29.
    found = forecast(growing(target=350.0))
    assert found.breaks_on is not None
    assert abs((found.breaks_on - date(2026, 2, 15)).days) <= 2
    assert found.breaks_from is not None
    assert found.breaks_from <= found.breaks_on
    assert found.breaks_until is not None
    assert found.breaks_until >= found.breaks_on


def test_the_interval_holds_about_as_many_further_runs_as_it_says():
    inside = 0
    for seed in range(60):
        runs = growing(31, seed=seed, scatter=5.0)
        found = forecast(runs[:30])
        assert found.low_s is not None
        assert found.high_s is not None
        # The next run at the newest size, with its own scatter.
        value = (runs[30].figures.rto_service_s.value or 0.0) - 10 * 0.5
        inside += found.low_s <= value <= found.high_s
    assert inside >= 52


def test_scatter_makes_the_interval_wide():
    calm, wild = forecast(growing(scatter=1.0)), forecast(growing(scatter=20.0))
    assert calm.high_s is not None
    assert calm.low_s is not None
    assert wild.high_s is not None
    assert wild.low_s is not None
    assert wild.high_s - wild.low_s > 8 * (calm.high_s - calm.low_s)


def test_three_runs_say_nothing():
    found = forecast(growing(3))
    assert found.silent is not None
    assert str(RUNS_MIN) in found.silent
    assert (found.rto_s, found.breaks_on) == (None, None)
    assert "none" in forecast_text(found)


def test_many_runs_of_one_day_say_nothing():
    found = forecast([run(day=i / 100, rto=50 + i, base_gb=10 + i) for i in range(30)])
    assert found.silent is not None
    assert str(SPAN_MIN.days) in found.silent


@pytest.mark.parametrize("seed", range(20))
def test_noise_never_gets_a_date(seed: int):
    """Sizes that wander and times that have nothing to do with them."""
    draw = random.Random(seed)
    runs = [run(day, draw.gauss(200, 30), draw.uniform(9, 11)) for day in range(20)]
    found = forecast(runs)
    growth_seen = found.bytes_per_day is not None and found.seconds_per_gb is not None
    assert found.breaks_on is None or growth_seen
    if seed in range(10):
        assert found.breaks_on is None


def test_no_date_comes_from_a_slope_whose_interval_includes_zero():
    draw = random.Random(3)
    flat = [run(day, 100 + draw.gauss(0, 20), 10 + 0.5 * day) for day in range(12)]  # grows, and the RTO does not care
    found = forecast(flat)
    assert found.bytes_per_day is not None
    assert found.seconds_per_gb is None
    assert found.breaks_on is None
    assert found.breaks_why is not None
    assert "zero" in found.breaks_why


def test_what_does_not_grow_gets_no_date_and_still_a_figure():
    draw = random.Random(5)
    found = forecast([run(day, 100 + draw.gauss(0, 1), 10.0) for day in range(20)])
    assert found.rto_s == pytest.approx(100, abs=1)
    assert found.breaks_on is None
    assert found.breaks_why


def test_a_date_far_beyond_the_history_is_not_given():
    found = forecast(growing(target=5000.0))
    assert found.breaks_on is None
    assert found.breaks_why is not None
    assert "looked ahead" in found.breaks_why


@pytest.mark.parametrize(
    "other",
    [
        {"versions": {"pgbackrest": "2.50"}},
        {"isolation_level": "user-namespaces"},
        {"environment": "elsewhere"},
        {"verdict": Verdict.FAILED},
        {"scenario": Scenario(kind="dropped-table")},
        {"choices": {"procedure": "defaults"}},
        {"counts_for_coverage": False},
    ],
    ids=lambda other: next(iter(other)),
)
def test_runs_that_measured_something_else_are_left_out(other: dict[str, Any]):
    strangers = [one.model_copy(update=other) for one in growing(per_gb=90.0, seed=9)]
    alone, mixed = forecast(growing()), forecast([*strangers, *growing()])
    assert mixed.seconds_per_gb == alone.seconds_per_gb
    assert mixed.left_out == len(strangers)


def test_the_words_name_the_figure_the_interval_and_the_date():
    text = forecast_text(forecast(growing(target=350.0)))
    assert "95 %" in text
    assert "2026-02-1" in text
    assert "per GB restored" in text


def test_the_history_tells_it_as_text_and_as_json(capsys: pytest.CaptureFixture[str]):
    histories = history(growing(target=350.0))
    assert any("Forecast from 30 runs" in line for line in history_lines(histories))
    Output(json_wanted=True).document({"drills": [_plain(one) for one in histories]})
    assert json.loads(capsys.readouterr().out)["drills"][0]["forecast"]["breaks_on"].startswith("2026-02-1")


def test_a_target_that_is_broken_already_breaks_today():
    found = forecast(growing(target=100.0))
    assert found.breaks_on == date(2026, 1, 30)
