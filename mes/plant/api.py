"""The plant over HTTP: zones, equipment, limits. Measuring points with their values are the gateway's."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path

from mes.border import Signed, Transaction
from mes.plant import service
from mes.plant.model import RuleVersion

router = APIRouter(tags=["plant"])
Id = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/plant")
async def show_plant(work: Transaction, _: Signed) -> dict[str, Any]:
    """The site, its areas, and what is in each: zones and equipment."""
    site, areas = await service.site(work), await service.areas(work)
    zones, machines = await service.zones(work), await service.equipment(work)
    return {
        "site": asdict(site) if site else None,
        "areas": [
            asdict(area)
            | {"zones": [asdict(zone) for zone in zones if (zone.site, zone.area) == (area.site, area.code)]}
            | {"equipment": [asdict(m) for m in machines if m.path.startswith(f"{area.site}/{area.code}/")]}
            for area in areas
        ],
    }


@router.get("/zones")
async def list_zones(work: Transaction, _: Signed) -> dict[str, Any]:
    """Zones, each with the limits in force and what keeps it cold."""
    rules = await service.rules_in_force(work, work.now)
    items = []
    for zone in await service.zones(work):
        cooling = await service.cooling_of(work, zone.id)
        rule = rules.get(zone.policy or "")
        facts = {"rule": rule_json(rule) if rule else None, "cooling": asdict(cooling) if cooling else None}
        items.append(asdict(zone) | facts)
    return {"items": items, "next": None}


@router.get("/zones/{zone_id}")
async def show_zone(zone_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """One zone, the zones within it and all versions of its limits."""
    zone = await service.zone(work, zone_id)
    within = [asdict(each) for each in await service.zone_with_descendants(work, zone_id) if each.id != zone_id]
    versions = await service.rules_for(work, zone.policy) if zone.policy else []
    return asdict(zone) | {"within": within, "rules": [rule_json(version) for version in versions]}


@router.get("/equipment")
async def list_equipment(work: Transaction, _: Signed) -> dict[str, Any]:
    """All equipment that is not retired."""
    return {"items": [asdict(machine) for machine in await service.equipment(work)], "next": None}


@router.get("/equipment/{equipment_id}")
async def show_equipment(equipment_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """One piece of equipment with its measuring points."""
    machine = await service.machine(work, equipment_id)
    points = await service.points(work, equipment_id=equipment_id)
    return asdict(machine) | {"points": [asdict(point) | {"resolution": str(point.resolution)} for point in points]}


@router.get("/policies")
async def list_policies(work: Transaction, _: Signed) -> dict[str, Any]:
    """All versions of all policies: which limits judged when, by whom they were applied and why."""
    return {"items": [rule_json(version) for version in await service.rules(work)], "next": None}


def rule_json(version: RuleVersion) -> dict[str, Any]:
    """A rule version as programs see it."""
    return version.told()
