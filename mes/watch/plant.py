"""The plant model as the watch needs it, loaded at once and remembered for some seconds. A memory only, never truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mes.plant import service
from mes.plant.model import Equipment, MeasuringPoint, RuleVersion, Zone
from telemetry.work import Work


@dataclass(frozen=True, slots=True)
class Plant:
    points: Mapping[int, MeasuringPoint]
    zones: Mapping[int, Zone]
    equipment: Mapping[int, Equipment]
    rules: Mapping[str, tuple[RuleVersion, ...]]  # by policy, oldest version first
    seen_at: datetime

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

    def points_about(self, zone_id: int, equipment_id: int | None = None) -> list[MeasuringPoint]:
        """What is measured in a zone and on a machine."""
        return [p for p in self.points.values() if p.zone_id == zone_id or p.equipment_id == equipment_id]


async def look(work: Work) -> Plant:
    """The plant as it is now."""
    rules: dict[str, list[RuleVersion]] = {}
    for version in await service.rules(work):
        rules.setdefault(version.policy, []).append(version)
    return Plant(
        points={point.point_id: point for point in await service.points(work)},
        zones={zone.id: zone for zone in await service.zones(work)},
        equipment={machine.id: machine for machine in await service.equipment(work)},
        rules={policy: tuple(versions) for policy, versions in rules.items()},
        seen_at=work.now,
    )
