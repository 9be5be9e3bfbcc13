"""Packs and trade item numbers of a plant folder: what it says is put there, what people added beside it stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from mes.items import service
from mes.items.model import MasterItem
from telemetry.work import Work

if TYPE_CHECKING:
    from mes.plant.words import ItemWords

Facts = Mapping[str, object]


async def missing(work: Work, said: Iterable[ItemWords]) -> list[tuple[str, Facts, Facts]]:
    """What the plant does not say yet: item, what it says, what it will say. Raises GtinTaken."""
    known = {each.item.code: each for each in await service.masters(work)}
    taken = {trade.gtin: trade for each in known.values() for trade in each.trade}
    found: list[tuple[str, Facts, Facts]] = []
    for words in said:
        for each in words.gtins:
            there = taken.get(each.gtin)
            if there and (there.item, there.level, there.quantity) != (words.code, each.level, each.quantity):
                raise service.GtinTaken(gtin=each.gtin, item=there.item)
        new = _new(words, known.get(words.code))
        if new:
            found.append((words.code, _old(known.get(words.code), new), new))
    return found


def _new(words: ItemWords, there: MasterItem | None) -> dict[str, object]:
    units = {each.unit: each.factor for each in there.units} if there else {}
    numbers = {each.gtin for each in there.trade} if there else set()
    new: dict[str, object] = {unit: factor for unit, factor in words.units.items() if units.get(unit) != factor}
    return new | {each.gtin: f"{each.level} {each.quantity}" for each in words.gtins if each.gtin not in numbers}


def _old(there: MasterItem | None, new: Facts) -> dict[str, object]:
    return {each.unit: each.factor for each in (there.units if there else ()) if each.unit in new}


async def put(work: Work, said: ItemWords, reason: str) -> None:
    """Say it, an audit row each. Raises what the service raises."""
    for unit, factor in said.units.items():
        await service.put_unit(work, said.code, unit, factor, reason=reason)
    for each in said.gtins:
        await service.add_gtin(work, said.code, each.gtin, level=each.level, quantity=each.quantity, reason=reason)
