"""Units and exact conversions between them. Decimal in, Decimal out: nothing is rounded."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from telemetry.errors import Invalid


class UnitsDiffer(Invalid):
    """These units measure different things: enter how many of the one are in the other, on the item's page."""


SIZES: Mapping[str, tuple[str, Decimal]] = MappingProxyType(
    {
        "kg": ("g", Decimal(1000)),
        "g": ("g", Decimal(1)),
        "mg": ("g", Decimal("0.001")),
        "l": ("ml", Decimal(1000)),
        "ml": ("ml", Decimal(1)),
    }
)
"""Unit to what it measures and how much of that is in one; any other unit is converted by the item's own factors."""


def convert(quantity: Decimal, unit: str, to: str, factors: Mapping[str, Decimal] | None = None) -> Decimal:
    """A quantity in another unit, exactly.

    `factors`: how much of the item's base unit is in one of its own units (`{"box": 50}`), with the base unit as 1.
    Raises UnitsDiffer.
    """
    if unit == to:
        return quantity
    for sizes in (SIZES, _own(factors or {})):
        one, other = sizes.get(unit), sizes.get(to)
        if one and other and one[0] == other[0]:
            return quantity * one[1] / other[1]
    raise UnitsDiffer(unit=unit, to=to)


def _own(factors: Mapping[str, Decimal]) -> dict[str, tuple[str, Decimal]]:
    return {unit: ("item", factor) for unit, factor in factors.items()}
