"""When a vehicle's air is judged: while a trip with lots is open there, and while any lot stands in it.

An empty truck may be as warm as it likes. That its probes are silent is told at all times.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mes.inventory import service as inventory
from mes.plant import service as plant
from mes.plant.model import Zone
from models.interval import Interval, merged
from telemetry import queries
from telemetry.clock import to_us
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
ON_AND_ON = 2**62
"""The end, in µs, of what goes on."""
ALWAYS = Interval(-ON_AND_ON, ON_AND_ON)
VEHICLE = "vehicle"
_BEGINNING = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Carrying:
    """A trip's time with lots on board."""

    zone_id: int
    start: datetime
    end: datetime | None


async def armed(
    work: Work, zone_ids: Iterable[int], *, since: datetime | None = None
) -> Mapping[int, tuple[Interval, ...]]:
    """By zone, in µs: when its points are judged; the end of what goes on is 2**62. `since`: earlier may be left out.

    A compartment is armed with its vehicle. A zone that is in no vehicle is always armed.
    """
    zones = {zone.id: zone for zone in await plant.zones(work)}
    vehicle = {zone_id: await _vehicle(work, zone_id, zones) for zone_id in set(zone_ids)}
    intervals = {root: await _carrying(work, root, since) for root in set(vehicle.values()) if root is not None}
    return {zone_id: (ALWAYS,) if root is None else intervals[root] for zone_id, root in vehicle.items()}


async def _vehicle(work: Work, zone_id: int, zones: Mapping[int, Zone]) -> int | None:
    """The vehicle that the zone is, or is a part of."""
    around: int | None = zone_id
    while around is not None:
        zone = zones.get(around) or await plant.zone(work, around)  # retired
        if zone.kind == VEHICLE:
            return zone.id
        around = zone.parent_id
    return None


async def _carrying(work: Work, zone_id: int, since: datetime | None) -> tuple[Interval, ...]:
    within = [zone.id for zone in await plant.zone_with_descendants(work, zone_id)]
    start = since or _BEGINNING
    stays = await inventory.stays_in(work, within, start, None)
    trips = await work.all(SQL["carrying"], _Carrying, zone_id=zone_id, since=start)
    spans = [(each.from_time, each.to_time) for each in stays] + [(each.start, each.end) for each in trips]
    return merged(Interval(to_us(a), ON_AND_ON if b is None else to_us(b)) for a, b in spans)
