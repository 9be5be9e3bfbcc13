"""What a person wants to know about a shipment at a glance: what is asked for, what is in it, and what stops it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from mes.inventory import fefo
from mes.inventory import service as inventory
from mes.inventory.model import Item, Lot, Unusable
from mes.inventory.usable import why_unusable
from mes.plant import service as plant
from mes.shipments.model import Line, Pick, Returned, Shipment, Status
from mes.shipments.proposing import open_of, propose
from mes.shipments.rows import lines, picks, returns
from telemetry.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSheet:
    line: Line
    item: Item
    open: Decimal  # still to be picked
    proposal: fefo.Pick | None  # what to take for it, and why not the others; None: nothing is to be picked

    @property
    def picked(self) -> Decimal:
        """What of it is in the shipment."""
        return self.line.quantity - self.open


@dataclass(frozen=True, slots=True, kw_only=True)
class PickSheet:
    pick: Pick
    lot: Lot
    against: tuple[Unusable, ...]  # why its lot may not be shipped now

    @property
    def is_blocked(self) -> bool:
        """Whether it stops the shipment: its lot may not be used, or is no longer kept for it."""
        return self.pick.left_at is None and bool(self.against or not self.pick.kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    shipment: Shipment
    lines: tuple[LineSheet, ...]
    picks: tuple[PickSheet, ...]
    returns: tuple[Returned, ...]

    def outside(self, lot_id: int) -> Decimal:
        """How much of a lot was shipped and has not come back."""
        sent = [each.pick.quantity for each in self.picks if each.lot.id == lot_id]
        back = [each.quantity for each in self.returns if each.origin_id == lot_id]
        return sum(sent, Decimal(0)) - sum(back, Decimal(0))


async def sheet(work: Work, found: Shipment) -> Sheet:
    """One shipment with all that is in it."""
    asked, taken = await lines(work, [found.id]), await picks(work, [found.id])
    items = await inventory.items_by_id(work, [line.item_id for line in asked])
    return Sheet(
        shipment=found,
        lines=tuple([await _line(work, found, line, items[line.item_id], taken) for line in asked]),
        picks=await _picked(work, taken),
        returns=tuple(await returns(work, [found.id])),
    )


async def _line(work: Work, found: Shipment, line: Line, item: Item, taken: Sequence[Pick]) -> LineSheet:
    left = open_of(line, taken)
    is_open = found.status is Status.PLANNED and left > 0
    proposal = await propose(work, found, line, taken) if is_open else None
    return LineSheet(line=line, item=item, open=left, proposal=proposal)


async def _picked(work: Work, taken: Sequence[Pick]) -> tuple[PickSheet, ...]:
    lots = {lot.id: lot for lot in await inventory.lots(work, lot_ids=[each.lot_id for each in taken])}
    calendar = await plant.time_zone(work)
    against = {lot.id: tuple(why_unusable(lot, work.now, calendar)) for lot in lots.values()}
    return tuple(PickSheet(pick=each, lot=lots[each.lot_id], against=against[each.lot_id]) for each in taken)
