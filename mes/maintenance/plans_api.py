"""Plans, spare parts, stops, verdicts on advice and figures over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from mes.border import Signed, Transaction
from mes.maintenance import parts, planning, reckoning, stops, verdicts
from mes.maintenance.api import LARGEST, Crew, Filter, Id
from mes.maintenance.figures import Verdict
from mes.maintenance.parts import Part
from mes.maintenance.stops import StopReason
from mes.maintenance.work_api import Text

router = APIRouter(prefix="/maintenance", tags=["maintenance"])
Days = Annotated[int, Query(ge=1, le=3660)]
Quantity = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=3)]


class ReceiptBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    quantity: Quantity
    reason: Text = ""


class CountBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    counted: Quantity
    reason: Text = ""


class ReasonBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: StopReason
    told: Text = ""


class VerdictBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    verdict: Verdict
    told: Text = ""
    order_id: Annotated[int | None, Field(ge=1, le=LARGEST)] = None


def plan_json(each: planning.Planned) -> dict[str, Any]:
    """A plan with how it stands; numbers as text."""
    use = each.due.use
    told = None if use is None else {name: str(getattr(use, name)) for name in ("used", "unknown", "charged")}
    names = ("id", "code", "equipment_id", "open_order_id", "open_order", "last_order", "last_ended")
    about = {"standing": each.due.standing, "due_on": each.due.due_on, "use": told}
    return {name: getattr(each.plan, name) for name in names} | about | each.plan.words.model_dump(mode="json")


def part_json(part: Part) -> dict[str, Any]:
    """A part with its stock."""
    return part.words.model_dump(mode="json") | {"id": part.id, "stock": str(part.stock), "low": part.low}


@router.get("/plans")
async def list_plans(work: Transaction, _: Signed, equipment_id: Filter = None) -> dict[str, Any]:
    """Plans and how they stand, the next due first."""
    return {"items": [plan_json(each) for each in await planning.planned(work, equipment_id=equipment_id)]}


@router.get("/plans/{plan_id}")
async def show_plan(plan_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """One plan."""
    return plan_json(await planning.one_planned(work, plan_id))


@router.get("/parts")
async def list_parts(work: Transaction, _: Signed) -> dict[str, Any]:
    """Spare parts and their stock."""
    return {"items": [part_json(each) for each in await parts.parts(work)]}


@router.get("/parts/{part_id}")
async def show_part(part_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """One part with its movements, newest first."""
    found = await parts.part(work, part_id)
    moved = [asdict(each) | {"quantity": str(each.quantity)} for each in await parts.movements(work, part_id=part_id)]
    return part_json(found) | {"movements": moved}


@router.post("/parts/{part_id}/receipts")
async def receive_part(part_id: Id, body: ReceiptBody, work: Transaction, _: Crew) -> dict[str, Any]:
    """Parts were delivered."""
    return part_json(await parts.receive(work, part_id, body.quantity, reason=body.reason))


@router.post("/parts/{part_id}/counts")
async def count_part(part_id: Id, body: CountBody, work: Transaction, _: Crew) -> dict[str, Any]:
    """Somebody has counted the shelf."""
    return part_json(await parts.count_stock(work, part_id, body.counted, reason=body.reason))


@router.get("/stops")
async def list_stops(work: Transaction, _: Signed, equipment_id: Filter = None) -> dict[str, Any]:
    """When machines stood, newest first."""
    return {"items": [asdict(each) for each in await stops.stops(work, equipment_id, limit=200)]}


@router.post("/stops/{stop_id}/reason")
async def say_reason(stop_id: Id, body: ReasonBody, work: Transaction, _: Crew) -> dict[str, Any]:
    """Say why a machine stood."""
    return asdict(await stops.say_reason(work, stop_id, body.reason, body.told))


@router.post("/advice/{alarm_id}/verdicts", status_code=201)
async def judge_advice(alarm_id: Id, body: VerdictBody, work: Transaction, _: Crew) -> dict[str, Any]:
    """Say whether a model's advice was right."""
    said = {"told": body.told, "order_id": body.order_id}
    return asdict(await verdicts.judge_advice(work, alarm_id, body.verdict, **said))  # type: ignore[arg-type]


@router.get("/figures")
async def show_figures(work: Transaction, _: Signed, days: Days = 30) -> dict[str, Any]:
    """Reliability of each machine, adherence to plans, precision of advice, over the last days."""
    followed, right = await reckoning.adherence(work, days), await reckoning.alert_precision(work, days)
    machines = [
        {"equipment_id": machine.id, "path": machine.path, "failures": told.failures}
        | {name: _text(getattr(told, name)) for name in ("hours", "repair_h", "mtbf_h", "mttr_h", "availability")}
        for machine, told in await reckoning.reliabilities(work, days)
    ]
    return {
        "days": days,
        "machines": machines,
        "plan_adherence": asdict(followed) | {"share": _text(followed.share)},
        "alert_precision": asdict(right) | {"share": _text(right.share), "unjudged": right.unjudged},
    }


def _text(figure: Decimal | None) -> str | None:
    return None if figure is None else str(figure)
