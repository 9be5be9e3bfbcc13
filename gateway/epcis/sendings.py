"""What partners are told of goods that went to a customer: they left, they arrived, or they came back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from gateway.epcis.events import Amount, Language, Load
from gateway.epcis.keeping import SQL, ids
from mes.inventory import containers
from mes.inventory import service as inventory
from mes.plant import service as plant
from mes.shipments import customers
from mes.shipments import service as shipments
from mes.shipments.model import Pick, Returned, Shipment
from telemetry.work import Work


@dataclass(frozen=True, slots=True)
class Telling:
    """An event that was not told yet, and what it is about."""

    subject: str
    at: datetime
    event: Mapping[str, Any]


async def due(work: Work, told: Language) -> list[Telling]:
    """All that was not told yet, in order: what left, what arrived, what came back."""
    found = []
    for shipment_id in await ids(work, "shipped_due"):
        sent = await shipments.shipment(work, shipment_id)
        at = sent.shipped_at or work.now
        found.append(Telling(f"shipped:{sent.id}", at, told.shipped(at, await _load(work, sent))))
    for shipment_id in await ids(work, "arrived_due"):
        sent = await shipments.shipment(work, shipment_id)
        at = sent.arrived_at or work.now
        found.append(Telling(f"arrived:{sent.id}", at, told.arrived(at, await _load(work, sent))))
    for shipment_id in await ids(work, "returned_due"):
        found += await _came_back(work, told, await shipments.shipment(work, shipment_id))
    return found


async def _load(work: Work, sent: Shipment) -> Load:
    taken = await shipments.picks(work, [sent.id])
    return Load(
        amounts=await _amounts(work, taken),
        carriers=[each.code for each in taken if await _is_whole(work, each)],
        zone=await _zone(work, {each.zone_id for each in taken}),
        shipment=sent.number,
        **await _ends(work, sent),
    )


async def _amounts(work: Work, taken: Iterable[Pick]) -> list[Amount]:
    """A sum a lot."""
    sums: dict[int, Decimal] = {}
    for each in taken:
        sums[each.lot_id] = sums.get(each.lot_id, Decimal(0)) + each.quantity
    lots = await inventory.lots(work, lot_ids=list(sums))
    return [Amount(lot.item, lot.number, sums[lot.id], lot.unit) for lot in lots]


async def _is_whole(work: Work, picked: Pick) -> bool:
    """Whether the container itself went, and not a part of what was in it."""
    if picked.container_id is None:
        return False
    box = await containers.container(work, picked.container_id)
    return box.quantity == (picked.quantity if picked.left_at is None else 0)


async def _zone(work: Work, zone_ids: Iterable[int]) -> str | None:
    """The only one of them, by its code."""
    [*codes] = {(await plant.zone(work, zone_id)).code for zone_id in zone_ids}
    return codes[0] if len(codes) == 1 else None


async def _ends(work: Work, sent: Shipment) -> dict[str, str]:
    site = await plant.site(work)
    customer = await customers.customer(work, sent.customer_id)
    return {"site": site.code if site else "", "customer": customer.code}


async def _came_back(work: Work, told: Language, sent: Shipment) -> list[Telling]:
    answer = await work.db.execute(SQL["returned_told"], {"shipment_id": sent.id})
    known = {lot_id for (lot_id,) in await answer.fetchall()}
    ends = await _ends(work, sent)
    return [
        Telling(
            f"returned:{each.lot_id}",
            each.returned_at,
            told.came_back(each.returned_at, await _returned(work, sent, each, ends)),
        )
        for each in await shipments.returns(work, [sent.id])
        if each.lot_id not in known
    ]


async def _returned(work: Work, sent: Shipment, came: Returned, ends: Mapping[str, str]) -> Load:
    """As its own lot, where it was put first."""
    lot = await inventory.lot(work, came.lot_id)
    first = min(await inventory.standings(work, [lot.id]), key=lambda stay: stay.from_time)
    amount = Amount(lot.item, lot.number, came.quantity, came.unit)
    zone = await _zone(work, {first.zone_id})
    return Load(amounts=[amount], zone=zone, shipment=sent.number, **ends)
