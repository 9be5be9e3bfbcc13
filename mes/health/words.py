"""The words of a plant folder for machine health: which machines are watched, by which detector, with which signals.

The same words, as JSON, are what the database keeps; a model keeps those that it was learned with.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, model_validator

from mes.policies.words import Written
from models.health.cold_room_causes import SIGNALS_A, SIGNALS_C
from telemetry.strict import LevelText, Strict

Place = Annotated[str, Field(min_length=1, max_length=200)]
"""A measure of the machine itself, or area/equipment/measure of another."""


class BoundWords(Strict):
    """What the machine is held against as long as nothing is learned of it, and beside the model."""

    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _one_at_least(self) -> BoundWords:
        if self.low is None and self.high is None:
            raise ValueError("says `low` or `high`")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError("`low` must be below `high`")
        return self


class RunsWords(Strict):
    """The machine is looked at only while this holds: standing still is no fault."""

    signal: Place
    above: float | None = None
    equals: float | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> RunsWords:
        if (self.above is None) == (self.equals is None):
            raise ValueError("says either `above` or `equals`")
        return self


class ExcludedWords(Strict):
    """A time from which nothing is learned: a trial, a repair, a strike of lightning."""

    start: AwareDatetime
    end: AwareDatetime
    reason: Written

    @model_validator(mode="after")
    def _in_order(self) -> ExcludedWords:
        if self.start >= self.end:
            raise ValueError("`start` must be before `end`")
        return self


class HealthWords(Strict):
    """One machine that is watched."""

    equipment: str  # area/equipment
    detector: Literal["multivariate", "cold_room"] = "multivariate"
    signals: Annotated[dict[LevelText, Place], Field(min_length=1, max_length=40)]
    runs: tuple[RunsWords, ...] = ()
    settle_min: Annotated[float, Field(ge=0, le=1440)] = 10  # after it began to run, until it is looked at
    tick_s: Annotated[float, Field(ge=1, le=3600)] = 60
    commissioning_days: Annotated[float, Field(gt=0, le=366)] = 7
    excluded: tuple[ExcludedWords, ...] = ()
    limits: dict[LevelText, BoundWords] = Field(default_factory=dict)
    limit_min: Annotated[float, Field(ge=0, le=10_080)] = 60  # beyond a limit for so long
    product_tau_min: Annotated[float, Field(gt=0, le=10_080)] | None = None  # of a cold room's product

    @model_validator(mode="after")
    def _signals_fit(self) -> HealthWords:
        if self.detector == "cold_room" and set(self.signals) not in ({*SIGNALS_A}, {*SIGNALS_C}):
            raise ValueError("`signals` of a cold_room are `air` alone, or all of air, power, door, coil, ambient")
        if unknown := sorted(set(self.limits) - set(self.signals)):
            raise ValueError(f"`limits` names `{unknown[0]}`, which is not in `signals`")
        return self

    def measures(self) -> tuple[str, ...]:
        """Each point that is read, as area/equipment/measure: signals first, in the detector's order."""
        told = [self.signals[name] for name in self.order()] + [each.signal for each in self.runs]
        return tuple(each if "/" in each else f"{self.equipment}/{each}" for each in told)

    def order(self) -> tuple[str, ...]:
        """Names of the signals as the detector takes them."""
        if self.detector == "cold_room":
            return SIGNALS_C if len(self.signals) > 1 else SIGNALS_A
        return tuple(self.signals)
