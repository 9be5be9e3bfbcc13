"""Maintenance orders: the work list, and one order with the readings that show why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.frame import frame
from dashboards.message import done
from dashboards.pages.trends import between
from dashboards.render import page
from dashboards.words import WORDS
from mes.audit import service as audit
from mes.border import Caller, Signed, Transaction, allow
from mes.maintenance import service as maintenance
from mes.maintenance.model import CREW, OVER, Order, Status
from mes.plant import service as plant
from mes.quality import excursions
from telemetry.errors import NotFound
from telemetry.work import Work

router = APIRouter(prefix="/maintenance")
STEPS = (Status.REQUESTED, Status.APPROVED, Status.IN_PROGRESS, Status.DONE, Status.VERIFIED, Status.CLOSED)
_KNOWN = frozenset({"approve", "reject", "assign", "start", "hold", "resume", "done", "verify", "close", "cancel"})
_AFTER = timedelta(minutes=30)
_A_PAGE = 50
_CURVES = 4
_TELLING = ("air", "current", "coil", "bearing", "vibration", "torque", "product", "ambient")
"""Roles of points whose curves show what ails a machine, the most telling first."""


class StepUnknown(NotFound):
    """There is no such step."""


@router.get("")
async def work_list(
    request: Request, work: Transaction, caller: Signed, status: str = "open", below: int | None = None
) -> HTMLResponse:
    """Open orders, or all."""
    around = await frame(request, work, caller)
    statuses = [each for each in Status if each not in OVER] if status == "open" else None
    found = await maintenance.orders(work, statuses=statuses, below=below, limit=_A_PAGE)
    machines = {machine.id: machine for machine in await plant.equipment(work)}
    more = found[-1].id if len(found) == _A_PAGE else None
    return page(request, "maintenance.html", around, rows=found, machines=machines, shown=status, more=more)


@router.get("/{order_id}")
async def order(request: Request, work: Transaction, caller: Signed, order_id: int) -> HTMLResponse:
    """One order."""
    around = await frame(request, work, caller)
    found = await maintenance.order(work, order_id)
    view = {
        "order": found,
        "machine": await plant.machine(work, found.equipment_id),
        "excursion": await excursions.excursion(work, found.excursion_id) if found.excursion_id else None,
        "open_steps": maintenance.steps_of(found) if around.has(*CREW) else (),
        "steps": STEPS,
        "query": await _evidence(work, found),
        "finding": _finding(found),
        "signals": _signals(found),
        "history": [o for o in await maintenance.orders(work, equipment_id=found.equipment_id) if o.id != order_id],
        "trail": await audit.entries(work, entity="maintenance_order", entity_id=order_id, limit=50),
    }
    return page(request, "order.html", around, **view)


async def _evidence(work: Work, found: Order) -> str:
    """Address of the evidence's curves; empty where there are none. An open end shows up to now."""
    names = set(map(str, found.evidence.get("points", ())))
    points = [p for p in await plant.points(work) if p.name in names and p.role in _TELLING]
    start, end = (_moment(found.evidence.get(side)) for side in ("from", "to"))
    if not points or start is None:
        return ""
    points.sort(key=lambda p: _TELLING.index(p.role))
    until = min((end or found.requested_at) + _AFTER, work.now)
    chosen = "".join(f"point={p.point_id}&" for p in points[:_CURVES])
    return chosen + between(start, until)


def _finding(found: Order) -> list[tuple[str, object]]:
    """What was found, of it what there are words for; figures as a person reads them."""
    facts = found.evidence.get("finding")
    told = facts if isinstance(facts, dict) else {}
    named = [(name, told[name]) for name in WORDS["finding"] if told.get(name) is not None]
    return [(name, round(fact, 2) if isinstance(fact, float) else fact) for name, fact in named]


def _signals(found: Order) -> list[Mapping[str, Any]]:
    """What a model saw in each signal, against what is normal for this machine."""
    facts = found.evidence.get("finding")
    told = facts.get("contributions", ()) if isinstance(facts, dict) else ()
    return [each for each in told if isinstance(each, dict) and {"signal", "observed", "expected"} <= each.keys()]


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


@router.post("/{order_id}/{step}")
async def take_step(
    order_id: int,
    step: str,
    work: Transaction,
    _: Annotated[Caller, Depends(allow(*CREW))],
    version: Annotated[int, Form()],
    assigned_to: Annotated[str, Form()] = "",
    findings: Annotated[str, Form()] = "",
    downtime_min: Annotated[Decimal | None, Form()] = None,
    check_result: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
) -> Response:
    """One step further."""
    if step not in _KNOWN:
        raise StepUnknown(step=step)
    texts = {"assigned_to": assigned_to, "findings": findings, "check_result": check_result, "note": note}
    told = maintenance.Told(downtime_min=downtime_min, **texts)
    await maintenance.take_step(work, order_id, step, version=version, told=told)
    return done(f"/maintenance/{order_id}", "order.changed")
