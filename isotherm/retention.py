"""What the plant keeps how long: points get the class that the plant model leads to, and what is over is let go.

Evidence is what a policy judges: such a point is `gxp` whatever it was. Other points of the plant model are `process`,
what edges say about themselves is `bulk`, unless somebody has given them another class. A point that nobody knows has
none, and is kept as long as anything.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from psycopg.errors import DeadlockDetected, LockNotAvailable

from mes.plant import service as plant
from telemetry.clock import Clock
from telemetry.store import retention
from telemetry.store.retention import ClassedPoint, Forgetting, Retirement
from telemetry.work import Pool, Work, begin

log = logging.getLogger(__name__)
EVIDENCE, PROCESS, BULK = "gxp", "process", "bulk"
BY_MODEL = "as the plant model says"


@dataclass(frozen=True, slots=True)
class Over:
    """What would go now."""

    classed: dict[str, int]  # points that get a class by this look, by class
    readings: list[Retirement]
    rollups: list[Forgetting]


async def look(pool: Pool, clock: Clock) -> Over:
    """What would go now, and which points would get a class. Nothing is changed."""
    async with pool.connection() as connection, connection.transaction(force_rollback=True):
        work = Work("retention", clock.now(), connection)
        return Over(await classify(work), await retention.due(work), await retention.rollups_due(work))


async def let_go(pool: Pool, clock: Clock, actor: str, reason: str, tell: Callable[[str], None]) -> None:
    """Let go of what is over: a transaction a chunk, each with its audit row. Interrupted, it goes on at the next call.

    A week in use (late readings come, a report reads it) stays until the next call too. The pool is the owner's.
    Raises psycopg's RestrictViolation for evidence younger than five years.
    """
    async with begin(pool, actor, clock.now()) as work:
        await classify(work)
    async with begin(pool, actor, clock.now()) as work:
        readings, rollups = await retention.due(work), await retention.rollups_due(work)
    for gone in readings:
        week = f"{gone.readings:,} raw readings of class {gone.class_} of the week of {gone.starts:%Y-%m-%d}"
        try:
            async with begin(pool, actor, clock.now()) as work:
                await retention.retire(work, gone, reason=reason)
            tell(f"{week} are gone")
        except (LockNotAvailable, DeadlockDetected):
            log.warning("%s stay for now", week, exc_info=True)
            tell(f"{week} stay for now: the week is in use")
    for over in rollups:
        async with begin(pool, actor, clock.now()) as work:
            n = await retention.forget(work, over, reason=reason)
        tell(f"{n:,} roll-ups by {over.what} of class {over.class_} before {over.before:%Y-%m-%d} are gone")


async def classify(work: Work) -> dict[str, int]:
    """Give points the class that the plant model leads to; answers how many got which."""
    model = {point.point_id: point.policy is not None for point in await plant.points(work)}
    site = await plant.site(work)
    edges = f"{site.code}/edges/" if site else "/"
    wanted: dict[str, list[int]] = {}
    for point in await retention.classed_points(work):
        class_ = _class_of(point, model.get(point.id), is_an_edge_s=point.name.startswith(edges))
        if class_ is not None:
            wanted.setdefault(class_, []).append(point.id)
    for class_, points in wanted.items():
        await retention.set_retention_class(work, points, class_, reason=BY_MODEL)
    return {class_: len(points) for class_, points in wanted.items()}


def _class_of(point: ClassedPoint, is_judged: bool | None, *, is_an_edge_s: bool) -> str | None:
    """The class that a point must get, or None: it has one, or nobody knows the point."""
    if is_judged:
        return EVIDENCE if point.retention_class != EVIDENCE else None
    if point.retention_class is not None:
        return None
    if is_judged is False:
        return PROCESS
    return BULK if is_an_edge_s else None
