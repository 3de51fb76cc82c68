"""Measured figures: value, uncertainty, source. A figure that could not be measured says why and is never 0."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Figure(BaseModel):
    """One measured number (unit in the name of the field that holds it)."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, allow_inf_nan=False)

    value: float | None
    uncertainty_s: float | None = None
    source: str = ""
    why: str | None = None
    at_least: float | None = None  # the truth lies between this and `value`, and nobody can tell where; `why` says so

    @classmethod
    def unmeasured(cls, why: str) -> Figure:
        return cls(value=None, why=why)

    def met(self, target: float) -> bool | None:
        """Value plus uncertainty within the target; None when that cannot be told."""
        if self.value is None:
            return None
        if self.value + (self.uncertainty_s or 0.0) <= target:
            return True
        return None if self.at_least is not None and self.at_least <= target else False
