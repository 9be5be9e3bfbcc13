"""How far an order is, in quantities: what its batch made, rejected and sampled, and what went in and came back.

Nothing is kept twice: what was made is the sum of the stock ledger's yields, what was rejected that of the values in
force of the record's yield steps, what was issued and returned that of the issues and returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from mes.batches import service as batches
from mes.batches.judging import Yield
from mes.batches.model import Batch
from mes.materials import service as materials
from mes.materials.model import Line
from mes.orders.model import Order
from telemetry.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Of one order; quantities of the product in the order's unit, of a line in its item's."""

    ordered: Decimal
    unit: str
    made: Decimal  # 0 until the order is completed
    rejected: Decimal
    sampled: Decimal
    lines: tuple[Line, ...]  # issued, returned, and `net`: consumed
    yields: tuple[Yield, ...]


async def progress(work: Work, order: Order, batch: Batch | None) -> Progress:
    """What has happened for the order so far; before its release nothing has."""
    lines = await materials.lines(work, batch.id) if batch else []
    yields = await batches.yields(work, batch.id) if batch else []
    whole = next((each.good for each in yields if each.operation is None), None)
    own = [each for each in yields if each.operation is not None and each.unit == order.unit]
    return Progress(
        ordered=order.quantity,
        unit=order.unit,
        made=whole or Decimal(0),
        rejected=sum((each.rejected or Decimal(0) for each in own), Decimal(0)),
        sampled=sum((each.sampled or Decimal(0) for each in own), Decimal(0)),
        lines=tuple(lines),
        yields=tuple(yields),
    )
