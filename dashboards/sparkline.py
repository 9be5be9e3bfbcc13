"""Small curves as SVG paths, drawn by the server: they are there before any script runs. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import TypeGuard

from telemetry.store import Trend

WIDTH, HEIGHT = 300.0, 52.0
_ROOM = 0.06
_LEAST = 0.2  # of the greatest value: without limits to show it beside, noise must not fill the box

Column = Sequence[float | None]
"""None: nothing was said. Not a number: what was said was bad, and the curve ends there."""


@dataclass(frozen=True, slots=True)
class Sparkline:
    """Paths in a box of WIDTH by HEIGHT; `limits` are heights of limit lines, `band` is the space between them."""

    paths: tuple[str, ...]
    limits: tuple[float, ...]
    band: tuple[float, float] | None  # top, height


def column(trend: Trend) -> Column:
    """The means of a trend; buckets with bad readings alone end the curve."""
    return [nan if mean is None and n else mean for mean, n in zip(trend.mean, trend.n, strict=True)]


def draw(columns: Sequence[Column], low: float | None, high: float | None, *, reach: int = 1) -> Sparkline | None:
    """Curves of equal steps in time on one scale that shows the limits too; None where nothing is known.

    `reach`: over how many steps a reading holds; what is further apart is not joined.
    """
    known = [value for column in columns for value in column if _is_known(value)]
    if not known:
        return None
    marks = [limit for limit in (low, high) if limit is not None]
    bottom, top = _scale(known, marks)

    def height(value: float) -> float:
        return round((top - value) / (top - bottom) * HEIGHT, 1)

    band = (height(high), height(low) - height(high)) if low is not None and high is not None else None
    curves = tuple(_path([height(v) if _is_known(v) else v for v in column], reach) for column in columns)
    return Sparkline(curves, tuple(height(limit) for limit in marks), band)


def _is_known(value: float | None) -> TypeGuard[float]:
    return value is not None and not isnan(value)


def _scale(known: Sequence[float], marks: Sequence[float]) -> tuple[float, float]:
    """The box's lowest and highest value."""
    bottom, top = min((*known, *marks)), max((*known, *marks))
    least = 0.0 if marks else _LEAST * max(abs(bottom), abs(top))
    room = max((top - bottom or 1.0) * _ROOM, (least - (top - bottom)) / 2)
    return bottom - room, top + room


def _path(heights: Column, reach: int) -> str:
    """Lines between readings that hold until the next, moves over gaps; a value alone is a short stroke."""
    step = WIDTH / max(len(heights) - 1, 1)
    parts: list[str] = []
    last: int | None = None
    for place, y in enumerate(heights):
        if not _is_known(y):
            last = last if y is None else None
            continue
        x = round(place * step, 1)
        joined = last is not None and place - last <= reach
        parts.append(f"L{x} {y}" if joined else f"M{x} {y}h0.5")
        last = place
    return "".join(parts)
