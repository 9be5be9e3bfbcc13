"""Questions about the plant that every other slice asks, and the few changes that are not made by `apply`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from psycopg.types.json import Jsonb

from mes.plant.model import (
    Area,
    Equipment,
    EquipmentStatus,
    MeasuringPoint,
    RuleTerms,
    RuleVersion,
    Site,
    Zone,
    rule_at,
)
from mes.policies.comparing import differences
from mes.policies.document import content_sha256, document_of, sound
from models.policy import Policy
from telemetry import queries
from telemetry.errors import Conflict, Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
DEFAULT_ZONE = ZoneInfo("Asia/Shanghai")


class PointNotFound(NotFound):
    """The plant model has no such measuring point."""


class ZoneNotFound(NotFound):
    """The plant model has no such zone."""


class EquipmentNotFound(NotFound):
    """The plant model has no such equipment."""


class RuleNotFound(NotFound):
    """There is no such version of a policy."""


class RuleBackdated(Conflict):
    """New limits judge what comes, not what has been judged: they can't start before now or before the last ones."""


class ChangeWithoutReason(Invalid):
    """A change of limits needs a reason."""


async def points(work: Work, *, equipment_id: int | None = None) -> list[MeasuringPoint]:
    """All measuring points of the plant, or of one equipment, by id."""
    return await _points(work, equipment_id=equipment_id)


async def points_judged_by(work: Work, policy: str) -> list[MeasuringPoint]:
    """The measuring points that this policy's limits judge."""
    return await _points(work, policy=policy)


async def points_in(work: Work, zone_id: int) -> list[MeasuringPoint]:
    """The measuring points in a zone and in the zones within it."""
    return await _points(work, zone_ids=[zone.id for zone in await zone_with_descendants(work, zone_id)])


async def points_by_id(work: Work, point_ids: Iterable[int]) -> dict[int, MeasuringPoint]:
    """Those of these measuring points that there are, retired ones too."""
    found = await work.all(SQL["points_by_id"], MeasuringPoint, point_ids=list(point_ids))
    return {point.point_id: point for point in found}


async def point(work: Work, point_id: int) -> MeasuringPoint:
    """One measuring point, retired or not. Raises PointNotFound."""
    found = await work.one(SQL["point"], MeasuringPoint, point_id=point_id, name=None)
    if found is None:
        raise PointNotFound(point_id=point_id)
    return found


async def point_named(work: Work, name: str) -> MeasuringPoint:
    """One measuring point in the model by `site/area/equipment/measure`. Raises PointNotFound."""
    found = await work.one(SQL["point"], MeasuringPoint, point_id=None, name=name)
    if found is None:
        raise PointNotFound(name=name)
    return found


async def site(work: Work) -> Site | None:
    """The plant's site; None before the first `plant apply`."""
    return await work.one(SQL["sites"], Site)


async def time_zone(work: Work) -> ZoneInfo:
    """The zone of the plant's calendar: by it a lot expires at midnight."""
    found = await site(work)
    return ZoneInfo(found.time_zone) if found else DEFAULT_ZONE


async def areas(work: Work) -> list[Area]:
    """The site's areas."""
    return await work.all(SQL["areas"], Area)


async def zones(work: Work) -> list[Zone]:
    """All zones that are not retired."""
    return await work.all(SQL["zones"], Zone)


async def zone(work: Work, zone_id: int) -> Zone:
    """One zone, retired or not. Raises ZoneNotFound."""
    found = await work.one(SQL["zone"], Zone, zone_id=zone_id)
    if found is None:
        raise ZoneNotFound(zone_id=zone_id)
    return found


async def zones_by_id(work: Work, zone_ids: Iterable[int]) -> dict[int, Zone]:
    """Zones, retired ones too, as records refer to them; what is not there is left out."""
    return {zone.id: zone for zone in await work.all(SQL["zones_by_id"], Zone, zone_ids=sorted(set(zone_ids)))}


async def zone_named(work: Work, code: str) -> Zone:
    """One zone by its code. Raises ZoneNotFound."""
    found = await work.one(SQL["zone_named"], Zone, code=code)
    if found is None:
        raise ZoneNotFound(code=code)
    return found


async def zone_with_descendants(work: Work, zone_id: int) -> list[Zone]:
    """The zone and every zone within it, itself included. Raises ZoneNotFound."""
    found = await work.all(SQL["zone_with_descendants"], Zone, zone_id=zone_id)
    if not found:
        raise ZoneNotFound(zone_id=zone_id)
    return found


async def equipment(work: Work) -> list[Equipment]:
    """All equipment that is not retired."""
    return await work.all(SQL["equipment"], Equipment)


async def machine(work: Work, equipment_id: int) -> Equipment:
    """One piece of equipment, retired or not. Raises EquipmentNotFound."""
    found = await work.one(SQL["machine"], Equipment, equipment_id=equipment_id)
    if found is None:
        raise EquipmentNotFound(equipment_id=equipment_id)
    return found


async def machine_named(work: Work, path: str) -> Equipment:
    """One piece of equipment by `site/area/equipment`. Raises EquipmentNotFound."""
    found = await work.one(SQL["machine_named"], Equipment, path=path)
    if found is None:
        raise EquipmentNotFound(path=path)
    return found


async def cooling_of(work: Work, zone_id: int) -> Equipment | None:
    """What keeps a zone cold: the compressor that serves it or the zone around it, or the truck itself; else None."""
    return await work.one(SQL["cooling_of"], Equipment, zone_id=zone_id)


