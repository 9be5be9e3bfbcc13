"""A message's payload to readings. Pure; whatever a logger sends, each of its points gets exactly one reading.

Text where a number should be, NaN, a missing field, JSON that can't be read: bad quality. A time that can't be read:
uncertain, with the time of receipt in its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from math import isfinite, nan
from typing import Any, NamedTuple, Protocol

from telemetry.batch import Reading
from telemetry.clock import to_us
from telemetry.quality import Quality

_MISSING = object()
_MILLISECONDS_FROM = 1e11
"""A number above this is milliseconds: as seconds it would be the year 5138."""
LATEST_US = 2**62


class Wanted(Protocol):
    """A point, and where in the JSON its value is; no path where the payload is the number itself."""

    @property
    def point(self) -> str: ...

    @property
    def path(self) -> str | None: ...


class Place(NamedTuple):
    """A point whose name is known, as a route to it keeps it."""

    point: str
    path: str | None


class Decoded(NamedTuple):
    """What a payload gave."""

    readings: list[Reading]  # one for each point
    unreadable: str  # why nothing in it could be read; empty where it could
    has_time: bool  # whether the readings carry a time of the device's own


def decode(payload: bytes, points: Sequence[Wanted], time_path: str | None, received_us: int) -> Decoded:
    """One reading for each point of the topic, and whether the payload could be read at all."""
    document, unreadable = _document(payload)
    device_us = None if time_path is None else microseconds(_at(document, time_path))
    if time_path is None:
        time_quality, at_us = Quality.GOOD, received_us
    elif device_us is None:
        time_quality, at_us = Quality.UNCERTAIN_TIME, received_us
    else:
        time_quality, at_us = Quality.GOOD, device_us
    found = []
    for point in points:
        path = point.path
        value, quality = _value(document if path is None else _at(document, path))
        found.append(Reading(point.point, at_us, received_us, value, time_quality if quality == _GOOD else quality))
    return Decoded(found, unreadable, device_us is not None)


def readings_of(payload: bytes, points: Iterable[Wanted], time_path: str | None, received_us: int) -> list[Reading]:
    """One reading for each point of the topic."""
    return decode(payload, tuple(points), time_path, received_us).readings


def _document(payload: bytes) -> tuple[Any, str]:
    try:
        return json.loads(payload.decode("utf-8")), ""
    except RecursionError:
        return _MISSING, "JSON that is nested too deeply"  # the caller gives each point its bad reading
    except UnicodeDecodeError:
        return _MISSING, "bytes that are no text in UTF-8"
    except ValueError as error:
        return _MISSING, f"no JSON: {str(error)[:100]}"


@lru_cache(maxsize=4096)
def _steps(path: str) -> tuple[tuple[str, int | None], ...]:
    """Keys of a path, each with the position in a list that it may stand for."""
    return tuple((step, int(step) if step.isdecimal() and len(step) < 10 else None) for step in path.split("."))


def _at(document: Any, path: str) -> Any:
    for step, position in _steps(path):
        if isinstance(document, dict):
            document = document.get(step, _MISSING)
        elif isinstance(document, list) and position is not None and position < len(document):
            document = document[position]
        else:
            return _MISSING
    return document


_GOOD, _NO_NUMBER = Quality.GOOD, Quality.BAD_SENSOR_FAILURE


def _value(raw: Any) -> tuple[float, Quality]:
    if not isinstance(raw, int | float):  # true and false are 1 and 0
        return nan, _NO_NUMBER
    try:
        number = float(raw)
    except OverflowError:
        return nan, _NO_NUMBER
    return (number, _GOOD) if isfinite(number) else (nan, _NO_NUMBER)


def microseconds(raw: Any) -> int | None:
    """ISO 8601 with zone, or seconds or milliseconds since 1970; None for anything else."""
    try:
        if isinstance(raw, str):
            at = datetime.fromisoformat(raw)
            return to_us(at.astimezone(UTC)) if at.tzinfo else None
        if isinstance(raw, int | float) and not isinstance(raw, bool):
            us = round(raw * (1_000 if raw > _MILLISECONDS_FROM else 1_000_000))
            return us if abs(us) < LATEST_US else None
    except (ValueError, OverflowError):
        return None  # the caller marks the reading's time as uncertain
    return None
