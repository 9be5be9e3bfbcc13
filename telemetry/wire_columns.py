"""Whole numbers of a batch as few bytes: differences, cut to the bytes that say something. Standard library only.

A column travels as 1 byte width, 2 bytes stride, 8 bytes base, then its steps: all first bytes, all second bytes and
so on up to the width, which is what zlib makes small; the bytes above repeat the sign. Stride 0 means the numbers
themselves. Stride k means: the first k numbers stand as steps from the number before, from the base on; each later one
as its step from the number k places before. Points that are read in rounds repeat after k readings, and a point's own
steps are small.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Sequence
from itertools import accumulate
from operator import add, sub
from typing import Any

from telemetry.errors import Invalid

_HEAD = struct.Struct("<BHq")
_WHOLE = 8
"""Bytes of a number."""
_SIGN = bytes(128) + b"\xff" * 128
"""To each byte the one that stands above it where nothing but the sign is left."""
_FEW_ROWS = 24
"""Up to so many rounds are summed round by round, more of them place by place: whichever is fewer sums."""


class Malformed(Invalid):
    """This is not a batch of readings that can be read."""


class Reader:
    """Takes a body apart from front to back, and refuses to read past its end."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, length: int) -> bytes:
        """The next bytes. Raises Malformed where there are not so many."""
        end = self._at + length
        if end > len(self._data):
            raise Malformed(reason="the columns end early")
        part, self._at = self._data[self._at : end], end
        return part

    def unpack(self, layout: struct.Struct) -> tuple[Any, ...]:
        """The next numbers. Raises Malformed."""
        return layout.unpack(self.take(layout.size))

    def end(self) -> None:
        """Raises Malformed where something is left."""
        if self._at != len(self._data):
            raise Malformed(reason="the columns go on too long")


def pack_whole(column: array[int], stride: int) -> bytes:
    """The bytes of a column of numbers of up to 64 bits."""
    if not column:
        return _HEAD.pack(1, 0, 0)
    told = _steps(column, stride)
    data = to_bytes(told if told.typecode == "q" else array("q", told))
    planes = [data[i::_WHOLE] for i in range(_WHOLE)]
    while len(planes) > 1 and planes[-1] == planes[-2].translate(_SIGN):
        del planes[-1]
    return _HEAD.pack(len(planes), stride, column[0] if stride else 0) + b"".join(planes)


def read_whole(reader: Reader, n: int) -> array[int]:
    """A column of n numbers. Raises Malformed."""
    width, stride, base = reader.unpack(_HEAD)
    if not 1 <= width <= _WHOLE:
        raise Malformed(reason="a column's width is not known")
    data = bytearray(_WHOLE * n)
    for i in range(width):
        data[i::_WHOLE] = plane = reader.take(n)
    for i in range(width, _WHOLE):
        data[i::_WHOLE] = plane = plane.translate(_SIGN)
    told = from_bytes("q", data)
    return _summed(told, stride, base) if stride and n else told


def _steps(column: array[int], stride: int) -> array[int]:
    """The numbers' steps at this stride."""
    if not stride or not column:
        return column
    first = minus(column[:stride], array("q", [column[0], *column[: stride - 1]][: len(column)]))
    first.extend(minus(column[stride:], column[:-stride]))
    return first


def minus(a: Sequence[int], b: Sequence[int]) -> array[int]:
    """Differences, number by number. Times of the plant never leave 64 bits; nonsense that does wraps around."""
    try:
        return array("q", map(sub, a, b))
    except OverflowError:
        return array("q", (wrapped(x - y) for x, y in zip(a, b, strict=True)))


def plus(a: Sequence[int], b: Sequence[int]) -> array[int]:
    """Sums, number by number, wrapping around as `minus` does."""
    try:
        return array("q", map(add, a, b))
    except OverflowError:
        return array("q", (wrapped(x + y) for x, y in zip(a, b, strict=True)))


def wrapped(number: int) -> int:
    """A number brought back into 64 bits."""
    return (number + 2**63) % 2**64 - 2**63


def shuffle(data: bytes, width: int) -> bytes:
    """All first bytes, all second bytes, and so on."""
    return data if width == 1 else b"".join([data[i::width] for i in range(width)])


def unshuffle(data: bytes, width: int) -> bytes:
    """The bytes as they were before `shuffle`."""
    if width == 1:
        return data
    n = len(data) // width
    out = bytearray(len(data))
    for i in range(width):
        out[i::width] = data[i * n : (i + 1) * n]
    return bytes(out)


def to_bytes(column: array[Any]) -> bytes:
    """A column's bytes, little-endian on every machine."""
    if sys.byteorder == "big":
        column = array(column.typecode, column)
        column.byteswap()
    return column.tobytes()


def from_bytes(code: str, data: bytes | bytearray) -> array[Any]:
    """A column of these little-endian bytes."""
    column: array[Any] = array(code)
    column.frombytes(data)
    if sys.byteorder == "big":
        column.byteswap()
    return column


def _summed(steps: array[int], stride: int, base: int) -> array[int]:
    n = len(steps)
    first = steps[:stride]
    try:
        first = array("q", accumulate(first, initial=base))[1:]
        return _rounds(steps, first, stride) if n <= stride * _FEW_ROWS else _places(steps, first, stride)
    except OverflowError:
        return _summed_wrapped(steps, stride, base)


def _rounds(steps: array[int], first: array[int], stride: int) -> array[int]:
    summed, row = first[:], first.tolist()
    for start in range(stride, len(steps), stride):
        row = list(map(add, row, steps[start : start + stride]))
        summed.extend(row)
    return summed


def _places(steps: array[int], first: array[int], stride: int) -> array[int]:
    summed = array("q", bytes(8 * len(steps)))
    for place in range(stride):
        own = steps[place::stride]
        summed[place::stride] = array("q", accumulate(own[1:], initial=first[place]))
    return summed


def _summed_wrapped(steps: array[int], stride: int, base: int) -> array[int]:
    summed = array("q")
    for i, step in enumerate(steps):
        before = summed[i - stride] if i >= stride else summed[-1] if summed else base
        summed.append(wrapped(before + step))
    return summed
