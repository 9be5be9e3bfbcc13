"""Dispensings as rows: found, stepped with their audit row, used up. Weighing itself is `mes.materials.weighing`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal

from psycopg.types.json import Json

from mes.inventory import containers, reservations
from mes.materials.accounts import SQL
from mes.materials.dispensing import DISPENSINGS, Dispensing, Facts, Status
from telemetry.errors import NotFound
from telemetry.work import Work

_KEPT = (
    "zone_id",
    "point_id",
    "tare",
    "gross",
    "net",
    "container_id",
    "source_id",
    "weighed_by",
    "weighed_at",
    "weigher_id",
    "signature_id",
    "ended_reason",
)


class DispensingNotFound(NotFound):
    """There is no such weighing."""


async def dispensings(
    work: Work, *, batch_id: int | None = None, statuses: Collection[Status] | None = None
) -> list[Dispensing]:
    """Those of a batch or all, by status."""
    chosen = None if statuses is None else [status.value for status in statuses]
    return await _found(work, batch_id=batch_id, statuses=chosen)


async def dispensing(work: Work, dispensing_id: int) -> Dispensing:
    """One. Raises DispensingNotFound."""
    found = await _found(work, id=dispensing_id)
    if not found:
        raise DispensingNotFound(dispensing_id=dispensing_id)
    return found[0]


async def of_container(work: Work, container_id: int) -> Dispensing | None:
    """What filled this container for a batch."""
    return next(iter(await _found(work, container_id=container_id)), None)


async def locked(work: Work, dispensing_id: int) -> Dispensing:
    """One, held until the end of this work. Raises DispensingNotFound."""
    await work.run(SQL["lock_dispensing"], id=dispensing_id)
    return await dispensing(work, dispensing_id)


async def step(work: Work, before: Dispensing, step_: str, facts: Facts, **changes: object) -> Dispensing:
    """Take it a step further and keep what has changed with it. Raises Refused."""
    row = DISPENSINGS.step(step_, before.id, before.status, facts)
    after = replace(before, status=Status(row.target), **changes)  # type: ignore[arg-type]
    kept = {name: getattr(after, name) for name in _KEPT}
    await work.run(SQL["step_dispensing"], id=before.id, status=row.target, **kept, evidence=Json(dict(after.evidence)))
    told = {"status": row.target} | changes
    was = {"status": before.status}
    work.audit(f"dispensing.{step_}", "dispensing", before.id, before=was, after=told, reason=facts.reason)
    return await dispensing(work, before.id)


async def consumed(work: Work, used: Dispensing, quantity: Decimal) -> None:
    """A batch took so much of its container; when nothing is left in it, it is used up."""
    if used.container_id is None:
        raise DispensingNotFound(dispensing_id=used.id)
    box = await containers.container(work, used.container_id)
    if box.quantity:
        if used.reservation_id is not None:
            await reservations.use(work, used.reservation_id, quantity)
        return
    await step(work, await locked(work, used.id), "consume", Facts())
    if used.reservation_id is not None:
        await reservations.end(work, used.reservation_id, "issued")


async def _found(work: Work, **filters: object) -> list[Dispensing]:
    every: dict[str, object] = dict.fromkeys(("id", "batch_id", "number", "container_id", "statuses"))
    return await work.all(SQL["dispensings"], Dispensing, **(every | filters))
