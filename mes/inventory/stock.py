"""Lots come, move and are used up: every change closes an interval where the lot stood and opens the next.

Moves are never refused because of a lot's status: what is on hold or expired must be able to go to quarantine or to
destruction. What is refused is use, in `mes.orders`. A move may be recorded late, with the time when it happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from mes.inventory import service
from mes.inventory.ledger import Cause, Kind
from mes.inventory.model import Lot, QualityStatus, Standing
from mes.inventory.service import SQL, LotNotFound
from mes.inventory.standing import Container, MoveOutOfOrder, drawn, put, take
from mes.plant import service as plant
from telemetry.clock import MICROSECOND
from telemetry.errors import Conflict, Invalid
from telemetry.work import Work


class LotNumberTaken(Conflict):
    """A lot with this number is in the plant already."""


class NotStandingThere(Conflict):
    """No such quantity of this lot stands there."""


class QuantityNotPositive(Invalid):
    """A quantity must be a number greater than zero."""


class PlaceNotSaid(Invalid):
    """The lot stands in several places: say from which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a lot came from and what its papers say; parts of it keep that."""

    supplier: str | None = None  # code
    supplier_lot: str = ""
    coa: str = ""
    manufactured_on: date | None = None
    retest_on: date | None = None
    assay_pct: Decimal | None = None
    gtin: str | None = None

    @classmethod
    def of(cls, lot: Lot) -> Origin:
        """A lot's own."""
        return cls(**{name: getattr(lot, name) for name in cls.__slots__})


UNKNOWN = Origin()
USED = Cause(Kind.ISSUE)


async def receive_lot(
    work: Work,
    *,
    number: str,
    item: str,
    quantity: Decimal,
    zone_id: int,
    expires_on: date | None,
    received_at: datetime | None = None,
    reason: str = "",
    decided: QualityStatus = QualityStatus.QUARANTINE,
    origin: Origin = UNKNOWN,
    cause: Cause | None = None,
) -> Lot:
    """Take a new lot in, into quarantine: only QA releases it. In the item's unit; at work.now unless said.

    `decided` is for opening stock alone, which QA has judged before this system knew it; no route offers it.
    Raises ItemNotFound, ZoneNotFound, LotNumberTaken, QuantityNotPositive, MoveOutOfOrder.
    """
    what, where = await service.item_named(work, item), await plant.zone(work, zone_id)
    at = _moment(work, received_at)
    said = {"number": number, "item_id": what.id, "quantity": positive(quantity), "unit": what.unit}
    dates = {"received_at": at, "expires_on": expires_on}
    facts = said | dates | {"quality_status": decided} | asdict(origin)
    lot_id = await work.scalar(SQL["add_lot"], **facts)
    if lot_id is None:
        raise LotNumberTaken(number=number)
    await put(work, lot_id, zone_id, quantity, at, cause or Cause(Kind.RECEIPT, number))
    work.audit("lot.receive", "lot", lot_id, after=facts | {"item": item, "zone": where.code}, reason=reason)
    return await service.lot(work, lot_id)


async def move_lot(
    work: Work,
    lot_id: int,
    *,
    to_zone_id: int,
    from_zone_id: int | None = None,
    quantity: Decimal | None = None,
    at: datetime | None = None,
    reason: str = "",
    container: Container | None = None,
) -> list[Standing]:
    """Move a lot, or a part of it, and answer where it stands now. At work.now, all that stands there, unless said.

    A container that is moved whole goes along; a part of one stands loose where it comes. Raises LotNotFound,
    ZoneNotFound, PlaceNotSaid, NotStandingThere, MoveOutOfOrder, QuantityNotPositive, ContainerNotSaid.
    """
    await lock(work, [lot_id])
    places = await service.standings(work, [lot_id], now_only=True)
    source = _source(lot_id, places, from_zone_id)
    asked = plant.zones_by_id(work, [source.zone_id, to_zone_id]), _changed(work, lot_id, source.zone_id, to_zone_id)
    zones, changed = await work.together(*asked)
    target = zones.get(to_zone_id) or await plant.zone(work, to_zone_id)
    when = _after(work, changed) if at is None else await _then(work, lot_id, target.id, at)
    moved = source.quantity if quantity is None else positive(quantity)
    there = source.quantity if container is None else container.quantity
    if moved > there or source.zone_id == target.id:
        raise NotStandingThere(lot_id=lot_id, zone_id=source.zone_id, quantity=moved, there=there)
    taken = await drawn(work, source, moved, container)
    cause = Cause(Kind.MOVE, reason if container is None else container.number)
    async with work.without_waiting():
        await take(work, source, taken, when, cause)
        for n, draw in enumerate(taken):
            whole = draw.container.id if draw.container and draw.empties else None
            await put(work, lot_id, target.id, draw.quantity, when, cause, whole, known=None if n else places)
        told = {"from_zone_id": source.zone_id, "to_zone_id": target.id, "at": when}
        await work.emit("lot.moved", lot_id=lot_id, **told)
    was = {"zone": zones[source.zone_id].code}
    is_now = {"zone": target.code, "quantity": moved, "at": when}
    work.audit("lot.move", "lot", lot_id, before=was, after=is_now, reason=reason)
    return await service.standings(work, [lot_id], now_only=True)


