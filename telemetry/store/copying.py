"""Columns of readings to the rows of PostgreSQL's binary COPY and back, at the speed of slices: no loop a reading.

Two row shapes of fixed width go in, with a value and with NULL; one comes out, with NaN for NULL. A column's bytes are
laid into the rows with strided slices. Format: PostgreSQL documentation, COPY,
"Binary Format"; times are µs since 2000.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import isfinite
from typing import Any

HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
TRAILER = struct.pack(">h", -1)
YEAR_2000_US = 946_684_800_000_000

_WITH_VALUE = struct.Struct(">h ii iq iq id ih iq")
_WITHOUT_VALUE = struct.Struct(">h ii iq iq i ih iq")
_OUT = struct.Struct(">h ii iq id ih")


@dataclass(frozen=True, slots=True)
class Rows:
    """Readings of one message as columns of equal length. A NaN value becomes NULL."""

    point_id: array[int]  # typecode i
    time_us: array[int]
    received_us: array[int]
    value: array[float]
    quality: array[int]  # typecode B
    batch_id: int

    def __len__(self) -> int:
        return len(self.point_id)

    def select(self, places: Iterable[int]) -> Rows:
        """The rows at these places."""
        at = list(places)
        return Rows(
            pick(self.point_id, at),
            pick(self.time_us, at),
            pick(self.received_us, at),
            pick(self.value, at),
            pick(self.quality, at),
            self.batch_id,
        )


@dataclass(frozen=True, slots=True)
class Columns:
    """Stored readings as columns, ordered by point, then time. `numpy.frombuffer` reads them without a copy."""

    point: array[int] = field(default_factory=lambda: array("i"))
    time_us: array[int] = field(default_factory=lambda: array("q"))  # device time, µs since 1970 UTC
    value: array[float] = field(default_factory=lambda: array("d"))  # NaN where the quality is bad
    quality: array[int] = field(default_factory=lambda: array("B"))  # OPC classic byte

    def __len__(self) -> int:
        return len(self.point)


def pick(column: array[Any], places: Sequence[int]) -> array[Any]:
    """A column of what stands at these places."""
    return array(column.typecode, [column[i] for i in places])


def pack(rows: Rows) -> bytearray:
    """The rows in COPY's binary format, without header and trailer."""
    if isfinite(sum(rows.value)):
        return _pack_values(rows)
    missing = [i for i, v in enumerate(rows.value) if v != v]  # NaN is what differs from itself
    gone = set(missing)
    known = (i for i in range(len(rows)) if i not in gone)
    return _pack_values(rows.select(known)) + _pack_nulls(rows.select(missing))


def unpack(data: bytes | bytearray) -> Columns:
    """The columns of a COPY ... TO STDOUT of (point int4, time timestamptz, value float8 not null, quality int2)."""
    body = memoryview(data)[len(HEADER) : len(data) - len(TRAILER)]
    shift = YEAR_2000_US
    return Columns(
        _take("i", body, 6, 4),
        array("q", [t + shift for t in _take("q", body, 14, 8)]),
        _take("d", body, 26, 8),
        array("B", bytes(body[39 :: _OUT.size])),
    )


def _pack_values(rows: Rows) -> bytearray:
    template = _WITH_VALUE.pack(6, 4, 0, 8, 0, 8, 0, 8, 0, 2, 0, 8, rows.batch_id)
    out = bytearray(template * len(rows))
    _lay_head(out, rows, _WITH_VALUE.size)
    _lay(out, 38, rows.value, _WITH_VALUE.size)
    out[51 :: _WITH_VALUE.size] = rows.quality.tobytes()
    return out


def _pack_nulls(rows: Rows) -> bytearray:
    template = _WITHOUT_VALUE.pack(6, 4, 0, 8, 0, 8, 0, -1, 2, 0, 8, rows.batch_id)
    out = bytearray(template * len(rows))
    _lay_head(out, rows, _WITHOUT_VALUE.size)
    out[43 :: _WITHOUT_VALUE.size] = rows.quality.tobytes()
    return out


def _lay_head(out: bytearray, rows: Rows, width: int) -> None:
    _lay(out, 6, rows.point_id, width)
    _lay(out, 14, _since_2000(rows.time_us), width)
    _lay(out, 26, _since_2000(rows.received_us), width)


def _since_2000(times_us: array[int]) -> array[int]:
    """Times since 1970 as PostgreSQL counts them. The whole column is one long number, and one subtraction does it.

    That holds while no place borrows from the next. A time before 2000 does, and shows by its sign.
    """
    shift, ones, data = YEAR_2000_US, _ones(len(times_us)), times_us.tobytes()
    less = int.from_bytes(data, sys.byteorder) - shift * ones
    if less < 0 or less & ones << 63:
        return array("q", [t - shift for t in times_us])
    column = array("q")
    column.frombytes(less.to_bytes(len(data), sys.byteorder))
    return column


@lru_cache(maxsize=64)
def _ones(n: int) -> int:
    """A 1 at each of n places of 64 bits."""
    return int.from_bytes((1).to_bytes(8, "little") * n, "little")


def _lay(out: bytearray, offset: int, column: array[Any], width: int) -> None:
    """Write the column, big-endian, into every row at the offset."""
    size = column.itemsize
    if sys.byteorder == "little":
        column = column[:]
        column.byteswap()
    data = column.tobytes()
    for byte in range(size):
        out[offset + byte :: width] = data[byte::size]


def _take(code: str, body: memoryview, offset: int, size: int) -> array[Any]:
    """Read the column that stands, big-endian, in every row at the offset."""
    n = len(body) // _OUT.size
    raw = bytearray(n * size)
    for byte in range(size):
        raw[byte::size] = body[offset + byte :: _OUT.size]
    column: array[Any] = array(code)
    column.frombytes(raw)
    if sys.byteorder == "little":
        column.byteswap()
    return column
