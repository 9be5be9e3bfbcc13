"""Packs and trade item numbers of a plant folder: what it says is put there, what people added beside it stays."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from mes.items import service
from mes.items.model import Level
from telemetry.work import Work

if TYPE_CHECKING:
    from mes.plant.words import ItemWords


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing that a folder says of how an item is counted or sold."""

    item: str
    name: str  # a unit, or a trade item number
    level: Level | None  # None: a unit
    quantity: Decimal  # of the base unit in one

    @property
    def key(self) -> str:
        """As an apply names it."""
        return f"{self.item} {self.name}"

    @property
    def facts(self) -> Mapping[str, object]:
        """As an apply tells it."""
        return {"quantity": self.quantity} | ({"level": self.level} if self.level else {})


def said_of(items: Iterable[ItemWords]) -> Iterator[Said]:
    """Everything of the kind in a folder."""
    for item in items:
        for unit, factor in item.units.items():
            yield Said(item=item.code, name=unit, level=None, quantity=factor)
        for each in item.gtins:
            yield Said(item=item.code, name=each.gtin, level=each.level, quantity=each.quantity)


async def missing(work: Work, items: Iterable[ItemWords]) -> list[tuple[Said, Said | None]]:
    """What the plant does not say yet, each with what it says instead. Raises GtinTaken."""
    known = {(each.item, each.name): each async for each in _known(work)}
    numbers = {each.name: each for each in known.values() if each.level}
    found = []
    for said in said_of(items):
        there = numbers.get(said.name) if said.level else known.get((said.item, said.name))
        if said.level and there and there != said:
            raise service.GtinTaken(gtin=said.name, item=there.item)
        if there != said:
            found.append((said, there))
    return found


async def _known(work: Work) -> AsyncIterator[Said]:
    for each in await service.masters(work):
        for own in each.units:
            yield Said(item=own.item, name=own.unit, level=None, quantity=own.factor)
        for trade in each.trade:
            yield Said(item=trade.item, name=trade.gtin, level=trade.level, quantity=trade.quantity)


async def put(work: Work, said: Said, reason: str) -> None:
    """Say it, with its audit row. Raises what the service raises."""
    if said.level is None:
        await service.put_unit(work, said.item, said.name, said.quantity, reason=reason)
    else:
        await service.add_gtin(work, said.item, said.name, level=said.level, quantity=said.quantity, reason=reason)
