"""What is about to happen: rooms that leave their limits soon, from the last values and the rooms' thermal models.

Only rooms that do what they don't do on ordinary days, or have lost the mains, are looked at closely. It raises advice
(kind `forecast`) and keeps the newest forecast of each zone for people to look at. It never touches a lot or a limit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf, isfinite

import numpy as np

from mes.alarms import service as alarms
from mes.alarms.model import Kind, Occurrence, Priority
from mes.forecast import service as forecasts
from mes.forecast.model import ZoneForecast
from mes.inventory import service as inventory
from mes.plant.model import MeasuringPoint, RuleVersion, rule_at
from mes.watch.plant import Plant
from mes.watch.settings import WatchSettings
from models.forecast import COURSE_WINDOWS_S, Course, Forecast, Method, ThermalFit, forecast, holdover_s, newest_course
from models.limits import Side
from telemetry import store
from telemetry.clock import to_us
from telemetry.store import LastValue
from telemetry.work import Work

USUAL_OVER, USUAL_FOR = timedelta(days=7), timedelta(hours=1)
"""What is usual is counted over so long, and remembered for so long."""
LEAST_HOURS = 12
"""Fewer hours than these say nothing of what is usual."""
EASED = 1.5
"""A standing forecast ends when there is so much more time again: it doesn't come and go at the threshold."""


@dataclass(slots=True)
class Ordinary:
    """What is usual of each point: a memory that may be lost."""

    of: dict[int, forecasts.Usual] = field(default_factory=dict)
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Probe:
    """A judged point, its last value, and what it is held against."""

    point: MeasuringPoint
    last: LastValue
    value: float
    rule: RuleVersion

    @property
    def passed(self) -> tuple[Side, float] | None:
        """The limit that it is beyond already: from then on that is the temperature alarm's matter."""
        if self.rule.high is not None and self.value > self.rule.high:
            return Side.HIGH, self.rule.high
        if self.rule.low is not None and self.value < self.rule.low:
            return Side.LOW, self.rule.low
        return None


@dataclass(frozen=True, slots=True)
class _Seen:
    """A probe with what is expected of it."""

    probe: _Probe
    now: Course
    ahead: Forecast
    holdover_s: float
    unusual: bool


async def foresee(work: Work, plant: Plant, settings: WatchSettings, ordinary: Ordinary) -> None:
    """Forecast every zone with judged probes; raise what comes soon, clear what doesn't."""
    probes = await _probes(work, plant)
    if ordinary.until is None or ordinary.until <= work.now:
        hour = work.now.replace(minute=0, second=0, microsecond=0)
        ordinary.of = await forecasts.usual(work, [p.point.point_id for p in probes], hour - USUAL_OVER, hour)
        ordinary.until = work.now + USUAL_FOR
    fits = {zone: model.fit(settings.machine_speed) for zone, model in (await forecasts.models_in_force(work)).items()}
    dark = await _without_mains(work, plant)
    close = [p for p in probes if _is_suspect(p, ordinary.of.get(p.point.point_id), dark)]
    courses = await _courses(work, close, settings.machine_speed)
    seen = [_see(p, courses.get(p.point.point_id), fits, ordinary, dark) for p in probes]
    soonest = _soonest(seen)
    lots = {zone_id: await _lots(work, zone_id) for zone_id, each in soonest.items() if each.unusual}
    await forecasts.tell(work, [_told(work.now, zone, each, lots.get(zone, 0)) for zone, each in soonest.items()])
    await _raise(work, plant, soonest, lots)


async def _probes(work: Work, plant: Plant) -> list[_Probe]:
    judged = [p for p in plant.points.values() if plant.is_judged(p.point_id) and p.unit == "Cel"]
    last = {row.point_id: row for row in await store.last_values(work, [p.point_id for p in judged])}
    found = []
    for point in judged:
        row, rule = last.get(point.point_id), rule_at(plant.rules_of(point.point_id), work.now)
        fresh = row is not None and row.time > work.now - timedelta(seconds=point.stale_s)
        if fresh and row is not None and row.value is not None and isfinite(row.value) and rule is not None:
            found.append(_Probe(point, row, row.value, rule))
    return found


async def _without_mains(work: Work, plant: Plant) -> frozenset[int]:
    """Zones whose mains are lost now."""
    mains = {p.point_id: p for p in plant.points.values() if p.role == "mains" and p.zone_id is not None}
    rows = await store.last_values(work, list(mains)) if mains else []
    return frozenset(mains[r.point_id].zone_id or 0 for r in rows if r.value == 0)


def _is_suspect(probe: _Probe, usual: forecasts.Usual | None, dark: frozenset[int]) -> bool:
    """Whether it lies beyond what is usual, or nothing cools it. Without a past: in the outer eighths of the limits."""
    if probe.passed:
        return False
    if probe.point.zone_id in dark:
        return True
    low, high = _usual_band(probe.rule, usual)
    step = float(probe.point.resolution)
    return probe.value > high + step or probe.value < low - step


def _usual_band(rule: RuleVersion, usual: forecasts.Usual | None) -> tuple[float, float]:
    if usual is not None and usual.hours >= LEAST_HOURS:
        return usual.low, usual.high
    if rule.low is None or rule.high is None:
        return -inf if rule.low is None else rule.low, inf if rule.high is None else rule.high
    quarter = (rule.high - rule.low) / 8
    return rule.low + quarter, rule.high - quarter


