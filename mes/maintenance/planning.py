"""Plans of preventive maintenance: how each stands, and the order that it opens once when it is due."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from psycopg.types.json import Json

from mes.maintenance import metering, records
from mes.maintenance.applying import SQL
from mes.maintenance.due import Cycle, Due, Standing, standing
from mes.maintenance.model import Order
from mes.maintenance.records import ENTITY
from mes.maintenance.words import PlanWords
from mes.plant import service as plant
from mes.plant.model import MeasuringPoint
from telemetry.errors import NotFound
from telemetry.work import Work


class PlanNotFound(NotFound):
    """There is no such maintenance plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan, its open order, and what its last one left behind."""

    id: int
    code: str
    equipment_id: int
    definition: str
    since: datetime
    retired: bool
    open_order_id: int | None
    open_order: str | None
    open_status: str | None
    open_due_on: date | None
    last_due: date | None
    last_ended: datetime | None
    last_order: str | None
    words: PlanWords = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", PlanWords.model_validate_json(self.definition))

    @property
    def cycle_began(self) -> datetime:
        """Hours and counts are counted from here on."""
        return max(self.since, self.last_ended) if self.last_ended else self.since

    def cycle(self, zone: ZoneInfo) -> Cycle:
        """What the last order left behind, in the plant's calendar."""
        ended = self.last_ended.astimezone(zone).date() if self.last_ended else None
        return Cycle(began_on=self.since.astimezone(zone).date(), last_due=self.last_due, ended_on=ended)


@dataclass(frozen=True, slots=True)
class Planned:
    plan: Plan
    due: Due


async def plans(
    work: Work, *, equipment_id: int | None = None, plan_id: int | None = None, with_retired: bool = False
) -> list[Plan]:
    """Plans, by code."""
    return await work.all(SQL["plans"], Plan, plan_id=plan_id, equipment_id=equipment_id, with_retired=with_retired)


async def planned(work: Work, *, equipment_id: int | None = None) -> list[Planned]:
    """Every plan with how it stands now; what waits longest for its work first."""
    zone = await plant.time_zone(work)
    found = [await _stands(work, each, zone) for each in await plans(work, equipment_id=equipment_id)]
    return sorted(found, key=lambda each: (each.due.due_on is None, each.due.due_on or date.max, each.plan.code))


async def one_planned(work: Work, plan_id: int) -> Planned:
    """One of them, retired or not. Raises PlanNotFound."""
    found = await plans(work, plan_id=plan_id, with_retired=True)
    if not found:
        raise PlanNotFound(plan_id=plan_id)
    return await _stands(work, found[0], await plant.time_zone(work))


async def _stands(work: Work, plan: Plan, zone: ZoneInfo) -> Planned:
    today = work.now.astimezone(zone).date()
    use = None
    if plan.words.measure is not None:
        use = await metering.use_since(work, plan.id, plan.words, plan.cycle_began)
    return Planned(plan, standing(plan.words, today, plan.cycle(zone), use))


async def look_at_plans(work: Work) -> list[Order]:
    """Count what machines did, and open the orders that are due. The watch does this now and then."""
    zone = await plant.time_zone(work)
    points = {(p.equipment_id, p.measure): p for p in await plant.points(work)}
    opened = []
    for plan in await plans(work):
        point = points.get((plan.equipment_id, plan.words.measure or ""))
        if point is not None:
            await metering.count_use(work, plan.id, plan.words, point, plan.cycle_began)
        if plan.open_order_id is None:
            now = await _stands(work, plan, zone)
            if now.due.standing in {Standing.DUE, Standing.OVERDUE}:
                order = await _open(work, now, point, work.now.astimezone(zone).date())
                opened += [order] if order else []
    return opened


async def _open(work: Work, now: Planned, point: MeasuringPoint | None, today: date) -> Order | None:
    """The plan's order; None where somebody else has opened it at this moment."""
    plan, words, use = now.plan, now.plan.words, now.due.use
    due_on = now.due.due_on if words.calendar else today + timedelta(days=words.days_to_do)
    said = {
        "number": await plant.next_number(work, "MO"),
        "equipment_id": plan.equipment_id,
        "priority": words.priority,
        "title_en": words.name.en,
        "title_zh": words.name.zh,
        "due_on": due_on,
        "plan_id": plan.id,
        "sign_done": words.sign_done,
        "plan_since": plan.cycle_began,
        "plan_use": None if use is None else use.charged.quantize(Decimal("0.1")),
    }
    shown = {"points": [point.name] if point else [], "from": plan.cycle_began.isoformat()}
    evidence = Json(shown | {"to": work.now.isoformat()})
    order = await work.one(
        records.SQL["open_planned"], Order, **said, evidence=evidence, actor=work.actor, now=work.now
    )
    if order is None:
        return None
    await records.write(work, order.id, "due", "", due_on=due_on, use=said["plan_use"])
    work.audit(f"{ENTITY}.due", ENTITY, order.id, after=said | {"plan": plan.code, "status": order.status})
    await work.emit("maintenance.due", order_id=order.id, number=order.number, plan=plan.code)
    return order
