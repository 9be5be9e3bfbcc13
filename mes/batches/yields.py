"""Yields of a batch's operations, and of the whole, with their reconciliation (GMP 2010, articles 187 and 215).

An operation could have made what came good from the one before it in the same unit; the first, what was ordered.
"""

from __future__ import annotations

from decimal import Decimal

from mes.batches import records
from mes.batches.judging import Yield, yield_of
from mes.batches.model import Batch, BatchStep
from mes.batches.snapshot import record_in
from mes.inventory import ledger
from mes.inventory import service as inventory
from mes.orders import orderbook
from mes.recipes.document import MasterRecord, Operation, StepKind
from telemetry.work import Work

MADE = ("good", "rejected", "sampled")
Said = tuple[BatchStep, dict[str, Decimal]]


async def yields(work: Work, batch_id: int) -> list[Yield]:
    """By operation that says what it made, in order; the whole batch last, once it is made."""
    batch = await records.batch(work, batch_id)
    record, order = record_in(batch), await orderbook.order(work, batch.order_id)
    told = await _told(work, batch_id)
    found = [each for _, each in _by_step(record, told, order.quantity)]
    if batch.lot_id is not None and order.completed_at is not None:
        made = await inventory.lot(work, batch.lot_id)
        limits = {"low_pct": record.yield_low_pct, "high_pct": record.yield_high_pct}
        whole = await _made(work, made.id)
        found.append(yield_of(None, (whole, None, None), expected=order.quantity, unit=order.unit, **limits))
    return found


async def yield_of_step(work: Work, batch: Batch, step_id: int) -> Yield | None:
    """What one yield step says; None where it says nothing yet."""
    order = await orderbook.order(work, batch.order_id)
    told = await _told(work, batch.id)
    return next((y for id_, y in _by_step(record_in(batch), told, order.quantity) if id_ == step_id), None)


async def _told(work: Work, batch_id: int) -> dict[str, Said]:
    """By `operation/step`: the step, and what it says it made."""
    operations = {each.id: each.code for each in await records.operations(work, batch_id)}
    values = [v for v in await records.values(work, batch_id) if v.in_force and v.number is not None]
    found: dict[str, Said] = {}
    for step in await records.steps(work, batch_id):
        own = {v.name: v.number for v in values if v.step_id == step.id and v.number is not None}
        if step.kind is StepKind.YIELD and "good" in own:
            found[f"{operations[step.operation_id]}/{step.code}"] = (step, own)
    return found


def _by_step(record: MasterRecord, told: dict[str, Said], ordered: Decimal) -> list[tuple[int, Yield]]:
    found: list[tuple[int, Yield]] = []
    before: dict[str, Decimal] = {record.unit: ordered}  # by unit: what could be made next
    for operation, step in record.steps():
        said = told.get(f"{operation.code}/{step.code}")
        if said is None:
            continue
        row, made = said
        unit = step.unit or record.unit
        found.append((row.id, _yield(operation, [made.get(name) for name in MADE], before.get(unit), unit)))
        before[unit] = made["good"]
    return found


def _yield(operation: Operation, made: list[Decimal | None], expected: Decimal | None, unit: str) -> Yield:
    limits = {"low_pct": operation.yield_low_pct, "high_pct": operation.yield_high_pct}
    return yield_of(operation.code, made, expected=expected, unit=unit, **limits)


async def _made(work: Work, lot_id: int) -> Decimal | None:
    """How much of the lot the batch made, whatever became of it since."""
    rows = await ledger.movements(work, lot_id)
    made = [row.quantity for row in rows if row.kind is ledger.Kind.YIELD]
    return sum(made, Decimal(0)) if made else None
