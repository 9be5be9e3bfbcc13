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


GOOD_ENOUGH = 0x40
"""Qualities from here on have a value."""
NONE: Mapping[int, int] = MappingProxyType({})


class Gap(NamedTuple):
    """Readings that a sender had to give up, since its buffer was full or they too old. It travels like a reading.

    It counts what the sender could not keep until it knew that the database had it: at worst all of that is missing,
    and what was under way at that moment may have arrived. Of a damaged buffer little is known: numbers are 0 where
    they can't be told.
    """

    lane: str  # cold-chain, process, bulk; all where a whole buffer is gone
    first_sequence: int
    last_sequence: int
    first_us: int  # received time of the first reading that is gone
    last_us: int
    n: int  # readings
    reason: str  # full, old, damaged
    epoch: int = 0  # in which the sequences counted; 0 where it is that of the message


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
    # Aside of the columns, by a reading's place, since few readings have any:
    claimed_us: Mapping[int, int] = field(default_factory=lambda: NONE)  # the device's own time that was not believed
    status: Mapping[int, int] = field(default_factory=lambda: NONE)  # the protocol's own status where it says more

    def __len__(self) -> int:
        return len(self.point)

    def __iter__(self) -> Iterator[Reading]:
        names = self.points
        columns = zip(self.point, self.device_us, self.received_us, self.value, self.quality, strict=True)
        return (Reading(names[p], d, r, v, q) for p, d, r, v, q in columns)

    def part(self, start: int, stop: int) -> Batch:
        """The readings from `start` to before `stop`, with what stands aside of them. The names stay all."""
        return Batch(
            self.points,
            self.point[start:stop],
            self.device_us[start:stop],
            self.received_us[start:stop],
            self.value[start:stop],
            self.quality[start:stop],
            _moved(self.claimed_us, range(start, stop)),
            _moved(self.status, range(start, stop)),
        )

    def select(self, places: Sequence[int]) -> Batch:
        """The readings at these places, ascending, with what stands aside of them. The names stay all."""
        return Batch(
            self.points,
            array("H", map(self.point.__getitem__, places)),
            array("q", map(self.device_us.__getitem__, places)),
            array("q", map(self.received_us.__getitem__, places)),
            array("d", map(self.value.__getitem__, places)),
            array("B", map(self.quality.__getitem__, places)),
            _moved(self.claimed_us, places),
            _moved(self.status, places),
        )


class BatchBuilder:
    """Collects readings into columns; `take` hands them over and begins anew."""

    def __init__(self) -> None:
        self._index: dict[str, int] = {}
        self._batch = Batch(())
        self._claimed_us: dict[int, int] = {}
        self._status: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._batch)

    def add(self, point: str, device_us: int, received_us: int, value: float, quality: int, status: int = 0) -> None:
        """Append one reading. A value of bad quality becomes NaN: unknown is not zero. Status 0 says nothing more."""
        columns = self._batch
        if status:
            self._status[len(columns)] = status
        columns.point.append(self._index.setdefault(point, len(self._index)))
        columns.device_us.append(device_us)
        columns.received_us.append(received_us)
        columns.value.append(nan if is_bad(quality) else value)
        columns.quality.append(quality)

    def extend(self, readings: Iterable[Reading]) -> None:
        """Append readings."""
        for reading in readings:
            self.add(*reading)

    def extend_columns(
        self,
        points: Sequence[str],
        point: array[int],
        device_us: array[int],
        received_us: array[int],
        value: array[float],
        quality: array[int],
        status: Mapping[int, int] = NONE,
        claimed_us: Mapping[int, int] = NONE,
    ) -> None:
        """Append columns of equal length, as `add` would one by one; `point` indexes `points`, of which not all need
        occur. `status` and `claimed_us` go by the place in these columns."""
        begin = len(self._batch.point)
        if len(point) == 1:  # many devices send one at a time
            self.add(points[point[0]], device_us[0], received_us[0], value[0], quality[0])
        else:
            columns, index = self._batch, self._index
            place = {p: index.setdefault(points[p], len(index)) for p in dict.fromkeys(point)}
            columns.point.extend(array("H", map(place.__getitem__, point)))
            columns.device_us.extend(device_us)
            columns.received_us.extend(received_us)
            columns.value.extend(_without_bad(value, quality))
            columns.quality.extend(quality)
        if status:
            self._status.update({begin + i: s for i, s in status.items() if s})
        if claimed_us:
            self._claimed_us.update({begin + i: t for i, t in claimed_us.items()})

    def extend_batch(self, batch: Batch) -> None:
        """Append a whole batch, with what stands aside of it."""
        columns = (batch.point, batch.device_us, batch.received_us, batch.value, batch.quality)
        self.extend_columns(batch.points, *columns, batch.status, batch.claimed_us)

    def take(self) -> Batch:
        """The batch so far."""
        columns, names = self._batch, tuple(self._index)
        claimed_us, status = self._claimed_us or NONE, self._status or NONE
        self._index, self._batch, self._claimed_us, self._status = {}, Batch(()), {}, {}
        values = (columns.point, columns.device_us, columns.received_us, columns.value, columns.quality)
        return Batch(names, *values, claimed_us, status)


def batch_of(readings: Sequence[Reading]) -> Batch:
    """A batch of these readings, in their order."""
    builder = BatchBuilder()
    builder.extend(readings)
    return builder.take()


def _moved(aside: Mapping[int, int], places: Sequence[int]) -> Mapping[int, int]:
    """What stands aside of these places, by their new places."""
    if not aside:
        return NONE
    return {new: aside[old] for new, old in enumerate(places) if old in aside}


def _without_bad(value: array[float], quality: array[int]) -> array[float]:
    if min(quality, default=GOOD_ENOUGH) >= GOOD_ENOUGH:
        return value
    return array("d", (nan if is_bad(q) else v for v, q in zip(value, quality, strict=True)))
