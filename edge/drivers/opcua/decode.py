"""A DataValue that asyncua has decoded to a value, a quality and a device time. Pure.

Whatever a server sends becomes one of them. Numbers take the short way, see `datavalues`; this is the long one.
"""

from __future__ import annotations

from datetime import UTC, datetime
from math import isfinite, nan
from typing import Any

from asyncua import ua

from edge.drivers.opcua.quality import quality_of
from telemetry.clock import to_us
from telemetry.quality import Quality, is_bad

NO_TIME_US = -11_644_473_600_000_000
"""1601, the zero of OPC UA's DateTime: by the standard it means that there is no time (OPC 10000-6, 5.2.2.5)."""


def read_value(value: ua.DataValue, received_us: int) -> tuple[int, float, int]:
    """Device time in µs, value and quality. A value that is no number is a broken sensor, not a zero."""
    status = value.StatusCode
    device_us = time_us(value.SourceTimestamp, time_us(value.ServerTimestamp, received_us))
    raw = value.Value.Value if value.Value is not None else None
    return device_us, *judged(raw, status.value if status is not None else 0)


def judged(raw: Any, status: int) -> tuple[float, int]:
    """Value and quality of what a server gave with this status."""
    quality = quality_of(status)
    if is_bad(quality):
        return nan, quality
    number = _number(raw)
    return (nan, Quality.BAD_SENSOR_FAILURE) if number is None else (number, quality)


def _number(raw: Any) -> float | None:
    if not isinstance(raw, int | float):  # a bool is an int: 0 or 1
        return None
    try:
        number = float(raw)
    except OverflowError:  # no float can hold it: told as a broken sensor by the caller
        return None
    return number if isfinite(number) else None


def time_us(at: datetime | None, otherwise_us: int) -> int:
    """A server's time stamp in µs since 1970 UTC; the other time where there is none."""
    if at is None:
        return otherwise_us
    us = to_us(at if at.tzinfo else at.replace(tzinfo=UTC))
    return us if us > NO_TIME_US else otherwise_us
