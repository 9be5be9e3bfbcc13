"""Every known answer that the program must give by itself: no database, no clock, no network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import inf

import numpy as np

from isotherm.qualifying.answers import Answer, Part
from isotherm.qualifying.courses import (
    ADAPTIVE,
    BUFFERED,
    EPISODES,
    LATE_EPISODE,
    LIVE,
    MINUTE_US,
    columns_of,
    told,
)
from isotherm.qualifying.epcis import epcis_answers
from models.columns import Columns
from models.cumulative import cumulative_s, exceeded
from models.exposure import exposure_s
from models.gaps import Gap, gaps
from models.interval import Interval
from models.kinetics import (
    buffered_probe_c,
    fit_tau_s,
    mean_kinetic,
    mean_kinetic_c,
    rate_of_change_per_h,
    straight_time_to_breach_s,
    time_to_breach_s,
)
from models.point_count import least_points
from models.policy import PointCount
from models.stability import Band, Combination, Profile, budget

DOOR_DAY = [4.1, 4.3, 4.0, 4.2, 4.4, 5.0, 6.8, 9.7, 11.9, 12.4, 10.6, 8.1]
DOOR_DAY += [6.4, 5.3, 4.8, 4.5, 4.3, 4.2, 4.1, 4.0, 4.1, 4.2, 4.1, 4.0]
HELD: dict[str, tuple[list[tuple[float, float]], float, float]] = {
    "M1": ([(5, 24)], 5.0, 5.0),
    "M2": ([(5, 23), (15, 1)], 5.4167, 5.7635),
    "M3": ([(5, 21), (15, 3)], 6.25, 7.1066),
    "M4": ([(5, 19.5), (15, 4.5)], 6.875, 7.9883),
    "M5": ([(5, 18), (14, 6)], 7.25, 8.2852),
    "M6": ([(4, 18), (14, 6)], 6.5, 7.7962),
    "M7": ([(4, 14), (10, 8), (16, 2)], 7.0, 8.0048),
    "M8": ([(22, 717), (29, 3)], 22.0292, 22.0432),
    "M9": ([(24, 696), (40, 24)], 24.5333, 25.2602),
    "M10": ([(20, 360), (30, 360)], 25.0, 26.2599),
    "M11": ([(-20, 23), (-5, 1)], -19.375, -18.1199),
    "M12": ([(20, 1), (25, 1), (30, 1)], 25.0, 25.8582),
    "M13": ([(t, 1) for t in DOOR_DAY], 5.8125, 6.2871),
}
"""°C and hours; arithmetic mean and mean kinetic temperature."""
TO_FOUR_DIGITS, TO_A_MINUTE = 5e-5, 5e-4
HOUR_US = 3_600_000_000
WARMINGS = [(0, 15), (180, 195), (360, 375), (540, 555)]
INSULIN = Profile(
    bands=(
        Band(low=8, high=15, allowed_us=24 * HOUR_US),
        Band(low=15, high=25, allowed_us=4 * HOUR_US),
        Band(low=25, high=30, allowed_us=HOUR_US // 2),
    ),
    combination=Combination.INDEPENDENT,
)


def program_answers() -> Iterator[Answer]:
    """All of them, part by part."""
    yield from _kinetic()
    yield from _episodes()
    yield from _cumulative()
    yield from _late()
    yield from _probe()
    yield from _forecast()
    yield from _lots()
    yield from epcis_answers()
    yield from _points()


def _kinetic() -> Iterator[Answer]:
    for id_, (held, mean, kinetic) in HELD.items():
        value, hours = zip(*held, strict=True)
        found = float(np.average(value, weights=hours)), mean_kinetic_c(value, hours)
        yield Answer(id=id_, part=Part.KINETIC, expected=(mean, kinetic), found=found, tolerance=TO_FOUR_DIGITS)
    readings = columns_of(ADAPTIVE)
    parts = readings.time_us, readings.value, readings.quality
    weighed = mean_kinetic(*parts, stale_s=1800, from_us=0, until_us=102 * MINUTE_US).kinetic_c
    yield Answer(id="M14", part=Part.KINETIC, expected=6.0101, found=weighed, tolerance=TO_FOUR_DIGITS)
    for base_c, spike_h in ((3, 6.168), (4, 5.431), (5, 4.521), (6, 3.379), (7, 1.918)):
        cold = mean_kinetic_c([base_c, 15], [24 - spike_h, spike_h])
        yield Answer(id=f"CCT {base_c} °C", part=Part.KINETIC, expected=8.0, found=cold, tolerance=1e-3)
    for base_c, spike_h in ((20, 70.94), (22, 48.66), (24, 18.78)):
        room = mean_kinetic_c([base_c, 40], [720 - spike_h, spike_h])
        yield Answer(id=f"CRT {base_c} °C", part=Part.KINETIC, expected=25.0, found=room, tolerance=1e-3)


def _episodes() -> Iterator[Answer]:
    for id_, (course, expected) in EPISODES.items():
        readings = columns_of(course)
        found = told(readings, until_us=int(readings.time_us.max()))
        yield Answer(id=id_, part=Part.EPISODES, expected=expected, found=found)
    silent = columns_of(EPISODES["E4"][0])
    holes = [(each.start_us / MINUTE_US, (each.end_us or 0) / MINUTE_US) for each in _gaps(silent, 730)]
    yield Answer(id="E4 stale", part=Part.EPISODES, expected=[(20, 725)], found=holes)
    polled = columns_of(_OUT)
    stale = [each.start_us / MINUTE_US for each in _gaps(polled, 60)]
    yield Answer(id="E9 stale", part=Part.EPISODES, expected=[55], found=stale)
    episode = told(polled, until_us=60 * MINUTE_US)
    yield Answer(id="E9", part=Part.EPISODES, expected=[("high", 5, None, 50, 5, 35)], found=episode)
    back = columns_of([*_OUT, (100, 5)])
    ended = told(back, until_us=100 * MINUTE_US)
    yield Answer(id="E10", part=Part.EPISODES, expected=[("high", 5, 100, 50, 45, 35)], found=ended)


_OUT = [(0.0, 5.0), *((float(m), 9.0) for m in range(5, 41, 5))]


def _gaps(readings: Columns, until: float) -> tuple[Gap, ...]:
    return tuple(gaps(readings.time_us, 900, round(until * MINUTE_US)))


def _cumulative() -> Iterator[Answer]:
    out = [_minutes(*each) for each in WARMINGS]
    for minute, expected in ((375, 45), (555, 60), (1440, 60), (1455, 45)):
        found = cumulative_s(out, minute * MINUTE_US, 86_400) / 60
        yield Answer(id=f"b3 C({minute})", part=Part.CUMULATIVE, expected=expected, found=found)
    stood = exceeded(out, 86_400, 3600, until_us=2000 * MINUTE_US)
    spans = [(each.start_us / MINUTE_US, each.end_us / MINUTE_US) for each in stood]
    yield Answer(id="b3 alarm", part=Part.CUMULATIVE, expected=[(555, 1440)], found=spans)


def _late() -> Iterator[Answer]:
    until_us = 90 * MINUTE_US
    yield Answer(id="b4 live", part=Part.LATE, expected=[], found=told(columns_of(LIVE), until_us=until_us))
    orders = {"late": [*LIVE, *BUFFERED], "reversed": [*LIVE, *BUFFERED][::-1], "twice": [*LIVE, *BUFFERED, *BUFFERED]}
    for name, readings in orders.items():
        found = told(columns_of(readings), until_us=until_us)
        yield Answer(id=f"b4 {name}", part=Part.LATE, expected=LATE_EPISODE, found=found)


def _probe() -> Iterator[Answer]:
    minutes = np.arange(31)
    air = np.where((minutes >= 1) & (minutes <= 8), 12.0, 5.0)
    shown = buffered_probe_c(minutes * MINUTE_US, air, 15 * 60, 5.0)
    found = int(shown.argmax()), float(shown[8]), float(shown[30])
    yield Answer(id="b5", part=Part.PROBE, expected=(8, 7.8935, 5.6675), found=found, tolerance=TO_FOUR_DIGITS)
    step = buffered_probe_c(np.arange(10) * MINUTE_US, [5.0, *[20.0] * 9], 15 * 60)
    yield Answer(id="b5 step", part=Part.PROBE, expected=4, found=int(np.flatnonzero(step > 8)[0]))


def _forecast() -> Iterator[Answer]:
    for now_c, ambient_c, limit_c, tau_min, expected in (
        (5, 30, 8, 240, 30.680),
        (5, 25, 8, 480, 78.009),
        (7, 30, 8, 240, 10.668),
        (-20, 25, -15, 600, 70.670),
    ):
        found = time_to_breach_s(now_c, ambient_c=ambient_c, limit_c=limit_c, tau_s=tau_min * 60) / 60
        id_ = f"b6 ({now_c}, {ambient_c}, {limit_c}, {tau_min})"
        yield Answer(id=id_, part=Part.FORECAST, expected=expected, found=found, tolerance=TO_A_MINUTE)
    never = time_to_breach_s(5, ambient_c=8, limit_c=8, tau_s=60)
    yield Answer(id="b6 never", part=Part.FORECAST, expected=inf, found=never)
    tau = fit_tau_s([m * MINUTE_US for m in (0, 10, 20, 30)], [5.0, 6.0203, 6.9989, 7.9376], 30) / 60
    yield Answer(id="b6 fit", part=Part.FORECAST, expected=240.0, found=tau, tolerance=0.05)
    line = straight_time_to_breach_s(6.2, slope_c_per_s=0.03 / 60, limit_c=8) / 60
    yield Answer(id="b6 line", part=Part.FORECAST, expected=60.0, found=line, tolerance=1e-6)
    rate = rate_of_change_per_h([m * MINUTE_US for m in range(5)], [5.0, 5.1, 5.3, 5.4, 5.6])
    yield Answer(id="b6 rate", part=Part.FORECAST, expected=9.0, found=rate, tolerance=1e-6)


def _lots() -> Iterator[Answer]:
    for dwell, expected in (((0, 130), 30), ((150, 500), 10), ((0, 100), 0), ((90, 200), 60)):
        found = exposure_s([_minutes(100, 160)], [_minutes(*dwell)]) / 60
        yield Answer(id=f"b7 {dwell[0]}–{dwell[1]}", part=Part.LOTS, expected=expected, found=found)
    spent = tuple(round(hours * HOUR_US) for hours in (3, 1.5, 0.25, 0))
    for combination, exhausted in ((Combination.INDEPENDENT, False), (Combination.SUM_OF_FRACTIONS, True)):
        left = budget(replace(INSULIN, combination=combination), spent)
        told_of = [band.left_s / 3600 for band in left.bands], left.exhausted is not None
        yield Answer(id=f"b7 {combination}", part=Part.LOTS, expected=([21, 2.5, 0.25], exhausted), found=told_of)


def _minutes(start: float, end: float) -> Interval:
    return Interval(round(start * MINUTE_US), round(end * MINUTE_US))


def _points() -> Iterator[Answer]:
    for space, step, unit, cases in (
        ("flat-store", 300, "m2", ((50, 2), (300, 2), (301, 3), (600, 3), (1000, 5))),
        ("cold-store", 100, "m2", ((80, 2), (101, 3), (250, 4))),
        ("vehicle", 20, "m3", ((12, 2), (20, 2), (21, 3), (45, 4))),
    ):
        rule = PointCount(space=space, least=2, step=step, unit=unit, citation="b9")
        for size, expected in cases:
            id_ = f"b9 {space} {size} {unit}"
            yield Answer(id=id_, part=Part.POINTS, expected=expected, found=least_points(size, rule))
