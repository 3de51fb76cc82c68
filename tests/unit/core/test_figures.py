"""A figure against its target: value plus uncertainty, the border included."""

from __future__ import annotations

import pytest

from stormproof.core.figures import Figure


@pytest.mark.parametrize(
    ("value", "uncertainty", "target", "met"),
    [(10.0, None, 10.0, True), (10.0, 0.5, 10.5, True), (10.0, 0.5, 10.4, False), (10.1, None, 10.0, False)],
)
def test_a_target_that_is_just_reached_is_met(
    value: float, uncertainty: float | None, target: float, met: bool
) -> None:
    assert Figure(value=value, uncertainty_s=uncertainty).met(target) is met


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    assert Figure.unmeasured("nobody looked").met(1e9) is None


@pytest.mark.parametrize(("target", "met"), [(50.0, True), (49.9, None), (10.0, None), (9.9, False)])
def test_between_its_least_and_its_most_nobody_can_tell(target: float, met: bool | None) -> None:
    assert Figure(value=50.0, at_least=10.0).met(target) is met
