"""Which readings of a message may be stored. What can't be believed at all is set aside, never changed, never dropped.

A message stays one unit: its good readings are stored under its ledger row, the others go, encoded again, into one
set-aside row for each reason.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace
from enum import StrEnum
from math import hypot, isnan

from telemetry.batch import Batch
from telemetry.quality import is_bad

EARLIEST_US = 631_152_000_000_000
"""1990-01-01 UTC: no plant has readings before it, a clock that was never set has."""
AHEAD_US = 86_400_000_000
"""A day: a time later than that from now is no time of a reading."""


LARGEST = 1e100
"""A value beyond it is none of a plant: registers read in a wrong order make such. Sums and squares of what is stored
stay numbers, or one point's roll-up would hold up those of all."""
_WITH_VALUE = bytes(range(0x40, 0x100))
"""Qualities that are not bad."""


class Fault(StrEnum):
    """Why a reading can't be stored. The value is the code of its set-aside row."""

    VALUE = "BadValue"  # not a number, infinite or beyond all measure, and yet not of bad quality
    TIMESTAMP = "BadTimestamp"  # device or received time before 1990, or more than a day ahead


@dataclass(frozen=True, slots=True)
class Screened:
    """A batch taken apart. `faulty` is empty nearly always."""

    sound: Batch
    faulty: dict[Fault, Batch]
    first_us: int  # earliest and latest device time of what is sound; the present moment where nothing is
    last_us: int


def screen(batch: Batch, now_us: int) -> Screened:
    """Take a batch apart into what may be stored and what not."""
    if not len(batch):
        return Screened(batch, {}, now_us, now_us)
    first_us, last_us = min(batch.device_us), max(batch.device_us)
    if _is_sound(batch, first_us, last_us, now_us):
        return Screened(batch, {}, first_us, last_us)
    faults = [_fault(d, r, v, q, now_us) for _, d, r, v, q in _rows(batch)]
    faulty = {
        fault: batch.select([i for i, found in enumerate(faults) if found is fault])
        for fault in Fault
        if fault in faults
    }
    sound = batch.select([i for i, found in enumerate(faults) if found is None]) if faulty else batch
    times = sound.device_us or [now_us]
    return Screened(_without_bad_values(sound), faulty, min(times), max(times))


def _is_sound(batch: Batch, first_us: int, last_us: int, now_us: int) -> bool:
    """The usual case, told by whole columns: all times in range, all qualities with a value, no value too large."""
    latest = now_us + AHEAD_US
    return (
        first_us >= EARLIEST_US
        and last_us <= latest
        and min(batch.received_us) >= EARLIEST_US
        and max(batch.received_us) <= latest
        and not batch.quality.tobytes().translate(None, _WITH_VALUE)  # no byte is left: a hundredth of a loop
        and hypot(*batch.value) <= LARGEST  # one look at all: no value is larger than it, and NaN is not less
    )


def _rows(batch: Batch) -> zip[tuple[int, int, int, float, int]]:
    return zip(batch.point, batch.device_us, batch.received_us, batch.value, batch.quality, strict=True)


def _fault(device_us: int, received_us: int, value: float, quality: int, now_us: int) -> Fault | None:
    latest = now_us + AHEAD_US
    if not (EARLIEST_US <= device_us <= latest and EARLIEST_US <= received_us <= latest):
        return Fault.TIMESTAMP
    return None if abs(value) <= LARGEST or is_bad(quality) else Fault.VALUE


def _without_bad_values(batch: Batch) -> Batch:
    """A number that a foreign sender left beside a bad quality is none: unknown is not zero."""
    if all(isnan(v) for v, q in zip(batch.value, batch.quality, strict=True) if is_bad(q)):
        return batch
    nan = float("nan")
    value = array("d", [nan if is_bad(q) else v for v, q in zip(batch.value, batch.quality, strict=True)])
    return replace(batch, value=value)
