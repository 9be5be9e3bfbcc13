"""Brings the database to what a plant folder says, one audit row a change; `difference` tells what it would do.

People are not applied here: a person needs a password, which no file has. See `mes.people`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from mes.health import applying as health
from mes.inventory import service as inventory
from mes.items import applying as trade
from mes.maintenance import applying as upkeep
from mes.notifications import roster
from mes.notifications.roster import LadderRow, ShiftRow
from mes.plant import service
from mes.plant.check import PlantModel
from mes.plant.model import RuleTerms, RuleVersion
from mes.plant.rows import AnyRow, AreaRow, EquipmentRow, ItemRow, PointRow, SiteRow, ZoneRow, wanted
from mes.plant.words import PlantPolicy
from mes.policies import changes
from mes.policies.comparing import differences
from mes.policies.model import ChangeStatus
from mes.recipes import applying as recording
from mes.rounds import applying as rounds
from mes.stability import applying
from mes.stability.words import StabilityWords
from models.policy import Policy
from telemetry import queries
from telemetry.errors import Conflict
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("apply.sql"))


class OtherSite(Conflict):
    """This database holds another site. One database, one plant."""


class PolicyVersionFrozen(Conflict):
    """This version of the policy is in the plant with other limits. Give the new limits a new version."""


class ZoneOccupied(Conflict):
    """Lots stand in this zone: move them before it leaves the plant model."""


class Action(StrEnum):
    ADD = "add"
    CHANGE = "change"
    RETIRE = "retire"  # no longer in the model: kept, no longer used
    NEW_VERSION = "new_version"  # the first of a policy
    PROPOSE = "propose"  # a later one: it waits for a signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that apply does: `before` and `after` hold what differs."""

    entity: str  # site, area, zone, equipment, point, item, trade, policy, stability, recipe
    key: str  # code, path or name
    action: Action
    before: Mapping[str, object] | None
    after: Mapping[str, object] | None


async def difference(work: Work, model: PlantModel) -> list[Change]:
    """What apply would change, in its order; empty: nothing. Raises OtherSite, PolicyVersionFrozen."""
    rows = list(wanted(model))
    policies, profiles = await _new_versions(work, model.policies), await _new_profiles(work, model)
    units, records = await _new_trade(work, model), await _new_records(work, model)
    return [*_compare(await _stored(work, model), rows), *units, *policies, *profiles, *records]


async def apply(work: Work, model: PlantModel, reason: str) -> list[Change]:
    """Make the database say what the folder says, and answer what was changed.

    Raises OtherSite, PolicyVersionFrozen, RuleBackdated, ZoneOccupied, ChangeWithoutReason, and what
    `mes.policies.changes.propose` raises: only the first version of a policy is put in force here.
    """
    found = await difference(work, model)
    if found and not reason.strip():
        raise service.ChangeWithoutReason(changes=len(found))
    rows = {(row.entity, row.key): row for row in wanted(model)}
    policies = {policy.code: policy for policy in model.policies}
    stability, records = _profiles(model), {said.product: said for said in model.recipes}
    packs = {said.key: said for said in trade.said_of(model.items)}
    for change in found:
        if change.entity == "policy":
            make = _add_version if change.action is Action.NEW_VERSION else _propose
            await make(work, policies[change.key], reason)
            continue
        if change.entity == "trade":
            await trade.put(work, packs[change.key], reason)
            continue
        if change.entity == "recipe":
            await recording.put(work, records[change.key], reason)
            continue
        if change.entity == "stability":
            await applying.put(work, change.key, stability[change.key], reason)
            continue
        if change.action is Action.RETIRE:
            await _retire(work, change)
        else:
            await _put(work, rows[change.entity, change.key])
        told = {"before": change.before, "after": change.after}
        work.audit(f"plant.{change.action}", change.entity, change.key, **told, reason=reason)
    return found


