"""What keeps the calling trustworthy: ladders are tested when they must be, and reach as many people as they must."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import datetime

from mes.alarms import service as alarms
from mes.alarms.model import Kind, Occurrence, Priority
from mes.notifications.addresses import addresses
from mes.notifications.deciding import Plan
from mes.notifications.model import Colleague
from mes.notifications.rehearsal import is_unproven
from mes.notifications.roster import plan_now
from mes.notifications.telling import around
from mes.plant import service as plant
from mes.plant.model import Zone
from mes.policies import service as policies
from telemetry.work import Work


async def look_after(work: Work) -> None:
    """Start the tests that are due; let the alarms about settings be exactly those that are so."""
    plan = await plan_now(work)
    so = [occurrence async for occurrence in _wrong(work, plan)]
    standing = await alarms.standing(work, Kind.CONFIGURATION)
    ours = {source for source in standing if source.startswith(("test:", "people:"))}
    for each in so:
        await alarms.raise_alarm(work, each)
    for source in sorted(ours - {each.source for each in so}):
        await alarms.clear(work, Kind.CONFIGURATION, source, at=work.now)


async def _wrong(work: Work, plan: Plan) -> AsyncIterator[Occurrence]:
    """What is set up so that it can't do what it must."""
    for each in plan.ladders:
        if await is_unproven(work, each, plan.roster.zone):
            yield _configuration(
                work,
                f"test:{each.code}",
                f"Ladder {each.name_en}: the test of this month was not acknowledged",
                f"通知链 {each.name_zh}：本月测试未被确认",
            )
    reachable = {address.person_id for address in await addresses(work)}
    for zone in await plant.zones(work):
        least = (await policies.demands_on(work, zone.id)).least_people if zone.policy else 0
        found = await _reached(work, plan, zone, reachable) if least else 0
        if found < least:
            yield _configuration(
                work,
                f"people:{zone.code}",
                f"{zone.name_en}: alarms must reach {least} persons and reach {found} with an address",
                f"{zone.name_zh}：报警须通知至少 {least} 人，目前仅 {found} 人有可用地址",
                zone.id,
            )


async def _reached(work: Work, plan: Plan, zone: Zone, reachable: Iterable[int]) -> int:
    """How many different people with an address the ladders of a zone call, at any time of day."""
    zones = {each.id: each for each in await plant.zones(work)}
    called = {person.id for person in _called(plan, around(zones, zone.id), work.now)}
    return len(called & set(reachable))


def _called(plan: Plan, zones: frozenset[str], at: datetime) -> Iterator[Colleague]:
    """Everybody whom the worst alarm of a zone may call."""
    for each in plan.ladders:
        if each.covers(Kind.TEMPERATURE, "", Priority.CRITICAL, zones):
            for rung in each.rungs:
                yield from plan.roster.on(rung, at, everybody=True)


def _configuration(work: Work, source: str, en: str, zh: str, zone_id: int | None = None) -> Occurrence:
    return Occurrence(
        kind=Kind.CONFIGURATION,
        source=source,
        priority=Priority.HIGH,
        message_en=en,
        message_zh=zh,
        raised_at=work.now,
        zone_id=zone_id,
    )
