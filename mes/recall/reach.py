"""How far a recall reaches, as lines: so much of a lot in the plant, or sent to somebody. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256

from mes.inventory.model import Lot
from telemetry.chain import canonical

IN_PLANT = ""
"""In place of a shipment's number."""


class Origin(StrEnum):
    START = "start"  # the recall begins with it
    TRACE = "trace"  # something of those went into it
    RETURNED = "returned"  # it came back from a shipment


class Stage(StrEnum):
    """Where a lot stands between material and product."""

    RAW = "raw"  # bought: materials, reagents, packaging
    SEMI_FINISHED = "semi_finished"  # a product that went into another one
    FINISHED = "finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """So much of a lot at one place."""

    lot_id: int
    shipment: str  # IN_PLANT: in the plant
    lot: str
    item: str
    stage: Stage
    level: int  # how many edges away from the nearest lot that the recall began with
    origin: Origin
    quantity: Decimal
    unit: str
    counted: bool  # False: its quantity is part of another line
    consignee: str = ""
    address: str = ""
    contact: str = ""
    shipped_at: datetime | None = None
    places: str = ""
    since: int = 1  # number of the scope that it was first found in, or was different in before

    def __post_init__(self) -> None:
        object.__setattr__(self, "origin", Origin(self.origin))
        object.__setattr__(self, "stage", Stage(self.stage))

    @property
    def key(self) -> tuple[int, str]:
        return self.lot_id, self.shipment

    @property
    def in_plant(self) -> bool:
        return self.shipment == IN_PLANT


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """So much of a lot that left the plant, and the lots that came back of it."""

    lot_id: int
    shipment: str
    consignee: str
    address: str
    contact: str
    quantity: Decimal
    unit: str
    shipped_at: datetime | None
    returned: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A lot that the walk met."""

    lot: Lot
    stage: Stage
    level: int
    origin: Origin
    quantity: Decimal  # in the plant; what is on its way to a customer is not
    places: str


@dataclass(frozen=True, slots=True)
class Change:
    """A line that was not there, or was not so, when the scope was kept before."""

    line: Line
    was: Decimal | None  # None: it is new

    @property
    def is_new(self) -> bool:
        return self.was is None


def lines(reached: Iterable[Reached], sent: Iterable[Sent], *, made_of_counted: Iterable[int] = ()) -> list[Line]:
    """Lines of all lots, nearest first: what is in the plant, then what was sent.

    What came back from a shipment of the scope is counted with that shipment, and what was split off or merged after
    the holds (`made_of_counted`) with the lots that it came of.
    """
    out = _summed(sent)
    inner = {lot_id for rows in out.values() for each in rows for lot_id in each.returned} | set(made_of_counted)
    found: list[Line] = []
    for each in sorted(reached, key=lambda each: (each.level, each.lot.id)):
        found.append(_in_plant(each, counted=each.lot.id not in inner))
        found += [_gone(each, leaving) for leaving in out.get(each.lot.id, ())]
    return found


def digest(found: Iterable[Line]) -> str:
    """One text for what a scope says: lots, shipments and quantities."""
    told = sorted([line.lot, line.shipment, f"{line.quantity.normalize():f}", line.unit] for line in found)
    return sha256(canonical({"lines": told}).encode()).hexdigest()


def changes(before: Sequence[Line], now: Sequence[Line]) -> list[Change]:
    """Lines that are new, and those whose quantity is another one."""
    were = {line.key: line.quantity for line in before}
    found = [Change(line, were.get(line.key)) for line in now]
    return [each for each in found if each.was is None or each.was != each.line.quantity]


def grown(before: Sequence[Line], fresh: Sequence[Line]) -> list[Line]:
    """What was counted when the holds were applied stays counted; what was not there then comes to it.

    A lot that was still being made has its quantity now; of a shipment more may have been recorded. What has left
    since, in a vehicle that was loaded before, was counted in the plant: it is counted with its shipment now.
    """
    were = {line.key: line for line in before}
    left = _left_since(were, fresh)
    joined = [
        _grown(were[line.key], line, left.get(line.lot_id, Decimal(0))) if line.key in were else line for line in fresh
    ]
    now = {line.key for line in fresh}
    return [*joined, *(line for line in before if line.key not in now)]


def _left_since(were: Mapping[tuple[int, str], Line], fresh: Iterable[Line]) -> dict[int, Decimal]:
    """By lot: what shipments have of it that they did not have before."""
    found: dict[int, Decimal] = {}
    for line in fresh:
        known = were[line.key].quantity if line.key in were else Decimal(0)
        if not line.in_plant and line.quantity > known:
            found[line.lot_id] = found.get(line.lot_id, Decimal(0)) + line.quantity - known
    return found


def _grown(was: Line, line: Line, left: Decimal) -> Line:
    if line.in_plant and was.quantity > 0:
        return replace(was, quantity=max(was.quantity - left, Decimal(0)))
    return replace(was, quantity=max(was.quantity, line.quantity), places=line.places)


def numbered(before: Sequence[Line], now: Sequence[Line], number: int) -> list[Line]:
    """Lines of a scope, each with the number of the scope since which it says what it says."""
    were = {line.key: line for line in before}
    return [
        replace(line, since=were[line.key].since)
        if line.key in were and were[line.key].quantity == line.quantity
        else replace(line, since=number)
        for line in now
    ]


def _in_plant(each: Reached, *, counted: bool) -> Line:
    return Line(
        lot_id=each.lot.id,
        shipment=IN_PLANT,
        lot=each.lot.number,
        item=each.lot.item,
        stage=each.stage,
        level=each.level,
        origin=each.origin,
        quantity=each.quantity,
        unit=each.lot.unit,
        counted=counted,
        places=each.places,
    )


def _gone(each: Reached, leaving: Sent) -> Line:
    line = _in_plant(each, counted=True)
    return replace(
        line,
        shipment=leaving.shipment,
        quantity=leaving.quantity,
        unit=leaving.unit,
        consignee=leaving.consignee,
        address=leaving.address,
        contact=leaving.contact,
        shipped_at=leaving.shipped_at,
        places="",
    )


def _summed(sent: Iterable[Sent]) -> dict[int, list[Sent]]:
    """By lot, one a shipment."""
    found: dict[tuple[int, str], Sent] = {}
    for each in sent:
        known = found.get((each.lot_id, each.shipment))
        both = each if known is None else replace(known, quantity=known.quantity + each.quantity)
        found[each.lot_id, each.shipment] = both
    by_lot: dict[int, list[Sent]] = {}
    for each in found.values():
        by_lot.setdefault(each.lot_id, []).append(each)
    return by_lot


def consignees(found: Iterable[Line]) -> dict[str, list[Line]]:
    """Who has something of it, with the lines."""
    by_name: dict[str, list[Line]] = {}
    for line in found:
        if not line.in_plant:
            by_name.setdefault(line.consignee, []).append(line)
    return by_name


def places(named: Mapping[int, str], standing: Iterable[tuple[int, Decimal]]) -> str:
    """Where a lot stands: zones with quantities, as one text."""
    return ", ".join(f"{named.get(zone_id, zone_id)}: {quantity.normalize():f}" for zone_id, quantity in standing)
