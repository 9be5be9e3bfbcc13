"""What the probes of a place read: which ones are believed there, and their readings by interval, read once.

A place without a thermometer of its own is as warm as the place that it is in. A probe that was moved is believed where
it stood.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from mes.plant import service as plant
from mes.plant.model import MeasuringPoint, Zone
from mes.sensors.places import Place, places
from mes.stability.model import Probe
from models.columns import Columns, to_us
from models.interval import Interval
from models.stability import Probe as Read
from telemetry import store
from telemetry.clock import to_us as moment_us
from telemetry.work import Work

CELSIUS = "Cel"
AIR = ("air", "room")
PRODUCT = "product"
_END = np.iinfo(np.int64).max


@dataclass(slots=True)
class Thermometers:
    """Points that measure temperature, by the zone in which they stood, with readings of a time."""

    zones: Mapping[int, Zone]
    points: Mapping[int, MeasuringPoint]
    moved: Mapping[int, tuple[Place, ...]]
    _read: dict[int, Columns] = field(default_factory=dict)

    def of(self, zone_id: int, probe: Probe) -> list[int]:
        """The points that are believed in a zone, at any time: its own, else those of the zone around it."""
        at: int | None = zone_id
        while at is not None:
            there = [p for p in self.points.values() if at in self._zones_of(p)]
            if chosen := _chosen(there, probe):
                return [p.point_id for p in chosen]
            at = self.zones[at].parent_id if at in self.zones else None
        return []

    def _zones_of(self, point: MeasuringPoint) -> set[int]:
        stays = self.moved.get(point.point_id)
        if stays is None:
            return set() if point.zone_id is None else {point.zone_id}
        return {stay.zone_id for stay in stays}

    def place_of(self, point_id: int, zone_id: int) -> list[Interval]:
        """When a point stood in a zone, or in one around it."""
        around = self._around(zone_id)
        stays = self.moved.get(point_id)
        if stays is None:
            return [Interval(0, _END)]
        return [
            Interval(moment_us(s.from_time), _END if s.to_time is None else moment_us(s.to_time))
            for s in stays
            if s.zone_id in around
        ]

    def _around(self, zone_id: int) -> set[int]:
        found: set[int] = set()
        at: int | None = zone_id
        while at is not None and at not in found:
            found.add(at)
            at = self.zones[at].parent_id if at in self.zones else None
        return found

    async def read(self, work: Work, point_ids: Collection[int], span: Interval) -> None:
        """Read these points once for a time; what `within` is asked for must lie in it."""
        hold_us = to_us(max((self.points[p].stale_s for p in point_ids), default=0.0))
        self._read = {}
        if not point_ids or not span.length_us:
            return
        raw = await store.series(work, sorted(point_ids), span.start_us - hold_us, span.end_us)
        point = np.asarray(raw.point, dtype=np.int32)
        time, value = np.asarray(raw.time_us, dtype=np.int64), np.asarray(raw.value, dtype=np.float64)
        quality = np.asarray(raw.quality, dtype=np.uint8)
        for point_id in point_ids:
            first, after = np.searchsorted(point, [point_id, point_id + 1])
            self._read[point_id] = Columns(time[first:after], value[first:after], quality[first:after])

    def within(self, zone_id: int, probe: Probe, interval: Interval) -> list[Read]:
        """What the zone's probes read in a time, from as long before as a reading holds."""
        found: list[Read] = []
        for point_id in self.of(zone_id, probe):
            course, stale_s = self._read.get(point_id), self.points[point_id].stale_s
            if course is None:
                continue
            for stay in self.place_of(point_id, zone_id):
                start = max(stay.start_us, interval.start_us - to_us(stale_s))
                rows = slice(*np.searchsorted(course.time_us, [start, min(stay.end_us, interval.end_us)]))
                part = Columns(course.time_us[rows], course.value[rows], course.quality[rows])
                found.append((_ended(part, stay.end_us) if stay.end_us < interval.end_us else part, stale_s))
        return found


def _chosen(points: Iterable[MeasuringPoint], probe: Probe) -> list[MeasuringPoint]:
    """Probes in product where these are asked for; else what limits judge; else what measures the room."""
    warm = [p for p in points if p.unit == CELSIUS]
    in_product = [p for p in warm if p.role == PRODUCT]
    in_air = [p for p in warm if p.role in AIR]
    judged = [p for p in in_air if p.policy is not None]
    order = (in_product, judged, in_air) if probe is Probe.PRODUCT else (judged, in_air, in_product)
    return next((group for group in order if group), [])


def _ended(course: Columns, at_us: int) -> Columns:
    """Where a probe is taken away its last reading holds no longer."""
    return Columns(np.append(course.time_us, at_us), np.append(course.value, np.nan), np.append(course.quality, 0))


async def thermometers(work: Work) -> Thermometers:
    """All of the plant's."""
    return Thermometers(
        zones={zone.id: zone for zone in await plant.zones(work)},
        points={p.point_id: p for p in await plant.points(work) if p.unit == CELSIUS},
        moved=await places(work),
    )
