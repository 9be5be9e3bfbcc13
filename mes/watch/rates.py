"""How fast values change: an advisory alarm, inside the limits as well. It touches no lot.

Who has moved far enough for it is found in the roll-ups, minutes that are closed; only of these the readings are read
and the slope is found by least squares. A change that is not fast enough any more ends it, with a margin.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta

import numpy as np

from mes.alarms import service as alarms
from mes.alarms.model import Kind, Occurrence, Priority
from mes.plant.model import MeasuringPoint, rule_at
from mes.trips import service as trips
from mes.watch.columns import read
from mes.watch.plant import Plant
from mes.watch.silence import keep
from models.columns import Columns
from models.kinetics import rate_of_change_per_h
from models.policy import RateRule
from telemetry import store
from telemetry.clock import to_us
from telemetry.work import Work

STEEPEST = 1.5
"""Within a time T the least-squares slope of values that lie within R is at most so many times R / T: a step's."""
EASED = 0.75
"""An alarm that stands ends when the change is slower than so much of what is allowed: it doesn't chatter."""
OPEN_S = 120.0
"""The newest minutes, that are not rolled up yet."""
LEAST_READINGS = 4
LEAST_SHARE = 0.5
"""Of the time looked at, that the readings must span."""
_MINUTE = timedelta(minutes=1)
_SIGN = {"Cel": "°C"}


async def watch_rates(work: Work, plant: Plant) -> None:
    """Raise and clear by what the values did over each policy's time, up to now."""
    rules = await _rules(work, plant)
    standing = {a.point_id or 0 for a in (await alarms.standing(work, Kind.RATE)).values()}
    asked: dict[RateRule, list[int]] = defaultdict(list)
    for point_id, rule in rules.items():
        asked[rule].append(point_id)
    so: dict[str, Occurrence] = {}
    for rule, point_ids in asked.items():
        since = work.now - timedelta(seconds=rule.over_s)
        moved = set(await store.moved(work, point_ids, since - _MINUTE, least_range(rule)))
        suspects = sorted(moved | (standing & set(point_ids)))
        readings = await read(work, suspects, to_us(since), to_us(work.now) + 1) if suspects else {}
        for point_id, per_h in _slopes(readings, rule).items():
            if abs(per_h) > rule.per_h * (EASED if point_id in standing else 1.0):
                point = plant.points[point_id]
                so[point.name] = _occurrence(work, plant, point, per_h)
    await keep(work, Kind.RATE, so, cleared={})


def least_range(rule: RateRule) -> float:
    """How far apart values must lie in the closed minutes for a change that is too fast, were it as fast before."""
    closed = max(0.0, 1 - OPEN_S / rule.over_s)
    return rule.per_h * rule.over_s / 3600 / STEEPEST * closed


async def _rules(work: Work, plant: Plant) -> dict[int, RateRule]:
    """By judged point: the rule in force. A vehicle's points only while it is judged: an empty one may cool down."""
    now_us = to_us(work.now)
    in_force = {code: rule_at(versions, work.now) for code, versions in plant.rules.items()}
    armed = await trips.armed(work, plant.vehicles) if plant.vehicles else {}
    found = {}
    for point_id in plant.judged:
        point = plant.points[point_id]
        version = in_force.get(point.policy or "")
        spans = armed.get(point.zone_id or 0)
        is_armed = spans is None or any(span.start_us <= now_us < span.end_us for span in spans)
        if version is not None and version.policy.rate is not None and is_armed:
            found[point_id] = version.policy.rate
    return found


def _slopes(readings: Mapping[int, Columns], rule: RateRule) -> dict[int, float]:
    """By point: its change in an hour, where there is enough to tell."""
    found = {}
    for point_id, columns in readings.items():
        known = np.isfinite(columns.value)
        time_us, value = columns.time_us[known], columns.value[known]
        if len(value) >= LEAST_READINGS and time_us[-1] - time_us[0] >= LEAST_SHARE * rule.over_s * 1e6:
            found[point_id] = rate_of_change_per_h(time_us, value)
    return found


def _occurrence(work: Work, plant: Plant, point: MeasuringPoint, per_h: float) -> Occurrence:
    zone = plant.zones[plant.zone_of(point.point_id)]
    change = f"{abs(per_h):.1f} {_SIGN.get(point.unit, point.unit)}"
    return Occurrence(
        kind=Kind.RATE,
        source=point.name,
        priority=Priority.MEDIUM,
        message_en=f"{zone.name_en}, {point.name_en}: {'rises' if per_h > 0 else 'falls'} by {change} per hour",
        message_zh=f"{zone.name_zh} {point.name_zh}：每小时{'上升' if per_h > 0 else '下降'} {change}",
        raised_at=work.now,
        point_id=point.point_id,
        zone_id=zone.id,
        equipment_id=point.equipment_id,
    )
