"""The plant as the database and a plant folder both tell it, so that one can be held against the other.

References are names here, not ids. What is not in the folder any more is retired, never deleted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from mes.health import applying as health
from mes.maintenance import applying as upkeep
from mes.notifications.roster import LadderRow, ShiftRow
from mes.plant import words
from mes.plant.check import PlantModel, policy_of
from mes.rounds import applying as rounds


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow:
    entity: ClassVar[str] = "site"
    code: str
    name_en: str
    name_zh: str
    time_zone: str
    retired: bool = False

    @property
    def key(self) -> str:
        return self.code


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaRow:
    entity: ClassVar[str] = "area"
    site: str
    code: str
    name_en: str
    name_zh: str
    retired: bool = False

    @property
    def key(self) -> str:
        return self.code


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneRow:
    entity: ClassVar[str] = "zone"
    code: str
    site: str
    area: str
    kind: str
    name_en: str
    name_zh: str
    policy: str | None
    parent: str | None
    retired: bool = False

    @property
    def key(self) -> str:
        return self.code


@dataclass(frozen=True, slots=True, kw_only=True)
class EquipmentRow:
    entity: ClassVar[str] = "equipment"
    path: str
    kind: str
    name_en: str
    name_zh: str
    parent: str | None
    zone: str | None
    retired: bool = False

    @property
    def key(self) -> str:
        return self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class PointRow:
    entity: ClassVar[str] = "point"
    name: str
    equipment: str
    zone: str | None
    measure: str
    role: str
    unit: str
    name_en: str
    name_zh: str
    policy: str | None
    resolution: Decimal
    interval_s: float
    stale_s: float
    retired: bool = False

    @property
    def key(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    entity: ClassVar[str] = "item"
    code: str
    kind: str
    name_en: str
    name_zh: str
    unit: str
    policy: str | None
    expires: bool
    retired: bool = False

    @property
    def key(self) -> str:
        return self.code


AnyRow = (
    SiteRow
    | AreaRow
    | ZoneRow
    | EquipmentRow
    | PointRow
    | ItemRow
    | LadderRow
    | ShiftRow
    | upkeep.Row
    | rounds.RoundRow
    | health.HealthRow
)


def wanted(model: PlantModel) -> Iterator[AnyRow]:
    """What the folder says, in an order in which each row finds what it refers to."""
    site = model.site.code
    named = model.site.name
    yield SiteRow(code=site, name_en=named.en, name_zh=named.zh, time_zone=model.site.time_zone)
    for area in model.areas:
        yield AreaRow(site=site, code=area.code, name_en=area.name.en, name_zh=area.name.zh)
    for zone in model.zones:
        yield _zone(site, zone)
    yield from _equipment(model)
    yield from (_item(item) for item in model.items)
    yield from map(ShiftRow.of, model.shifts)
    yield from map(LadderRow.of, model.ladders)
    yield from upkeep.rows_of(site, model.maintenance_plans, model.spare_parts, model.machine_care, model.failure_codes)
    yield from rounds.rows_of(model.rounds, model.shifts)
    yield from health.rows_of(site, model.machine_health)


def _zone(site: str, zone: words.ZoneWords) -> ZoneRow:
    return ZoneRow(
        code=zone.code,
        site=site,
        area=zone.area,
        kind=zone.kind,
        policy=zone.policy,
        parent=zone.parent,
        name_en=zone.name.en,
        name_zh=zone.name.zh,
    )


def _equipment(model: PlantModel) -> Iterator[EquipmentRow | PointRow]:
    zones = {zone.code: zone for zone in model.zones}
    for machine in model.equipment:
        path = f"{model.site.code}/{machine.path}"
        parent = f"{model.site.code}/{machine.parent}" if machine.parent else None
        yield EquipmentRow(
            path=path,
            kind=machine.kind,
            name_en=machine.name.en,
            name_zh=machine.name.zh,
            parent=parent,
            zone=machine.zone,
        )
        zone = zones.get(machine.zone) if machine.zone else None
        for point in machine.points:
            yield _point(path, machine.zone, point, policy_of(zone, point, model.policies))


def _point(path: str, zone: str | None, point: words.PointWords, policy: str | None) -> PointRow:
    return PointRow(
        name=f"{path}/{point.measure}",
        equipment=path,
        zone=zone,
        measure=point.measure,
        role=point.role,
        unit=point.unit,
        policy=policy,
        resolution=point.resolution,
        interval_s=point.interval_s,
        stale_s=point.silent_s,
        name_en=point.name.en,
        name_zh=point.name.zh,
    )


def _item(item: words.ItemWords) -> ItemRow:
    return ItemRow(
        code=item.code,
        kind=item.kind,
        name_en=item.name.en,
        name_zh=item.name.zh,
        unit=item.unit,
        policy=item.policy,
        expires=item.expires,
    )
