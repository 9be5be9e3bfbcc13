"""The temperature that lots went through as one picture: curves of the places above, a lane for each lot below.

A curve is drawn only while one of the lots was there. Lanes show who was where; hatched is time in which nothing is
known, red is time out of limits or in an excursion. Geometry alone: `_lot_picture.html` draws it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from dashboards import charts
from dashboards.charts import LEFT, RIGHT, WIDTH, Chart
from dashboards.lot_courses import LotCourses, Place, StayRow
from dashboards.reports import course as courses
from mes.genealogy.temperature import History, Stay
from models.columns import SECOND_US
from models.interval import Interval, merged
from telemetry.clock import from_us, to_us

LANE_TOP, LANE_HEIGHT, BAR_TOP, BAR_HEIGHT = 196.0, 24.0, 11.0, 9.0
MOST_LANES = 60
_ROOM_FOR_A_NAME = 42.0
_PARTS = 640


@dataclass(frozen=True, slots=True)
class Span:
    """A stay on its lane."""

    x: float
    width: float
    colour: int | None  # number of the place's curve; None: nothing is measured there
    stay: Stay
    is_named: bool  # whether its name finds room


@dataclass(frozen=True, slots=True)
class Lane:
    history: History
    y: float
    spans: tuple[Span, ...]
    hatch: str  # SVG path
    out: tuple[tuple[float, float], ...]  # x and width


@dataclass(frozen=True, slots=True)
class Picture:
    chart: Chart | None  # None: there is no reading at all
    lanes: tuple[Lane, ...]
    places: tuple[Place, ...]  # measured ones, in the order of their colours
    width: float
    height: float


def draw(found: LotCourses, around: ZoneInfo, now_us: int) -> Picture:
    """The picture, its ticks at round hours and days of the plant."""
    measured = tuple(place for place in found.places if place.probes)
    colour = {place.zone.id: at for at, place in enumerate(measured)}
    every = [row for rows in found.rows.values() for row in rows]
    limits = {v for place in measured if place.rule for v in (place.rule.low, place.rule.high) if v is not None}
    offset = from_us(found.window.start_us).astimezone(around).utcoffset()
    chart = charts.draw(
        [_curve(place, found.window) for place in measured],
        found.window,
        limits=limits,
        out=[*_exposed(found.histories, now_us), *(each for row in every for each in row.out)],
        unknown=_unknown_to_all(every),
        offset_us=int(offset.total_seconds() * SECOND_US) if offset else 0,
    )
    shown = found.histories[:MOST_LANES]
    lanes = tuple(_lane(history, at, found, colour, now_us) for at, history in enumerate(shown))
    return Picture(chart, lanes, measured, WIDTH, LANE_TOP + LANE_HEIGHT * len(lanes) + 4)


def _curve(place: Place, window: Interval) -> charts.Course:
    """Over all probes of the place: the lowest, the mean and the highest, part by part."""
    parts: dict[int, list[tuple[float, float, float]]] = {}
    width_us = max(window.length_us // _PARTS, 1)
    for probe in place.probes:
        for at, *values in zip(*courses.drawn(probe.course, window, most=_PARTS), strict=True):
            low, mean, high = values
            if mean == mean and any(t.start_us <= at < t.end_us for t in place.times):  # NaN differs from itself
                parts.setdefault(at // width_us * width_us, []).append((low, mean, high))
    times = sorted(parts)
    stale_us = int(max(probe.point.stale_s for probe in place.probes) * SECOND_US)
    return charts.Course(
        name_en=place.zone.name_en,
        name_zh=place.zone.name_zh,
        time_us=times,
        low=[min(low for low, _, _ in parts[t]) for t in times],
        mean=[sum(mean for _, mean, _ in parts[t]) / len(parts[t]) for t in times],
        high=[max(high for _, _, high in parts[t]) for t in times],
        hold_us=stale_us + 2 * width_us,
    )


def _exposed(histories: Iterable[History], now_us: int) -> list[Interval]:
    return [
        _exposure_span(each.exposed.exposed_from, each.exposed.exposed_to, now_us)
        for h in histories
        for each in h.exposures
    ]


def _exposure_span(start: object, end: object, now_us: int) -> Interval:
    return Interval(to_us(start), now_us if end is None else to_us(end))  # type: ignore[arg-type]


def _unknown_to_all(rows: Sequence[StayRow]) -> list[Interval]:
    """Time in which nothing is known of some lot: it is hatched in the curves as well."""
    return list(merged(each for row in rows if row.place is not None and row.place.probes for each in row.unknown))


def _lane(history: History, at: int, found: LotCourses, colour: Mapping[int, int], now_us: int) -> Lane:
    y = LANE_TOP + at * LANE_HEIGHT
    rows = found.rows[history.lot.id]
    unknown = merged(each for row in rows for each in row.unknown)
    out = merged([*_exposed([history], now_us), *(each for row in rows for each in row.out)])
    return Lane(
        history=history,
        y=y,
        spans=tuple(_span(row, found.window, colour) for row in rows),
        hatch="".join(_strokes(each, found.window, y + BAR_TOP) for each in unknown),
        out=tuple(_across(each, found.window) for each in out),
    )


def _span(row: StayRow, window: Interval, colour: Mapping[int, int]) -> Span:
    x, width = _across(row.window, window)
    number = colour.get(row.place.zone.id) if row.place else None
    return Span(x, width, number, row.stay, width >= _ROOM_FOR_A_NAME)


def _across(interval: Interval, window: Interval) -> tuple[float, float]:
    """Left edge and width in the picture; a moment is as wide as a stroke."""
    scale = (RIGHT - LEFT) / window.length_us
    start, end = (min(max(us, window.start_us), window.end_us) for us in interval)
    return round(LEFT + (start - window.start_us) * scale, 1), round(max((end - start) * scale, 0.8), 1)


def _strokes(interval: Interval, window: Interval, y: float) -> str:
    x, width = _across(interval, window)
    steps = range(max(int(width // 4), 1))
    return "".join(f"M{x + 4 * n:.1f} {y + BAR_HEIGHT:.1f}l{min(4.0, width):.1f} -{BAR_HEIGHT:g}" for n in steps)
