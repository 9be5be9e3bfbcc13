"""Asking the watch to judge points again, because something but their readings has changed.

Whoever changes what readings mean (when a truck was armed, where a probe stood) asks in the same work; the watch judges
soon after, and writes what is different. Asked twice, it finds nothing new the second time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("rejudging.sql"))


@dataclass(frozen=True, slots=True)
class Asked:
    """One point that is to be judged again over [start_at, end_at)."""

    id: int
    point_id: int
    start_at: datetime
    end_at: datetime


async def ask(work: Work, point_ids: Iterable[int], start: datetime, end: datetime | None, reason: str) -> None:
    """Have the readings of these points from `start` to `end` (None: to now) judged again by the watch."""
    point_ids = sorted(set(point_ids))
    if point_ids:
        span = {"start": start, "end": max(start, end or work.now)}
        await work.run(SQL["ask"], point_ids=point_ids, reason=reason, actor=work.actor, now=work.now, **span)


async def take(work: Work, limit: int) -> list[Asked]:
    """The next ones that wait, locked to the end of the work."""
    return await work.all(SQL["take"], Asked, limit=limit)


async def done(work: Work, asked: Iterable[Asked]) -> None:
    """These have been judged."""
    await work.run(SQL["done"], ids=[each.id for each in asked], now=work.now)