async def _courses(work: Work, probes: Sequence[_Probe], speed: float) -> dict[int, Course | None]:
    """How the suspects move: a line through their last ten minutes, or what is ten minutes to a faster machine."""
    if not probes:
        return {}
    now_us = to_us(work.now)
    back_us = int(COURSE_WINDOWS_S[-1] * 1e6 / speed)
    raw = await store.series(work, [p.point.point_id for p in probes], now_us - back_us, now_us + 1)
    point, time, value = (np.asarray(column) for column in (raw.point, raw.time_us, raw.value))
    found = {}
    for probe in probes:
        rows = point == probe.point.point_id
        found[probe.point.point_id] = newest_course(time[rows], value[rows], speed=speed)
    return found


def _see(
    probe: _Probe, moving: Course | None, fits: Mapping[int, ThermalFit], ordinary: Ordinary, dark: frozenset[int]
) -> _Seen:
    fit, rule = fits.get(probe.point.zone_id or 0), probe.rule
    still = Course(value_c=probe.value, slope_c_per_s=0.0, error_c_per_s=0.0, at_us=to_us(probe.last.time))
    is_dark, now = probe.point.zone_id in dark, moving or still
    steady = Forecast(method=Method.STEADY, side=None, limit_c=None, eta_s=inf)
    ahead = steady
    if not probe.passed and (moving is not None or (is_dark and fit is not None)):
        around = fit.rest_c if fit is not None and is_dark else None
        ahead = forecast(now, low=rule.low, high=rule.high, tau_s=fit.tau_s if fit else None, around_c=around)
    for_certain = is_dark or (ahead.side is not None and now.is_moving(ahead.side))
    away = ahead.side is not None and _is_on_that_side(probe, ahead.side, ordinary)
    unusual = for_certain and (is_dark or away)
    left = holdover_s(probe.value, fit, low=rule.low, high=rule.high) if fit else inf
    return _Seen(probe, now, ahead if unusual else steady, left, unusual)


def _is_on_that_side(probe: _Probe, side: Side, ordinary: Ordinary) -> bool:
    """Whether it is beyond the usual towards the limit that it runs to: a room on its way back is no matter."""
    low, high = _usual_band(probe.rule, ordinary.of.get(probe.point.point_id))
    return probe.value > high if side is Side.HIGH else probe.value < low


def _soonest(seen: Iterable[_Seen]) -> dict[int, _Seen]:
    """By zone: a probe that is out, else the one that is out first; where none is, that would be without cooling."""
    by_zone: dict[int, list[_Seen]] = defaultdict(list)
    for each in seen:
        by_zone[each.probe.point.zone_id or 0].append(each)
    return {
        zone: min(those, key=lambda s: (not s.probe.passed, s.ahead.eta_s, s.holdover_s))
        for zone, those in by_zone.items()
    }


def _told(now: datetime, zone_id: int, seen: _Seen, lots: int) -> ZoneForecast:
    side, limit_c = seen.probe.passed or (seen.ahead.side, seen.ahead.limit_c)
    return ZoneForecast(
        zone_id=zone_id,
        at=now,
        point_id=seen.probe.point.point_id,
        value_c=seen.now.value_c,
        slope_c_per_h=seen.now.slope_c_per_s * 3600,
        method=seen.ahead.method,
        side=side,
        limit_c=limit_c,
        eta_s=forecasts.known_s(seen.ahead.eta_s),
        holdover_s=forecasts.known_s(seen.holdover_s),
        unusual=seen.unusual,
        lots=lots,
    )


async def _lots(work: Work, zone_id: int) -> int:
    return len(await inventory.lots(work, zone_id=zone_id))


async def _raise(work: Work, plant: Plant, soonest: Mapping[int, _Seen], lots: Mapping[int, int]) -> None:
    standing = await alarms.standing(work, Kind.FORECAST)
    for zone_id, seen in soonest.items():
        code = plant.zones[zone_id].code
        within_s = seen.probe.rule.policy.forecast_s * (EASED if code in standing else 1.0)
        is_soon = seen.unusual and seen.ahead.eta_s < within_s
        if is_soon and code not in standing:
            await alarms.raise_alarm(work, _occurrence(plant, zone_id, seen, lots.get(zone_id, 0), work.now))
        elif not is_soon and code in standing:
            await alarms.clear(work, Kind.FORECAST, code, at=work.now)


def _occurrence(plant: Plant, zone_id: int, seen: _Seen, lots: int, now: datetime) -> Occurrence:
    zone, rule = plant.zones[zone_id], seen.probe.rule
    minutes = max(1, round(seen.ahead.eta_s / 60))
    band = f"{_shown(rule.low)}–{_shown(rule.high)} °C"
    n_lots = f"{lots} lot" if lots == 1 else f"{lots} lots"
    return Occurrence(
        kind=Kind.FORECAST,
        source=zone.code,
        priority=Priority.MEDIUM,
        message_en=f"{zone.name_en} leaves {band} in {minutes} min, {n_lots}",
        message_zh=f"{zone.name_zh}预计 {minutes} 分钟后超出 {band}，涉及 {lots} 个批次",
        raised_at=now,
        point_id=seen.probe.point.point_id,
        zone_id=zone.id,
        equipment_id=seen.probe.point.equipment_id,
    )


def _shown(limit: float | None) -> str:
    return "…" if limit is None else f"{limit:g}"
