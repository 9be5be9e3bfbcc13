"""Registers and bits to values. Pure; whatever a device answers becomes a value or a quality, never an exception."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from math import isfinite, nan

from edge.drivers.modbus.config import ModbusPoint
from telemetry.quality import Quality

_FORMAT = {
    "int16": ">h",
    "uint16": ">H",
    "int32": ">i",
    "uint32": ">I",
    "int64": ">q",
    "uint64": ">Q",
    "float32": ">f",
    "float64": ">d",
}


def value_of(point: ModbusPoint, raw: Sequence[int] | Sequence[bool]) -> tuple[float, Quality]:
    """Value and quality of a point from its `width` registers (0-65535 each) or its bit."""
    if len(raw) != point.width:
        return nan, Quality.BAD_DEVICE_FAILURE
    number = _number(point, raw)
    if not isfinite(number) or number in point.bad:
        return nan, Quality.BAD_SENSOR_FAILURE
    return _scaled(point, number)


def _number(point: ModbusPoint, raw: Sequence[int] | Sequence[bool]) -> float:
    if point.is_bit_area:
        return int(bool(raw[0]))
    if point.bit is not None:
        return (raw[0] >> point.bit) & 1
    words = raw[::-1] if point.order in {"CDAB", "DCBA"} else raw
    data = b"".join(int(word).to_bytes(2, "big") for word in words)
    if point.order in {"BADC", "DCBA"}:
        data = b"".join(data[i + 1 : i - 1 : -1] if i else data[1::-1] for i in range(0, len(data), 2))
    number: float = struct.unpack(_FORMAT[point.value_type], data)[0]
    return number


def _scaled(point: ModbusPoint, number: float) -> tuple[float, Quality]:
    if point.scale == 1.0 and point.offset == 0.0:
        return float(number), Quality.GOOD
    value = number * point.scale + point.offset
    if not isfinite(value):
        return nan, Quality.BAD_SENSOR_FAILURE
    # 49 x 0.1 is 4.9 on the device's display; binary floating point would make it 4.9000000000000004
    return (value if isinstance(number, float) else round(value, _decimals(point.scale, point.offset))), Quality.GOOD


@lru_cache(maxsize=1024)
def _decimals(*factors: float) -> int:
    exponents = (Decimal(repr(factor)).as_tuple().exponent for factor in factors)
    return max(0, *(-exponent for exponent in exponents if isinstance(exponent, int)))
