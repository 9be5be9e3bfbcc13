"""Builders: readings in minutes and °C, as the vectors are written, and episodes told back in minutes."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from models.columns import Moments, Qualities, Values
from models.limits import Episode, Limit, evaluate

MINUTE_US = 60_000_000
T0_US = 1_768_435_200_000_000  # 2026-01-15 00:00 UTC
GOOD, UNCERTAIN, BAD = 192, 64, 0

Read = tuple[float, float] | tuple[float, float, int]


class Told(NamedTuple):
    """An episode as the vectors write it: minutes."""

    side: str
    start: float
    end: float | None
    known: float
    unknown: float
    raised: float | None


def at(minute: float) -> int:
    return T0_US + round(minute * MINUTE_US)


def minute(us: int | None) -> float | None:
    return None if us is None else (us - T0_US) / MINUTE_US


def every(step: float, first: float, last: float, value: float) -> list[Read]:
    """The same value each `step` minutes from `first` to `last`, both included."""
    return [(m, value) for m in np.arange(first, last + step / 2, step).tolist()]


def a_limit(**changed: object) -> Limit:
    """2-8 °C as in the vectors: delay 30 min, deadband 0.5, stale 15 min."""
    facts = {"low": 2.0, "high": 8.0, "delay_s": 1800.0, "deadband": 0.5, "stale_s": 900.0} | changed
    return Limit(**{"resolution": Decimal("0.1")} | facts)  # type: ignore[arg-type]


def in_columns(readings: Iterable[Read]) -> tuple[Moments, Values, Qualities]:
    rows = [(*read, GOOD)[:3] for read in readings]
    return (
        np.array([at(row[0]) for row in rows], dtype=np.int64),
        np.array([row[1] for row in rows], dtype=np.float64),
        np.array([row[2] for row in rows], dtype=np.uint8),
    )


def judged(readings: Iterable[Read], limit: Limit | None = None, *, until: float | None = None) -> tuple[Episode, ...]:
    """Episodes as known at minute `until`, or at the last reading."""
    time, value, quality = in_columns(readings)
    until_us = int(time.max()) if until is None else at(until)
    return evaluate(time, value, quality, limit or a_limit(), until_us=until_us)


def told(readings: Iterable[Read], limit: Limit | None = None, *, until: float | None = None) -> list[Told]:
    return [
        Told(e.side, minute(e.start_us) or 0.0, minute(e.end_us), e.known_s / 60, e.unknown_s / 60, minute(e.raised_us))
        for e in judged(readings, limit, until=until)
    ]
