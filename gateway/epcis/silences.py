"""Silence as events: a probe that says nothing usable is an error condition, told when it begins and when it ends.

What lies within an excursion of the probe's zone is told by the excursion's own event.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gateway.epcis.events import Amount, Language, Quiet
from gateway.epcis.keeping import amounts_in, ids, keep, rule_of
from mes.alarms import history
from mes.alarms.model import Alarm
from mes.inventory import service as inventory
from mes.plant import service as plant
from mes.plant.model import MeasuringPoint, Zone
from telemetry.work import Work


async def keep_silences(work: Work, told: Language) -> None:
    """Tell of stale points with limits that nothing was told of yet: that they fell silent, then that they speak."""
    begun, ended = await ids(work, "silences_due"), await ids(work, "silences_over_due")
    for alarm in await history.these(work, begun):
        await _keep(work, told, f"silent:{alarm.id}", alarm, None)
    for alarm in await history.these(work, ended):
        await _keep(work, told, f"heard:{alarm.id}", alarm, alarm.cleared_at)


async def _keep(work: Work, told: Language, subject: str, alarm: Alarm, end: datetime | None) -> None:
    point = await plant.point(work, alarm.point_id or 0)
    rule = await rule_of(work, point, (), alarm.raised_at)
    quiet = Quiet(
        name=point.name,
        unit=point.unit,
        policy=rule.code if rule else None,
        policy_version=rule.version if rule else 0,
        start=alarm.raised_at,
        end=end,
    )
    zone = await _zone(work, alarm, point)
    amounts = await _amounts(work, zone, alarm.raised_at, end)
    event = told.silence(subject, zone.code if zone else None, quiet, amounts)
    await keep(work, subject, end or alarm.raised_at, event)


async def _zone(work: Work, alarm: Alarm, point: MeasuringPoint) -> Zone | None:
    """Where the probe stood when it fell silent."""
    zone_id = alarm.zone_id or point.zone_id
    return None if zone_id is None else await plant.zone(work, zone_id)


async def _amounts(work: Work, zone: Zone | None, start: datetime, end: datetime | None) -> Sequence[Amount]:
    """Lots of which nothing was known by this probe: those that stood there when it fell silent, or came meanwhile."""
    if zone is None:
        return []
    exposed = await inventory.lots_exposed(work, zone.id, start, end)
    there = {row.lot_id: row.exposed_from for row in exposed if end is not None or row.exposed_from <= start}
    return await amounts_in(work, zone.id, there)
