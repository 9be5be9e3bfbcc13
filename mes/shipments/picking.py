"""Picking by scan: each scan keeps so much of a lot, or of one container, for the shipment. Nothing moves yet.

Who comes second sees what the first has taken, since both wait for the lot, and is told by which shipment.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from mes.inventory import containers, reservations, stock
from mes.inventory import service as inventory
from mes.inventory.model import Lot, Standing
from mes.inventory.standing import Container
from mes.inventory.usable import why_unusable
from mes.materials import scanning
from mes.people.duties import Act, demand_duty
from mes.plant import service as plant
from mes.shipments.deliveries import SQL
from mes.shipments.model import Line, Pick, Shipment, Status
from mes.shipments.proposing import earlier, open_of, vehicles
from mes.shipments.rows import lines, locked, pick_in, picks, picks_of_container, picks_of_lot, shipment
from mes.transitions import Refused
from telemetry.work import Work

NOT_FEFO = "not_fefo"


class PickRefused(Refused):
    """This may not go into this shipment."""

    async def record(self, work: Work) -> None:
        """What was scanned stays on the shipment's record, with every reason against it."""
        after = {name: self.facts[name] for name in ("code", "quantity", "failed_guards")}
        work.audit("shipment.pick.refused", "shipment", self.entity_id, after=after)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Met:
    """What a scan met in the plant."""

    found: Shipment
    lot: Lot
    box: Container | None
    agrees: bool  # the label with the lot's record
    line: Line | None  # that asks for it
    asked: Decimal  # what is open of that line
    place: Standing | None
    at_hand: Decimal  # what stands there, or is in the container, and is in no shipment
    others: tuple[str, ...]  # numbers of shipments that have of it

    @property
    def code(self) -> str:
        return self.box.number if self.box else self.lot.number


async def pick(
    work: Work,
    shipment_id: int,
    scanned: str,
    *,
    quantity: Decimal | None = None,
    zone_id: int | None = None,
    override: str = "",
    roles: Collection[str] = (),
) -> Pick:
    """Keep what was scanned for the shipment: as much as is open and at hand, unless said.

    `override`: why not the lot that expires first, from somebody whose `roles` may say so. Raises ShipmentNotFound,
    PickRefused with every reason, DutyNotHeld, PlaceNotSaid, QuantityNotPositive, and what `scanning.material` raises.
    """
    found = await locked(work, shipment_id)
    if found.status is not Status.PLANNED:
        raise Refused("shipment", shipment_id, "pick", ["state_is_planned"], state=found.status)
    met = await _meet(work, found, scanned, zone_id)
    free = min(met.at_hand, reservations.free(met.lot))
    taken = min(met.asked, free) if quantity is None else stock.positive(quantity)
    against = await _against(work, met, taken, free)
    if override.strip() and NOT_FEFO in against:
        demand_duty(roles, Act.OVERRIDE)
        against.remove(NOT_FEFO)
    else:
        override = ""
    if against or met.line is None or met.place is None:
        said = {"code": met.code, "quantity": str(taken), "shipments": list(met.others)}
        raise PickRefused("shipment", shipment_id, "pick", against, **said)
    return await _keep(work, met, met.line, met.place, taken, override.strip())


async def put_back(work: Work, shipment_id: int, pick_id: int, *, version: int | None = None) -> None:
    """It is not in the shipment any more, and free for others.

    Raises ShipmentNotFound, PickNotFound, StaleVersion, Refused.
    """
    found = await locked(work, shipment_id, version)
    if found.status is not Status.PLANNED:
        raise Refused("shipment", shipment_id, "put_back", ["state_is_planned"], state=found.status)
    await release(work, found, await pick_in(work, shipment_id, pick_id), "put_back")


async def release(work: Work, found: Shipment, picked: Pick, why: str) -> None:
    """Take a pick out of its shipment."""
    await work.run(SQL["put_back"], id=picked.id, now=work.now, actor=work.actor)
    if picked.reservation_id is not None:
        await reservations.end(work, picked.reservation_id, why)
    await work.run(SQL["touch"], id=found.id)
    after = {"pick": picked.id, "code": picked.code, "quantity": picked.quantity, "why": why}
    work.audit("shipment.put_back", "shipment", found.id, after=after)


