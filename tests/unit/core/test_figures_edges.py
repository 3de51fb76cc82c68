"""A figure is a number that somebody measured, and stays the one that was measured."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from stormproof.core.figures import Figure


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_no_figure(value: float) -> None:
    with pytest.raises(ValidationError, match="finite"):
        Figure(value=value)


def test_a_figure_cannot_be_bettered_afterwards() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Figure(value=10.0).value = 1.0  # type: ignore[misc]


def test_a_figure_without_any_uncertainty_is_held_against_its_target_as_it_is() -> None:
    assert Figure(value=9.5).met(10.0) is True
    assert Figure(value=9.5, uncertainty_s=0.0).met(9.5) is True
