"""The words of a plant folder for maintenance: plans, spare parts, and how a machine is looked after.

The same words, as JSON, are what the database keeps of them.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from mes.policies.words import Name, Written
from telemetry.strict import LevelText, Strict

Amount = Annotated[Decimal, Field(gt=0, lt=1_000_000_000)]
Days = Annotated[int, Field(ge=0, le=366)]


class CalendarWords(Strict):
    """Every so many days or months from a first day on."""

    first: date
    days: int | None = Field(None, ge=1, le=3660)
    months: int | None = Field(None, ge=1, le=120)
    counted_from: Literal["schedule", "completion"] = "schedule"

    @model_validator(mode="after")
    def _one_of_both(self) -> CalendarWords:
        if (self.days is None) == (self.months is None):
            raise ValueError("says either `days` or `months`")
        return self


class RunningWords(Strict):
    """Every so many hours of running; it runs while a point of it is above a value."""

    hours: Amount
    measure: LevelText
    above: float


class CountWords(Strict):
    """Every so many counts of a counter of it (cycles, pieces, or hours that it counts itself)."""

    counts: Amount
    measure: LevelText
    wraps_at: Amount | None = None  # the counter begins at 0 again when it reaches this; unless said, 0 is a reset


class PlanPartWords(Strict):
    number: Written
    quantity: Amount = Decimal(1)


class PlanWords(Strict):
    code: LevelText
    equipment: str  # area/equipment
    name: Name
    calendar: CalendarWords | None = None
    running: RunningWords | None = None
    count: CountWords | None = None
    priority: Literal["low", "medium", "high", "critical"] = "medium"
    lead_days: Days = 0  # by calendar: the order is opened so many days before its day
    soon_days: Days = 7  # by calendar: due soon
    soon_pct: Annotated[Decimal, Field(ge=0, le=100)] = Decimal(10)  # by use: due soon when so little is left
    late_pct: Annotated[Decimal, Field(ge=0, le=100)] = Decimal(10)  # by use: overdue when so much was run beyond it
    days_to_do: Days = 7  # by use: days to do it in, once it is due
    minutes: Annotated[int, Field(ge=0, le=10_080)] = 0  # work that is expected
    sign_done: bool = False  # who does the work signs it too, not only who verifies
    steps: tuple[Name, ...] = ()
    parts: tuple[PlanPartWords, ...] = ()

    @model_validator(mode="after")
    def _one_rule(self) -> PlanWords:
        if sum(rule is not None for rule in (self.calendar, self.running, self.count)) != 1:
            raise ValueError("says one of `calendar`, `running`, `count`")
        return self

    @property
    def measure(self) -> str | None:
        """The measure of its machine that tells its use; None: it goes by the calendar."""
        told = self.running or self.count
        return told.measure if told else None

    @property
    def every(self) -> Decimal | None:
        """Hours or counts of a cycle; None: it goes by the calendar."""
        return self.running.hours if self.running else self.count.counts if self.count else None


class PartWords(Strict):
    number: Written
    name: Name
    unit: Literal["pcs", "m", "l", "kg", "set"] = "pcs"
    place: str = ""
    min_stock: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    fits: tuple[str, ...] = ()  # area/equipment


class FailureCodeWords(Strict):
    """A word of failures of the plant's own, beside those that come with the program."""

    kind: Literal["problem", "cause", "remedy"]
    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
    name: Name


class CareWords(Strict):
    """A machine that GMP depends on, which values of its `state` point mean that it can't be used, and its papers."""

    equipment: str  # area/equipment
    critical: bool = False
    down: tuple[float, ...] = ()
    documents: tuple[str, ...] = ()  # codes of controlled documents: how it is run, cleaned, looked after
