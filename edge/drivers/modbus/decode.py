"""Bytes of an answer to values. What can be worked out before is: a request is decoded by one `struct` call.

Pure; whatever a device answers becomes a value or a quality, never an exception.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from ctypes import c_float
from decimal import Decimal
from functools import partial
from math import isfinite, nan
from operator import itemgetter
from typing import Protocol

from edge.drivers.modbus.config import ModbusPoint
from edge.drivers.modbus.types import FORMATS, Order
from telemetry.quality import Quality

Told = tuple[float, Quality]
"""A value, NaN where its quality is bad, and its quality."""


class Decoder(Protocol):
    """Reads the answer to one request."""

    def values(self, data: bytes) -> list[Told]:
        """Value and quality of each point, in the points' order, from as many bytes as the request is due."""
        ...


def decoder_for(points: Sequence[ModbusPoint], address: int) -> Decoder:
    """A decoder for points of one area, read by a request from `address` on."""
    return _Bits(points, address) if points[0].is_bit_area else _Registers(points, address)


class _Registers:
    """Brings the bytes of all points into order, takes all numbers out of them at once, and gives each its meaning."""

    __slots__ = ("_in_order", "_meanings", "_numbers")

    def __init__(self, points: Sequence[ModbusPoint], address: int) -> None:
        places = [place for point in points for place in _places(point, address)]
        self._in_order = itemgetter(*places)
        self._numbers = struct.Struct(">" + "".join(FORMATS[point.value_type] for point in points))
        self._meanings = [_meaning(point) for point in points]

    def values(self, data: bytes) -> list[Told]:
        numbers = self._numbers.unpack(bytes(self._in_order(data)))
        return [meaning(number) for meaning, number in zip(self._meanings, numbers, strict=True)]


class _Bits:
    """Bits as the wire packs them: the first in the lowest bit of the first byte."""

    __slots__ = ("_meanings", "_places")

    def __init__(self, points: Sequence[ModbusPoint], address: int) -> None:
        self._places = [divmod(point.address - address, 8) for point in points]
        self._meanings = [_meaning(point) for point in points]

    def values(self, data: bytes) -> list[Told]:
        bits = (data[byte] >> bit & 1 for byte, bit in self._places)
        return [meaning(bit) for meaning, bit in zip(self._meanings, bits, strict=True)]


def _places(point: ModbusPoint, address: int) -> Iterator[int]:
    """Where in the answer a point's bytes stand, the highest first."""
    words = range(point.address - address, point.address - address + point.width)
    first, second = (1, 0) if _swaps_bytes(point.order) else (0, 1)
    for word in reversed(words) if _swaps_words(point.order) else words:
        yield from (2 * word + first, 2 * word + second)


def _swaps_words(order: Order) -> bool:
    return order in {"CDAB", "DCBA"}


def _swaps_bytes(order: Order) -> bool:
    return order in {"BADC", "DCBA"}


def _meaning(point: ModbusPoint) -> Callable[[float], Told]:
    """What a raw number says about a point."""
    extract = _extraction(point)
    scaling = _scaling(point)
    simple = extract is None and not point.bad and point.range is None and not point.value_type.startswith("float")
    if simple and scaling is None:
        return _as_it_is
    return partial(_judged, extract, _bad(point), scaling, point.range, _outside(point))


def _as_it_is(number: float) -> Told:
    return float(number), Quality.GOOD


def _judged(
    extract: Callable[[float], float] | None,
    bad: frozenset[float],
    scaling: Callable[[float], float] | None,
    range_: tuple[float, float] | None,
    outside: Quality,
    number: float,
) -> Told:
    if extract is not None:
        number = extract(number)
    if number in bad or not isfinite(number):
        return nan, Quality.BAD_SENSOR_FAILURE
    value = float(number) if scaling is None else scaling(number)
    if not isfinite(value):
        return nan, Quality.BAD_SENSOR_FAILURE
    if range_ is not None and not range_[0] <= value <= range_[1]:
        return (nan if outside == Quality.BAD_SENSOR_FAILURE else value), outside
    return value, Quality.GOOD


def _bad(point: ModbusPoint) -> frozenset[float]:
    """Raw numbers that mean a broken probe, as they come off the wire: a float32 holds -999.9 only nearly."""
    if point.value_type != "float32":
        return frozenset(point.bad)
    return frozenset(c_float(number).value for number in point.bad)


def _outside(point: ModbusPoint) -> Quality:
    return Quality.BAD_SENSOR_FAILURE if point.outside == "bad" else Quality.UNCERTAIN_SENSOR


def _extraction(point: ModbusPoint) -> Callable[[float], float] | None:
    """What is taken out of the registers' number, if it is not the number itself."""
    if point.bit is not None:
        return partial(_bits_of, point.bit, 1)
    if point.bits is not None:
        first, last = point.bits
        return partial(_bits_of, first, (1 << last - first + 1) - 1)
    return _decimal_digits if point.value_type.startswith("bcd") else None


def _bits_of(shift: int, mask: int, number: float) -> float:
    return int(number) >> shift & mask


def _decimal_digits(number: float) -> float:
    """Binary coded decimal: each four bits are a digit. NaN where one of them is none."""
    digits = format(int(number), "x")
    return int(digits) if digits.isdecimal() else nan


def _scaling(point: ModbusPoint) -> Callable[[float], float] | None:
    if point.scale == 1.0 and point.offset == 0.0:
        return None
    if point.value_type.startswith("float"):
        return partial(_scaled, point.scale, point.offset)
    return partial(_scaled_decimal, point.scale, point.offset, _decimals(point.scale, point.offset))


def _scaled(scale: float, offset: float, number: float) -> float:
    return number * scale + offset


def _scaled_decimal(scale: float, offset: float, decimals: int, number: float) -> float:
    # 49 x 0.1 is 4.9 on the device's display; binary floating point would make it 4.9000000000000004
    return round(number * scale + offset, decimals)


def _decimals(*factors: float) -> int:
    exponents = (Decimal(repr(factor)).as_tuple().exponent for factor in factors)
    return max(0, *(-exponent for exponent in exponents if isinstance(exponent, int)))
