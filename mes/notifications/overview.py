"""Ladders as people look at them: who stands on each rung, who can be reached, and how long it takes at worst."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mes.notifications.addresses import addresses
from mes.notifications.deciding import Plan
from mes.notifications.latency import Latency, worst
from mes.notifications.model import Colleague, Ladder, Rung
from mes.notifications.rehearsal import Rehearsal, rehearsals
from mes.notifications.telling import around
from mes.plant import service as plant
from mes.plant.model import Zone
from mes.policies import service as policies
from models.policy import Level, Policy
from telemetry import queries
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class Standing:
    """A person on a rung."""

    colleague: Colleague
    is_on_shift: bool
    channels: tuple[str, ...]  # over which they are reached; empty: not at all


@dataclass(frozen=True, slots=True)
class RungView:
    rung: Rung
    people: tuple[Standing, ...]
    zone: Zone | None  # where it takes longest; None: no zone of this ladder is judged
    latency: Latency


@dataclass(frozen=True, slots=True)
class LadderView:
    ladder: Ladder
    rungs: tuple[RungView, ...]
    tests: tuple[Rehearsal, ...]


@dataclass(frozen=True, slots=True)
class _Pace:
    """How soon a zone's alarm can be raised: the longest interval of its judged points, the longest delay."""

    zone: Zone | None
    interval_s: float
    delay_s: float


async def overview(work: Work, plan: Plan) -> list[LadderView]:
    """Every ladder with its rungs."""
    reached: dict[int, tuple[str, ...]] = {}
    for address in await addresses(work):
        reached[address.person_id] = (*reached.get(address.person_id, ()), address.channel)
    return [await _ladder(work, plan, ladder, reached) for ladder in plan.ladders]


async def _ladder(work: Work, plan: Plan, ladder: Ladder, reached: dict[int, tuple[str, ...]]) -> LadderView:
    slowest = await _slowest(work, ladder)
    rungs = []
    for rung in ladder.rungs:
        people = tuple(
            Standing(each, plan.roster.is_on_shift(each, work.now), reached.get(each.id, ()))
            for each in plan.roster.on(rung, work.now, everybody=True)
        )
        latency = worst(
            interval_s=slowest.interval_s, delay_s=slowest.delay_s, after_s=rung.after_s, fold_s=ladder.fold_s
        )
        rungs.append(RungView(rung, people, slowest.zone, latency))
    return LadderView(ladder, tuple(rungs), tuple(await rehearsals(work, ladder.code, limit=6)))


async def _slowest(work: Work, ladder: Ladder) -> _Pace:
    """Of the zones that a ladder covers the one whose alarm may come latest."""
    zones = {zone.id: zone for zone in await plant.zones(work)}
    points = await plant.points(work)
    found = [_Pace(None, 0, 0)]
    for zone in zones.values():
        policy = await policies.policy_of_zone(work, zone.id, work.now)
        intervals = [point.interval_s for point in points if point.zone_id == zone.id and point.policy]
        covered = not ladder.zones or not ladder.zones.isdisjoint(around(zones, zone.id))
        if policy is not None and intervals and covered:
            found.append(_Pace(zone, max(intervals), _delay_s(policy)))
    return max(found, key=lambda pace: pace.interval_s + pace.delay_s)


def _delay_s(policy: Policy) -> float:
    rule = policy.level(Level.ALARM)
    return max(rule.low_delay_s, rule.high_delay_s) if rule else 0.0
