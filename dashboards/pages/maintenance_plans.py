"""Plans with their next day as a picture, spare parts, and the figures of maintenance with their formulas."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.acting import today
from dashboards.frame import frame
from dashboards.message import done
from dashboards.pages.maintenance import Crew
from dashboards.render import page
from mes.border import Signed, Transaction
from mes.maintenance import parts, planning, reckoning, verdicts
from mes.maintenance.due import Standing
from mes.maintenance.figures import Verdict, precision
from mes.maintenance.model import CREW
from mes.plant import service as plant
from mes.rounds.reckoning import round_figures

router = APIRouter(prefix="/maintenance")
BEFORE, AHEAD = 14, 76
"""Days that the strip shows before and after today."""
WIDTH = 360.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A plan's day on the strip; x in its units, None: beyond it, or not known."""

    x: float | None
    standing: Standing
    beyond: bool


def strip_x(day: date, now: date) -> float:
    """Where a day stands on the strip."""
    return ((day - now).days + BEFORE) / (BEFORE + AHEAD) * WIDTH


def mark(due_on: date | None, standing: Standing, now: date) -> Mark:
    """Days before the strip stand at its beginning: what is that late is late enough."""
    if due_on is None:
        return Mark(None, standing, beyond=False)
    if due_on > now + timedelta(days=AHEAD):
        return Mark(None, standing, beyond=True)
    return Mark(max(4.0, round(strip_x(due_on, now), 1)), standing, beyond=False)


def months(now: date) -> list[tuple[float, date]]:
    """Where months begin on the strip."""
    days = (now + timedelta(days=n) for n in range(-BEFORE, AHEAD))
    return [(round(strip_x(day, now), 1), day) for day in days if day.day == 1]


@router.get("/plans")
async def plans(request: Request, work: Transaction, caller: Signed) -> HTMLResponse:
    """Plans, the next due first."""
    around = await frame(request, work, caller)
    now = await today(work)
    rows = [(each, mark(each.due.due_on, each.due.standing, now)) for each in await planning.planned(work)]
    machines = {machine.id: machine for machine in await plant.equipment(work)}
    view = {"rows": rows, "machines": machines, "months": months(now), "width": WIDTH, "now_x": strip_x(now, now)}
    return page(request, "maintenance/plans.html", around, **view)


@router.get("/parts")
async def spare_parts(request: Request, work: Transaction, caller: Signed) -> HTMLResponse:
    """Spare parts, those that are short first, with the last movements."""
    around = await frame(request, work, caller)
    found = sorted(await parts.parts(work), key=lambda part: (not part.low, part.number))
    view = {"parts": found, "movements": await parts.movements(work, limit=30), "may_book": around.has(*CREW)}
    return page(request, "maintenance/parts.html", around, **view)


@router.post("/parts/{part_id}/receive")
async def receive(
    part_id: int,
    work: Transaction,
    _: Crew,
    quantity: Annotated[Decimal, Form()],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Parts were delivered."""
    await parts.receive(work, part_id, quantity, reason=reason)
    return done("/maintenance/parts", "part.booked")


@router.post("/parts/{part_id}/count")
async def count(
    part_id: int, work: Transaction, _: Crew, counted: Annotated[Decimal, Form()], reason: Annotated[str, Form()] = ""
) -> Response:
    """Somebody has counted the shelf."""
    await parts.count_stock(work, part_id, counted, reason=reason)
    return done("/maintenance/parts", "part.booked")


@router.get("/figures")
async def figures(
    request: Request, work: Transaction, caller: Signed, days: Annotated[int, Query(ge=1, le=3660)] = 30
) -> HTMLResponse:
    """Reliability, adherence to plans, precision of advice."""
    around = await frame(request, work, caller)
    raised, said = await reckoning.advice(work, days)
    view = {
        "days": days,
        "machines": await reckoning.reliabilities(work, days),
        "adherence": await reckoning.adherence(work, days),
        "precision": precision(len(raised), said.values()),
        "unjudged": [each for each in raised if each.id not in said][:20],
        "verdicts": list(Verdict),
        "may_judge": around.has(*CREW),
        "walked": await round_figures(work, days),
    }
    return page(request, "maintenance/figures.html", around, **view)


@router.post("/advice/{alarm_id}")
async def judge(
    alarm_id: int,
    work: Transaction,
    _: Crew,
    verdict: Annotated[Verdict, Form()],
    told: Annotated[str, Form(max_length=500)] = "",
    order_id: Annotated[int | None, Form()] = None,
) -> Response:
    """Was the advice right?"""
    await verdicts.judge_advice(work, alarm_id, verdict, told=told, order_id=order_id)
    return done(f"/maintenance/{order_id}" if order_id else "/maintenance/figures", "advice.judged")
