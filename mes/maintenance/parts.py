"""Spare parts: stock is what the movements say, never less than nothing. Parts are booked in the work of an order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from mes.maintenance import records
from mes.maintenance.labour import demand_open
from mes.maintenance.words import PartWords
from telemetry import queries
from telemetry.errors import Conflict, Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("parts.sql"))


class PartNotFound(NotFound):
    """There is no such spare part."""


class PartShort(Conflict):
    """There are not so many of this part: somebody may have taken the last one."""


class PartQuantityWrong(Invalid):
    """A quantity of parts is more than nothing; a correction of the stock has a reason."""


class MovementKind(StrEnum):
    RECEIVED = "received"
    USED = "used"  # by an order
    BROUGHT_BACK = "brought_back"  # by the order that took it
    COUNTED = "counted"  # the shelf held more or less than the book


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    id: int
    number: str
    definition: str
    stock: Decimal
    retired: bool
    words: PartWords = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", PartWords.model_validate_json(self.definition))

    @property
    def low(self) -> bool:
        """Whether it is to be ordered."""
        return self.stock < self.words.min_stock


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    id: int
    part_id: int
    number: str
    kind: str
    quantity: Decimal  # signed
    order_id: int | None
    reason: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What an order has taken of a part."""

    part_id: int
    number: str
    definition: str
    quantity: Decimal
    words: PartWords = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", PartWords.model_validate_json(self.definition))


async def parts(work: Work, *, with_retired: bool = False) -> list[Part]:
    """All parts, by number."""
    return await work.all(SQL["parts"], Part, with_retired=with_retired)


async def part(work: Work, part_id: int) -> Part:
    """One part. Raises PartNotFound."""
    found = await work.one(SQL["part"], Part, id=part_id)
    if found is None:
        raise PartNotFound(part_id=part_id)
    return found


async def movements(
    work: Work, *, part_id: int | None = None, order_id: int | None = None, limit: int = 100
) -> list[Movement]:
    """What was booked, newest first."""
    return await work.all(SQL["movements"], Movement, part_id=part_id, order_id=order_id, limit=limit)


async def used_in(work: Work, order_id: int) -> list[Used]:
    """Parts that an order took and did not bring back."""
    return await work.all(SQL["used_in"], Used, order_id=order_id)


async def differing(work: Work) -> list[str]:
    """Numbers of parts whose stock is not the sum of their movements: none, always."""
    answer = await work.db.execute(SQL["differing"])
    return [number for (number,) in await answer.fetchall()]


async def receive(work: Work, part_id: int, quantity: Decimal, *, reason: str = "") -> Part:
    """Parts were delivered. Raises PartNotFound, PartQuantityWrong."""
    _demand(quantity > 0, quantity)
    return await _book(work, part_id, MovementKind.RECEIVED, quantity, reason=reason)


async def count_stock(work: Work, part_id: int, counted: Decimal, *, reason: str) -> Part:
    """Somebody has counted the shelf; a difference is booked with its reason."""
    await work.run(SQL["move"], id=part_id, quantity=Decimal(0))  # from here on nobody else moves it
    found = await part(work, part_id)
    if counted == found.stock:
        return found
    _demand(counted >= 0 and bool(reason.strip()), counted)
    return await _book(work, part_id, MovementKind.COUNTED, counted - found.stock, reason=reason)


async def use(work: Work, order_id: int, part_id: int, quantity: Decimal) -> Part:
    """An order takes parts. Raises OrderNotFound, Refused, PartNotFound, PartShort, PartQuantityWrong."""
    _demand(quantity > 0, quantity)
    demand_open(await records.locked(work, order_id), "use_part")
    return await _book(work, part_id, MovementKind.USED, -quantity, order_id=order_id)


async def bring_back(work: Work, order_id: int, part_id: int, quantity: Decimal) -> Part:
    """What an order took too much of goes back to the shelf. Raises as `use`, PartShort: it took not so many."""
    _demand(quantity > 0, quantity)
    demand_open(await records.locked(work, order_id), "use_part")
    taken = {each.part_id: each.quantity for each in await used_in(work, order_id)}
    if taken.get(part_id, Decimal(0)) < quantity:
        raise PartShort(part_id=part_id, taken=taken.get(part_id, Decimal(0)))
    return await _book(work, part_id, MovementKind.BROUGHT_BACK, quantity, order_id=order_id)


async def _book(
    work: Work, part_id: int, kind: MovementKind, quantity: Decimal, *, order_id: int | None = None, reason: str = ""
) -> Part:
    before = await part(work, part_id)
    if not await work.run(SQL["move"], id=part_id, quantity=quantity):
        raise PartShort(number=before.number, asked=-quantity)
    said = {"kind": kind, "quantity": quantity, "order_id": order_id, "reason": reason.strip()}
    await work.run(SQL["book"], id=part_id, actor=work.actor, now=work.now, **said)
    if order_id is not None:
        await records.write(work, order_id, "part", "", part=before.number, quantity=-quantity)
    work.audit(f"spare_part.{kind}", "spare_part", part_id, after=said | {"number": before.number}, reason=reason)
    return await part(work, part_id)


def _demand(holds: bool, quantity: Decimal) -> None:
    if not holds:
        raise PartQuantityWrong(quantity=quantity)
