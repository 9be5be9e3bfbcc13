"""What people do with work orders: plan, release, start, hold, complete, close. Each step leaves its audit row.

Other slices import from here; `orderbook` is what lies below the batches, `release` and `completion` above them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from mes.batches import records
from mes.batches.execution import start_operation
from mes.batches.hands import Hand
from mes.batches.model import BatchOperation, OperationStatus
from mes.batches.records import BatchNotFound as BatchNotFound
from mes.batches.records import batch as batch
from mes.batches.records import batch_of as batch_of
from mes.batches.records import batches as batches
from mes.inventory import service as inventory
from mes.inventory.model import Item
from mes.orders import orderbook
from mes.orders.completion import Made as Made
from mes.orders.completion import abort_order as abort_order
from mes.orders.completion import cancel_order as cancel_order
from mes.orders.completion import close_order as close_order
from mes.orders.completion import complete_order as complete_order
from mes.orders.model import Facts, Order, Status
from mes.orders.orderbook import SQL as SQL
from mes.orders.orderbook import OrderNotFound as OrderNotFound
from mes.orders.orderbook import PriorityUnsound as PriorityUnsound
from mes.orders.orderbook import materials as materials
from mes.orders.orderbook import order as order
from mes.orders.orderbook import order_named as order_named
from mes.orders.orderbook import orders as orders
from mes.orders.orderbook import plan_order as plan_order
from mes.orders.orderbook import put_in_line as put_in_line
from mes.orders.release import effective_copy as effective_copy
from mes.orders.release import release_order as release_order
from mes.transitions import Refused
from telemetry.work import Work

Yield = Made
_READY = OperationStatus.READY
DISPATCHED = (Status.RELEASED, Status.RUNNING, Status.ON_HOLD)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One row of the dispatch list: what a line can do next for an order."""

    order: Order
    item: Item
    batch_id: int
    batch: str  # number
    operations: tuple[BatchOperation, ...]  # ready, running or paused
    done: int  # operations that have ended
    total: int


async def start_order(work: Work, order_id: int, *, hand: Hand | None = None, version: int | None = None) -> Order:
    """Begin with the first operation that is ready: its guards are the order's. Raises Refused, StaleVersion."""
    await orderbook.lock(work, order_id, version)
    issued = await batch_of(work, order_id)
    ready = [o for o in await records.operations(work, issued.id) if o.status is _READY] if issued else []
    if not ready:
        raise Refused("order", order_id, "start", ["state_is_released"])
    await start_operation(work, ready[0].id, hand or Hand(None))
    return await order(work, order_id)


async def hold_order(work: Work, order_id: int, *, reason: str, version: int | None = None) -> Order:
    """Stop for a reason: nothing is issued or reported until it is resumed. Raises Refused, StaleVersion."""
    return await orderbook.step_order(work, order_id, "hold", Facts(reason=reason), version=version)


async def resume_order(work: Work, order_id: int, *, version: int | None = None) -> Order:
    """Go on: running where an operation had started, else released. Raises Refused, StaleVersion."""
    held = await orderbook.lock(work, order_id, version)
    step = "resume_unbegun" if held.status is Status.ON_HOLD and held.started_at is None else "resume"
    return await orderbook.step_order(work, order_id, step, Facts())


async def dispatch(work: Work, *, equipment_id: int | None = None) -> list[Dispatch]:
    """What may be worked on, on one line or on all: by due date, then priority, then number."""
    found = await orders(work, statuses=DISPATCHED, equipment_id=equipment_id)
    found.sort(key=lambda each: (each.due_on or date.max, each.priority, each.id))
    items = await inventory.items_by_id(work, [each.item_id for each in found])
    rows = []
    for each in found:
        issued = await batch_of(work, each.id)
        if issued is not None:
            rows.append(_row(each, items[each.item_id], issued.id, issued.number, await _operations(work, issued.id)))
    return rows


async def _operations(work: Work, batch_id: int) -> list[BatchOperation]:
    return await records.operations(work, batch_id)


def _row(order: Order, item: Item, batch_id: int, number: str, operations: list[BatchOperation]) -> Dispatch:
    ended = {OperationStatus.DONE, OperationStatus.SKIPPED}
    now = tuple(o for o in operations if o.status not in ended and o.status is not OperationStatus.PENDING)
    done = sum(o.status in ended for o in operations)
    return Dispatch(order, item, batch_id, number, now, done, len(operations))
