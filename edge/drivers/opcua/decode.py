"""A DataValue to a value, a quality and a device time. Pure; whatever a server sends becomes one of them.

Status codes: OPC 10000-4, 7.39, and OPC 10000-8, 6.3; the quality byte: OPC DA 3.0, 6.8.
"""

from __future__ import annotations

from datetime import UTC, datetime
from math import isfinite, nan
from types import MappingProxyType
from typing import Any

from asyncua import ua

from telemetry.clock import to_us
from telemetry.quality import Quality, is_bad

_BAD, _UNCERTAIN = 0x8000_0000, 0x4000_0000

QUALITIES = MappingProxyType(
    {
        0x0000_0000: Quality.GOOD,
        0x0096_0000: Quality.GOOD_LOCAL_OVERRIDE,
        0x408F_0000: Quality.UNCERTAIN_LAST_USABLE,  # no communication, last usable value
        0x4090_0000: Quality.UNCERTAIN_LAST_USABLE,
        0x4093_0000: Quality.UNCERTAIN_SENSOR,  # not accurate
        0x4094_0000: Quality.UNCERTAIN_SENSOR,  # beyond its range
        0x8005_0000: Quality.BAD_NO_COMMUNICATION,
        0x800A_0000: Quality.BAD_NO_COMMUNICATION,  # time-out
        0x801F_0000: Quality.BAD_CONFIGURATION,  # access denied
        0x8031_0000: Quality.BAD_NO_COMMUNICATION,
        0x8032_0000: Quality.BAD_NO_COMMUNICATION,  # waiting for the first value
        0x8033_0000: Quality.BAD_CONFIGURATION,  # node id invalid
        0x8034_0000: Quality.BAD_CONFIGURATION,  # node id unknown
        0x8035_0000: Quality.BAD_CONFIGURATION,  # attribute invalid
        0x803A_0000: Quality.BAD_CONFIGURATION,  # not readable
        0x8089_0000: Quality.BAD_CONFIGURATION,
        0x808A_0000: Quality.BAD_NOT_CONNECTED,
        0x808B_0000: Quality.BAD_DEVICE_FAILURE,
        0x808C_0000: Quality.BAD_SENSOR_FAILURE,
        0x808D_0000: Quality.BAD_OUT_OF_SERVICE,
    }
)
"""Status codes with a meaning of their own; all others count by their severity."""


def quality_of(status: int) -> Quality:
    """The quality byte of a status code; the lower 16 bits (limit, overflow) do not matter."""
    known = QUALITIES.get(status & 0xFFFF_0000)
    if known is not None:
        return known
    if status & _BAD:
        return Quality.BAD
    return Quality.UNCERTAIN if status & _UNCERTAIN else Quality.GOOD


def read_value(value: ua.DataValue, received_us: int) -> tuple[int, float, int]:
    """Device time in µs, value and quality. A value that is no number is a broken sensor, not a zero."""
    status = value.StatusCode
    quality = quality_of(status.value if status is not None else 0)
    device_us = time_us(value.SourceTimestamp or value.ServerTimestamp, received_us)
    if is_bad(quality):
        return device_us, nan, quality
    number = _number(value.Value.Value if value.Value is not None else None)
    if number is None:
        return device_us, nan, Quality.BAD_SENSOR_FAILURE
    return device_us, number, quality


def _number(raw: Any) -> float | None:
    if not isinstance(raw, int | float):  # a bool is an int: 0 or 1
        return None
    try:
        number = float(raw)
    except OverflowError:  # no float can hold it: told as a broken sensor by the caller
        return None
    return number if isfinite(number) else None


def time_us(at: datetime | None, received_us: int) -> int:
    """A server's time stamp in µs since 1970 UTC; the time of receipt where there is none."""
    if at is None:
        return received_us
    return to_us(at if at.tzinfo else at.replace(tzinfo=UTC))
