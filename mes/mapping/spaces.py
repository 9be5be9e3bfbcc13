"""How large zones are, and whether they have as many measuring points as the policies over them ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from math import isfinite
from pathlib import Path

from psycopg.types.json import Json

from mes.mapping.model import SpaceKind, ZoneSpace
from mes.plant import service as plant
from mes.plant.model import Zone
from mes.policies import service as policies
from mes.policies.reading import policy_named
from mes.sensors import places
from mes.sensors.order import check_moment
from models.demands import Demands, demands_of
from models.mapping import Space
from models.point_count import least_points
from telemetry import queries
from telemetry.errors import Conflict, Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("spaces.sql"))
LARGEST_M = 500.0
AIR = "air"
DEFAULT_PACK = "gsp_cn"
"""Counts points where no policy over a zone does."""


class SpaceUnsound(Invalid):
    """Length, width and height are metres above zero, and what stands in a space lies within it."""


class SpaceUnknown(NotFound):
    """Nothing is recorded of how large this zone is: enter its length, width and height first."""


class SpaceChanged(Conflict):
    """Somebody else recorded this space a moment ago: look at it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointCheck:
    """One zone against the rule for its kind of space."""

    zone: Zone
    space: ZoneSpace | None  # None: nothing is recorded, and nothing can be said
    points: int  # air points that stand in it
    needed: int | None
    unit: str
    citation: str

    @property
    def holds(self) -> bool | None:
        """None: not known."""
        return None if self.needed is None else self.points >= self.needed


async def record_space(work: Work, zone_id: int, kind: SpaceKind, space: Space, *, reason: str) -> ZoneSpace:
    """Say how large a zone is; what was known before stays as a version. Raises ZoneNotFound, SpaceUnsound."""
    check_moment(None, work.now, reason)
    zone = await plant.zone(work, zone_id)
    sides = (space.length_m, space.width_m, space.height_m)
    if not all(isfinite(side) and 0 < side <= LARGEST_M for side in sides):
        raise SpaceUnsound(sides=sides)
    if outside := [spot for spot in space.spots if not space.holds(spot.x_m, spot.y_m, spot.z_m)]:
        raise SpaceUnsound(outside=[str(spot) for spot in outside])
    before = await space_of(work, zone_id)
    facts = {"zone_id": zone_id, "version": before.version + 1 if before else 1, "kind": kind}
    facts |= {"length_m": space.length_m, "width_m": space.width_m, "height_m": space.height_m}
    spots = [asdict(spot) for spot in space.spots]
    told = {"spots": Json(spots), "reason": reason.strip(), "now": work.now, "actor": work.actor}
    made = await work.one(SQL["record"], ZoneSpace, **facts, **told)
    if made is None:
        raise SpaceChanged(zone=zone.code)
    was = {name: getattr(before, name) for name in facts} if before else None
    work.audit("zone.space", "zone", zone_id, before=was, after=facts | {"spots": spots}, reason=reason)
    return made


async def space_of(work: Work, zone_id: int) -> ZoneSpace | None:
    """What is known of a zone's space now."""
    found = await spaces(work, [zone_id])
    return found.get(zone_id)


async def spaces(work: Work, zone_ids: Sequence[int] | None = None) -> dict[int, ZoneSpace]:
    """By zone: what is known of its space now."""
    chosen = None if zone_ids is None else list(zone_ids)
    return {row.zone_id: row for row in await work.all(SQL["newest"], ZoneSpace, zone_ids=chosen)}


async def space(work: Work, space_id: int) -> ZoneSpace:
    """One version. Raises SpaceUnknown."""
    found = await work.one(SQL["version"], ZoneSpace, id=space_id)
    if found is None:
        raise SpaceUnknown(space_id=space_id)
    return found


async def point_checks(work: Work) -> list[PointCheck]:
    """Every room, freezer and vehicle that has limits, against the rule for its kind of space."""
    known, counted = await spaces(work), await _air_points(work)
    zones = [zone for zone in await plant.zones(work) if zone.policy is not None or zone.id in known]
    return [await _check(work, zone, known.get(zone.id), counted.get(zone.id, 0)) for zone in zones]


async def _check(work: Work, zone: Zone, found: ZoneSpace | None, points: int) -> PointCheck:
    nothing = PointCheck(zone=zone, space=found, points=points, needed=None, unit="", citation="")
    if found is None:
        return nothing
    rules = [rule for rule in (await _counting(work, zone.id)).point_counts if rule.space == found.kind]
    if not rules:
        return nothing
    strictest = max(rules, key=lambda rule: least_points(found.size, rule))
    needed = least_points(found.size, strictest)
    return replace(nothing, needed=needed, unit=strictest.unit, citation=strictest.citation)


async def _counting(work: Work, zone_id: int) -> Demands:
    """What is asked over a zone; by the default pack where nothing there counts points."""
    found = await policies.demands_on(work, zone_id)
    return found if found.point_counts else demands_of([policy_named(DEFAULT_PACK)])


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleNeed:
    """How many measuring points a vehicle needs, and for what volume."""

    points: int
    volume_m3: float | None  # None: nobody has recorded how large it is; the least counts


async def vehicle_need(work: Work, zone_id: int) -> VehicleNeed:
    """The measuring points of a vehicle by its volume; where its compartments are recorded, of each by its own.

    China GSP, Appendix 3: 2, and one more for each further 20 m3 begun. Raises ZoneNotFound.
    """
    within = [zone.id for zone in await plant.zone_with_descendants(work, zone_id) if zone.id != zone_id]
    known = await spaces(work, [zone_id, *within])
    parts = [known[id_].size for id_ in within if id_ in known]
    own = known[zone_id].size if zone_id in known else None
    volume_m3 = own if own is not None else (sum(parts) if parts else None)
    asked = await _counting(work, zone_id)
    needs = [asked.points_needed(SpaceKind.VEHICLE, size) for size in parts]
    return VehicleNeed(points=max(sum(needs), asked.points_needed(SpaceKind.VEHICLE, own or 0.0)), volume_m3=volume_m3)


async def _air_points(work: Work) -> dict[int, int]:
    """By zone: how many air points stand in it now."""
    moved, found = await places.places(work), dict[int, int]()
    for point in await plant.points(work):
        stays = moved.get(point.point_id)
        now = point.zone_id if stays is None else next((s.zone_id for s in stays if s.to_time is None), None)
        if point.role == AIR and now is not None:
            found[now] = found.get(now, 0) + 1
    return found
