"""An order ends: its batch is made, or it is given up; and it is closed when quality assurance has decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from mes.batches import records
from mes.batches.judging import Yield, judged, yield_of
from mes.batches.model import ENDED, Batch, BatchFacts, BatchStatus, Verdict
from mes.batches.snapshot import record_in
from mes.equipment import service as equipment
from mes.exceptions import service as exceptions
from mes.exceptions.model import Kind, Severity
from mes.inventory import making, stock
from mes.inventory.model import Lot
from mes.materials.service import closed_lines
from mes.orders import orderbook
from mes.orders.model import Facts, Order
from mes.plant import service as plant
from mes.recipes.document import Limits, MasterRecord
from telemetry.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a batch has made, and where it stands now."""

    quantity: Decimal
    zone_id: int
    expires_on: date | None = None  # None: by the master record's shelf life


async def complete_order(work: Work, order_id: int, made: Made, *, version: int | None = None) -> Order:
    """The batch is made: every operation has ended, and its lot stands in quarantine until QA decides.

    A quantity never completes an order by itself; more than ordered and allowed is refused. A yield out of its limits
    is an exception (GMP 2010, article 187). Raises OrderNotFound, Refused, StaleVersion, QuantityNotPositive.
    """
    before = await orderbook.lock(work, order_id, version)
    batch = await _batch_of(work, order_id)
    record = record_in(batch)
    unfinished = [o.code for o in await records.operations(work, batch.id) if o.status not in ENDED]
    most = before.quantity * (1 + record.over_production_pct / 100)
    amount = stock.positive(made.quantity)
    facts = Facts(unfinished=len(unfinished), overproduced=amount > most)
    completed = await orderbook.step_order(work, order_id, "complete", facts)
    lot = await _fill(work, batch, record, made, completed)
    await records.step_batch(work, batch.id, "execute", BatchFacts(tuple(unfinished)))
    await closed_lines(work, batch.id)
    await _judge_yield(work, batch, record, before, amount)
    after = {"lot": lot.number, "quantity": amount, "unit": before.unit}
    work.audit("batch.made", "batch", batch.id, after=after)
    return completed


async def close_order(work: Work, order_id: int, *, version: int | None = None) -> Order:
    """Quality assurance has decided on the batch: nothing is left to do. Raises Refused, StaleVersion."""
    batch = await records.batch_of(work, order_id)
    concluded = batch is not None and batch.status in {BatchStatus.RELEASED, BatchStatus.REJECTED}
    return await orderbook.step_order(work, order_id, "close", Facts(concluded=concluded), version=version)


async def cancel_order(work: Work, order_id: int, *, reason: str, version: int | None = None) -> Order:
    """Give up an order that has not begun; a record that was issued is void. Raises Refused, StaleVersion."""
    cancelled = await orderbook.step_order(work, order_id, "cancel", Facts(reason=reason), version=version)
    await _void(work, order_id, reason)
    return cancelled


async def abort_order(
    work: Work, order_id: int, *, signature_id: int | None, reason: str, version: int | None = None
) -> Order:
    """Give up an order that has begun, signed by QA. Its machines are to be cleaned. Raises Refused, StaleVersion."""
    facts = Facts(reason=reason, signed=signature_id is not None)
    aborted = await orderbook.step_order(work, order_id, "abort", facts, version=version, signature_id=signature_id)
    await _void(work, order_id, reason)
    return aborted


def batch_yield(record: MasterRecord, ordered: Decimal, made: Decimal | None, unit: str) -> Yield:
    """Of the whole batch: what was made of what was ordered, in percent. Pure."""
    limits = {"low_pct": record.yield_low_pct, "high_pct": record.yield_high_pct}
    return yield_of(None, (made, None, None), expected=ordered, unit=unit, **limits)


async def _batch_of(work: Work, order_id: int) -> Batch:
    batch = await records.batch_of(work, order_id)
    if batch is None:
        raise records.BatchNotFound(order_id=order_id)
    return batch


async def _fill(work: Work, batch: Batch, record: MasterRecord, made: Made, order: Order) -> Lot:
    if batch.lot_id is None:
        raise records.BatchNotFound(batch_id=batch.id)
    expires_on = made.expires_on
    if expires_on is None and record.shelf_life_days is not None:
        begun = (order.started_at or work.now).astimezone(await plant.time_zone(work)).date()
        expires_on = begun + timedelta(days=record.shelf_life_days)
    return await making.finish_lot(
        work,
        batch.lot_id,
        quantity=made.quantity,
        zone_id=made.zone_id,
        expires_on=expires_on,
        reason=f"made by {order.number}",
    )


async def _judge_yield(work: Work, batch: Batch, record: MasterRecord, order: Order, made: Decimal) -> None:
    found = batch_yield(record, order.quantity, made, order.unit)
    if found.pct is None or judged(found.pct, Limits(low=found.low_pct, high=found.high_pct)) is not Verdict.OUT:
        return
    said = {"made": made, "ordered": order.quantity, "unit": order.unit, "pct": found.pct}
    limits = {"low_pct": found.low_pct, "high_pct": found.high_pct}
    await exceptions.raise_exception(
        work, batch.id, Kind.YIELD, severity=Severity.MAJOR, said=said | limits, key="yield:batch"
    )


async def _void(work: Work, order_id: int, reason: str) -> None:
    batch = await records.batch_of(work, order_id)
    if batch is None:
        return
    await records.step_batch(work, batch.id, "void", BatchFacts(reason=reason), reason=reason)
    for operation in await records.operations(work, batch.id):
        if operation.equipment_id is not None and operation.started_at is not None and operation.done_at is None:
            await equipment.give_back(work, operation.equipment_id, batch_id=batch.id, reason=batch.number)
