"""Values of a batch as few bytes, each exactly the float64 that it was. Standard library only.

Most values of a plant are decimal numbers of few places: 5.12, or a register's 512 times 0.01, which is nearly that.
So a value travels as a whole number k for the float64 nearest to k / 10**places, and, where it is not that one, as how
many floats it lies beside it. What is far from any decimal number (a float of 24 bits, noise, NaN) travels as it is.

    1 byte   form: 0 as they are, 1 as floats of 32 bits, 2 decimal
    decimal: 1 byte places, 1 byte whether neighbours follow, 2 bytes how many exceptions, the column of k,
             the neighbours (1 signed byte each), the exceptions' places (2 bytes each) and their values
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Sequence
from math import isfinite, ulp
from operator import add, sub

from telemetry.wire_columns import (
    Malformed,
    Reader,
    from_bytes,
    minus,
    pack_whole,
    plus,
    read_whole,
    shuffle,
    to_bytes,
    unshuffle,
)

_AS_THEY_ARE, _FLOAT32, _DECIMAL = 0, 1, 2
_FORM = struct.Struct("<B")
_FACTS = struct.Struct("<BBH")
MOST_PLACES = 6
_LOOKED_AT = 16
"""Values of a column by which its form is chosen."""
_NEAR_ULP = 8.0
_ROUNDER = 6755399441055744.0
"""1.5 * 2**52: a float that it is added to is rounded to a whole number, which stands in the sum's lowest bits."""
_LOW = 0 if sys.byteorder == "little" else 1


def pack_values(values: array[float], stride: int) -> bytes:
    """The bytes of a column of values; `stride` as for whole numbers."""
    places = _places(values)
    if places is not None:
        return _packed_decimal(values, places, stride)
    if _are_float32(values):
        return _FORM.pack(_FLOAT32) + shuffle(to_bytes(array("f", values)), 4)
    return _FORM.pack(_AS_THEY_ARE) + shuffle(to_bytes(values), 8)


def read_values(reader: Reader, n: int) -> array[float]:
    """A column of n values. Raises Malformed."""
    (form,) = reader.unpack(_FORM)
    if form == _AS_THEY_ARE:
        return from_bytes("d", unshuffle(reader.take(8 * n), 8))
    if form == _FLOAT32:
        return array("d", from_bytes("f", unshuffle(reader.take(4 * n), 4)))
    if form == _DECIMAL:
        return _read_decimal(reader, n)
    raise Malformed(reason="the form of the values is not known")


def _places(values: array[float]) -> int | None:
    """With how many decimal places most of the values can be told; None where they are no decimal numbers."""
    seen = [v for v in values[:: max(1, len(values) // _LOOKED_AT)] if isfinite(v)]
    places, strange = 0, 0
    for value in seen:
        if not _is_decimal(value, places):
            fitting = next((p for p in range(places + 1, MOST_PLACES + 1) if _is_decimal(value, p)), None)
            places, strange = (places, strange + 1) if fitting is None else (fitting, strange)
            if strange > len(seen) // 2:
                return None
    return places if seen else None


def _is_decimal(value: float, places: int) -> bool:
    scale = 10.0**places
    units = value * scale
    return abs(units) < 2**31 and abs(value - round(units) / scale) <= _NEAR_ULP * ulp(value)


def _are_float32(values: array[float]) -> bool:
    try:
        return array("d", array("f", values)).tobytes() == values.tobytes()
    except OverflowError:  # too large for 32 bits: the answer is no
        return False


def _packed_decimal(values: array[float], places: int, stride: int) -> bytes:
    scale = 10.0**places
    rounded = array("d", map(_ROUNDER.__add__, map(scale.__mul__, values)))
    whole = _low_words(rounded)
    beside, strange = _beside(values, _decimals(whole, scale))
    for i in strange:
        whole[i] = whole[i - stride] if stride and i >= stride else 0
    exceptions = to_bytes(array("H", strange)) + shuffle(to_bytes(array("d", map(values.__getitem__, strange))), 8)
    facts = _FACTS.pack(places, bool(beside), len(strange))
    return _FORM.pack(_DECIMAL) + facts + pack_whole(whole, stride) + beside + exceptions


def _beside(values: array[float], near: array[float]) -> tuple[bytes, list[int]]:
    """How many floats each value lies beside the one near it, nothing if none does; and the places of those too far."""
    if values.tobytes() == near.tobytes():
        return b"", []
    if _high_words(values) == _high_words(near):
        try:
            return array("b", map(sub, _low_halves(values), _low_halves(near))).tobytes(), []
        except OverflowError:  # some are too far: found one by one
            off = minus(_bits(values), _bits(near))
    else:
        off = minus(_bits(values), _bits(near))
    strange = [i for i, d in enumerate(off) if not -128 <= d <= 127]
    for i in strange:
        off[i] = 0
    return array("b", off).tobytes() if any(off) else b"", strange


def _read_decimal(reader: Reader, n: int) -> array[float]:
    places, beside, count = reader.unpack(_FACTS)
    if places > MOST_PLACES or beside > 1:
        raise Malformed(reason="the values' decimal places are not understood")
    values = _decimals(read_whole(reader, n), 10.0**places)
    if beside:
        values = _moved(values, from_bytes("b", reader.take(n)))
    strange = from_bytes("H", reader.take(2 * count))
    exceptions = from_bytes("d", unshuffle(reader.take(8 * count), 8))
    for i, value in zip(strange, exceptions, strict=True):
        if i >= n:
            raise Malformed(reason="a value stands where there is no reading")
        values[i] = value
    return values


def _decimals(whole: Sequence[int], scale: float) -> array[float]:
    """The floats nearest to these numbers of units, each 1 / scale."""
    return array("d", map(scale.__rtruediv__, whole))


def _moved(values: array[float], off: array[int]) -> array[float]:
    """The floats that lie so many beside these."""
    halves = array("I", values.tobytes())
    try:
        halves[_LOW::2] = array("I", map(add, halves[_LOW::2], off))
    except OverflowError:  # a step carries into the high half, as from 2.0 to the float below it
        return array("d", plus(_bits(values), off).tobytes())
    return array("d", halves.tobytes())


def _bits(values: array[float]) -> array[int]:
    return array("q", values.tobytes())


def _low_words(values: array[float]) -> array[int]:
    """The lowest 32 bits of each float, as numbers with a sign."""
    return array("i", values.tobytes())[_LOW::2]


def _low_halves(values: array[float]) -> array[int]:
    """The lowest 32 bits of each float, without a sign: among floats of the same high half, their order."""
    return array("I", values.tobytes())[_LOW::2]


def _high_words(values: array[float]) -> array[int]:
    return array("i", values.tobytes())[1 - _LOW :: 2]
