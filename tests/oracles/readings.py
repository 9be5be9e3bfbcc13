"""A reading as a person takes it: a printed decimal, rounded to the sensor's resolution, beside its limits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

SECOND_US = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reading:
    """Of one point. `value` is None where the device gave none, or said that it can't be used."""

    at_us: int
    value: float | None
    quality: int = 192


@dataclass(frozen=True, slots=True)
class Range:
    """Limits of one kind. At an inclusive limit a value is out already."""

    low: float | None
    high: float | None
    low_inclusive: bool = False
    high_inclusive: bool = False
    low_delay_s: float = 0.0
    high_delay_s: float = 0.0


def us_of(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def iso_of(at_us: int) -> str:
    """ISO 8601 in UTC, a fraction only where there is one."""
    return (EPOCH + timedelta(microseconds=at_us)).isoformat().replace("+00:00", "Z")


def printed(value: float) -> Decimal:
    """What the number says."""
    return Decimal(repr(float(value)))


def rounded(value: float, resolution: Decimal) -> Decimal:
    """To the sensor's resolution, a half away from zero."""
    return (printed(value) / resolution).quantize(Decimal(1), ROUND_HALF_UP) * resolution


def side_of(value: float | None, limits: Range, resolution: Decimal) -> str | None:
    """On which side it is out."""
    if value is None:
        return None
    taken = rounded(value, resolution)
    if limits.high is not None:
        high = printed(limits.high)
        if taken > high or (limits.high_inclusive and taken == high):
            return "high"
    if limits.low is not None:
        low = printed(limits.low)
        if taken < low or (limits.low_inclusive and taken == low):
            return "low"
    return None


def one_a_moment(readings: Iterable[Reading], limits: Range, resolution: Decimal) -> list[Reading]:
    """Of a moment: the reading farthest out; else a bad one; else the one nearest to a limit.

    Of two equally near the higher one; of two equal values the one of the worse quality.
    """

    def wanted(reading: Reading) -> tuple[int, float, float, int]:
        if reading.value is None:
            return 1, 0.0, 0.0, -reading.quality
        beyond = [-float("inf")]
        if limits.high is not None:
            beyond.append(reading.value - limits.high)
        if limits.low is not None:
            beyond.append(limits.low - reading.value)
        is_out = side_of(reading.value, limits, resolution) is not None
        return (2 if is_out else 0), max(beyond), reading.value, -reading.quality

    return [max(of_moment, key=wanted) for of_moment in moments(readings)]


def warmest_a_moment(readings: Iterable[Reading]) -> list[Reading]:
    """For means: a bad one of a moment, else the warmest."""

    def wanted(reading: Reading) -> tuple[bool, float]:
        return (reading.value is None, 0.0 if reading.value is None else reading.value)

    return [max(of_moment, key=wanted) for of_moment in moments(readings)]


def moments(readings: Iterable[Reading]) -> list[list[Reading]]:
    """Readings of each moment, in order of time."""

    def at(reading: Reading) -> int:
        return reading.at_us

    return [list(same) for _, same in groupby(sorted(readings, key=at), key=at)]


def held_until(readings: list[Reading], row: int, stale_us: int, until_us: int) -> int:
    """When a reading's time is over: at the next one, `stale` at most, and never past the end."""
    following = readings[row + 1].at_us if row + 1 < len(readings) else until_us
    here = readings[row]
    return here.at_us if here.value is None else min(following, here.at_us + stale_us)
