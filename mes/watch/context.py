"""What else was going on in a zone: defrost and open doors, read only where an alarm would be raised.

Their time lengthens a delay and hides nothing: readings, episode and sums stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from mes.plant.model import MeasuringPoint
from mes.quality.model import Judged
from mes.watch.columns import read
from mes.watch.plant import Plant
from models.columns import Columns, hold_us
from models.interval import Interval, merged
from telemetry.clock import to_us
from telemetry.work import Work

ON = 0.5
"""A door's or defrost's reading from here on says: open, on."""


def raising(judged: Iterable[Judged], plant: Plant) -> list[Judged]:
    """Of these episodes those whose alarm a context could put off."""
    return [j for j in judged if j.raised_at is not None and j.raised_at > j.started_at and roles(plant, j.rule_id)]


def roles(plant: Plant, rule_id: int) -> frozenset[str]:
    """Roles of the points that tell a policy of a context."""
    return frozenset(rule.role for rule in plant.versions[rule_id].policy.contexts)


def points_of(plant: Plant, zone_id: int, asked: frozenset[str]) -> list[MeasuringPoint]:
    """Points of these roles in a zone or in what it is within."""
    around = plant.around(zone_id)
    return [p for p in plant.points.values() if p.role in asked and p.zone_id in around]


async def windows_of(work: Work, plant: Plant, raised: Mapping[int, Sequence[Judged]]) -> dict[int, list[Interval]]:
    """By judged point: when a context was on from the first start to the last raise of these episodes, extended."""
    asked: dict[int, list[MeasuringPoint]] = {}
    spans: dict[int, tuple[int, int]] = {}
    for point_id, episodes in raised.items():
        asked[point_id] = [p for j in episodes for p in points_of(plant, j.zone_id, roles(plant, j.rule_id))]
        extra_us = max(_extension_us(plant, j.rule_id) for j in episodes)
        last_us = max(to_us(j.raised_at or j.started_at) for j in episodes) + extra_us
        for point in asked[point_id]:
            begin_us = min(to_us(j.started_at) for j in episodes) - round(point.stale_s * 1e6)
            first, last = spans.get(point.point_id, (begin_us, last_us))
            spans[point.point_id] = min(first, begin_us), max(last, last_us)
    on = {}
    for point_id, (first, last) in spans.items():
        columns = (await read(work, [point_id], first, last + 1)).get(point_id)
        on[point_id] = [] if columns is None else when_on(columns, plant.points[point_id].stale_s, last)
    return {point_id: list(merged(i for p in points for i in on[p.point_id])) for point_id, points in asked.items()}


def _extension_us(plant: Plant, rule_id: int) -> int:
    return max(round(rule.longest_s * 1e6) for rule in plant.versions[rule_id].policy.contexts)


def when_on(readings: Columns, stale_s: float, until_us: int) -> list[Interval]:
    """When readings held that say: on. What is not known lengthens nothing."""
    order = np.argsort(readings.time_us, kind="stable")
    ordered = readings.take(order)
    held = hold_us(ordered, stale_s, until_us)
    rows = np.flatnonzero(ordered.value >= ON)
    return [Interval(int(ordered.time_us[r]), int(ordered.time_us[r] + held[r])) for r in rows]