def _profiles(model: PlantModel) -> dict[str, StabilityWords]:
    return {item.code: item.stability for item in model.items if item.stability is not None}


async def _new_profiles(work: Work, model: PlantModel) -> list[Change]:
    """Versions of stability profiles that are not in force yet. Raises ProfileVersionFrozen."""
    said = _profiles(model)
    return [
        Change(
            entity="stability",
            key=code,
            action=Action.NEW_VERSION,
            before=None if last is None else {"version": last.version, "document": last.document},
            after=applying.told(said[code]),
        )
        for code, last in await applying.new_versions(work, said)
    ]


async def _new_trade(work: Work, model: PlantModel) -> list[Change]:
    """Packs and trade item numbers that the plant does not say yet. Raises GtinTaken."""
    return [
        Change(
            entity="trade",
            key=said.key,
            action=Action.CHANGE if there else Action.ADD,
            before=there.facts if there else None,
            after=said.facts,
        )
        for said, there in await trade.missing(work, model.items)
    ]


async def _new_records(work: Work, model: PlantModel) -> list[Change]:
    """Master batch records that the plant does not have: a product's first is put in force, a later one is drafted."""
    return [
        Change(
            entity="recipe",
            key=said.product,
            action=Action.NEW_VERSION if last is None else Action.PROPOSE,
            before=None if last is None else {"version": last.number},
            after={"version": said.version, "batch_size": said.batch_size, "operations": len(said.operations)},
        )
        for said, last in await recording.new_versions(work, model.recipes)
    ]


def _compare(stored: Sequence[AnyRow], rows: Sequence[AnyRow]) -> Iterator[Change]:
    there = {(row.entity, row.key): row for row in stored}
    for row in rows:
        found = there.pop((row.entity, row.key), None)
        if found is None:
            after = {name: value for name, value in asdict(row).items() if name != "retired"}
            yield Change(entity=row.entity, key=row.key, action=Action.ADD, before=None, after=after)
        elif found != row:
            old, new = asdict(found), asdict(row)
            differing = [name for name in new if old[name] != new[name]]
            before, after = ({name: side[name] for name in differing} for side in (old, new))
            yield Change(entity=row.entity, key=row.key, action=Action.CHANGE, before=before, after=after)
    for (entity, key), row in there.items():
        if not row.retired:
            yield Change(
                entity=entity, key=key, action=Action.RETIRE, before={"retired": False}, after={"retired": True}
            )


async def _stored(work: Work, model: PlantModel) -> list[AnyRow]:
    sites = await work.all(SQL["stored_sites"], SiteRow)
    if any(site.code != model.site.code for site in sites):
        raise OtherSite(here=sites[0].code, folder=model.site.code)
    items = [_item_row(item) for item in await inventory.items(work)]
    areas = await work.all(SQL["stored_areas"], AreaRow)
    zones = await work.all(SQL["stored_zones"], ZoneRow)
    machines = await work.all(SQL["stored_equipment"], EquipmentRow)
    points = await work.all(SQL["stored_points"], PointRow)
    return [*sites, *areas, *zones, *machines, *points, *items, *await roster.stored(work), *await _upkeep(work)]


async def _upkeep(work: Work) -> list[AnyRow]:
    return [*await upkeep.stored(work), *await rounds.stored(work), *await health.stored(work)]


def _item_row(item: inventory.Item) -> ItemRow:
    return ItemRow(**{name: value for name, value in asdict(item).items() if name != "id"})


async def _new_versions(work: Work, policies: Sequence[PlantPolicy]) -> list[Change]:
    found = []
    for entry in policies:
        versions = await service.rules_for(work, entry.code)
        same = next((rule for rule in versions if rule.version == entry.version), None)
        if same is None:
            found.append(await _new_version(work, entry, versions[-1] if versions else None))
        elif differing := _differing(same, entry.policy):
            raise PolicyVersionFrozen(policy=entry.code, version=entry.version, differs=differing)
    return [change for change in found if change]