async def _meet(work: Work, found: Shipment, scanned: str, zone_id: int | None) -> _Met:
    """Find what was scanned, hold its lot, and look at it as it is then."""
    seen = await scanning.material(work, scanned)
    await stock.lock(work, [seen.lot.id])
    lot = await inventory.lot(work, seen.lot.id)
    box = await containers.container(work, seen.container.id) if seen.container else None
    line, asked = await _line(work, found, lot)
    place = await _place(work, lot, box.zone_id if box else zone_id)
    taken = await picks_of_container(work, box.id) if box else await _picked_at(work, lot, place)
    there = box.quantity if box else place.quantity if place else Decimal(0)
    return _Met(
        found=found,
        lot=lot,
        box=box,
        agrees=seen.label_agrees,
        line=line,
        asked=asked,
        place=place,
        at_hand=max(there - sum((each.quantity for each in taken), Decimal(0)), Decimal(0)),
        others=tuple(sorted({(await shipment(work, each.shipment_id)).number for each in taken})),
    )


async def _line(work: Work, found: Shipment, lot: Lot) -> tuple[Line | None, Decimal]:
    """The first line of the lot's item that is not covered, else its last one; and what is open of it."""
    kept = await picks(work, [found.id])
    mine = [line for line in await lines(work, [found.id]) if line.item_id == lot.item_id]
    wanting = [line for line in mine if open_of(line, kept) > 0]
    chosen = next(iter(wanting or mine[-1:]), None)
    return chosen, open_of(chosen, kept) if chosen else Decimal(0)


async def _place(work: Work, lot: Lot, zone_id: int | None) -> Standing | None:
    """Where it is taken from: the place said, or the only one in the plant. Raises PlaceNotSaid."""
    moving = await vehicles(work)
    places = [p for p in await inventory.standings(work, [lot.id], now_only=True) if p.zone_id not in moving]
    there = [place for place in places if zone_id in {None, place.zone_id}]
    if len(there) > 1:
        raise stock.PlaceNotSaid(lot_id=lot.id, zone_ids=[place.zone_id for place in there])
    return there[0] if there else None


async def _picked_at(work: Work, lot: Lot, place: Standing | None) -> list[Pick]:
    if place is None:
        return []
    return [each for each in await picks_of_lot(work, lot.id) if each.zone_id == place.zone_id]


async def _against(work: Work, met: _Met, taken: Decimal, free: Decimal) -> list[str]:
    """Every reason against it, in the order in which a person should hear it."""
    calendar = await plant.time_zone(work)
    reasons: list[str] = [*why_unusable(met.lot, work.now, calendar)]
    until = work.now.astimezone(calendar).date() + timedelta(days=met.found.min_remaining_days)
    told = {
        "wrong_item": met.line is None,
        "label_mismatch": not met.agrees,
        "wrong_location": met.place is None,
        "min_life": not reasons and met.lot.last_day is not None and met.lot.last_day < until,
        "not_in_a_shipment_yet": bool(met.others) and met.at_hand <= 0,
        "insufficient": met.place is not None and met.at_hand > 0 and (taken > free or free <= 0),
        "not_more_than_asked": met.line is not None and (taken > met.asked or met.asked <= 0),
        NOT_FEFO: not reasons and met.line is not None and bool(await earlier(work, met.found, met.lot)),
    }
    found = reasons + [reason for reason, holds in told.items() if holds]
    return found or (["insufficient"] if taken <= 0 else [])


async def _keep(work: Work, met: _Met, line: Line, place: Standing, quantity: Decimal, override: str) -> Pick:
    kept = await reservations.reserve_for_shipment(work, met.found.id, met.lot.id, quantity)
    what = {"line": line.line, "lot_id": met.lot.id, "code": met.code, "quantity": quantity, "unit": line.unit}
    where = {"container_id": met.box.id if met.box else None, "zone_id": place.zone_id}
    facts = {"shipment_id": met.found.id, "reservation_id": kept.id, "override_reason": override}
    made = await work.scalar(SQL["add_pick"], **what, **where, **facts, now=work.now, actor=work.actor)
    await work.run(SQL["touch"], id=met.found.id)
    after = what | where | {"lot": met.lot.number}
    work.audit("shipment.pick", "shipment", met.found.id, after=after, reason=override)
    await work.emit("shipment.picked", shipment_id=met.found.id, number=met.found.number, lot_id=met.lot.id)
    return await pick_in(work, met.found.id, made)
