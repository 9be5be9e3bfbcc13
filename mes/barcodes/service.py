"""From a scan to the thing that it hangs on: all scan fields send their raw text here, and nobody else reads codes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from mes.barcodes import drug_codes, trade_items
from mes.barcodes.model import ElementUnknown, Scan
from mes.barcodes.own_labels import Own
from mes.barcodes.reading import read_code
from mes.barcodes.recovery import possible_lots
from mes.barcodes.settings import separators
from mes.inventory import containers
from mes.inventory import service as inventory
from mes.inventory.known import known_numbers
from mes.inventory.model import Lot
from mes.orders import service as orders
from mes.people import service as people
from mes.plant import service as plant
from mes.plant.model import Equipment, Zone
from telemetry.errors import NotFound
from telemetry.work import Work

LONGEST_CODE = 400  # a symbol holds more, a label never


class NothingHasThisCode(NotFound):
    """Nothing in the plant has this code: look at the label again, or receive the goods first."""


class Thing(StrEnum):
    """What a code hangs on."""

    LOT = "lot"
    CONTAINER = "container"
    EQUIPMENT = "equipment"
    PERSON = "person"
    LOCATION = "location"
    ORDER = "order"
    ITEM = "item"  # a trade item without a lot


class Disagreement(StrEnum):
    """Where the label says something else than the plant's record of it."""

    ITEM = "item"  # the trade item is another one than the lot's
    EXPIRY = "expiry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a scan means in this plant."""

    thing: Thing
    id: int
    code: str  # the lot's number, the machine's path, the username ...
    name_en: str
    name_zh: str
    scan: Scan
    lot: Lot | None = None  # of a lot, or what is in a container
    disagreements: tuple[Disagreement, ...] = ()


async def read(work: Work, text: str) -> Scan:
    """What a code says, with this plant's settings, lots and calendar. Raises CodeUnreadable."""
    raw = text[:LONGEST_CODE]
    if "\x00" in raw:
        raise ElementUnknown(text=raw.replace("\x00", "␀"))
    today = work.now.astimezone(await plant.time_zone(work)).date()
    lots = await known_numbers(work, possible_lots(raw.strip()))
    return read_code(raw, today=today, known_lots=lots, separators=await separators(work))


async def resolve(work: Work, text: str) -> Found:
    """What a scan means here. A badge says who somebody is; it never signs.

    Raises CodeUnreadable, NothingHasThisCode.
    """
    scan = await read(work, text)
    for look in _ways(scan):
        if found := await look(work, scan):
            return found
    raise NothingHasThisCode(read=scan.hri, kind=scan.kind.value)


Look = Callable[[Work, Scan], Awaitable[Found | None]]


def _ways(scan: Scan) -> tuple[Look, ...]:
    """Where to look, in this order."""
    if scan.own:
        return (_BY_LABEL[Own(scan.own[0])],)
    if scan.sscc:
        return (_container, _lot, _item)
    return (_lot, _container, _drug_code, _order, _machine, _place, _item)


async def _lot(work: Work, scan: Scan) -> Found | None:
    number = _said(scan) or scan.lot
    lot = await inventory.lot_named(work, number) if number else None
    return None if lot is None else await found_lot(work, lot, scan)


async def found_lot(work: Work, lot: Lot, scan: Scan) -> Found:
    """The lot, with where its label disagrees."""
    against = {
        Disagreement.ITEM: scan.gtin is not None and await _is_another_item(work, lot, scan.gtin),
        Disagreement.EXPIRY: scan.expires_on is not None and scan.expires_on != lot.expires_on,
    }
    return Found(
        thing=Thing.LOT,
        id=lot.id,
        code=lot.number,
        name_en=lot.item_en,
        name_zh=lot.item_zh,
        scan=scan,
        lot=lot,
        disagreements=tuple(each for each, holds in against.items() if holds),
    )


async def _is_another_item(work: Work, lot: Lot, gtin: str) -> bool:
    """Whether the trade item is known, and is not the lot's."""
    item = await trade_items.item_of(work, gtin)
    return item is not None and item.id != lot.item_id


async def _container(work: Work, scan: Scan) -> Found | None:
    """By our own number, or by the pallet's SSCC."""
    number = _said(scan) or scan.sscc or scan.lot
    kept = await containers.container_named(work, number) if number else None
    if kept is None:
        return None
    lot = await inventory.lot(work, kept.lot_id)
    names = (lot.item_en, lot.item_zh)
    return Found(
        thing=Thing.CONTAINER, id=kept.id, code=kept.number, name_en=names[0], name_zh=names[1], scan=scan, lot=lot
    )


async def _drug_code(work: Work, scan: Scan) -> Found | None:
    """The lot that a traceability code was captured with."""
    if scan.drug_code is None:
        return None
    try:
        kept = await drug_codes.drug_code(work, scan.drug_code)
    except drug_codes.DrugCodeUnknown as unknown:
        raise NothingHasThisCode(read=scan.hri, kind=scan.kind.value) from unknown
    return await found_lot(work, await inventory.lot(work, kept.lot_id), scan)


async def _order(work: Work, scan: Scan) -> Found | None:
    number = _said(scan) or scan.lot
    order = next((each for each in await orders.orders(work) if each.number == number), None)
    if order is None:
        return None
    made = (await inventory.items_by_id(work, [order.item_id]))[order.item_id]
    return Found(
        thing=Thing.ORDER, id=order.id, code=order.number, name_en=made.name_en, name_zh=made.name_zh, scan=scan
    )


async def _machine(work: Work, scan: Scan) -> Found | None:
    path = _said(scan) or scan.lot
    machine = next((each for each in await plant.equipment(work) if each.path == path), None)
    if machine is None:
        return None
    return _named(Thing.EQUIPMENT, machine, machine.path, scan)


async def _place(work: Work, scan: Scan) -> Found | None:
    code = _said(scan) or scan.lot
    zone = next((each for each in await plant.zones(work) if each.code == code), None)
    if zone is None:
        return None
    return _named(Thing.LOCATION, zone, zone.code, scan)


async def _person(work: Work, scan: Scan) -> Found | None:
    username = _said(scan)
    person = next((each for each in await people.people(work) if each.username == username and each.active), None)
    if person is None:
        return None
    name = person.printed_name
    return Found(thing=Thing.PERSON, id=person.id, code=person.username, name_en=name, name_zh=name, scan=scan)


async def _item(work: Work, scan: Scan) -> Found | None:
    """The trade item alone: only where the code names no lot."""
    item = await trade_items.item_of(work, scan.gtin) if scan.gtin and not scan.lot else None
    if item is None:
        return None
    return Found(thing=Thing.ITEM, id=item.id, code=item.code, name_en=item.name_en, name_zh=item.name_zh, scan=scan)


def _named(thing: Thing, named: Equipment | Zone, code: str, scan: Scan) -> Found:
    return Found(thing=thing, id=named.id, code=code, name_en=named.name_en, name_zh=named.name_zh, scan=scan)


def _said(scan: Scan) -> str | None:
    """The code on a label of ours."""
    return scan.own[1] if scan.own else None


_BY_LABEL: dict[Own, Look] = {
    Own.LOT: _lot,
    Own.CONTAINER: _container,
    Own.EQUIPMENT: _machine,
    Own.PERSON: _person,
    Own.LOCATION: _place,
    Own.ORDER: _order,
}
