"""A lot's stock as its page shows it: its containers, and its ledger with what stood after each row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate

from mes.inventory import containers, counting, ledger
from mes.inventory.counting import Count
from mes.inventory.ledger import Movement
from mes.inventory.standing import Container
from telemetry.work import Work

MOST_ROWS = 60


@dataclass(frozen=True, slots=True)
class Booked:
    """A row of the ledger, and how much of the lot stood in the plant after it."""

    row: Movement
    after: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LotStock:
    boxes: Sequence[Container]  # full ones first, oldest first
    rows: Sequence[Booked]  # newest first, at most MOST_ROWS
    total: int  # of all rows
    sum: Decimal  # of all rows
    numbers: dict[int, str]  # of containers, by id
    counts: Sequence[Count]  # newest first

    def agrees(self, stock: Decimal) -> bool:
        """Whether the ledger's sum is what stands."""
        return self.sum == stock


async def stock_of(work: Work, lot_id: int) -> LotStock:
    """What stands of a lot by container, and every row that led there."""
    boxes = await containers.containers(work, [lot_id], full_only=False)
    rows = await ledger.movements(work, lot_id)
    booked = [Booked(row, after) for row, after in zip(rows, accumulate(r.quantity for r in rows), strict=True)]
    return LotStock(
        boxes=sorted(boxes, key=lambda box: (not box.quantity, box.id)),
        rows=booked[::-1][:MOST_ROWS],
        total=len(rows),
        sum=booked[-1].after if booked else Decimal(0),
        numbers={box.id: box.number for box in boxes},
        counts=await counting.counts(work, lot_id=lot_id, limit=10),
    )