async def set_equipment_status(
    work: Work, equipment_id: int, status: EquipmentStatus, *, reason: str, batch_id: int | None = None
) -> Equipment:
    """Say in what state a machine is; `batch_id`: what it is used for, or left by. Raises EquipmentNotFound."""
    before = await machine(work, equipment_id)
    if before.status == status:
        return before
    after = await work.one(SQL["set_equipment_status"], Equipment, equipment_id=equipment_id, status=status)
    if after is None:
        raise EquipmentNotFound(equipment_id=equipment_id)
    logged = {"batch_id": batch_id, "reason": reason, "actor": work.actor, "now": work.now}
    await work.run(SQL["log_equipment_status"], equipment_id=equipment_id, status=status, **logged)
    was, is_now = {"status": before.status}, {"status": after.status}
    work.audit("equipment.status", "equipment", equipment_id, before=was, after=is_now, reason=reason)
    return after


async def rules_for(work: Work, policy: str) -> list[RuleVersion]:
    """All versions of a policy, oldest first; empty where there is no such policy. See `rule_at`."""
    return await work.all(SQL["rules"], RuleVersion, policy=policy)


async def rules(work: Work) -> list[RuleVersion]:
    """All versions of all policies, by policy and version."""
    return await work.all(SQL["rules"], RuleVersion, policy=None)


async def rule(work: Work, rule_id: int) -> RuleVersion:
    """One version, as an episode refers to it. Raises RuleNotFound."""
    found = await work.one(SQL["rule"], RuleVersion, rule_id=rule_id)
    if found is None:
        raise RuleNotFound(rule_id=rule_id)
    return found


async def add_rule_version(
    work: Work,
    code: str,
    said: Policy | RuleTerms,
    *,
    effective_from: datetime,
    reason: str,
    version: int | None = None,
    signature_id: int | None = None,
) -> RuleVersion:
    """Put a policy in force; the version before ends where this one begins. Nothing is ever changed in place.

    `version` is the next number unless given. Only a policy's first version may begin in the past. Without a signature
    it is an act of setting the plant up; changes of a plant at work go through `mes.policies.changes`.
    Raises RuleBackdated, ChangeWithoutReason, PolicyWrong.
    """
    if not reason.strip():
        raise ChangeWithoutReason(policy=code)
    await work.run(SQL["lock_policy"], policy=code)
    earlier = await rules_for(work, code)
    last = earlier[-1] if earlier else None
    number = version or (last.version + 1 if last else 1)
    if last and (effective_from < work.now or effective_from <= last.effective_from or number <= last.version):
        raise RuleBackdated(policy=code, version=number, effective_from=effective_from, last=last.version)
    policy = sound(_numbered(said, code, number, reason))
    await work.run(SQL["close_rule"], policy=code, effective_from=effective_from)
    terms = asdict(RuleTerms.of(policy)) | {"policy": code, "version": number, "effective_from": effective_from}
    kept = {"document": Jsonb(document_of(policy)), "signature_id": signature_id}
    added = await work.one(SQL["add_rule"], RuleVersion, **terms, **kept, reason=reason, applied_by=work.actor)
    if added is None:
        raise RuleNotFound(policy=code, version=number)
    before, after = _what_changed(last, policy)
    since = {"effective_from": effective_from, "signature": signature_id, "sha256": content_sha256(policy)}
    work.audit("policy.version", "policy", code, before=before, after=after | since, reason=reason)
    return added


def _what_changed(last: RuleVersion | None, policy: Policy) -> tuple[dict[str, object] | None, dict[str, object]]:
    """For the trail: all of a first version, and of a later one what differs."""
    if last is None:
        return None, document_of(policy)
    told = differences(last.policy, policy)
    before, after = ({place: pair[side] for place, pair in told.items()} for side in (0, 1))
    return before | {"version": last.version}, after | {"version": policy.version}


def _numbered(said: Policy | RuleTerms, code: str, version: int, reason: str) -> Policy:
    if isinstance(said, Policy):
        return replace(said, code=code, version=version)
    return said.as_policy(code, version, reason)


async def plant_mark(work: Work) -> str:
    """Changes whenever a point, a zone or an equipment does: who remembers them asks for this first."""
    return str(await work.scalar(SQL["plant_mark"]))


async def rules_mark(work: Work) -> str:
    """Changes whenever a version of a policy is added: who remembers them asks for this first."""
    return str(await work.scalar(SQL["rules_mark"]))


async def rules_in_force(work: Work, at: datetime) -> dict[str, RuleVersion]:
    """By policy: the version in force at that moment."""
    found = await rules(work)
    return {policy: now for policy in _policies(found) if (now := rule_at(_of(found, policy), at))}


async def next_number(work: Work, kind: str) -> str:
    """The next number of a series in the plant's year, as `EXC-2026-0001`. Gaps appear only where work is undone."""
    year = work.now.astimezone(await time_zone(work)).year
    last: int = await work.scalar(SQL["next_number"], kind=kind, year=year)
    return f"{kind}-{year}-{last:04d}"


async def _points(
    work: Work, *, policy: str | None = None, equipment_id: int | None = None, zone_ids: list[int] | None = None
) -> list[MeasuringPoint]:
    filters = {"policy": policy, "equipment_id": equipment_id, "zone_ids": zone_ids}
    return await work.all(SQL["points"], MeasuringPoint, **filters)


def _policies(versions: Iterable[RuleVersion]) -> list[str]:
    return sorted({version.code for version in versions})


def _of(versions: Iterable[RuleVersion], policy: str) -> list[RuleVersion]:
    return [version for version in versions if version.code == policy]
