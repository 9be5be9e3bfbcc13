"""A batch of readings as columns, the one shape in which readings travel from a driver to the database.

A driver fills a batch, the edge's buffer keeps it, the wire format carries it, the store appends it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import nan
from types import MappingProxyType
from typing import NamedTuple

from telemetry.quality import is_bad

MAX_READINGS = 500
"""Readings of one batch at most; a batch is also closed after one second."""


NONE: Mapping[int, int] = MappingProxyType({})


class Gap(NamedTuple):
    """Readings that a sender had to give up, since its buffer was full or they too old. It travels like a reading."""

    lane: str  # cold-chain, process, bulk
    first_sequence: int
    last_sequence: int
    first_us: int  # received time of the first reading that is gone
    last_us: int
    n: int  # readings
    reason: str  # full, old, damaged


class Reading(NamedTuple):
    """One reading, for people and tests; the program moves columns."""

    point: str
    device_us: int  # when the device says it was, µs since 1970 UTC
    received_us: int  # when the edge received it, µs since 1970 UTC
    value: float  # NaN where the quality is bad
    quality: int  # OPC classic byte


@dataclass(frozen=True, slots=True)
class Batch:
    """Columns of equal length; `point` indexes `points`, the names that occur."""

    points: tuple[str, ...]
    point: array[int] = field(default_factory=lambda: array("H"))
    device_us: array[int] = field(default_factory=lambda: array("q"))
    received_us: array[int] = field(default_factory=lambda: array("q"))
    value: array[float] = field(default_factory=lambda: array("d"))
    quality: array[int] = field(default_factory=lambda: array("B"))
    claimed_us: Mapping[int, int] = NONE  # place of a reading, and the device's own time where it was not believed
    status: Mapping[int, int] = NONE  # place of a reading, and the protocol's own status where it says more

    def __len__(self) -> int:
        return len(self.point)

    def __iter__(self) -> Iterator[Reading]:
        names = self.points
        columns = zip(self.point, self.device_us, self.received_us, self.value, self.quality, strict=True)
        return (Reading(names[p], d, r, v, q) for p, d, r, v, q in columns)


class BatchBuilder:
    """Collects readings into columns; `take` hands them over and begins anew."""

    def __init__(self) -> None:
        self._index: dict[str, int] = {}
        self._batch = Batch(())

    def __len__(self) -> int:
        return len(self._batch)

    def add(self, point: str, device_us: int, received_us: int, value: float, quality: int) -> None:
        """Append one reading. A value of bad quality becomes NaN: unknown is not zero."""
        columns = self._batch
        columns.point.append(self._index.setdefault(point, len(self._index)))
        columns.device_us.append(device_us)
        columns.received_us.append(received_us)
        columns.value.append(nan if is_bad(quality) else value)
        columns.quality.append(quality)

    def extend(self, readings: Iterable[Reading]) -> None:
        """Append readings."""
        for reading in readings:
            self.add(*reading)

    def take(self) -> Batch:
        """The batch so far."""
        columns, names = self._batch, tuple(self._index)
        self._index, self._batch = {}, Batch(())
        return Batch(names, columns.point, columns.device_us, columns.received_us, columns.value, columns.quality)


def batch_of(readings: Sequence[Reading]) -> Batch:
    """A batch of these readings, in their order."""
    builder = BatchBuilder()
    builder.extend(readings)
    return builder.take()
