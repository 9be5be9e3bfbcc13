"""The plant model as the watch needs it, loaded at once and remembered for some seconds. A memory only, never truth."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from mes.plant import service
from mes.plant.model import Equipment, MeasuringPoint, RuleVersion, Zone
from mes.quality.model import Episode
from mes.sensors.places import Place, places
from mes.watch.segments import FOREVER_US, Held, Segment, Stay, innermost, limits_of, segments
from models.interval import Interval
from telemetry.clock import to_us
from telemetry.work import Work


@dataclass(frozen=True, slots=True)
class Plant:
    points: Mapping[int, MeasuringPoint]
    zones: Mapping[int, Zone]
    equipment: Mapping[int, Equipment]
    rules: Mapping[str, tuple[RuleVersion, ...]]  # by policy, oldest version first
    seen_at: datetime
    mark: str = ""  # changes when the model does
    held: Mapping[int, tuple[Held, ...]] = field(default_factory=dict)  # by rule version
    versions: Mapping[int, RuleVersion] = field(default_factory=dict)
    rules_mark: str = ""  # changes when a policy does
    places: Mapping[int, tuple[Place, ...]] = field(default_factory=dict)  # of points that have moved
    judged: frozenset[int] = frozenset()
    context: Mapping[int, tuple[int, ...]] = field(default_factory=dict)  # by context point: whose delays it lengthens
    shortest_stale_s: float = 300.0
    vehicles: frozenset[int] = frozenset()  # zones that are vehicles or parts of one: judged while lots are on board
    calm: Mapping[int, tuple[float, float]] = field(
        default_factory=dict
    )  # within these a judged point is in no limit's way

    def is_judged(self, point_id: int) -> bool:
        """Whether limits are held against this point, and there is a zone whose lots that concerns."""
        point = self.points.get(point_id)
        return point is not None and point.zone_id is not None and bool(self.rules.get(point.policy or ""))

    def rules_of(self, point_id: int) -> tuple[RuleVersion, ...]:
        """Versions of the limits of a judged point."""
        return self.rules[self.points[point_id].policy or ""]

    def zone_of(self, point_id: int) -> int:
        """Zone of a judged point."""
        zone_id = self.points[point_id].zone_id
        if zone_id is None:
            raise service.ZoneNotFound(point_id=point_id)
        return zone_id

    def stays_of(self, point_id: int) -> list[Stay]:
        """Where a judged point stood, and what held for it there: away from its own zone, what holds in that zone."""
        moved = self.places.get(point_id)
        if not moved:
            return [Stay(self.zone_of(point_id), 0, FOREVER_US, self.rules_of(point_id))]
        return [self._stay(point_id, place) for place in moved]

    def _stay(self, point_id: int, place: Place) -> Stay:
        zone = self.zones.get(place.zone_id)
        is_away = place.zone_id != self.points[point_id].zone_id
        versions = self.rules.get(zone.policy or "", ()) if is_away and zone is not None else ()
        end_us = FOREVER_US if place.to_time is None else to_us(place.to_time)
        return Stay(place.zone_id, to_us(place.from_time), end_us, versions or self.rules_of(point_id))

    def segments_of(self, point_id: int, armed: Mapping[int, Sequence[Interval]]) -> tuple[Segment, ...]:
        """By what a judged point is judged, in order of time."""
        return segments(self.stays_of(point_id), armed, self.held)

    def zones_of(self, point_ids: Collection[int]) -> set[int]:
        """Every zone in which one of these judged points ever stood."""
        moved = {stay.zone_id for p in point_ids if p in self.places for stay in self.stays_of(p)}
        return moved | {zone_id for p in point_ids if p not in self.places and (zone_id := self.points[p].zone_id)}

    def around(self, zone_id: int) -> set[int]:
        """A zone and those that it is within."""
        found: set[int] = set()
        at: int | None = zone_id
        while at is not None and at not in found:
            found.add(at)
            at = self.zones[at].parent_id if at in self.zones else None
        return found

    def longest_delay_s(self, episode: Episode) -> float:
        """Seconds from its start within which contexts can put off its alarm."""
        limits = [h.limit for h in self.held.get(episode.rule_id, ()) if h.level is episode.level and not h.counted_by]
        return max((max(limit.delays_s) + limit.extension_s for limit in limits), default=0.0)

    def points_about(self, zone_id: int, equipment_id: int | None = None) -> list[MeasuringPoint]:
        """What is measured in a zone and on a machine."""
        return [p for p in self.points.values() if p.zone_id == zone_id or p.equipment_id == equipment_id]


async def zone_of_record(work: Work, plant: Plant, zone_id: int) -> Zone:
    """A zone that a record refers to; it may be retired by now."""
    return plant.zones.get(zone_id) or await service.zone(work, zone_id)


async def look(work: Work, before: Plant | None = None) -> Plant:
    """The plant as it is now; what was seen before where nothing has changed since."""
    mark = await service.plant_mark(work)
    if before is not None and before.mark == mark:
        return await renew(work, replace(before, seen_at=work.now))
    plant = Plant(
        points={point.point_id: point for point in await service.points(work)},
        zones={zone.id: zone for zone in await service.zones(work)},
        equipment={machine.id: machine for machine in await service.equipment(work)},
        rules={},
        seen_at=work.now,
        mark=mark,
    )
    return await renew(work, plant)


async def renew(work: Work, plant: Plant) -> Plant:
    """The same plant with its limits and the places of its probes as they are: whoever judges must know these."""
    mark, moved = await service.rules_mark(work), await places(work)
    if (mark, moved) == (plant.rules_mark, plant.places):
        return plant
    versions = await service.rules(work)
    rules: dict[str, list[RuleVersion]] = {}
    for version in versions:
        rules.setdefault(version.code, []).append(version)
    renewed = replace(
        plant,
        rules={policy: tuple(of_it) for policy, of_it in rules.items()},
        rules_mark=mark,
        held={v.id: limits_of(v.policy) for v in versions},
        versions={v.id: v for v in versions},
        places=moved,
    )
    judged = frozenset(point_id for point_id in renewed.points if renewed.is_judged(point_id))
    renewed = replace(
        renewed,
        judged=judged,
        vehicles=_vehicles(renewed),
        shortest_stale_s=min((p.stale_s for p in renewed.points.values()), default=300.0),
    )
    return replace(renewed, calm=_calm(renewed), context=_context(renewed))


def _vehicles(plant: Plant) -> frozenset[int]:
    moving = {zone.id for zone in plant.zones.values() if zone.kind == "vehicle"}
    return frozenset(z for z in plant.zones if moving & plant.around(z)) if moving else frozenset()


def _context(plant: Plant) -> dict[int, tuple[int, ...]]:
    """By point that tells of defrost or a door: the judged points in its zone, or within it, whose policies ask."""
    found: dict[int, list[int]] = {}
    telling: dict[int, list[MeasuringPoint]] = {}
    asked = {rule.role for version in plant.versions.values() for rule in version.policy.contexts}
    for point in plant.points.values():
        if point.role in asked and point.zone_id is not None:
            telling.setdefault(point.zone_id, []).append(point)
    for point_id in sorted(plant.judged) if telling else []:
        for zone_id in {around for stay in plant.stays_of(point_id) for around in plant.around(stay.zone_id)}:
            for point in telling.get(zone_id, []):
                found.setdefault(point.point_id, []).append(point_id)
    return {point_id: tuple(judged) for point_id, judged in found.items()}


def _calm(plant: Plant) -> dict[int, tuple[float, float]]:
    edges: dict[int, tuple[float, float]] = {}
    found = {}
    for point_id in plant.judged:
        of_stays = [stay.versions for stay in plant.stays_of(point_id)]
        for versions in of_stays:
            if id(versions) not in edges:
                edges[id(versions)] = innermost(held for version in versions for held in plant.held[version.id])
        lows, highs = zip(*(edges[id(versions)] for versions in of_stays), strict=True)
        found[point_id] = max(lows), min(highs)
    return found
