"""When planned work is due: by calendar, by hours of running, by counts. Pure; days are of the plant's calendar.

What is unknown is charged as running: a machine whose readings are missing is not spared its service.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from mes.maintenance.words import CalendarWords, PlanWords


class Standing(StrEnum):
    WAITING = "waiting"
    DUE_SOON = "due_soon"
    DUE = "due"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """What the last order of a plan left behind; the last two None: there was none."""

    began_on: date | None = None  # when the plan came into the plant: days of its schedule before that were never due
    last_due: date | None = None  # its day
    ended_on: date | None = None  # when it was done, skipped or called off


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a machine did since a cycle began."""

    used: Decimal  # hours or counts that readings show
    unknown: Decimal = Decimal(0)  # hours without usable readings, charged as running; 0 for counts
    days: Decimal = Decimal(0)  # since the cycle began

    @property
    def charged(self) -> Decimal:
        return self.used + self.unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """How a plan stands."""

    standing: Standing
    due_on: date | None  # by use: as it goes on now; None: it does not run
    use: Use | None = None
    share: Decimal | None = None  # of a cycle that is charged; by use only


def standing(plan: PlanWords, today: date, cycle: Cycle, use: Use | None) -> Due:
    """How a plan stands on a day; `use` for plans that go by it."""
    if plan.calendar is not None:
        return _by_calendar(plan, plan.calendar, today, cycle)
    return _by_use(plan, today, use or Use(used=Decimal(0)))


def next_day(rule: CalendarWords, cycle: Cycle) -> date:
    """The day of the next order: the first of the schedule after the last one's day and its end, or from completion.

    Days of a schedule are counted from its first day, never from each other: the 31st does not wander to the 28th.
    """
    ended = cycle.ended_on or cycle.last_due
    if ended is None:
        return _first_day(rule, cycle.began_on or rule.first)
    if rule.counted_from == "completion":
        return _after(ended, rule, 1)
    done = max(ended, cycle.last_due or ended)
    n = _periods(rule, done)
    while _after(rule.first, rule, n) <= done:
        n += 1
    return _after(rule.first, rule, n)


def _first_day(rule: CalendarWords, began_on: date) -> date:
    n = _periods(rule, began_on)
    while _after(rule.first, rule, n) < began_on:
        n += 1
    return _after(rule.first, rule, n)


def _periods(rule: CalendarWords, until: date) -> int:
    """A number of periods from the first day that surely does not lie behind a day."""
    if until < rule.first:
        return 0
    if rule.days:
        return (until - rule.first).days // rule.days
    months = (until.year - rule.first.year) * 12 + until.month - rule.first.month
    return max(0, months // (rule.months or 1) - 1)


def _after(day: date, rule: CalendarWords, n: int) -> date:
    if rule.days:
        return day + timedelta(days=n * rule.days)
    month = day.month - 1 + n * (rule.months or 0)
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _by_calendar(plan: PlanWords, rule: CalendarWords, today: date, cycle: Cycle) -> Due:
    due_on = next_day(rule, cycle)
    if today > due_on:
        stands = Standing.OVERDUE
    elif today >= due_on - timedelta(days=plan.lead_days):
        stands = Standing.DUE
    elif today >= due_on - timedelta(days=plan.soon_days):
        stands = Standing.DUE_SOON
    else:
        stands = Standing.WAITING
    return Due(standing=stands, due_on=due_on)


def _by_use(plan: PlanWords, today: date, use: Use) -> Due:
    every = plan.every or Decimal(1)
    share = use.charged / every
    left = every - use.charged
    if share >= 1 + plan.late_pct / 100 and share > 1:
        stands = Standing.OVERDUE
    elif share >= 1:
        stands = Standing.DUE
    elif share >= 1 - plan.soon_pct / 100:
        stands = Standing.DUE_SOON
    else:
        stands = Standing.WAITING
    return Due(standing=stands, due_on=_as_it_goes(today, use, left), use=use, share=share)


def _as_it_goes(today: date, use: Use, left: Decimal) -> date | None:
    if left <= 0:
        return today
    if use.days < 1 or use.charged <= 0:  # less than a day tells little
        return None
    ahead = left / (use.charged / use.days)
    return today + timedelta(days=int(ahead)) if ahead < 3660 else None
