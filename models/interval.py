"""Half-open intervals of time, in whole microseconds: a moment belongs to the interval that begins there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Interval(NamedTuple):
    """From `start_us` up to, not including, `end_us`."""

    start_us: int
    end_us: int

    @property
    def length_us(self) -> int:
        """Microseconds; nothing for an interval that ends before it starts."""
        return max(0, self.end_us - self.start_us)


def overlap_us(one: Interval, other: Interval) -> int:
    """Microseconds that both have."""
    return Interval(max(one.start_us, other.start_us), min(one.end_us, other.end_us)).length_us


def merged(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """The same time as intervals that neither touch nor overlap, in order. Empty ones vanish."""
    found: list[Interval] = []
    for interval in sorted(each for each in intervals if each.length_us):
        if found and interval.start_us <= found[-1].end_us:
            found[-1] = Interval(found[-1].start_us, max(found[-1].end_us, interval.end_us))
        else:
            found.append(interval)
    return tuple(found)
