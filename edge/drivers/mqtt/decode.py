"""A message's payload to readings. Pure; whatever a logger sends, each of its points gets exactly one reading.

Text where a number should be, NaN, a missing field, JSON that can't be read: bad quality. A time that can't be read:
uncertain, with the time of receipt in its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from math import isfinite, nan
from typing import Any

from edge.drivers.mqtt.config import MqttPoint
from telemetry.batch import Reading
from telemetry.clock import to_us
from telemetry.quality import Quality

_MISSING = object()
_MILLISECONDS_FROM = 1e11
"""A number above this is milliseconds: as seconds it would be the year 5138."""


def readings_of(payload: bytes, points: Iterable[MqttPoint], time_path: str | None, received_us: int) -> list[Reading]:
    """One reading for each point of the topic."""
    document = _document(payload)
    device_us, time_quality = _device_time(document, time_path, received_us)
    found = []
    for point in points:
        value, quality = _value(document, point.path)
        if quality == Quality.GOOD:
            quality = time_quality
        found.append(Reading(point.point, device_us, received_us, value, quality))
    return found


def _document(payload: bytes) -> Any:
    try:
        return json.loads(payload.decode("utf-8"))
    except (ValueError, RecursionError):
        return _MISSING  # the caller gives each point its bad reading


def _at(document: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(document, dict):
            document = document.get(step, _MISSING)
        elif isinstance(document, list) and step.isdecimal() and int(step) < len(document):
            document = document[int(step)]
        else:
            return _MISSING
    return document


def _value(document: Any, path: str | None) -> tuple[float, Quality]:
    raw = document if path is None else _at(document, path)
    if not isinstance(raw, int | float):  # true and false are 1 and 0
        return nan, Quality.BAD_SENSOR_FAILURE
    try:
        number = float(raw)
    except OverflowError:
        return nan, Quality.BAD_SENSOR_FAILURE
    return (number, Quality.GOOD) if isfinite(number) else (nan, Quality.BAD_SENSOR_FAILURE)


def _device_time(document: Any, path: str | None, received_us: int) -> tuple[int, Quality]:
    if path is None:
        return received_us, Quality.GOOD
    us = _microseconds(_at(document, path))
    return (received_us, Quality.UNCERTAIN_TIME) if us is None else (us, Quality.GOOD)


def _microseconds(raw: Any) -> int | None:
    """ISO 8601 with zone, or seconds or milliseconds since 1970; None for anything else."""
    try:
        if isinstance(raw, str):
            at = datetime.fromisoformat(raw)
            return to_us(at.astimezone(UTC)) if at.tzinfo else None
        if isinstance(raw, int | float) and not isinstance(raw, bool):
            us = round(raw * (1_000 if raw > _MILLISECONDS_FROM else 1_000_000))
            return us if abs(us) < 2**62 else None
    except (ValueError, OverflowError):
        return None  # the caller marks the reading's time as uncertain
    return None
