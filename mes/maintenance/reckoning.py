"""The figures of maintenance over the last days, from what was written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from mes.alarms import service as alarms
from mes.alarms.model import Alarm, Kind
from mes.maintenance.figures import Adherence, Precision, Reliability, precision, reliability
from mes.maintenance.verdicts import SQL, last_words
from mes.plant import service as plant
from mes.plant.model import Equipment
from telemetry.work import Work

MOST_ALARMS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    equipment_id: int
    order_id: int
    repair_h: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class _PlannedOrder:
    due_on: date
    done_at: datetime | None
    status: str


async def reliabilities(work: Work, days: int) -> list[tuple[Equipment, Reliability]]:
    """Each machine over the last days; those that failed most often first."""
    start = work.now - timedelta(days=days)
    found = await work.all(SQL["repairs"], Repair, start=start, end=work.now, now=work.now, equipment_id=None)
    repairs: dict[int, list[Decimal]] = {}
    for each in found:
        repairs.setdefault(each.equipment_id, []).append(each.repair_h)
    hours = Decimal(days * 24)
    told = [(machine, reliability(hours, repairs.get(machine.id, []))) for machine in await plant.equipment(work)]
    return sorted(told, key=lambda pair: (-pair[1].failures, pair[0].path))


async def reliability_of(work: Work, equipment_id: int, days: int) -> Reliability:
    """One machine over the last days."""
    start = work.now - timedelta(days=days)
    asked = {"start": start, "end": work.now, "now": work.now, "equipment_id": equipment_id}
    found = await work.all(SQL["repairs"], Repair, **asked)
    return reliability(Decimal(days * 24), [each.repair_h for each in found])


async def adherence(work: Work, days: int) -> Adherence:
    """Planned orders whose day lay in the last days, today not among them where they are open."""
    zone = await plant.time_zone(work)
    today = work.now.astimezone(zone).date()
    asked = {"first": today - timedelta(days=days), "last": today, "equipment_id": None}
    rows = await work.all(SQL["planned_orders"], _PlannedOrder, **asked)
    over = [row for row in rows if row.done_at or row.due_on < today or row.status in {"skipped", "cancelled"}]
    done = [row for row in over if row.done_at is not None]
    in_time = [row for row in done if row.done_at and row.done_at.astimezone(zone).date() <= row.due_on]
    left = [row for row in over if row.done_at is None and row.status in {"skipped", "cancelled"}]
    return Adherence(
        due=len(over),
        in_time=len(in_time),
        late=len(done) - len(in_time),
        skipped=len(left),
        open=len(over) - len(done) - len(left),
    )


async def advice(work: Work, days: int) -> tuple[list[Alarm], dict[int, str]]:
    """A model's advice of the last days, newest first, and the last word on each that has one."""
    since = work.now - timedelta(days=days)
    newest = await alarms.alarms(work, kind=Kind.EQUIPMENT, limit=MOST_ALARMS)
    raised = [each for each in newest if each.raised_at >= since]
    said = await last_words(work, [each.id for each in raised])
    return raised, {alarm_id: str(verdict) for alarm_id, verdict in said.items()}


async def alert_precision(work: Work, days: int) -> Precision:
    """How often advice of the last days was right."""
    raised, said = await advice(work, days)
    return precision(len(raised), said.values())
