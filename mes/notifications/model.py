"""Ladders, rungs and shifts: who is to be told of an alarm, and when. Pure.

An alarm climbs every ladder that covers it, rung by rung, until somebody acknowledges it. Times of day are the plant's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from mes.alarms.model import Kind, Priority

REALARM_S = 3600.0
FOLD_S = 60.0


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"
    WECOM = "wecom"
    DINGTALK = "dingtalk"
    WEBHOOK = "webhook"


class Reason(StrEnum):
    """Why somebody is told."""

    CALL = "call"  # an alarm asks for somebody
    ACKNOWLEDGED = "acknowledged"  # somebody else knows now
    RETURNED = "returned"  # to normal
    ALIVE = "alive"  # nothing happened: the calling works


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    after_s: float  # after the alarm began to call
    people: tuple[str, ...] = ()  # usernames
    roles: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()  # all of these; none named: whatever address a person has
    on_shift: bool = False  # only who is on shift
    tell: frozenset[Reason] = frozenset()  # also of these, who was called


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    code: str
    name_en: str
    name_zh: str
    zones: frozenset[str]  # codes, with all that is in them; empty: everything, what is in no zone too
    kinds: frozenset[Kind]  # empty: all
    least: Priority  # nobody is called for less
    rungs: tuple[Rung, ...]
    realarm_s: float = REALARM_S  # acknowledged and still so: calls again
    fold_s: float = FOLD_S  # within it a person gets one message
    test_day: int = 1  # of the month, on which the ladder is tested
    test_at: time = time(10)
    alive_at: time | None = None  # daily "I am alive" to the first rung
    since: datetime  # when it came into the plant

    def covers(self, kind: Kind, source: str, priority: Priority, zones: Iterable[str]) -> bool:
        """Whether an alarm climbs this ladder; a test climbs the ladder that it tests."""
        if kind is Kind.TEST:
            return source == self.code
        fits = not self.zones or not self.zones.isdisjoint(zones)
        return fits and (not self.kinds or kind in self.kinds) and priority.rank >= self.least.rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Works on its days from `start` to `end`; an end that is not after the start lies on the next day."""

    code: str
    name_en: str
    name_zh: str
    days: frozenset[int]  # 0 is Monday
    start: time
    end: time
    people: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()

    def works_at(self, here: datetime) -> bool:
        """Whether it works at that moment of the plant's own clock."""
        now, today, yesterday = here.time(), here.weekday(), (here.weekday() - 1) % 7
        if self.start < self.end:
            return today in self.days and self.start <= now < self.end
        return (today in self.days and now >= self.start) or (yesterday in self.days and now < self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """A person as the ladders see them."""

    id: int
    username: str
    printed_name: str
    language: str
    roles: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Who works here, and when."""

    colleagues: tuple[Colleague, ...]  # who left is not among them
    shifts: tuple[Shift, ...]
    zone: ZoneInfo

    def on(self, rung: Rung, at: datetime, *, everybody: bool = False) -> tuple[Colleague, ...]:
        """Whom a rung calls at that moment, each once; `everybody`: off shift too."""
        named = [c for c in self.colleagues if _is_named(c, rung.people, rung.roles)]
        if everybody or not rung.on_shift:
            return tuple(named)
        return tuple(c for c in named if self.is_on_shift(c, at))

    def shift_at(self, at: datetime) -> str:
        """Code of the shift that works at a moment, the first of several; empty: none does."""
        here = at.astimezone(self.zone)
        return next((shift.code for shift in self.shifts if shift.works_at(here)), "")

    def is_on_shift(self, colleague: Colleague, at: datetime) -> bool:
        """Whether one of the person's shifts works then."""
        here = at.astimezone(self.zone)
        working = [shift for shift in self.shifts if shift.works_at(here)]
        return any(_is_named(colleague, shift.people, shift.roles) for shift in working)


def _is_named(colleague: Colleague, people: Iterable[str], roles: Iterable[str]) -> bool:
    return colleague.username in people or not colleague.roles.isdisjoint(roles)
