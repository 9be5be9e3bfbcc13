"""What became of every quantity of a recall: sums a line, a unit, and the share that was recovered. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from mes.recall.model import Kind
from mes.recall.reach import Line


class Fate(StrEnum):
    RETURNED = "returned"
    DESTROYED = "destroyed"
    CONSUMED = "consumed"  # used up before it could be had back
    LOCATED = "located"  # counted where it is: in the plant, in a rehearsal everywhere
    UNACCOUNTED = "unaccounted"  # nobody can say; entered with the reason, never derived


RECOVERED = frozenset({Fate.RETURNED, Fate.DESTROYED, Fate.LOCATED})
"""Fates of what nobody can use any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """So much of a line is accounted for."""

    id: int
    recall_id: int
    lot_id: int
    shipment: str
    fate: Fate
    quantity: Decimal
    note: str
    takes_back: int | None
    recorded_by: str
    recorded_at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "fate", Fate(self.fate))


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A line with what became of it."""

    line: Line
    by_fate: Mapping[Fate, Decimal]

    @property
    def expected(self) -> Decimal:
        return self.line.quantity if self.line.counted else Decimal(0)

    @property
    def left(self) -> Decimal:
        """What nobody has accounted for yet."""
        return self.expected - sum(self.by_fate.values(), Decimal(0))

    @property
    def recovered(self) -> Decimal:
        return sum((self.by_fate[fate] for fate in RECOVERED), Decimal(0))

    @property
    def recovered_pct(self) -> Decimal | None:
        """None: there was nothing to recover."""
        return percent(self.recovered, self.expected)

    @property
    def reconciled(self) -> bool:
        return self.left == 0


@dataclass(frozen=True, slots=True)
class Share:
    """A part of what there was to find."""

    name: str  # recovered, consumed, unaccounted, open
    quantity: Decimal
    pct: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """All lines of one unit: in the plant and sent."""

    unit: str
    in_stock: Decimal
    shipped: Decimal
    by_fate: Mapping[Fate, Decimal]
    shipped_recovered: Decimal

    @property
    def expected(self) -> Decimal:
        return self.in_stock + self.shipped

    @property
    def recovered(self) -> Decimal:
        return sum((self.by_fate[fate] for fate in RECOVERED), Decimal(0))

    @property
    def left(self) -> Decimal:
        return self.expected - sum(self.by_fate.values(), Decimal(0))

    @property
    def recovered_pct(self) -> Decimal | None:
        """Recovered / (in stock + shipped) x 100."""
        return percent(self.recovered, self.expected)

    @property
    def shares(self) -> tuple[Share, ...]:
        """The whole in parts: recovered, used up, unaccounted for, open; none that is nothing."""
        parts = {
            "recovered": self.recovered,
            "consumed": self.by_fate[Fate.CONSUMED],
            "unaccounted": self.by_fate[Fate.UNACCOUNTED],
            "open": self.left,
        }
        return tuple(Share(name, part, percent(part, self.expected)) for name, part in parts.items() if part > 0)

    @property
    def shipped_pct(self) -> Decimal | None:
        """Recovered of what was shipped / shipped x 100: how well the market was reached."""
        return percent(self.shipped_recovered, self.shipped)


def fates(kind: Kind, *, in_plant: bool) -> tuple[Fate, ...]:
    """What can become of a line."""
    if kind is Kind.MOCK:
        return Fate.LOCATED, Fate.CONSUMED, Fate.UNACCOUNTED
    here = Fate.LOCATED if in_plant else Fate.RETURNED
    return here, Fate.DESTROYED, Fate.CONSUMED, Fate.UNACCOUNTED


def standing(entries: Iterable[Entry]) -> list[Entry]:
    """Entries that count: neither taken back nor taking back."""
    all_of_them = list(entries)
    gone = {each.takes_back for each in all_of_them}
    return [each for each in all_of_them if each.takes_back is None and each.id not in gone]


def accounts(lines: Iterable[Line], entries: Iterable[Entry]) -> list[Account]:
    """Every line with its sums."""
    counted: dict[tuple[int, str], list[Entry]] = {}
    for each in standing(entries):
        counted.setdefault((each.lot_id, each.shipment), []).append(each)
    return [Account(line=line, by_fate=_by_fate(counted.get(line.key, ()))) for line in lines]


def totals(found: Sequence[Account]) -> list[Total]:
    """A sum a unit; grams and pens are never added."""
    return [
        _total(unit, [each for each in found if each.line.unit == unit])
        for unit in dict.fromkeys(each.line.unit for each in found if each.expected)
    ]


def percent(part: Decimal, whole: Decimal) -> Decimal | None:
    """To a tenth; None where there is no whole."""
    return (part * 100 / whole).quantize(Decimal("0.1"), ROUND_HALF_UP) if whole else None


def _total(unit: str, found: Sequence[Account]) -> Total:
    sent = [each for each in found if not each.line.in_plant]
    zero = Decimal(0)
    return Total(
        unit=unit,
        in_stock=sum((each.expected for each in found if each.line.in_plant), zero),
        shipped=sum((each.expected for each in sent), zero),
        by_fate={fate: sum((each.by_fate[fate] for each in found), zero) for fate in Fate},
        shipped_recovered=sum((each.recovered for each in sent), zero),
    )


def _by_fate(entries: Iterable[Entry]) -> dict[Fate, Decimal]:
    sums = dict.fromkeys(Fate, Decimal(0))
    for each in entries:
        sums[each.fate] += each.quantity
    return sums
