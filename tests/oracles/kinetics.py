"""Mean kinetic temperature and rates of change by their formulas, in exact fractions so that equals are equal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import exp, log

from tests.oracles.readings import SECOND_US, Reading, held_until, moments, warmest_a_moment

GAS_CONSTANT = 8.3144e-3  # kJ/(mol K)
ZERO_C = 273.15


@dataclass(frozen=True, slots=True)
class Held:
    """A value with the time in which it was believed."""

    from_us: int
    until_us: int
    value: float


@dataclass(frozen=True, slots=True)
class Mean:
    """Of a window. `kinetic_c` and `mean_c` are None where nothing was known."""

    from_us: int
    until_us: int
    known_us: int
    kinetic_c: float | None
    mean_c: float | None

    @property
    def unknown_us(self) -> int:
        return self.until_us - self.from_us - self.known_us


@dataclass(frozen=True, slots=True)
class Course:
    """What one point held, up to the end."""

    held: tuple[Held, ...]
    from_us: int
    until_us: int
    activation_k: float

    @classmethod
    def of(cls, readings: Iterable[Reading], stale_us: int, until_us: int, activation_kj: float) -> Course:
        row = warmest_a_moment(readings)
        held = tuple(
            Held(reading.at_us, held_until(row, n, stale_us, until_us), reading.value)
            for n, reading in enumerate(row)
            if reading.value is not None
        )
        return cls(held, row[0].at_us, until_us, activation_kj / GAS_CONSTANT)

    def within(self, from_us: int, until_us: int) -> Mean:
        """Of a window: each value weighs as long as it was held in it."""
        parts = [(each.value, min(each.until_us, until_us) - max(each.from_us, from_us)) for each in self.held]
        parts = [(value, us) for value, us in parts if us > 0]
        known_us = sum(us for _, us in parts)
        if not known_us:
            return Mean(from_us, until_us, 0, None, None)
        kinetic = self.activation_k / -log(self._sum(parts) / known_us) - ZERO_C
        mean = float(sum(Fraction(value) * us for value, us in parts) / known_us)
        return Mean(from_us, until_us, known_us, kinetic, mean)

    def _sum(self, parts: list[tuple[float, int]]) -> Fraction:
        """Of the Arrhenius factors, as exact as they are floats: equal courses have equal sums."""
        return sum((Fraction(self.factor(value)) * us for value, us in parts), Fraction(0))

    def factor(self, value: float) -> float:
        """How fast things age at this temperature."""
        return exp(-self.activation_k / (value + ZERO_C))

    def whole(self) -> Mean:
        """From the first reading to the end."""
        return self.within(self.from_us, self.until_us)

    def warmest(self, window_us: int) -> Mean | None:
        """The first of the warmest windows of this length: an edge of it lies on an edge of what was held."""
        last_us = max(self.from_us, self.until_us - window_us)
        edges = {edge for each in self.held for edge in (each.from_us, each.until_us)}
        begins = {self.from_us, last_us} | edges | {edge - window_us for edge in edges}
        windows = [
            self.within(b, min(b + window_us, self.until_us)) for b in sorted(begins) if self.from_us <= b <= last_us
        ]
        known = [window for window in windows if window.kinetic_c is not None]
        return max(known, key=lambda window: window.kinetic_c or 0.0, default=None)


def rates_per_h(readings: Iterable[Reading], over_s: float) -> list[tuple[int, Fraction]]:
    """At each reading the slope of least squares over the time up to it; of a moment, the first reading given.

    Three readings and a quarter of the time are the least that tell a slope.
    """
    row = [same[0] for same in moments(reading for reading in readings if reading.value is not None)]
    over_us, found = round(over_s * SECOND_US), []
    for reading in row:
        seen = [each for each in row if reading.at_us - over_us <= each.at_us <= reading.at_us]
        if len(seen) >= 3 and (seen[-1].at_us - seen[0].at_us) * 4 >= over_us:
            found.append((reading.at_us, slope_per_h(seen)))
    return found


def slope_per_h(readings: list[Reading]) -> Fraction:
    """Of the straight line nearest to the readings."""
    hours = [Fraction(each.at_us - readings[0].at_us, 3600 * SECOND_US) for each in readings]
    values = [Fraction(each.value or 0.0) for each in readings]
    n, t, v = len(readings), sum(hours, Fraction(0)), sum(values, Fraction(0))
    together = sum((h * value for h, value in zip(hours, values, strict=True)), Fraction(0)) - t * v / n
    return together / (sum((h * h for h in hours), Fraction(0)) - t * t / n)
