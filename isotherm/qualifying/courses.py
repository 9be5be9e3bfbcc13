"""Readings of the vectors, in minutes and °C, and episodes told back in minutes.

Limits 2 to 8 °C, delay 30 min, deadband 0.5, a reading holds for 15 min: those of the alarm vectors E1 to E6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

import numpy as np

from models.columns import Columns
from models.limits import Episode, Limit, evaluate

MINUTE_US = 60_000_000
GOOD = 192
LIMIT = Limit(low=2.0, high=8.0, delay_s=1800.0, deadband=0.5, stale_s=900.0, resolution=Decimal("0.1"))

Read = tuple[float, float]
Told = tuple[str, float | None, float | None, float, float, float | None]
"""An episode: side, start, end, minutes known and unknown, when its alarm was raised."""


def every(step: float, first: float, last: float, value: float) -> list[Read]:
    """The same value each `step` minutes from `first` to `last`, both included."""
    return [(minute, value) for minute in np.arange(first, last + step / 2, step).tolist()]


EPISODES: Mapping[str, tuple[Sequence[Read], Sequence[Told]]] = MappingProxyType(
    {
        "E1": ([(0, 5), *every(5, 5, 35, 9), (40, 5)], [("high", 5, 40, 35, 0, 35)]),
        "E2": ([(0, 5), *every(5, 5, 20, 9), (25, 5)], [("high", 5, 25, 20, 0, None)]),
        "E3": (
            [(0, 5), (5, 1.5), *every(5, 10, 50, 12), (55, 5)],
            [("low", 5, 10, 5, 0, None), ("high", 10, 55, 45, 0, 40)],
        ),
        "E4": ([(0, 5), (5, 8.4), (725, 8.3), (730, 5)], [("high", 5, 730, 20, 705, 725)]),
        "E5": (every(5, 0, 45, 8.0), []),
        "E6": (
            [*((m, 8.1 if m % 10 else 7.9) for m in range(0, 181, 5)), (185, 7.4)],
            [("high", 5, 185, 90, 0, 35)],
        ),
    }
)
"""Vectors of the alarm engine: readings, and the episodes that they are."""
LIVE: Sequence[Read] = [(0, 5), (60, 5)]
BUFFERED: Sequence[Read] = [*every(5, 10, 50, 9.5), (55, 5)]
LATE_EPISODE: Sequence[Told] = [("high", 10, 55, 45, 0, 40)]
"""Vector b4: what came live, what a buffer delivers at minute 90, and the episode that both are."""
ADAPTIVE: Sequence[Read] = [(0, 5), (30, 5), (60, 5), *every(2, 62, 68, 12), (70, 12), (72, 5), (102, 5)]
"""Vector M14: a reading each 30 min within limits, each 2 min beyond."""


def columns_of(readings: Iterable[Read], zero_us: int = 0) -> Columns:
    """As the models take them."""
    rows = list(readings)
    time = np.array([zero_us + round(minute * MINUTE_US) for minute, _ in rows], dtype=np.int64)
    value = np.array([value for _, value in rows], dtype=np.float64)
    return Columns(time, value, np.full(len(rows), GOOD, dtype=np.uint8))


def told(readings: Columns, *, until_us: int, zero_us: int = 0) -> list[Told]:
    """The episodes of some readings, in minutes after `zero_us`."""
    found = evaluate(readings.time_us, readings.value, readings.quality, LIMIT, until_us=until_us)
    return [_told(each, zero_us) for each in found]


def _told(found: Episode, zero_us: int) -> Told:
    def minute(us: int | None) -> float | None:
        return None if us is None else (us - zero_us) / MINUTE_US

    times = minute(found.start_us), minute(found.end_us)
    return (str(found.side), *times, found.known_s / 60, found.unknown_s / 60, minute(found.raised_us))
