"""An item as master data: in which units it is counted, and under which numbers each level of packaging is sold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from mes.inventory.model import Item
from mes.items.units import factors_of


class Level(StrEnum):
    """A level of packaging (GS1 General Specifications, 4.2: each has a trade item number of its own)."""

    EACH = "each"
    INNER = "inner"
    CASE = "case"
    PALLET = "pallet"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnUnit:
    """A pack, or a density: one `unit` of the item holds so much of its base unit."""

    item: str
    unit: str
    factor: Decimal
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeItem:
    """A trade item number; another content needs another number, so it never changes."""

    gtin: str  # 14 digits
    item: str
    level: Level
    quantity: Decimal  # of the item's base unit in one of it

    def __post_init__(self) -> None:
        object.__setattr__(self, "level", Level(self.level))


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterItem:
    """An item with all that is kept about it beside its lots."""

    item: Item
    units: tuple[OwnUnit, ...] = ()
    trade: tuple[TradeItem, ...] = ()
    factors: Mapping[str, Decimal] = field(init=False)  # of the base unit in one of each unit

    def __post_init__(self) -> None:
        own = {each.unit: each.factor for each in self.units}
        object.__setattr__(self, "factors", factors_of(self.item.unit, own))

    def gtin_of(self, level: Level) -> str | None:
        """The number under which a level of its packaging is sold; None: it has none."""
        return next((each.gtin for each in self.trade if each.level == level), None)
