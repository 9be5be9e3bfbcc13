"""Hours of running and counts, out of readings. Pure; times in µs since 1970.

A reading holds until the next one, and for `holds_us` at most: what is longer without a usable reading is unknown.
Pieces of time can be counted apart and added up: the sum is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from telemetry.quality import is_bad

HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    time_us: int
    value: float
    quality: int

    @property
    def usable(self) -> bool:
        return not is_bad(self.quality) and self.value == self.value  # NaN differs from itself


@dataclass(frozen=True, slots=True)
class Counted:
    """Of a piece of time: microseconds of running or counts, and how much of it nobody knows."""

    used: float
    unknown_us: int


def running(samples: Sequence[Sample], start_us: int, end_us: int, *, above: float, holds_us: int) -> Counted:
    """How long a value was above a limit in [start, end). `samples` in order of time, one before the start if any."""
    ran = known = 0
    for sample, until in _held(samples, end_us, holds_us):
        if sample.usable:
            span = max(0, min(until, end_us) - max(sample.time_us, start_us))
            known += span
            ran += span if sample.value > above else 0
    return Counted(float(ran), end_us - start_us - known)


def counts(samples: Iterable[Sample], start_us: int, end_us: int, *, wraps_at: float | None = None) -> Counted:
    """How far a counter went in [start, end); an increase belongs to the moment of the reading that shows it.

    `samples` in order of time, with the last usable one before the start if any. A lower value is a reset: what the
    counter shows since counts, what it counted between its last reading and the reset can't be known. A counter that
    wraps goes on from `wraps_at`.
    """
    usable = [sample for sample in samples if sample.usable and sample.time_us < end_us]
    gone = 0.0
    for before, after in pairwise(usable):
        if after.time_us >= start_us:
            gone += _increase(before.value, after.value, wraps_at)
    return Counted(gone, 0)


def _increase(before: float, after: float, wraps_at: float | None) -> float:
    if after >= before:
        return after - before
    return after + (max(wraps_at - before, 0.0) if wraps_at else 0.0)


def _held(samples: Sequence[Sample], end_us: int, holds_us: int) -> Iterable[tuple[Sample, int]]:
    for place, sample in enumerate(samples):
        following = samples[place + 1].time_us if place + 1 < len(samples) else end_us
        yield sample, min(following, sample.time_us + holds_us)


def pieces(start_us: int, end_us: int) -> list[tuple[int, int]]:
    """A span cut at whole hours."""
    cuts = [start_us, *range((start_us // HOUR_US + 1) * HOUR_US, end_us, HOUR_US), end_us]
    return [(a, b) for a, b in pairwise(cuts) if a < b]
