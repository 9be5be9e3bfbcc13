"""What people do with work orders: plan, release, start, hold, complete. Each step leaves its audit row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from mes.inventory import service as inventory
from mes.inventory import stock
from mes.orders.model import ORDERS, Batch, BatchStatus, Facts, Material, Order, Status
from mes.plant import service as plant
from mes.transitions import StaleVersion
from telemetry import queries
from telemetry.errors import Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
ALL = 2**31 - 1


class OrderNotFound(NotFound):
    """There is no such work order."""


class BatchNotFound(NotFound):
    """There is no such batch."""


class MaterialTwice(Invalid):
    """An order asks for each item once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """So much of an item, as a plan asks for it."""

    item: str  # code
    quantity: Decimal
    over_pct: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Yield:
    """What a batch has made, and where it stands now."""

    quantity: Decimal
    zone_id: int
    expires_on: date | None


async def plan_order(
    work: Work, *, item: str, equipment_id: int, quantity: Decimal, materials: Sequence[Need]
) -> Order:
    """Plan to make so much of an item on a line. Raises ItemNotFound, EquipmentNotFound, MaterialTwice."""
    made, line = await inventory.item_named(work, item), await plant.machine(work, equipment_id)
    if len({need.item for need in materials}) < len(materials):
        raise MaterialTwice(items=[need.item for need in materials])
    number = await plant.next_number(work, "WO")
    said = {"number": number, "quantity": stock.positive(quantity), "unit": made.unit}
    order_id: int = await work.scalar(
        SQL["plan_order"], item_id=made.id, equipment_id=line.id, actor=work.actor, now=work.now, **said
    )
    for need in materials:
        await _need(work, order_id, need)
    needs = [f"{need.quantity} {need.item}" for need in materials]
    work.audit("order.plan", "order", order_id, after=said | {"item": item, "line": line.path, "materials": needs})
    return await order(work, order_id)


async def orders(
    work: Work,
    *,
    statuses: Sequence[str] | None = None,
    equipment_id: int | None = None,
    below: int | None = None,
    limit: int = ALL,
) -> list[Order]:
    """Orders, newest first, filtered by status and line."""
    chosen = None if statuses is None else list(statuses)
    return await work.all(SQL["orders"], Order, statuses=chosen, equipment_id=equipment_id, below=below, limit=limit)


async def order(work: Work, order_id: int) -> Order:
    """One order. Raises OrderNotFound."""
    found = await work.one(SQL["order"], Order, order_id=order_id)
    if found is None:
        raise OrderNotFound(order_id=order_id)
    return found


async def materials(work: Work, order_id: int) -> list[Material]:
    """What the order needs, by item."""
    return await work.all(SQL["materials"], Material, order_id=order_id)


async def batch(work: Work, batch_id: int) -> Batch:
    """One batch. Raises BatchNotFound."""
    found = await work.one(SQL["batches"], Batch, batch_id=batch_id, order_id=None, limit=1)
    if found is None:
        raise BatchNotFound(batch_id=batch_id)
    return found


async def batch_of(work: Work, order_id: int) -> Batch | None:
    """The order's batch; None before its release."""
    return await work.one(SQL["batches"], Batch, batch_id=None, order_id=order_id, limit=1)


async def batches(work: Work, *, limit: int = ALL) -> list[Batch]:
    """Batches, newest first."""
    return await work.all(SQL["batches"], Batch, batch_id=None, order_id=None, limit=limit)


async def release_order(work: Work, order_id: int, *, version: int | None = None) -> Order:
    """Let the line begin: the one copy of the batch record is issued. Raises Refused, StaleVersion."""
    released = await _step(work, order_id, "release", version=version)
    number = await plant.next_number(work, "B")
    batch_id = await work.scalar(SQL["issue_batch"], order_id=order_id, number=number, now=work.now)
    work.audit("batch.issue", "batch", batch_id, after={"number": number, "order": released.number})
    return released


