"""Whether a zone's points were refreshed and recorded as often as the policies over it ask, from what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mes.plant import service as plant
from mes.plant.model import MeasuringPoint
from mes.policies import service as policies
from mes.watch.columns import read
from models.cadence import Kept, kept
from models.columns import Columns, columns
from models.policy import Cadence, Level, Policy
from telemetry.clock import to_us
from telemetry.work import Work

VEHICLE = "vehicle"
NO_READINGS = columns((), (), (), until_us=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointCadence:
    """One judged point: what was asked of it and how well it was kept."""

    point: MeasuringPoint
    kept: tuple[Kept, ...]

    @property
    def is_met(self) -> bool:
        """Whether all of it was kept."""
        return all(each.is_met for each in self.kept)


async def cadence_of_zone(
    work: Work, zone_id: int, start: datetime, end: datetime
) -> tuple[Cadence | None, list[PointCadence]]:
    """The rule, and each judged point of the zone held against it over [start, end); no rule: nothing is asked.

    Limits are those in force at `end`. Raises ZoneNotFound.
    """
    zone = await plant.zone(work, zone_id)
    rule = (await policies.demands_on(work, zone_id, end)).cadence
    points = [point for point in await plant.points_in(work, zone_id) if point.policy]
    if rule is None or not points:
        return rule, []
    found_of = await read(work, [point.point_id for point in points], to_us(start), to_us(end))
    found = []
    for point in points:
        policy = await policies.policy_in_force(work, point.policy or "", end)
        of_it = found_of.get(point.point_id, NO_READINGS)
        for_it = _kept(of_it, rule, policy, zone.kind == VEHICLE, to_us(start), to_us(end))
        found.append(PointCadence(point=point, kept=for_it))
    return rule, found


def _kept(
    readings: Columns, rule: Cadence, policy: Policy | None, is_transport: bool, from_us: int, until_us: int
) -> tuple[Kept, ...]:
    limits = policy.limits(Level.ALARM) if policy else ()
    span = {"from_us": from_us, "until_us": until_us}
    return kept(readings.time_us, readings.value, readings.quality, rule, limits, is_transport=is_transport, **span)
