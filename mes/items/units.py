"""Units and exact conversions between them. Decimal in, Decimal out.

Nothing is rounded unless the result has no end (100 pens in boxes of 3): such a one is kept to 12 decimals, half up.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
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

_WITHOUT_END = Decimal("1E-12")
_ROOMY = Context(prec=400, rounding=ROUND_HALF_UP)


def convert(quantity: Decimal, unit: str, to: str, factors: Mapping[str, Decimal] | None = None) -> Decimal:
    """A quantity in another unit.

    `factors`: how much of the item's base unit is in one of each of its units, the base unit as 1 (see `factors_of`).
    Raises UnitsDiffer.
    """
    if unit == to:
        return quantity
    for sizes in (SIZES, _own(factors or {})):
        one, other = sizes.get(unit), sizes.get(to)
        if one and other and one[0] == other[0]:
            return decimal_of(Fraction(quantity) * Fraction(one[1]) / Fraction(other[1]))
    raise UnitsDiffer(unit=unit, to=to)


def factors_of(base: str, own: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """How much of the base unit is in one of every unit that can be reached: its own, and their kg, g, mg, l, ml.

    Own factors come first: a box of 50 and a density (1 ml is 1.05 g) say how an item is counted.
    """
    found = {base: Decimal(1)}
    for unit, factor in [(base, Decimal(1)), *own.items()]:
        found.setdefault(unit, factor)
        for kin in _kin(unit):
            size = Fraction(SIZES[kin][1]) / Fraction(SIZES[unit][1])
            found.setdefault(kin, decimal_of(Fraction(factor) * size))
    return found


def contradicts(base: str, unit: str) -> bool:
    """Whether how much one unit holds of the other is known already: no item has kilograms of its own."""
    return unit == base or unit in _kin(base)


def decimal_of(exact: Fraction) -> Decimal:
    """Every digit, where there is an end to them; else 12 decimals."""
    rest = exact.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    told = _ROOMY.divide(Decimal(exact.numerator), Decimal(exact.denominator))
    if rest != 1:
        return told.quantize(_WITHOUT_END, context=_ROOMY)
    return told


def _kin(unit: str) -> list[str]:
    return [other for other, (what, _) in SIZES.items() if unit in SIZES and what == SIZES[unit][0]]


def _own(factors: Mapping[str, Decimal]) -> dict[str, tuple[str, Decimal]]:
    return {unit: ("item", factor) for unit, factor in factors.items()}