async def start_order(work: Work, order_id: int, *, version: int | None = None) -> Order:
    """The line begins, and the batch's window of readings with it. Raises Refused, StaleVersion."""
    started = await _step(work, order_id, "start", version=version)
    await work.run(SQL["start_batch"], order_id=order_id, now=work.now)
    return started


async def hold_order(work: Work, order_id: int, *, reason: str, version: int | None = None) -> Order:
    """Stop for a reason: nothing is issued until it is resumed. Raises Refused, StaleVersion."""
    return await _step(work, order_id, "hold", version=version, reason=reason)


async def resume_order(work: Work, order_id: int, *, version: int | None = None) -> Order:
    """Go on. Raises Refused, StaleVersion."""
    return await _step(work, order_id, "resume", version=version)


async def cancel_order(work: Work, order_id: int, *, reason: str, version: int | None = None) -> Order:
    """Give up an order that has not begun. Raises Refused, StaleVersion."""
    return await _step(work, order_id, "cancel", version=version, reason=reason)


async def abort_order(
    work: Work, order_id: int, *, signature_id: int | None, reason: str, version: int | None = None
) -> Order:
    """Give up an order that has begun, signed by QA. Raises Refused, StaleVersion."""
    aborted = await _step(work, order_id, "abort", version=version, reason=reason, signature_id=signature_id)
    await work.run(SQL["end_batch"], order_id=order_id, status=BatchStatus.REJECTED, lot_id=None, now=work.now)
    return aborted


async def complete_order(work: Work, order_id: int, made: Yield, *, version: int | None = None) -> Order:
    """The batch is made: its lot stands in quarantine until QA decides.

    Raises Refused, StaleVersion, and what `receive_lot` raises.
    """
    completed = await _step(work, order_id, "complete", version=version)
    record = await batch_of(work, order_id)
    if record is None:
        raise BatchNotFound(order_id=order_id)
    item = (await inventory.items_by_id(work, [completed.item_id]))[completed.item_id]
    lot = await stock.receive_lot(
        work,
        number=record.number,
        item=item.code,
        quantity=made.quantity,
        zone_id=made.zone_id,
        expires_on=made.expires_on,
        reason=f"made by {completed.number}",
    )
    await work.run(SQL["end_batch"], order_id=order_id, status=BatchStatus.EXECUTED, lot_id=lot.id, now=work.now)
    work.audit("batch.execute", "batch", record.id, after={"lot": lot.number, "quantity": made.quantity})
    return completed


async def _step(
    work: Work,
    order_id: int,
    step: str,
    *,
    version: int | None,
    reason: str = "",
    signature_id: int | None = None,
) -> Order:
    await work.run(SQL["lock_order"], order_id=order_id)
    before = await order(work, order_id)
    if version is not None and version != before.version:
        raise StaleVersion("order", order_id, yours=version, current=before.version)
    line = await plant.machine(work, before.equipment_id)
    facts = Facts(reason, line.status, len(await materials(work, order_id)), signature_id is not None)
    row = ORDERS.step(step, order_id, before.status, facts)
    held = reason if row.target == Status.ON_HOLD else None
    await work.run(SQL["step_order"], order_id=order_id, status=row.target, hold_reason=held, now=work.now)
    is_now: dict[str, object] = {"status": row.target} | ({"signature": signature_id} if signature_id else {})
    work.audit(f"order.{step}", "order", order_id, before={"status": before.status}, after=is_now, reason=reason)
    await work.emit("order.stepped", order_id=order_id, number=before.number, status=row.target)
    return await order(work, order_id)


async def _need(work: Work, order_id: int, need: Need) -> None:
    item = await inventory.item_named(work, need.item)
    told = {"item_id": item.id, "unit": item.unit, "over_pct": need.over_pct}
    await work.run(SQL["need_material"], order_id=order_id, quantity=stock.positive(need.quantity), **told)
