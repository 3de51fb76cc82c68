"""Least squares recovers lines that are known, and its intervals are those of the textbooks."""

from __future__ import annotations

import random

import pytest

from stormproof.core.least_squares import fit, student_t


@pytest.mark.parametrize(
    ("degrees", "expected"), [(1, 12.7062), (2, 4.30265), (5, 2.57058), (10, 2.22814), (30, 2.04227), (200, 1.97190)]
)
def test_students_quantile_is_that_of_the_tables(degrees: int, expected: float):
    assert student_t(degrees) == pytest.approx(expected, abs=5e-5)


def test_an_exact_line_is_found_exactly():
    found = fit([3.0, 5.0, 7.0, 9.0], [0.0, 1.0, 2.0, 3.0])
    assert found is not None
    assert found.coefficients == pytest.approx((3.0, 2.0))
    assert found.interval(1) == pytest.approx((2.0, 2.0))


def test_two_predictors_are_told_apart():
    a = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    b = [2.0, 1.0, 4.0, 3.0, 7.0, 5.0]
    found = fit([1 + 2 * x + 3 * y for x, y in zip(a, b, strict=True)], a, b)
    assert found is not None
    assert found.coefficients == pytest.approx((1.0, 2.0, 3.0))


@pytest.mark.parametrize(
    ("y", "predictors"),
    [
        ([1.0, 2.0], ([0.0, 1.0],)),  # no degree of freedom is left
        ([1.0, 2.0, 3.0, 4.0], ([5.0, 5.0, 5.0, 5.0],)),  # the predictor does not vary
        ([1.0, 2.0, 3.0, 4.0, 5.0], ([1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 4.0, 6.0, 8.0, 10.0])),  # one is the other
    ],
)
def test_what_the_points_do_not_determine_is_not_answered(y: list[float], predictors: tuple[list[float], ...]):
    assert fit(y, *predictors) is None


def test_the_interval_of_the_slope_is_the_textbooks():
    # Anscombe's first set: slope 0.5001, standard error 0.1179 with 9 degrees of freedom.
    x = [10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0]
    y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]
    found = fit(y, x)
    assert found is not None
    assert found.coefficients == pytest.approx((3.0001, 0.5001), abs=1e-4)
    low, high = found.interval(1)
    assert (high - low) / 2 == pytest.approx(0.1179 * student_t(9), abs=1e-3)
    assert found.sure(1)


def test_about_one_line_of_noise_in_twenty_looks_like_a_slope():
    draw = random.Random(1)
    sure = 0
    for _ in range(400):
        found = fit([draw.gauss(10, 1) for _ in range(12)], [float(i) for i in range(12)])
        assert found is not None
        sure += found.sure(1)
    assert 5 <= sure <= 40
