"""An order is released: the master record in force is copied for its quantity, and the one batch record is issued.

GMP 2010, articles 172 and 173: a copy for this batch, one copy a batch; article 186: a number of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from mes.batches import records
from mes.batches.model import Batch
from mes.changes import service as changes
from mes.inventory import making
from mes.inventory import service as inventory
from mes.items.service import convert_of
from mes.orders import orderbook
from mes.orders.model import Facts, Material, Order
from mes.plant import service as plant
from mes.plant.model import Equipment
from mes.recipes import service as recipes
from mes.recipes.document import Line, MasterRecord
from mes.recipes.written import scaled
from telemetry.work import Work


@dataclass(frozen=True, slots=True)
class Copy:
    """The master record that is in force for an order, for the order's quantity."""

    recipe: str
    version: int
    record: MasterRecord


async def effective_copy(work: Work, product: str, quantity: Decimal, unit: str) -> Copy | None:
    """What an order of so much of a product would copy now; None where no master record is in force for it."""
    try:
        found = await recipes.effective(work, product, quantity)
    except recipes.NoEffectiveRecipe:
        return None
    made = await convert_of(work, product, quantity, unit, found.record.unit)
    return Copy(found.product, found.number, scaled(found.record, made))


async def release_order(work: Work, order_id: int, *, version: int | None = None) -> Order:
    """Let the line begin by the master record in force, for the order's quantity.

    Raises OrderNotFound, StaleVersion, Refused (no master record in force; a change that blocks the product),
    RecordNotAsSigned.
    """
    planned = await orderbook.lock(work, order_id, version)
    item = (await inventory.items_by_id(work, [planned.item_id]))[planned.item_id]
    copy = await effective_copy(work, item.code, planned.quantity, planned.unit)
    if copy is not None:
        await recipes.demand_as_signed(work, await recipes.effective(work, item.code, planned.quantity))
    return await release_by(work, order_id, copy)


async def release_by(work: Work, order_id: int, copy: Copy | None) -> Order:
    """Copy this record, number the batch, issue its record, begin its lot. As `release_order` raises."""
    planned = await orderbook.lock(work, order_id)
    item = (await inventory.items_by_id(work, [planned.item_id]))[planned.item_id]
    blocking = await changes.open_for(work, item.code)
    facts = Facts(has_recipe=copy is not None, change_open=bool(blocking))
    released = await orderbook.step_order(work, order_id, "release", facts)
    if copy is not None:
        await _issue(work, released, item.code, copy)
    return await orderbook.order(work, order_id)


async def lines_of(work: Work, order_id: int, lines: Sequence[Line]) -> list[Material]:
    """Lines of a record as an order keeps them, each in its item's own unit. Raises ItemNotFound, UnitsDiffer."""
    return [await _line(work, order_id, line) for line in lines]


async def _issue(work: Work, order: Order, product: str, copy: Copy) -> Batch:
    await orderbook.copy_recipe(work, order.id, recipe=copy.recipe, version=copy.version)
    for line in await lines_of(work, order.id, copy.record.lines):
        await orderbook.need(work, order.id, line)
    number = await plant.next_number(work, "B")
    lot = await making.begin_lot(work, number=number, item=product, reason=f"made by {order.number}")
    machines = machines_for(copy.record, order.equipment_id, await plant.equipment(work))
    return await records.issue_record(
        work, order_id=order.id, number=number, lot_id=lot.id, record=copy.record, machines=machines
    )


def machines_for(record: MasterRecord, line_id: int, equipment: Sequence[Equipment]) -> Mapping[str, int | None]:
    """By operation: the line, or the one machine of the kind that is asked for; None where a person must choose."""
    line = next((each for each in equipment if each.id == line_id), None)
    found: dict[str, int | None] = {}
    for operation in record.operations:
        kind = operation.equipment_kind
        if kind is None or (line is not None and line.kind == kind):
            found[operation.code] = line_id
            continue
        of_kind = [each for each in equipment if each.kind == kind]
        parts = [each for each in of_kind if each.parent_id == line_id] or of_kind
        found[operation.code] = parts[0].id if len(parts) == 1 else None
    return found


async def _line(work: Work, order_id: int, line: Line) -> Material:
    item = await inventory.item_named(work, line.item)
    quantity = await convert_of(work, item.code, line.quantity, line.unit, item.unit)
    return Material(
        order_id=order_id,
        line=line.number,
        item_id=item.id,
        quantity=quantity,
        unit=item.unit,
        over_pct=line.over_pct,
        under_pct=line.under_pct,
        fefo=line.fefo,
        min_remaining_days=line.min_remaining_days,
        dispense=line.dispense,
        assay_adjusted=line.assay_adjusted,
        step=line.step,
    )
