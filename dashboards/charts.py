"""Curves for documents, drawn by the server as SVG: limits, gaps hatched, times out of limits marked. Pure.

A chart is geometry and numbers without words; `reports/_curve.html` writes it with ticks in the plant's time. Each
curve is one path, and a band of lowest to highest another: a document with many elements is slow to print.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

from models.interval import Interval, merged

WIDTH, HEIGHT = 680.0, 190.0
LEFT, RIGHT, TOP, BOTTOM = 34.0, 674.0, 8.0, 170.0
HATCH = 5.0
_STEPS = (1.0, 2.0, 5.0, 10.0)
_TICKS = 6
HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000
_TIME_STEPS_US = (
    *(60_000_000 * n for n in (1, 2, 5, 10, 15, 30)),
    *(HOUR_US * n for n in (1, 2, 3, 6, 12)),
    *(DAY_US * n for n in (1, 2, 5, 7, 14, 30, 91, 365)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What is drawn as one curve: columns of equal length, NaN where nothing is known."""

    name_en: str
    name_zh: str
    time_us: Sequence[int]
    low: Sequence[float]
    mean: Sequence[float]
    high: Sequence[float]
    hold_us: int  # how long after its time a value is still known


@dataclass(frozen=True, slots=True)
class Curve:
    name_en: str
    name_zh: str
    line: str  # SVG path
    band: str  # SVG path; empty where lowest and highest say no more than the mean


@dataclass(frozen=True, slots=True)
class Tick:
    at: float  # along the axis
    value: float  # what stands there: a value, or µs since 1970


@dataclass(frozen=True, slots=True)
class Chart:
    """Geometry in a box of WIDTH by HEIGHT."""

    curves: tuple[Curve, ...]
    limits: tuple[Tick, ...]
    values: tuple[Tick, ...]
    times: tuple[Tick, ...]
    out: tuple[tuple[float, float], ...]  # x and width of what was out of limits
    unknown: tuple[tuple[float, float], ...]  # x and width of what is hatched
    hatch: str  # SVG path
    step_us: int  # between the ticks of time


def draw(
    courses: Sequence[Course],
    window: Interval,
    *,
    limits: Iterable[float] = (),
    out: Iterable[Interval] = (),
    unknown: Iterable[Interval] = (),
    offset_us: int = 0,
) -> Chart | None:
    """A chart of a window. `offset_us`: the plant's zone against UTC, so that ticks stand at its round hours and days.

    None where no course has a value in it.
    """
    known = [v for course in courses for column in (course.low, course.high) for v in column if isfinite(v)]
    if not known or not window.length_us:
        return None
    marks = sorted(set(limits))
    bottom, top = _scale(known, marks)

    def height(value: float) -> float:
        return round(TOP + (top - value) / (top - bottom) * (BOTTOM - TOP), 1)

    def place(us: int) -> float:
        share = (us - window.start_us) / window.length_us
        return round(LEFT + min(max(share, 0.0), 1.0) * (RIGHT - LEFT), 1)

    holes = _spans(unknown, window, place)
    step_us = _time_step(window.length_us)
    return Chart(
        curves=tuple(_curve(course, place, height) for course in courses),
        limits=tuple(Tick(height(limit), limit) for limit in marks),
        values=tuple(Tick(height(value), value) for value in _round_values(bottom, top)),
        times=tuple(Tick(place(us), us) for us in _round_times(window, step_us, offset_us)),
        out=_spans(out, window, place),
        unknown=holes,
        hatch="".join(stroke for x, width in holes for stroke in _hatched(x, width)),
        step_us=step_us,
    )


def _spans(
    intervals: Iterable[Interval], window: Interval, place: Callable[[int], float]
) -> tuple[tuple[float, float], ...]:
    """Left edge and width of what lies in the window; a moment is as wide as a stroke."""
    inside = (Interval(max(i.start_us, window.start_us), min(i.end_us, window.end_us)) for i in intervals)
    return tuple((place(i.start_us), max(place(i.end_us) - place(i.start_us), 0.6)) for i in merged(inside))


def _curve(course: Course, place: Callable[[int], float], height: Callable[[float], float]) -> Curve:
    points = [
        (us, place(us), low, mean, high)
        for us, low, mean, high in zip(course.time_us, course.low, course.mean, course.high, strict=True)
        if isfinite(mean)
    ]
    runs: list[list[tuple[float, float, float, float]]] = []
    last_us: int | None = None
    for us, x, low, mean, high in points:
        if last_us is None or us - last_us > course.hold_us:
            runs.append([])
        runs[-1].append((x, height(low), height(mean), height(high)))
        last_us = us
    line = "".join(_line([(x, mean) for x, _, mean, _ in run]) for run in runs)
    band = "".join(_band(run) for run in runs if any(low != high for _, low, _, high in run))
    return Curve(course.name_en, course.name_zh, line, band)


def _line(points: Sequence[tuple[float, float]]) -> str:
    """A value alone is a short stroke."""
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
    return path if len(points) > 1 else f"{path}h0.6"


def _band(run: Sequence[tuple[float, float, float, float]]) -> str:
    there = [f"{x:g} {high:g}" for x, _, _, high in run]
    back = [f"{x:g} {low:g}" for x, low, _, _ in reversed(run)]
    return f"M{'L'.join([*there, *back])}Z"


def _hatched(x: float, width: float) -> Iterator[str]:
    """Strokes of 45 degrees, cut off at the edges of a box."""
    tall, reach = BOTTOM - TOP, HATCH / 2
    while reach < width + tall:
        first, last = max(0.0, reach - width), min(tall, reach)
        yield f"M{x + reach - first:.1f} {TOP + first:.1f}L{x + reach - last:.1f} {TOP + last:.1f}"
        reach += HATCH


def _scale(known: Sequence[float], marks: Sequence[float]) -> tuple[float, float]:
    bottom, top = min((*known, *marks)), max((*known, *marks))
    room = max((top - bottom) * 0.06, 0.2)
    return bottom - room, top + room


def _round_values(bottom: float, top: float) -> list[float]:
    least = (top - bottom) / _TICKS
    size = 10.0 ** floor(log10(least))
    step = next(size * s for s in _STEPS if size * s >= least)
    first = ceil(bottom / step)
    return [round(n * step, 10) for n in range(first, floor(top / step) + 1)]


def _time_step(window_us: int) -> int:
    return next((step for step in _TIME_STEPS_US if window_us / step <= _TICKS + 2), _TIME_STEPS_US[-1])


def _round_times(window: Interval, step_us: int, offset_us: int) -> range:
    first = -(-(window.start_us + offset_us) // step_us) * step_us - offset_us
    return range(first, window.end_us, step_us)
