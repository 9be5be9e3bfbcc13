"""Orders as they are kept: planned, looked up, and the one way in which an order changes its state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from mes.inventory import service as inventory
from mes.inventory import stock
from mes.orders.model import ORDERS, Facts, Material, Order, Status
from mes.plant import service as plant
from mes.transitions import StaleVersion
from telemetry import queries
from telemetry.errors import Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
ALL = 2**31 - 1
FIRST, USUAL, LAST = 1, 3, 5


class OrderNotFound(NotFound):
    """There is no such work order."""


class PriorityUnsound(Invalid):
    """A priority is a number from 1 (goes first) to 5 (goes last)."""


async def plan_order(
    work: Work,
    *,
    item: str,
    equipment_id: int,
    quantity: Decimal,
    priority: int = USUAL,
    due_on: date | None = None,
) -> Order:
    """Plan to make so much of an item on a line by a day. Its materials and steps are copied at release.

    Raises ItemNotFound, EquipmentNotFound, QuantityNotPositive, PriorityUnsound.
    """
    made, line = await inventory.item_named(work, item), await plant.machine(work, equipment_id)
    _check(priority)
    amount = stock.positive(quantity)
    number = await plant.next_number(work, "WO")
    said = {"number": number, "quantity": amount, "unit": made.unit, "priority": priority, "due_on": due_on}
    order_id: int = await work.scalar(
        SQL["plan_order"], item_id=made.id, equipment_id=line.id, actor=work.actor, now=work.now, **said
    )
    work.audit("order.plan", "order", order_id, after=said | {"item": item, "line": line.path})
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
    found = await work.one(SQL["order"], Order, order_id=order_id, number=None)
    if found is None:
        raise OrderNotFound(order_id=order_id)
    return found


async def order_named(work: Work, number: str) -> Order | None:
    """The order with this number, as a scan finds it, or None."""
    return await work.one(SQL["order"], Order, order_id=None, number=number)


async def materials(work: Work, order_id: int) -> list[Material]:
    """The lines of the order's bill of materials, in their order; none before its release."""
    return await work.all(SQL["materials"], Material, order_id=order_id)


async def lock(work: Work, order_id: int, version: int | None = None) -> Order:
    """Hold an order until the end of this work. Raises OrderNotFound, StaleVersion."""
    await work.run(SQL["lock_order"], order_id=order_id)
    found = await order(work, order_id)
    if version is not None and version != found.version:
        raise StaleVersion("order", order_id, yours=version, current=found.version)
    return found


async def put_in_line(work: Work, order_id: int, *, priority: int, due_on: date | None, version: int) -> Order:
    """Say when an order goes and by when it is needed. Raises OrderNotFound, StaleVersion, PriorityUnsound."""
    _check(priority)
    before = await lock(work, order_id, version)
    said = {"priority": priority, "due_on": due_on}
    await work.run(SQL["put_in_line"], order_id=order_id, **said)
    was = {"priority": before.priority, "due_on": before.due_on}
    work.audit("order.put_in_line", "order", order_id, before=was, after=said)
    return await order(work, order_id)


async def step_order(
    work: Work,
    order_id: int,
    step: str,
    facts: Facts,
    *,
    version: int | None = None,
    signature_id: int | None = None,
) -> Order:
    """Take an order a step further in `ORDERS`. Raises OrderNotFound, Refused, StaleVersion."""
    before = await lock(work, order_id, version)
    line = await plant.machine(work, before.equipment_id)
    row = ORDERS.step(step, order_id, before.status, replace(facts, line=line.status))
    held = facts.reason if row.target == Status.ON_HOLD else None
    ended = facts.reason if row.target in {Status.CANCELLED, Status.ABORTED} else None
    changed = {"status": row.target, "hold_reason": held, "ended_reason": ended, "now": work.now}
    await work.run(SQL["step_order"], order_id=order_id, **changed)
    is_now: dict[str, object] = {"status": row.target} | ({"signature": signature_id} if signature_id else {})
    said = step.removesuffix("_unbegun")
    work.audit(f"order.{said}", "order", order_id, before={"status": before.status}, after=is_now, reason=facts.reason)
    await work.emit("order.stepped", order_id=order_id, number=before.number, status=row.target)
    return await order(work, order_id)


async def need(work: Work, order_id: int, line: Material) -> None:
    """Keep one line of the copied bill of materials."""
    names = ("line", "item_id", "quantity", "unit", "over_pct", "under_pct", "fefo", "min_remaining_days")
    facts = {name: getattr(line, name) for name in (*names, "dispense", "assay_adjusted", "step")}
    await work.run(SQL["need_material"], order_id=order_id, **facts)


async def copy_recipe(work: Work, order_id: int, *, recipe: str, version: int) -> None:
    """Remember which version of which master record was copied."""
    await work.run(SQL["copy_recipe"], order_id=order_id, recipe=recipe, recipe_version=version)


def _check(priority: int) -> None:
    if not FIRST <= priority <= LAST:
        raise PriorityUnsound(priority=priority)
