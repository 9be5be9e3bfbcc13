"""First expired, first out: which lots to take for a need, and why not the others.

Pure: lots as they are at that moment go in, allocations and rejections come out. Every lot asked about is answered for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from mes.inventory.model import Lot, Unusable
from mes.inventory.usable import why_unusable

SHORT_LIFE = "min_life"
EMPTY = "empty"
RESERVED = "reserved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    lot: Lot
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    lot: Lot
    reasons: tuple[str, ...]  # Unusable's, `min_life`, `empty`, `reserved`: all that hold, not only the first


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """What to take, in the order in which to take it."""

    allocations: tuple[Allocation, ...]
    rejections: tuple[Rejection, ...]
    missing: Decimal  # what the usable lots do not cover

    @property
    def complete(self) -> bool:
        """Whether the need is covered."""
        return self.missing == 0


def pick(
    lots: Iterable[Lot], need: Decimal, at: datetime, plant_zone: ZoneInfo, *, min_remaining_days: int = 0
) -> Pick:
    """Lots of one item and unit for a need: earliest expiry first, then longest here, then smallest rest.

    A lot without a last day comes last. Lots that may not be used, that are empty or reserved whole, or whose last day
    comes before `min_remaining_days` more days have passed in the plant's calendar, are rejected with their reasons.
    What is reserved of a lot is not taken.
    """
    lots = list(lots)
    against = {lot.id: _against(lot, at, plant_zone, min_remaining_days) for lot in lots}
    missing, taken = need, []
    for lot in sorted((lot for lot in lots if not against[lot.id]), key=_order):
        if missing <= 0:
            break
        quantity = min(lot.quantity - lot.reserved, missing)
        taken.append(Allocation(lot=lot, quantity=quantity))
        missing -= quantity
    rejected = [Rejection(lot=lot, reasons=tuple(against[lot.id])) for lot in lots if against[lot.id]]
    return Pick(allocations=tuple(taken), rejections=tuple(rejected), missing=max(missing, Decimal(0)))


def before(
    lots: Iterable[Lot], chosen: Lot, at: datetime, plant_zone: ZoneInfo, *, min_remaining_days: int = 0
) -> list[Lot]:
    """Usable lots that expire before the chosen one and should be taken first."""
    usable = [lot for lot in lots if lot.id != chosen.id and not _against(lot, at, plant_zone, min_remaining_days)]
    return sorted((lot for lot in usable if _last_day(lot) < _last_day(chosen)), key=_order)


def _against(lot: Lot, at: datetime, plant_zone: ZoneInfo, min_remaining_days: int) -> list[str]:
    reasons: list[str] = list(why_unusable(lot, at, plant_zone))
    until = at.astimezone(plant_zone).date() + timedelta(days=min_remaining_days)
    over = {Unusable.EXPIRED, Unusable.RETEST_DUE}
    if lot.last_day is not None and lot.last_day < until and not over.intersection(reasons):
        reasons.append(SHORT_LIFE)
    if lot.quantity <= 0:
        reasons.append(EMPTY)
    elif lot.quantity <= lot.reserved:
        reasons.append(RESERVED)
    return reasons


def _order(lot: Lot) -> tuple[date, datetime, Decimal, int]:
    return _last_day(lot), lot.received_at, lot.quantity, lot.id


def _last_day(lot: Lot) -> date:
    return lot.last_day or date.max
