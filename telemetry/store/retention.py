"""How long readings stay. A point has a class, a class says how long; what is over goes when the owner says so.

Raw readings lie in chunks of a week with those of all classes. A chunk whose time is over for one class is written anew
without it, so that no row is ever deleted, and the class that counts is the one the point has on that day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from telemetry import queries
from telemetry.errors import NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("retention.sql"))
ROWS_AT_A_TIME = 100_000
"""Roll-ups that are deleted by one statement."""


class UnknownClass(NotFound):
    """There is no retention class of this name."""


@dataclass(frozen=True, slots=True)
class RetentionClass:
    """How long what is kept, as PostgreSQL writes intervals; None is for ever."""

    name: str
    keep_raw: str | None
    keep_minutes: str | None
    keep_hours: str | None
    note: str


@dataclass(frozen=True, slots=True)
class Retirement:
    """Raw readings whose time is over: those of one class in one chunk."""

    starts: datetime
    ends: datetime
    class_: str
    points: list[int]
    readings: int


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Roll-ups of one class whose time is over."""

    class_: str
    what: str  # minute, hour
    before: datetime
    points: list[int]


@dataclass(frozen=True, slots=True)
class ClassedPoint:
    id: int
    name: str
    retention_class: str | None  # None: nobody has said, so it is kept as long as anything


async def classes(work: Work) -> list[RetentionClass]:
    """The classes, what is kept longest first."""
    return await work.all(SQL["classes"], RetentionClass)


async def classed_points(work: Work) -> list[ClassedPoint]:
    """All points that ever sent anything, with their class."""
    return await work.all(SQL["classed_points"], ClassedPoint)


async def set_retention_class(work: Work, points: Sequence[int], class_: str, *, reason: str) -> int:
    """Give points a class; answers how many had another or none. Each has its audit row. Raises UnknownClass."""
    if class_ not in {known.name for known in await classes(work)}:
        raise UnknownClass(name=class_)
    present = await work.all(SQL["present_classes"], ClassedPoint, points=list(points))
    for point in present:
        if point.retention_class != class_:
            before = {"class": point.retention_class}
            work.audit("retention.class", "point", point.name, before=before, after={"class": class_}, reason=reason)
    return await work.run(SQL["set_class"], points=list(points), **{"class": class_})


async def due(work: Work) -> list[Retirement]:
    """Raw readings whose time is over now, oldest first. The owner's question."""
    answer = await work.db.execute(SQL["due"], {"now": work.now})
    return [Retirement(*row) for row in await answer.fetchall()]


async def rollups_due(work: Work) -> list[Forgetting]:
    """Roll-ups whose time is over now. The owner's question."""
    answer = await work.db.execute(SQL["rollups_due"], {"now": work.now})
    return [Forgetting(*row) for row in await answer.fetchall()]


async def retire(work: Work, gone: Retirement, *, reason: str) -> None:
    """Drop these raw readings, with an audit row. The owner's deed; one transaction a chunk holds nobody up for long.

    Raises psycopg's RestrictViolation for readings of class gxp that are younger than five years.
    """
    await work.run(SQL["retire"], starts=gone.starts, points=gone.points, now=work.now)
    told = {"class": gone.class_, "from": gone.starts, "to": gone.ends, "points": gone.points}
    work.audit(
        "retention.drop", "reading", gone.starts.date(), before=told | {"readings": gone.readings}, reason=reason
    )


async def forget(work: Work, over: Forgetting, *, reason: str) -> int:
    """Delete these roll-ups, with an audit row where there were any; answers how many."""
    total = 0
    while n := await _forget_some(work, over):
        total += n
    if total:
        told = {"class": over.class_, "before": over.before, "rows": total}
        work.audit("retention.drop", f"reading_{over.what}", over.before.date(), before=told, reason=reason)
    return total


async def _forget_some(work: Work, over: Forgetting) -> int:
    most = ROWS_AT_A_TIME
    n = await work.scalar(SQL["forget_rollups"], what=over.what, points=over.points, before=over.before, most=most)
    return int(n)
