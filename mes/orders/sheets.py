"""Orders and batches as people look at them: what is made of what, and which readings belong to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from mes.batches import records
from mes.inventory import service as inventory
from mes.inventory.model import Item, Lot
from mes.materials import service as materials
from mes.materials.model import Issue
from mes.orders import service
from mes.orders.model import ORDERS, Batch, Material, Order
from mes.orders.service import SQL
from mes.plant import service as plant
from mes.plant.model import Equipment, MeasuringPoint
from telemetry.work import Work

DEEPEST = 20
UNSEEN = "resume_unbegun"  # what `resume` is where nothing has started


@dataclass(frozen=True, slots=True)
class Requirement:
    material: Material
    item: Item
    issued: Decimal  # into the order's batch so far


@dataclass(frozen=True, slots=True)
class Consumed:
    issue: Issue
    lot: Lot  # as it is now


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSheet:
    order: Order
    item: Item  # what is made
    line: Equipment
    requirements: tuple[Requirement, ...]
    batch: Batch | None
    steps: tuple[str, ...]  # that the order's state offers


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSheet:
    batch: Batch
    order: Order
    item: Item
    line: Equipment
    made: Lot | None
    consumed: tuple[Consumed, ...]
    points: tuple[MeasuringPoint, ...]  # of the line and its parts
    window: tuple[datetime, datetime] | None  # in which their readings belong to the batch; None: it has not begun


class Direction(StrEnum):
    FORWARD = "forward"  # what a lot went into
    BACKWARD = "backward"  # what a lot was made of


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A lot went into a batch, which made a lot."""

    depth: int  # 1: next to the lot asked about
    from_lot: int
    batch_id: int
    to_lot: int | None  # None: it is not made yet


async def order_sheet(work: Work, order: Order) -> OrderSheet:
    """An order with its line, its materials and its batch."""
    needed, batch = await service.materials(work, order.id), await service.batch_of(work, order.id)
    items = await inventory.items_by_id(work, [order.item_id, *(need.item_id for need in needed)])
    consumed = await _consumed(work, batch.id) if batch else ()
    issued = {need.item_id: _sum(consumed, need.item_id) for need in needed}
    return OrderSheet(
        order=order,
        item=items[order.item_id],
        line=await plant.machine(work, order.equipment_id),
        requirements=tuple(Requirement(need, items[need.item_id], issued[need.item_id]) for need in needed),
        batch=batch,
        steps=tuple(step for step in ORDERS.open_steps(order.status) if step != UNSEEN),
    )


async def batch_sheet(work: Work, batch_id: int) -> BatchSheet:
    """A batch with what it consumed and the readings that belong to it. Raises BatchNotFound."""
    batch = await service.batch(work, batch_id)
    order = await service.order(work, batch.order_id)
    line = await plant.machine(work, order.equipment_id)
    parts = [line, *(machine for machine in await plant.equipment(work) if machine.parent_id == line.id)]
    return BatchSheet(
        batch=batch,
        order=order,
        item=(await inventory.items_by_id(work, [order.item_id]))[order.item_id],
        line=line,
        made=await inventory.lot(work, batch.lot_id) if batch.lot_id else None,
        consumed=await _consumed(work, batch.id),
        points=tuple([point for part in parts for point in await plant.points(work, equipment_id=part.id)]),
        window=(batch.started_at, batch.ended_at or work.now) if batch.started_at else None,
    )


async def batches_consuming(work: Work, lot_ids: list[int]) -> list[Batch]:
    """Batches that any of these lots went into."""
    return await records.batches_consuming(work, lot_ids)


async def genealogy(work: Work, lot_id: int, direction: Direction) -> list[Link]:
    """Every link from the lot on, nearest first: forward what came of it, backward what it came of.

    Raises LotNotFound. Walks in circles (rework) end where they meet themselves, 20 links away at most.
    """
    await inventory.lot(work, lot_id)
    return await work.all(SQL[direction], Link, lot_id=lot_id, depth=DEEPEST)


async def _consumed(work: Work, batch_id: int) -> tuple[Consumed, ...]:
    issues = await materials.issues(work, batch_id)
    lots = {lot.id: lot for lot in await inventory.lots(work, lot_ids=[issue.lot_id for issue in issues])}
    return tuple(Consumed(issue, lots[issue.lot_id]) for issue in issues)


def _sum(consumed: tuple[Consumed, ...], item_id: int) -> Decimal:
    return sum((row.issue.quantity for row in consumed if row.lot.item_id == item_id), Decimal(0))
