"""Whatever results the evidence holds: history, comparison, trend and forecast answer, and a missed run never reads as met."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutating import broken_documents, outcome
from pydantic import ValidationError

from stormproof.core.drill_result import DrillResult
from stormproof.core.figures import Figure
from stormproof.core.forecast import forecast
from stormproof.core.history import changes, compare, history, rto_trend, sparkline, trend

DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parents[1] / "unit" / "core" / "evidence_v1_result.json").read_text())  # fmt: skip
NUMBERS = st.one_of(st.none(), st.floats(-1e15, 1e15))  # a figure is a finite number


def read(document: Any) -> DrillResult | None:
    found = outcome(lambda: DrillResult.model_validate(document), ValidationError)
    return found if isinstance(found, DrillResult) else None


@given(st.lists(broken_documents(DOCUMENT, most=4), min_size=1, max_size=5))
def test_any_results_that_can_be_read_have_a_history(documents: list[Any]) -> None:
    results = [result for document in documents if (result := read(document)) is not None]
    for series in history(results):
        rto_trend(series.entries)
        verdicts = {result.run: result.verdict for result in results if result.drill == series.drill}
        assert {entry.verdict for entry in series.entries} <= set(verdicts.values())
    for older, newer in itertools.pairwise(results):
        changes(older, newer)
        compare(older, newer)
    if results:
        forecast(results)


@given(st.lists(NUMBERS, max_size=40))
def test_any_series_of_numbers_is_drawn(values: list[float | None]) -> None:
    assert len(sparkline(values)) <= max(len(values), 40)
    trend(values)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_what_is_no_number_is_no_figure(value: str) -> None:
    assert isinstance(outcome(lambda: Figure(value=float(value)), ValidationError), ValidationError)
