"""What went on around an excursion: an open door, a defrost, no mains. Shown beside the readings; it hides nothing."""

from __future__ import annotations

import numpy as np

from models.columns import SECOND_US, Columns, columns, hold_us
from models.interval import Interval, merged, overlap_us

OPEN = 0.5
"""Switches read 0 and 1; what is nearer to 1 is on."""


def switched(readings: Columns, *, on: bool, stale_s: float, within: Interval) -> tuple[Interval, ...]:
    """When a switch was on (or off) in a time: as long as a reading holds that says so. Columns in any order.

    Of two readings of one moment the one that says so counts. Time in which nothing was read is neither.
    """
    known = columns(readings.time_us, readings.value, readings.quality, until_us=within.end_us)
    says = (known.value >= OPEN) == on
    order = np.lexsort((says, known.time_us))
    known, says = known.take(order), says[order]
    held = hold_us(known, stale_s, within.end_us)
    rows = np.flatnonzero(says & ~np.isnan(known.value) & (held > 0))
    spans = (Interval(int(known.time_us[r]), int(known.time_us[r] + held[r])) for r in rows)
    return merged(Interval(max(s.start_us, within.start_us), s.end_us) for s in spans)


def minutes_of(intervals: tuple[Interval, ...], within: Interval) -> float:
    """How much of a time they fill, in minutes."""
    return sum(overlap_us(each, within) for each in intervals) / SECOND_US / 60