async def consume(
    work: Work,
    lot_id: int,
    quantity: Decimal,
    *,
    zone_id: int | None = None,
    container: Container | None = None,
    cause: Cause = USED,
) -> Lot:
    """Use up a part of a lot now, from the place said or from where most of it stands. Leaves the audit to the caller.

    Raises LotNotFound, NotStandingThere, MoveOutOfOrder, QuantityNotPositive, ContainerNotSaid.
    """
    await lock(work, [lot_id])
    places = await service.standings(work, [lot_id], now_only=True)
    there = sorted((s for s in places if zone_id in {None, s.zone_id}), key=lambda s: s.quantity, reverse=True)
    if not there or there[0].quantity < positive(quantity) or (container and container.quantity < quantity):
        raise NotStandingThere(lot_id=lot_id, zone_id=zone_id, quantity=quantity)
    taken = await drawn(work, there[0], quantity, container)
    await take(work, there[0], taken, await _now(work, lot_id, there[0].zone_id), cause)
    await work.run(SQL["change_quantity"], lot_id=lot_id, by=-quantity)
    return await service.lot(work, lot_id)


async def give_back(
    work: Work, lot_id: int, quantity: Decimal, *, zone_id: int, container_id: int | None = None, cause: Cause
) -> Lot:
    """More of a lot stands at a place now: what comes out of a batch, or was found. Leaves the audit to the caller.

    Raises LotNotFound, QuantityNotPositive.
    """
    await lock(work, [lot_id])
    at = await _now(work, lot_id, zone_id)
    await put(work, lot_id, zone_id, positive(quantity), at, cause, container_id)
    await work.run(SQL["change_quantity"], lot_id=lot_id, by=quantity)
    return await service.lot(work, lot_id)


async def lock(work: Work, lot_ids: list[int]) -> None:
    """Hold lots until the end of this work, so that nobody else uses, moves or judges them. Raises LotNotFound."""
    if await work.run(SQL["lock_lots"], lot_ids=lot_ids) < len(set(lot_ids)):
        raise LotNotFound(lot_ids=lot_ids)


async def standing_at(work: Work, lot_id: int, zone_id: int | None) -> Standing:
    """What stands of a lot at a place, or at its only one. Raises PlaceNotSaid, NotStandingThere."""
    return _source(lot_id, await service.standings(work, [lot_id], now_only=True), zone_id)


def _source(lot_id: int, places: Sequence[Standing], zone_id: int | None) -> Standing:
    there = [standing for standing in places if zone_id in {None, standing.zone_id}]
    if len(there) > 1:
        raise PlaceNotSaid(lot_id=lot_id, zone_ids=[standing.zone_id for standing in there])
    if not there:
        raise NotStandingThere(lot_id=lot_id, zone_id=zone_id)
    return there[0]


async def _then(work: Work, lot_id: int, zone_id: int, at: datetime) -> datetime:
    """A moment that was said, behind all changes there. Raises MoveOutOfOrder."""
    when = _moment(work, at)
    latest = await _changed(work, lot_id, zone_id)
    if latest is not None and when < latest:
        raise MoveOutOfOrder(lot_id=lot_id, at=when, last_change=latest)
    return when


async def _now(work: Work, lot_id: int, zone_id: int) -> datetime:
    return _after(work, await _changed(work, lot_id, zone_id))


def _after(work: Work, change: datetime | None) -> datetime:
    """Now, or just after the last change there: of two people at once, the one who began first may come second."""
    return work.now if change is None else max(work.now, change + MICROSECOND)


async def _changed(work: Work, lot_id: int, *zone_ids: int) -> datetime | None:
    """When something of the lot last came to these places or left them."""
    at: datetime | None = await work.scalar(SQL["last_change_there"], lot_id=lot_id, zone_ids=list(zone_ids))
    return at


def _moment(work: Work, at: datetime | None) -> datetime:
    if at is not None and at > work.now:
        raise MoveOutOfOrder(at=at, now=work.now)
    return at or work.now


def positive(quantity: Decimal) -> Decimal:
    """The quantity itself. Raises QuantityNotPositive."""
    if not quantity.is_finite() or quantity <= 0:
        raise QuantityNotPositive(quantity=quantity)
    return quantity
