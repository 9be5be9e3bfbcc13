"""The words of a plant folder for rounds of inspection: a way through the plant, what is looked at there, and when.

The same words, as JSON, are what the database keeps of them.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from mes.notifications.words import DAYS, ClockText, Day, PersonRole
from mes.policies.words import Name, Written
from telemetry.strict import LevelText, Strict

Number = Annotated[Decimal, Field(gt=-1_000_000_000, lt=1_000_000_000)]


class ItemWords(Strict):
    """One thing that is looked at. A `check` is in order or not; a `meter` never counts backwards."""

    code: LevelText
    kind: Literal["check", "number", "meter", "choice", "text", "photo"] = "check"
    name: Name
    standard: Name | None = None  # what it should be like
    unit: str = ""  # UCUM
    low: Number | None = None
    high: Number | None = None
    choices: tuple[Written, ...] = ()
    accepted: tuple[Written, ...] = ()  # of the choices: those that are in order
    mandatory: bool = True
    gauge: bool = False  # measured with a gauge, whose serial number is named
    on_failure: Literal["order", "deviation"] = "order"
    priority: Literal["low", "medium", "high", "critical"] = "medium"

    @model_validator(mode="after")
    def _fits_its_kind(self) -> ItemWords:
        if (self.low is not None or self.high is not None) and self.kind not in {"number", "meter"}:
            raise ValueError("`low` and `high` are for a `number` or a `meter`")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("`low` is above `high`")
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError("a `choice` names its `choices`, and nothing else does")
        if self.gauge and self.kind != "number":
            raise ValueError("`gauge` is for a `number`")
        if strange := sorted(set(self.accepted) - set(self.choices)):
            raise ValueError(f"`accepted` names `{strange[0]}`, which is not among the `choices`")
        return self


class StopWords(Strict):
    equipment: str  # area/equipment
    items: Annotated[tuple[ItemWords, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _codes_once(self) -> StopWords:
        codes = [item.code for item in self.items]
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(f"item `{twice[0]}` stands twice at this stop")
        return self

    def item(self, code: str) -> ItemWords | None:
        """The item with this code."""
        return next((each for each in self.items if each.code == code), None)


class WindowWords(Strict):
    """When it is walked, by the plant's clock; an end that is not after the start lies on the next day."""

    start: ClockText
    end: ClockText


class RoundWords(Strict):
    code: LevelText
    name: Name
    roles: tuple[PersonRole, ...] = ()  # who walks it; empty: anybody of the shop floor
    days: tuple[Day, ...] = DAYS
    first: date | None = None  # with `every_days`: the day from which they are counted
    every_days: Annotated[int, Field(ge=1, le=366)] = 1
    month_days: tuple[Annotated[int, Field(ge=1, le=28)], ...] = ()
    windows: tuple[WindowWords, ...] = ()
    shift: LevelText | None = None  # its days and hours, in place of `days` and `windows`
    scan_holds_min: Annotated[int, Field(ge=1, le=480)] = 15  # so long after its label was scanned a stop is looked at
    fix_days: Annotated[int, Field(ge=0, le=366)] = 7  # for the order that a failed item asks for
    stops: Annotated[tuple[StopWords, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _says_when(self) -> RoundWords:
        if bool(self.windows) == (self.shift is not None):
            raise ValueError("says either `windows` or `shift`")
        if (self.every_days > 1) != (self.first is not None):
            raise ValueError("`every_days` and `first` go together")
        machines = [stop.equipment for stop in self.stops]
        if twice := sorted({each for each in machines if machines.count(each) > 1}):
            raise ValueError(f"`{twice[0]}` is a stop twice: put its items together")
        return self
