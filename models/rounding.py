"""Limits as the floats at which a reading changes sides, so that comparing needs no rounding of any reading.

A reading is taken as the decimal that it prints as (8.1 is 8.1; 3 x 2.7 = 8.100000000000001 is what it says), rounded
to the sensor's resolution, a half away from zero (Decimal's ROUND_HALF_UP), and then compared strictly. Printing is
monotone, so "rounds to at least n steps" is the same as "is not below one certain float": found once for a limit, in
exact fractions, it judges a million readings by one comparison each.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor, inf, nextafter


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Where readings change sides. An absent limit is at infinity."""

    low_out: float  # out on the low side: value < low_out
    low_back: float  # ends an episode of the low side: value >= low_back
    high_back: float  # ends an episode of the high side: value < high_back
    high_out: float  # out on the high side: value >= high_out


def _printed(value: float) -> Fraction:
    return Fraction(repr(value))


def smallest_at(steps: int, resolution: Fraction) -> float:
    """The smallest float that rounds to `steps` steps of the resolution, or to more."""
    boundary = (steps - Fraction(1, 2)) * resolution

    def reaches(value: float) -> bool:
        printed = _printed(value)
        return printed >= boundary if boundary > 0 else printed > boundary

    value = float(boundary)
    while reaches(nextafter(value, -inf)):
        value = nextafter(value, -inf)
    while not reaches(value):
        value = nextafter(value, inf)
    return value


@lru_cache(maxsize=1024)
def bounds(low: float | None, high: float | None, deadband: float, resolution: Decimal) -> Bounds:
    """The bounds of a pair of limits. Limits need not be multiples of the resolution."""
    step, inside = Fraction(resolution), _printed(float(deadband))
    low_out, low_back, high_back, high_out = -inf, -inf, inf, inf
    if low is not None:
        limit = _printed(float(low))
        low_out = smallest_at(ceil(limit / step), step)
        low_back = smallest_at(ceil((limit + inside) / step), step)
    if high is not None:
        limit = _printed(float(high))
        high_back = smallest_at(floor((limit - inside) / step) + 1, step)
        high_out = smallest_at(floor(limit / step) + 1, step)
    return Bounds(low_out=low_out, low_back=low_back, high_back=high_back, high_out=high_out)
