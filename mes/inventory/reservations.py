"""Reservations of lots for lines of a batch or for a shipment; a hold on the lot ends them, and says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from mes.inventory import service, stock
from mes.inventory.model import Lot
from mes.inventory.service import SQL
from mes.inventory.usable import why_unusable
from mes.plant import service as plant
from mes.transitions import Refused
from telemetry.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    id: int
    batch_id: int | None  # None: for a shipment
    line: int | None
    shipment_id: int | None
    lot_id: int
    quantity: Decimal
    reserved_by: str
    reserved_at: datetime
    ended_at: datetime | None  # None: it stands
    end_reason: str | None

    @property
    def stands(self) -> bool:
        """Whether the lot is still kept for it."""
        return self.ended_at is None


async def reserve(work: Work, batch_id: int, line: int, lot_id: int, quantity: Decimal) -> Reservation:
    """Keep so much of a lot for a batch. Raises LotNotFound, Refused where it is not usable or not free."""
    return await _reserve(work, lot_id, quantity, batch_id=batch_id, line=line, shipment_id=None)


async def reserve_for_shipment(work: Work, shipment_id: int, lot_id: int, quantity: Decimal) -> Reservation:
    """Keep so much of a lot for a shipment. Raises as `reserve` does."""
    return await _reserve(work, lot_id, quantity, batch_id=None, line=None, shipment_id=shipment_id)


async def _reserve(work: Work, lot_id: int, quantity: Decimal, **what: int | None) -> Reservation:
    await stock.lock(work, [lot_id])
    lot = await service.lot(work, lot_id)
    against: list[str] = list(why_unusable(lot, work.now, await plant.time_zone(work)))
    if stock.positive(quantity) > free(lot):
        against.append("insufficient")
    if against:
        raise Refused("lot", lot_id, "reserve", against, lot=lot.number)
    facts = what | {"lot_id": lot_id, "quantity": quantity}
    made = await work.one(SQL["reserve"], Reservation, **facts, actor=work.actor, now=work.now)
    if made is None:
        raise AssertionError("an insert answers with its row")
    work.audit("lot.reserve", "lot", lot_id, after={name: said for name, said in facts.items() if said is not None})
    return made


async def reservations(work: Work, *, batch_id: int | None = None, lot_id: int | None = None) -> list[Reservation]:
    """Reservations of a batch or a lot, ended ones too, oldest first."""
    return await work.all(SQL["reservations"], Reservation, batch_id=batch_id, lot_id=lot_id)


async def end(work: Work, reservation_id: int, reason: str) -> None:
    """It was used or is not needed: the lot is free again."""
    await work.run(SQL["end_reservation"], id=reservation_id, reason=reason, actor=work.actor, now=work.now)


async def send(work: Work, reservation_id: int) -> None:
    """What was kept is on its way: no hold frees it for somebody else."""
    await work.run(SQL["send_reservation"], id=reservation_id)


async def use(work: Work, reservation_id: int, quantity: Decimal) -> None:
    """So much of it has gone into the batch; what is used up whole ends."""
    await work.run(SQL["use_reservation"], id=reservation_id, by=quantity, actor=work.actor, now=work.now)


def free(lot: Lot, own: Decimal = Decimal(0)) -> Decimal:
    """What of a lot is not kept for others; `own`: what is reserved for who asks."""
    return lot.quantity - lot.reserved + own
