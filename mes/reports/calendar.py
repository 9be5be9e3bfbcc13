"""Reports of every month, asked for by themselves: which months have ended by the plant's calendar and lack theirs.

A schedule remembers up to where it is done. A plant that was off for months asks for each of them when it is back, and
any number of workers ask once: the schedule's row is locked while they do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mes.plant import service as plant
from mes.reports import service
from mes.reports.model import Report, Wish
from mes.reports.sql import SQL
from mes.transitions import StaleVersion
from telemetry.errors import Invalid, NotFound
from telemetry.work import Work

LANGUAGES = ("zh", "en")

AFTER = timedelta(hours=6)
"""How long after the end of a month its reports are made: what edges had kept back is there by then."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A kind that is reported every month. `done_until`: months that were over by then are asked for."""

    kind: str
    done_until: datetime
    languages: list[str]  # a report in each
    changes: int


class ScheduleNotFound(NotFound):
    """This kind of report is not made every month."""


class LanguagesUnknown(Invalid):
    """Reports of every month are made in Chinese, in English, or in both."""


def month_of(at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Beginning and end, half open, of the plant's calendar month that a moment lies in."""
    here = at.astimezone(zone)
    begins = datetime(here.year, here.month, 1, tzinfo=zone)
    over = here.month // 12
    return begins, datetime(here.year + over, here.month % 12 + 1, 1, tzinfo=zone)


def months_over(since: datetime, now: datetime, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """The months that came to be reported in (since, now], oldest first."""
    found = []
    month = month_of(since - AFTER, zone)
    while month[1] + AFTER <= now:
        if month[1] + AFTER > since:
            found.append(month)
        month = month_of(month[1], zone)
    return found


async def ask_for_months(work: Work, kind: str, subjects: Sequence[str]) -> list[Report]:
    """Ask for the reports of every month that is over and was not asked for yet; a new schedule begins now.

    Each is asked for in the languages that the schedule has.
    """
    await work.run(SQL["schedule"], kind=kind, now=work.now)
    schedule = await _locked(work, kind)
    months = months_over(schedule.done_until, work.now, await plant.time_zone(work))
    if not months:
        return []
    await work.run(SQL["scheduled"], kind=kind, until=work.now)
    wishes = [
        Wish(kind=kind, subject=subject, period_start=start, period_end=end, language=language)
        for start, end in months
        for subject in subjects
        for language in schedule.languages
    ]
    return [await service.ask(work, wish) for wish in wishes]


async def set_languages(work: Work, kind: str, languages: Sequence[str], *, changes: int) -> Schedule:
    """Say in which languages a kind is reported from the next month on.

    Raises ScheduleNotFound, StaleVersion, LanguagesUnknown.
    """
    chosen = list(dict.fromkeys(languages))
    if not chosen or not set(chosen) <= set(LANGUAGES):
        raise LanguagesUnknown(languages=chosen)
    before = await _locked(work, kind)
    if before.changes != changes:
        raise StaleVersion("report_schedule", kind, yours=changes, current=before.changes)
    await work.run(SQL["set_languages"], kind=kind, languages=chosen)
    was, now = {"languages": before.languages}, {"languages": chosen}
    work.audit("report_schedule.languages", "report_schedule", kind, before=was, after=now)
    return await _locked(work, kind)


async def _locked(work: Work, kind: str) -> Schedule:
    found = await work.one(SQL["lock_schedule"], Schedule, kind=kind)
    if found is None:
        raise ScheduleNotFound(kind=kind)
    return found


async def schedules(work: Work) -> list[Schedule]:
    """What is reported every month, once a worker has begun with it."""
    return await work.all(SQL["schedules"], Schedule)
