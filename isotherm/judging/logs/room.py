"""A log of one temperature: a cold room or freezer that the monitor learns, beside what plain limits would have told.

What nobody can learn from a log is its limit: it is named, or taken from the class of storage that the median lies in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from isotherm.judging.baselines import limit_alarm
from isotherm.judging.logs.alerts import MachineAlerts, Span, Telling, quiet_s
from isotherm.judging.logs.reading import MachineLog
from isotherm.judging.protocol import onsets
from isotherm.judging.report import LIMIT, LIMIT_DELAYS_MIN
from models.columns import SECOND_US, Moments
from models.health.cold_room import ColdRoomMonitor
from models.health.cold_room_causes import SIGNALS_A, causes_of
from models.health.cold_room_settings import ColdRoomSettings

LIMITS: Mapping[float, float] = MappingProxyType({-60.0: -60.0, -15.0: -15.0, 8.0: 8.0, 15.0: 15.0, 25.0: 25.0})
"""Upper limits in °C by the greatest median: ultra-cold, frozen, refrigerated, cool, room temperature."""

_ROW = np.array([0])
_MINUTE_US = 60 * SECOND_US
_DAY_US = 86_400 * SECOND_US
_MOST_FILLED = 14 * 1_440  # ticks without a value that one silence may be
_FEW_DEFROSTS = 2


@dataclass(frozen=True, slots=True)
class Course:
    """The air a minute (or slower, as the log has it), with NaN where it is silent."""

    time_us: Moments
    air: npt.NDArray[np.float64]

    @property
    def time_s(self) -> npt.NDArray[np.float64]:
        return self.time_us / 1e6

    @property
    def interval_min(self) -> float:
        return float(np.median(np.diff(self.time_us))) / _MINUTE_US if len(self.air) > 1 else 1.0


def limit_of(log: MachineLog) -> float | None:
    """From the class of storage; None: it is too warm for any."""
    median = float(np.nanmedian(log.x)) if np.isfinite(log.x).any() else np.inf
    return next((limit for most, limit in LIMITS.items() if median <= most), None)


def judged(log: MachineLog, span: Span, limit_c: float) -> MachineAlerts:
    """The alerts behind the days that were learned from."""
    course = course_of(log)
    monitor, span, notes = _known(course, span, limit_c)
    told = Telling(quiet_s(log.time_us))
    for at, time_us in enumerate(course.time_us.tolist()):
        with np.errstate(invalid="ignore"):  # the band of a room that is not known is infinite
            result = monitor.update(_ROW, float(course.time_s[at]), course.air[at : at + 1, np.newaxis])
        if result.alarm[0] and time_us >= span.end_us:
            _tell(causes_of(int(result.alarm[0])), time_us, monitor, told)
    learned = log.time_us < span.end_us
    return MachineAlerts(
        name=log.name,
        signals=log.signals,
        models=("ColdRoomMonitor",),
        learned=int(learned.sum()),
        judged=int((~learned).sum()),
        days_judged=max(0, int(log.time_us[-1]) - span.end_us) / _DAY_US,
        alerts=told.alerts,
        plain=_plain(course, span, limit_c),
        notes=notes,
    )


def course_of(log: MachineLog) -> Course:
    """A tick a minute at most (the median of what is faster), and ticks without a value where rows are missing."""
    minute, rows = np.unique(log.time_us // _MINUTE_US, return_inverse=True)
    if len(minute) < 0.9 * len(log.time_us):
        parts = np.split(log.x[:, 0], np.flatnonzero(np.diff(rows)) + 1)
        air = np.array([np.median(part[np.isfinite(part)]) if np.isfinite(part).any() else np.nan for part in parts])
        return _filled(Course(minute * _MINUTE_US, air))
    return _filled(Course(log.time_us, log.x[:, 0]))


def _filled(course: Course) -> Course:
    """A silence is told while it lasts, so it needs ticks."""
    step_us = max(1, round(course.interval_min * _MINUTE_US))
    gaps = np.diff(course.time_us)
    missing = np.minimum((gaps - step_us // 2) // step_us, _MOST_FILLED)
    long = np.flatnonzero(missing > 0)
    extra = [course.time_us[at] + step_us * np.arange(1, missing[at] + 1) for at in long]
    time_us = np.concatenate([course.time_us, *extra])
    air = np.concatenate([course.air, np.full(len(time_us) - len(course.air), np.nan)])
    order = np.argsort(time_us, kind="stable")
    return Course(time_us[order], air[order])


def _known(course: Course, span: Span, limit_c: float) -> tuple[ColdRoomMonitor, Span, tuple[str, ...]]:
    """A monitor that knows the first days; with too few defrosts more, half of the log at most, unless asked."""
    half_us = int(course.time_us[0] + course.time_us[-1]) // 2
    tried = span
    while True:
        monitor = _learned(course, tried, limit_c)
        if not monitor.learning[0]:
            more = (
                (f"Learned for {tried.days:.1f} days after all: there were too few defrosts before.",)
                if tried != span
                else ()
            )
            return monitor, tried, more
        if span.asked or tried.end_us + _DAY_US > half_us:
            why = (
                "Not known well enough (days with readings, or defrosts, were too few): only the limit, held for an "
                "hour, is told.",
            )
            return _learned(course, span, limit_c), span, why
        tried = replace(tried, end_us=tried.end_us + _DAY_US, days=tried.days + 1)


def _learned(course: Course, span: Span, limit_c: float) -> ColdRoomMonitor:
    usual = ColdRoomSettings()
    settings = replace(
        usual,
        healthy_days=min(usual.healthy_days, 0.9 * span.days),
        defrosts=usual.defrosts if span.days >= usual.healthy_days else _FEW_DEFROSTS,
        stale_min=max(usual.stale_min, 3 * course.interval_min),
    )
    known = course.time_us < span.end_us
    monitor = ColdRoomMonitor(SIGNALS_A, settings, rows=1)
    monitor.configure(_ROW, limit_c=limit_c)
    return monitor.fit(course.air[known][:, np.newaxis], time_s=course.time_s[known])


def _tell(causes: tuple[str, ...], time_us: int, monitor: ColdRoomMonitor, told: Telling) -> None:
    for cause in causes:
        if told.is_new(cause, time_us):
            told.tell(cause, time_us, monitor.explain(0))
        else:
            told.goes_on(cause, time_us)


def _plain(course: Course, span: Span, limit_c: float) -> dict[str, int]:
    """How often a limit with each delay would have called somebody."""
    after = course.time_us >= span.end_us
    time_s, air = course.time_s[after], course.air[after]
    return {
        LIMIT.format(minutes=minutes): len(
            onsets(time_s, limit_alarm(time_s, air, high=limit_c, delay_s=minutes * 60.0))
        )
        for minutes in LIMIT_DELAYS_MIN
    }
