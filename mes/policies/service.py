"""Which policies hold somewhere, what they ask together, and what they forbid.

A zone is judged by its own policy, or by that of the zone around it; beside it hold the regulations that the policy
names as `packs`. Of all these the strictest rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from mes.plant import service as plant
from mes.plant.model import MeasuringPoint, RuleVersion, Zone, rule_at
from mes.policies.reading import policy_named
from models.demands import Demands, demands_of
from models.policy import Permissions, Policy
from telemetry.errors import Forbidden
from telemetry.work import Work


class Act(StrEnum):
    """What a regulation may forbid."""

    MANUAL_IMPORT = "manual_import"  # readings from a person's hand into the record
    CORRECTION = "correction"  # of a sensor's values: offset, scale, smoothing


class ManualImportForbidden(Forbidden):
    """A regulation that holds here forbids bringing readings into the record by hand."""


class CorrectionForbidden(Forbidden):
    """A regulation that holds here forbids correcting the values of a sensor."""


async def policy_of_zone(work: Work, zone_id: int, at: datetime) -> Policy | None:
    """The policy that judged this zone at that moment; None where there was none. Raises ZoneNotFound."""
    zone: Zone | None = await plant.zone(work, zone_id)
    while zone is not None and zone.policy is None:
        zone = None if zone.parent_id is None else await plant.zone(work, zone.parent_id)
    return None if zone is None or zone.policy is None else await policy_in_force(work, zone.policy, at)


async def policy_in_force(work: Work, code: str, at: datetime) -> Policy | None:
    """What a policy of the plant said at that moment; None where no version was in force."""
    found = rule_at(await plant.rules_for(work, code), at)
    return found.policy if found else None


async def policies_over(work: Work, zone_id: int, at: datetime) -> tuple[Policy, ...]:
    """The zone's policy, then the regulations beside it; empty where nothing holds. Raises ZoneNotFound."""
    policy = await policy_of_zone(work, zone_id, at)
    return () if policy is None else await with_packs(work, policy, at)


async def with_packs(work: Work, policy: Policy, at: datetime) -> tuple[Policy, ...]:
    """A policy and the regulations that hold beside it: a plant's own by its version in force, else a pack."""
    in_force = await plant.rules_in_force(work, at) if policy.packs else {}
    return _with_packs(policy, in_force)


def _with_packs(policy: Policy, in_force: Mapping[str, RuleVersion]) -> tuple[Policy, ...]:
    found: dict[str, Policy] = {policy.code: policy}
    waiting = list(policy.packs)
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = in_force[name].policy if name in in_force else policy_named(name)
            waiting.extend(found[name].packs)
    return tuple(found.values())


async def demands_on(work: Work, zone_id: int, at: datetime | None = None) -> Demands:
    """What the policies over a zone ask together, now or at that moment. Raises ZoneNotFound."""
    return demands_of(await policies_over(work, zone_id, at or work.now))


async def demands_on_points(work: Work, points: Iterable[MeasuringPoint], at: datetime) -> dict[int, Demands]:
    """By point's id: what its own policy and those over its zone ask together at that moment. One look for all."""
    zones = {zone.id: zone for zone in await plant.zones(work)}
    return await _demands_of_each(work, {p.point_id: (p.policy, _code_over(zones, p.zone_id)) for p in points}, at)


async def demands_on_zones(work: Work, zones: Iterable[Zone], at: datetime) -> dict[int, Demands]:
    """By zone's id: what the policies over it ask together at that moment. One look for all."""
    known = {zone.id: zone for zone in await plant.zones(work)}
    return await _demands_of_each(work, {zone.id: (_code_over(known, zone.id),) for zone in zones}, at)


async def _demands_of_each(work: Work, asked: Mapping[int, Sequence[str | None]], at: datetime) -> dict[int, Demands]:
    """By what is asked about: the demands of the policies with these codes, each set of them reckoned once."""
    in_force = await plant.rules_in_force(work, at)
    known: dict[frozenset[str], Demands] = {}
    found: dict[int, Demands] = {}
    for id_, named in asked.items():
        codes = frozenset(code for code in named if code in in_force)
        if codes not in known:
            rules = [in_force[code].policy for code in sorted(codes)]
            known[codes] = demands_of(each for rule in rules for each in _with_packs(rule, in_force))
        found[id_] = known[codes]
    return found


def _code_over(zones: Mapping[int, Zone], zone_id: int | None) -> str | None:
    """The policy of a zone, or of the nearest one around it that has one."""
    found = zones.get(zone_id or 0)
    while found is not None and found.policy is None:
        found = zones.get(found.parent_id or 0)
    return found.policy if found else None


async def demand_permission(
    work: Work, act: Act | str, *, zone_id: int | None = None, point_id: int | None = None
) -> None:
    """Refuse what a policy over this zone or measuring point forbids.

    What an edge sends after an outage is no manual import: its buffer holds what the device measured then, it sends it
    by itself, and nobody can choose or change a value on the way (GSP Appendix 3 forbids the import in reverse, by
    a person). A person who brings readings from a file is importing, whatever the file's source.
    Raises ManualImportForbidden, CorrectionForbidden, with the citation; PointNotFound, ZoneNotFound.
    """
    policies = await _policies_over(work, zone_id, point_id)
    demands = demands_of(policies)
    kind, rule = _FORBIDDEN[Act(act)], _rule(demands, Act(act))
    if rule is not None:
        source = next(policy for policy in policies if policy.permissions is rule)
        raise kind(policy=source.code, version=source.version, citation=rule.citation, zone=zone_id, point=point_id)


_FORBIDDEN: Mapping[Act, type[Forbidden]] = {
    Act.MANUAL_IMPORT: ManualImportForbidden,
    Act.CORRECTION: CorrectionForbidden,
}


def _rule(demands: Demands, act: Act) -> Permissions | None:
    return demands.no_manual_import if act is Act.MANUAL_IMPORT else demands.no_correction


async def _policies_over(work: Work, zone_id: int | None, point_id: int | None) -> list[Policy]:
    """Over the zone; over a point, by what judges itself as well as by what holds where it is."""
    found: list[Policy] = []
    if point_id is not None:
        point = await plant.point(work, point_id)
        zone_id = point.zone_id if zone_id is None else zone_id
        own = await policy_in_force(work, point.policy, work.now) if point.policy else None
        found += await with_packs(work, own, work.now) if own else ()
    return [*found, *(await policies_over(work, zone_id, work.now) if zone_id is not None else ())]