async def _new_version(work: Work, entry: PlantPolicy, last: RuleVersion | None) -> Change | None:
    """The first version is put in force; a later one is proposed, once, and waits for a signature."""
    asked = {"version": entry.version, "effective_from": entry.effective_from}
    if last is None:
        after = asdict(RuleTerms.of(entry.policy)) | {"packs": list(entry.policy.packs)} | asked
        return Change(entity="policy", key=entry.code, action=Action.NEW_VERSION, before=None, after=after)
    waiting = await changes.changes(work, entry.code, status=ChangeStatus.PROPOSED)
    if any(each.number == entry.version and not differences(each.policy, entry.policy) for each in waiting):
        return None
    told = differences(last.policy, entry.policy)
    before = {place: old for place, (old, _) in told.items()} | {"version": last.version}
    after = {place: new for place, (_, new) in told.items()} | asked
    return Change(entity="policy", key=entry.code, action=Action.PROPOSE, before=before, after=after)


def _differing(kept: RuleVersion, policy: Policy) -> list[str]:
    """Places whose values differ. A version from before there were documents kept no unit and no citations."""
    found = differences(kept.policy, policy)
    unkept = (".citation", ".confirm", "shared.unit")
    return [place for place in found if kept.document or not place.endswith(unkept)]


async def _add_version(work: Work, entry: PlantPolicy, reason: str) -> None:
    """The version's own reason is kept with it; the reason for applying the folder goes beside it."""
    told = f"{entry.reason} ({reason})"
    when = entry.effective_from
    await service.add_rule_version(
        work, entry.code, entry.policy, effective_from=when, reason=told, version=entry.version
    )


async def _propose(work: Work, entry: PlantPolicy, reason: str) -> None:
    """What the folder said before, and nobody signed, gives way to what it says now."""
    for waiting in await changes.changes(work, entry.code, status=ChangeStatus.PROPOSED):
        await changes.withdraw(work, waiting.id, version=waiting.version, reason=reason)
    since = entry.effective_from if entry.effective_from > work.now else None
    told = f"{entry.reason} ({reason})"
    await changes.propose(work, entry.code, entry.policy, effective_from=since, reason=told, number=entry.version)


async def _put(work: Work, row: AnyRow) -> None:
    if isinstance(row, ItemRow):
        await inventory.put_item(
            work, row.code, **{n: v for n, v in asdict(row).items() if n not in {"code", "retired"}}
        )
        return
    if isinstance(row, LadderRow | ShiftRow):
        await roster.put(work, row)
        return
    if isinstance(row, upkeep.Row):
        await upkeep.put(work, row)
        return
    if isinstance(row, rounds.RoundRow):
        await rounds.put(work, row)
        return
    if isinstance(row, health.HealthRow):
        await health.put(work, row)
        return
    if isinstance(row, PointRow):
        await work.run(SQL["name_point"], name=row.name)
    await work.run(SQL[f"put_{row.entity}"], **asdict(row))


async def _retire(work: Work, change: Change) -> None:
    if change.entity == "item":
        await inventory.retire_item(work, change.key)
        return
    if change.entity in {"ladder", "shift"}:
        await roster.retire(work, change.entity, change.key)
        return
    if change.entity in upkeep.ENTITIES:
        await upkeep.retire(work, change.entity, change.key)
        return
    if change.entity == rounds.RoundRow.entity:
        await rounds.retire(work, change.key)
        return
    if change.entity == health.HealthRow.entity:
        await health.retire(work, change.key)
        return
    if change.entity == "zone":
        zone = await service.zone_named(work, change.key)
        if standing := await inventory.lots(work, zone_id=zone.id, limit=5):
            raise ZoneOccupied(zone=change.key, lots=[lot.number for lot in standing])
    await work.run(SQL[f"retire_{change.entity}"], key=change.key, now=work.now)
