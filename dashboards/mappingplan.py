"""A mapping study as a picture: each level from above, its positions coloured by what they showed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from dashboards.charts import Chart, Course, draw
from mes.mapping.model import Hanging
from mes.mapping.results import Results, Rows
from models.columns import Columns
from models.interval import Interval
from models.mapping import Role
from models.mapping_course import Statistics

WIDTH, MARGIN = 640.0, 34.0
SHADES = 7
_APART_M = 0.75
"""Positions whose heights differ by less than this are drawn on one level."""
_BUCKETS = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One position on a level, in units of the picture."""

    code: str
    role: Role
    x: float
    y: float
    shade: int | None  # 0 coldest to SHADES - 1 warmest of the study; None: no readings
    figures: Statistics | None
    mark: str  # hot, cold, or empty


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelPlan:
    """One level from above, from `bottom_m` to `top_m`."""

    bottom_m: float
    top_m: float
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    height: float  # of each level's picture, beside WIDTH
    box: tuple[float, float, float, float]  # x, y, width, height of the space
    levels: tuple[LevelPlan, ...]
    spots: tuple[tuple[str, float, float], ...]  # doors and fans: role, x, y
    coldest_c: float | None  # ends of the scale
    warmest_c: float | None


def plan(rows: Rows, found: Results, *, by: str) -> Plan:
    """The study from above. `by`: mean or max, what the positions are coloured by."""
    space = rows.space.space
    scale = (WIDTH - 2 * MARGIN) / space.length_m
    box = (MARGIN, MARGIN, round(space.length_m * scale, 1), round(space.width_m * scale, 1))
    shown = {code: each.high_c if by == "max" else each.mean_c for code, each in found.statistics.items()}
    ends = (min(shown.values()), max(shown.values())) if shown else None

    def place(x_m: float, y_m: float) -> tuple[float, float]:
        return round(MARGIN + x_m * scale, 1), round(MARGIN + (space.width_m - y_m) * scale, 1)

    def dot(code: str, role: Role, x_m: float, y_m: float) -> Dot:
        x, y = place(x_m, y_m)
        mark = "hot" if code == found.hot else "cold" if code == found.cold else ""
        shade = _shade(shown[code], ends) if code in shown and ends else None
        return Dot(code=code, role=role, x=x, y=y, shade=shade, figures=found.statistics.get(code), mark=mark)

    levels = [
        LevelPlan(bottom_m=zs[0], top_m=zs[-1], dots=tuple(_apart(dot(p.code, p.role, p.x_m, p.y_m) for p in level)))
        for zs, level in _levels(rows)
    ]
    return Plan(
        height=box[3] + 2 * MARGIN,
        box=box,
        levels=tuple(levels),
        spots=tuple((spot.role, *place(spot.x_m, spot.y_m)) for spot in space.spots),
        coldest_c=ends[0] if ends else None,
        warmest_c=ends[1] if ends else None,
    )


def _shade(value: float, ends: tuple[float, float]) -> int:
    low, high = ends
    return min(int((value - low) / (high - low) * SHADES), SHADES - 1) if high > low else SHADES // 2


def _levels(rows: Rows) -> list[tuple[list[float], list[Hanging]]]:
    """Positions grouped by height, lowest first."""
    ordered = sorted(rows.inside, key=lambda each: each.z_m)
    cuts = [n for n, (a, b) in enumerate(pairwise(ordered), 1) if b.z_m - a.z_m > _APART_M]
    groups = [ordered[a:b] for a, b in pairwise([0, *cuts, len(ordered)])]
    return [([each.z_m for each in group], group) for group in groups if group]


def _apart(dots: Iterable[Dot]) -> list[Dot]:
    """Dots of one place beside each other, so that none hides another."""
    found: list[Dot] = []
    for each in dots:
        x = each.x
        while any(abs(other.x - x) < 24 and abs(other.y - each.y) < 18 for other in found) and x < WIDTH - MARGIN:
            x += 26
        found.append(replace(each, x=x))
    return found


def curves(rows: Rows, codes: Sequence[str], window: Interval, *, offset_us: int) -> Chart | None:
    """What these loggers recorded over a window, with the study's limits."""
    series = {code: rows.series[code].columns for code in codes if code in rows.series}
    limits = [limit for limit in (rows.study.low, rows.study.high) if limit is not None]
    hold_us = round(rows.hold_s * 1_000_000)
    drawn = [_course(code, columns, window, hold_us) for code, columns in series.items()]
    return draw(drawn, window, limits=limits, offset_us=offset_us)


def _course(code: str, columns: Columns, window: Interval, hold_us: int) -> Course:
    """At most so many values a curve; each keeps the lowest and the highest of its bucket."""
    inside = (columns.time_us >= window.start_us) & (columns.time_us < window.end_us)
    time, value = columns.time_us[inside].tolist(), columns.value[inside].tolist()
    width = max(1, -(-len(time) // _BUCKETS))
    parts = [value[n : n + width] for n in range(0, len(value), width)]
    return Course(
        name_en=code,
        name_zh=code,
        time_us=time[::width],
        low=[min(part) for part in parts],
        mean=[sum(part) / len(part) for part in parts],
        high=[max(part) for part in parts],
        hold_us=hold_us * width,
    )


def whole(rows: Rows) -> Interval | None:
    """From the first to the last reading of any logger."""
    spans = [(each.time_us[0], each.time_us[-1]) for each in (s.columns for s in rows.series.values()) if len(each)]
    if not spans:
        return None
    return Interval(int(min(a for a, _ in spans)), int(max(b for _, b in spans)) + 1)
