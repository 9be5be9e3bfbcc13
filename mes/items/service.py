"""The item master: how each item is counted and sold. What an item is, `mes.inventory.service.item_named` says."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from mes.barcodes.check_digits import GTIN_LENGTHS, is_right
from mes.inventory import service as inventory
from mes.inventory.model import Item
from mes.items.model import Level, MasterItem, OwnUnit, TradeItem
from mes.items.units import contradicts, convert
from mes.transitions import StaleVersion
from telemetry import queries
from telemetry.errors import Conflict, Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
LARGEST = Decimal(1_000_000_000)


class ItemUnknown(NotFound):
    """The item master has no such item."""


class UnitContradicts(Invalid):
    """What this unit holds of the item's base unit is known already and can't be said otherwise."""


class FactorUnsound(Invalid):
    """How much one pack holds is a number above zero and below a billion."""


class GtinWrong(Invalid):
    """This is no trade item number: 8, 12, 13 or 14 digits, the last of which is a check digit."""


class GtinTaken(Conflict):
    """This trade item number stands for something already. Another content or another item needs another number."""


class ItemChangeWithoutReason(Invalid):
    """A change of an item needs a reason."""


async def master(work: Work, code: str) -> MasterItem:
    """One item with its units and trade item numbers. Raises ItemUnknown."""
    found = [each for each in await masters(work) if each.item.code == code]
    if not found:
        raise ItemUnknown(item=code)
    return found[0]


async def masters(work: Work) -> list[MasterItem]:
    """All items that are not retired, by code."""
    items = await inventory.items(work)
    units, trade = await _units(work), await _trade(work)
    return [_together(each, units, trade) for each in items]


def _together(item: Item, units: Iterable[OwnUnit], trade: Iterable[TradeItem]) -> MasterItem:
    return MasterItem(
        item=item,
        units=tuple(each for each in units if each.item == item.code),
        trade=tuple(each for each in trade if each.item == item.code),
    )


async def convert_of(work: Work, code: str, quantity: Decimal, unit: str, to: str) -> Decimal:
    """A quantity of an item in another of its units, by its own packs too. Raises ItemUnknown, UnitsDiffer."""
    if unit == to:
        return quantity
    return convert(quantity, unit, to, (await master(work, code)).factors)


async def put_unit(
    work: Work, code: str, unit: str, factor: Decimal, *, reason: str, seen: int | None = None
) -> MasterItem:
    """Say how much of the base unit one pack holds. `seen`: the version that the person had before them; 0: none.

    Raises ItemUnknown, StaleVersion, UnitContradicts, FactorUnsound, ItemChangeWithoutReason.
    """
    found, name = await _locked(work, code, reason), unit.strip()
    if not name or contradicts(found.item.unit, name):
        raise UnitContradicts(item=code, unit=name, base=found.item.unit)
    if not factor.is_finite() or not 0 < factor < LARGEST:
        raise FactorUnsound(item=code, unit=name, factor=factor)
    before = next((each for each in found.units if each.unit == name), None)
    current = before.version if before else 0
    if seen is not None and seen != current:
        raise StaleVersion("item", code, yours=seen, current=current)
    if before and before.factor == factor:
        return found
    await work.run(SQL["put_unit"], item=code, unit=name, factor=factor)
    was = {"unit": name, "factor": before.factor} if before else None
    work.audit("item.unit", "item", code, before=was, after={"unit": name, "factor": factor}, reason=reason)
    return await master(work, code)


async def add_gtin(work: Work, code: str, gtin: str, *, level: Level, quantity: Decimal, reason: str) -> MasterItem:
    """Say which number a level of packaging is sold under. Shorter numbers are filled with zeros to 14 digits.

    The same again changes nothing. Raises ItemUnknown, GtinWrong, GtinTaken, FactorUnsound, ItemChangeWithoutReason.
    """
    number = gtin_14(gtin)
    found = await _locked(work, code, reason)
    if not quantity.is_finite() or not 0 < quantity < LARGEST:
        raise FactorUnsound(item=code, gtin=number, quantity=quantity)
    said = TradeItem(gtin=number, item=code, level=level, quantity=quantity)
    if not await work.run(SQL["add_gtin"], gtin=number, item=code, level=level, quantity=quantity):
        if await work.one(SQL["gtin"], TradeItem, gtin=number) != said:
            raise GtinTaken(gtin=number)
        return found
    after = {"gtin": number, "level": level, "quantity": quantity}
    work.audit("item.gtin", "item", code, after=after, reason=reason)
    return await master(work, code)


def gtin_14(text: str) -> str:
    """The number with 14 digits. Raises GtinWrong."""
    digits = text.strip()
    if len(digits) not in GTIN_LENGTHS or not is_right(digits):
        raise GtinWrong(gtin=digits)
    return digits.zfill(14)


async def _locked(work: Work, code: str, reason: str) -> MasterItem:
    """One after the other where two people change one item."""
    if not reason.strip():
        raise ItemChangeWithoutReason(item=code)
    await work.run(SQL["lock_item"], code=code)
    return await master(work, code)


async def _units(work: Work) -> list[OwnUnit]:
    return await work.all(SQL["units"], OwnUnit, items=None)


async def _trade(work: Work) -> list[TradeItem]:
    return await work.all(SQL["trade"], TradeItem, items=None)
