"""The words of a plant folder for ladders and shifts: typed, with bounds, without unknown keys.

The same words, as JSON, are what the database keeps of them.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PlainSerializer

from mes.alarms.model import Kind, Priority
from mes.notifications.model import FOLD_S, REALARM_S, Channel, Ladder, Reason, Rung, Shift
from telemetry.strict import LevelText, Strict

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PersonRole = Literal["operator", "lead", "qc", "qa", "qp", "maintenance", "engineer", "warehouse", "admin"]


def _clock(text: str) -> str:
    try:
        at = time.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"`{text}` is no time of day; write it as 20:00, in quotes") from error
    if at.tzinfo is not None or len(text) != len("20:00"):
        raise ValueError(f"`{text}` is no time of day; write it as 20:00, in the plant's own time")
    return text


def _written(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


ClockText = Annotated[str, AfterValidator(_clock)]
Seconds = Annotated[float, Field(ge=0, le=604_800), PlainSerializer(float)]


class NameWords(Strict):
    """A text that a person sees, in every language of the plant."""

    en: Annotated[str, AfterValidator(_written)]
    zh: Annotated[str, AfterValidator(_written)]


class RungWords(Strict):
    after_s: Seconds
    people: tuple[LevelText, ...] = ()
    roles: tuple[PersonRole, ...] = ()
    channels: tuple[Channel, ...] = ()
    on_shift: bool = False
    tell: tuple[Literal["acknowledged", "returned"], ...] = ()

    @property
    def rung(self) -> Rung:
        """The rung as the deciding takes it."""
        asked = {"people": self.people, "roles": self.roles, "channels": self.channels}
        tell = frozenset(Reason(each) for each in self.tell)
        return Rung(after_s=self.after_s, on_shift=self.on_shift, tell=tell, **asked)  # type: ignore[arg-type]


class LadderWords(Strict):
    code: LevelText
    name: NameWords
    zones: tuple[LevelText, ...] = ()
    kinds: tuple[Kind, ...] = ()
    least: Priority = Priority.MEDIUM
    rungs: tuple[RungWords, ...] = Field(min_length=1)
    realarm_s: Annotated[float, Field(ge=60, le=604_800)] = REALARM_S
    fold_s: Annotated[float, Field(ge=0, le=3600)] = FOLD_S
    test_day: Annotated[int, Field(ge=1, le=28)] = 1
    test_at: ClockText = "10:00"
    alive_at: ClockText | None = None

    def ladder(self, since: datetime) -> Ladder:
        """The ladder as the deciding takes it. `since`: when it came into the plant."""
        return Ladder(
            code=self.code,
            name_en=self.name.en,
            name_zh=self.name.zh,
            zones=frozenset(self.zones),
            kinds=frozenset(self.kinds),
            least=self.least,
            rungs=tuple(each.rung for each in self.rungs),
            realarm_s=self.realarm_s,
            fold_s=self.fold_s,
            test_day=self.test_day,
            test_at=time.fromisoformat(self.test_at),
            alive_at=time.fromisoformat(self.alive_at) if self.alive_at else None,
            since=since,
        )


class ShiftWords(Strict):
    code: LevelText
    name: NameWords
    days: tuple[Day, ...] = DAYS
    start: ClockText
    end: ClockText
    people: tuple[LevelText, ...] = ()
    roles: tuple[PersonRole, ...] = ()

    @property
    def shift(self) -> Shift:
        """The shift as the deciding takes it."""
        return Shift(
            code=self.code,
            name_en=self.name.en,
            name_zh=self.name.zh,
            days=frozenset(DAYS.index(day) for day in self.days),
            start=time.fromisoformat(self.start),
            end=time.fromisoformat(self.end),
            people=self.people,
            roles=self.roles,
        )
