"""Ordinary least squares with its intervals, for a handful of points and one or two predictors. Standard library only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

CONFIDENCE = 0.95  # of every interval that is made here
_STEPS = 400


@dataclass(frozen=True)
class Fit:
    """y = coefficients · (1, x₁, x₂ …) and how sure that is.

    Attributes:
        residual_sd: standard deviation of the residuals, in units of y, with `degrees` degrees of freedom.
        inverse: (XᵀX)⁻¹.
    """

    coefficients: tuple[float, ...]
    inverse: tuple[tuple[float, ...], ...]
    residual_sd: float
    degrees: int

    def at(self, *x: float) -> float:
        return sum(c * value for c, value in zip(self.coefficients, (1.0, *x), strict=True))

    def interval(self, index: int) -> tuple[float, float]:
        """The confidence interval of one coefficient (0: the constant)."""
        half = student_t(self.degrees) * self.residual_sd * math.sqrt(max(0.0, self.inverse[index][index]))
        return self.coefficients[index] - half, self.coefficients[index] + half

    def sure(self, index: int) -> bool:
        """Whether the interval of a coefficient leaves zero out."""
        low, high = self.interval(index)
        return low > 0 or high < 0

    def prediction_half_width(self, *x: float) -> float:
        """Half the interval in which one further observation at x will lie, not the mean of many."""
        return student_t(self.degrees) * self.residual_sd * math.sqrt(1.0 + self.leverage(*x))

    def leverage(self, *x: float) -> float:
        row = (1.0, *x)
        return sum(a * b * self.inverse[i][j] for i, a in enumerate(row) for j, b in enumerate(row))


def fit(y: Sequence[float], *predictors: Sequence[float]) -> Fit | None:
    """The straight line, plane … of least squares; None where the points do not determine it.

    That is: no degree of freedom is left, or the predictors hardly vary or vary together. Predictors should be of the
    same order of magnitude (gigabytes and days, not bytes and seconds).
    """
    count, width = len(y), len(predictors) + 1
    assert all(len(values) == count for values in predictors), "predictors of another length"
    if count - width < 1:
        return None
    rows = [(1.0, *(values[i] for values in predictors)) for i in range(count)]
    normal = [[math.fsum(row[i] * row[j] for row in rows) for j in range(width)] for i in range(width)]
    inverse = _inverted(normal)
    if inverse is None:
        return None
    moments = [math.fsum(row[i] * value for row, value in zip(rows, y, strict=True)) for i in range(width)]
    found = tuple(math.fsum(inverse[i][j] * moments[j] for j in range(width)) for i in range(width))
    squares = math.fsum(
        (value - math.fsum(c * x for c, x in zip(found, row, strict=True))) ** 2
        for row, value in zip(rows, y, strict=True)
    )
    degrees = count - width
    return Fit(found, tuple(map(tuple, inverse)), math.sqrt(squares / degrees), degrees)


@lru_cache(maxsize=256)
def student_t(degrees: int, confidence: float = CONFIDENCE) -> float:
    """The two-sided quantile of Student's t: |t| stays below it with `confidence`.

    By bisection over the integral of the density (Simpson's rule, error below 1e-6 in t for 1 degree and more).
    """
    assert degrees >= 1, degrees
    wanted = confidence / 2
    low, high = 0.0, 2.0
    while _half_area(high, degrees) < wanted:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _half_area(middle, degrees) < wanted else (low, middle)
    return (low + high) / 2


def _half_area(t: float, degrees: int) -> float:
    """P(0 < T < t). With t = √degrees · tan θ the density is cosⁿ⁻¹ θ on a finite stretch, smooth all over."""
    scale = math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)) / math.sqrt(math.pi)
    end = math.atan(t / math.sqrt(degrees))
    step = end / _STEPS
    inner = math.fsum(math.cos(i * step) ** (degrees - 1) * (4 if i % 2 else 2) for i in range(1, _STEPS))
    return scale * step / 3 * (1.0 + math.cos(end) ** (degrees - 1) + inner)


def _inverted(matrix: Sequence[Sequence[float]]) -> list[list[float]] | None:
    """Gauss-Jordan with pivots; None where a pivot is lost in rounding."""
    size = len(matrix)
    work = [[*map(float, row), *(1.0 if i == j else 0.0 for j in range(size))] for i, row in enumerate(matrix)]
    scales = [max(abs(value) for value in row) or 1.0 for row in matrix]
    for column in range(size):
        pivot = max(range(column, size), key=lambda i: abs(work[i][column]) / scales[i])
        if abs(work[pivot][column]) <= 1e-10 * scales[pivot]:
            return None
        work[column], work[pivot] = work[pivot], work[column]
        scales[column], scales[pivot] = scales[pivot], scales[column]
        head = work[column][column]
        work[column] = [value / head for value in work[column]]
        for i in range(size):
            if i != column:
                factor = work[i][column]
                work[i] = [a - factor * b for a, b in zip(work[i], work[column], strict=True)]
    return [row[size:] for row in work]
