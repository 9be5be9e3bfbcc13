"""Config of screening: what a point may keep to itself between two readings that are sent.

Without it everything is sent, which is what GxP records ask for.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from telemetry.strict import Strict

ScreeningMode = Literal["raw", "deadband", "swinging-door"]
"""Everything; what differs from the last reading sent; what a straight line would not tell."""

COLD_CHAIN_SILENCE_S = 60.0
"""A cold-chain point is told at least this often, so that silence is never taken for calm."""
_WANTS = {"raw": (), "deadband": ("absolute", "percent", "range"), "swinging-door": ("deviation",)}


def _ascending(limits: tuple[float, ...]) -> tuple[float, ...]:
    if any(low >= high for low, high in pairwise(limits)):
        raise ValueError("limits ascend: [2.0, 8.0]")
    return limits


Limits = Annotated[tuple[float, ...], AfterValidator(_ascending)]
"""Values whose crossing is always told, ascending."""


class Screening(Strict):
    """How a point, or each point of a group, is screened."""

    mode: ScreeningMode = "raw"
    absolute: float | None = Field(default=None, ge=0)  # in the point's unit
    percent: float | None = Field(default=None, ge=0, le=100)  # of `range`
    span: tuple[float, float] | None = Field(default=None, alias="range")
    deviation: float | None = Field(default=None, gt=0)  # in the point's unit
    max_interval_s: float = Field(default=60.0, gt=0, le=86_400)  # told at least this often, changed or not

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        given = {"absolute": self.absolute, "percent": self.percent, "range": self.span, "deviation": self.deviation}
        foreign = [key for key, value in given.items() if value is not None and key not in _WANTS[self.mode]]
        if foreign:
            raise ValueError(f"mode `{self.mode}` has no `{foreign[0]}`")
        if self.mode == "swinging-door" and self.deviation is None:
            raise ValueError("mode `swinging-door` needs `deviation`")
        if self.mode == "deadband" and (self.absolute is None) == (self.percent is None):
            raise ValueError("mode `deadband` needs either `absolute`, or `percent` with `range`")
        if (self.percent is None) != (self.span is None):
            raise ValueError("`percent` and `range` go together")
        if self.span is not None and self.span[0] >= self.span[1]:
            raise ValueError("`range` goes from the lowest to the highest value: [0, 50]")
        return self

    @property
    def band(self) -> float:
        """How far a value may be from the last one sent (deadband), or from the line (swinging door)."""
        if self.percent is not None and self.span is not None:
            return self.percent / 100 * (self.span[1] - self.span[0])
        return self.absolute or self.deviation or 0.0


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for one point: its own words, or its group's."""

    screening: Screening
    limits: tuple[float, ...] = ()


RAW = Rule(Screening())
