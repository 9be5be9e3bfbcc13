"""Machines: their status labels, one machine with its QR code, plans, stops and history, and the report of a fault."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.acting import today
from dashboards.frame import frame
from dashboards.message import done
from dashboards.pages.maintenance import Crew
from dashboards.pages.trends import between
from dashboards.render import page
from mes.border import Caller, Signed, Transaction, allow
from mes.documents import service as documents
from mes.documents.model import Document
from mes.equipment import service as equipment
from mes.health import service as health
from mes.health.service import MachineHealth
from mes.labels.symbols import qr_code
from mes.maintenance import checks, parts, photos, planning, reckoning, stops
from mes.maintenance import service as maintenance
from mes.maintenance.api import SHOP_FLOOR
from mes.maintenance.model import OVER, FailureMode
from mes.maintenance.stops import StopReason
from mes.plant import service as plant
from telemetry.work import Work

router = APIRouter(prefix="/maintenance/machines")
Anybody = Annotated[Caller, Depends(allow(*SHOP_FLOOR))]
MODES = tuple(each for each in FailureMode if each not in {FailureMode.PLANNED, FailureMode.FAILED_CHECK})
FIGURE_DAYS = 90
_STOPS, _LOG = 10, 20


@router.get("")
async def machines(request: Request, work: Transaction, caller: Signed) -> HTMLResponse:
    """Every machine with its status and what is open for it."""
    around = await frame(request, work, caller)
    waiting: dict[int, int] = {}
    for order in await maintenance.orders(work, limit=1000):
        if order.status not in OVER:
            waiting[order.equipment_id] = waiting.get(order.equipment_id, 0) + 1
    zones = {zone.id: zone for zone in await plant.zones(work)}
    view = {"machines": await plant.equipment(work), "waiting": waiting, "care": await checks.care(work)}
    return page(request, "maintenance/machines.html", around, **view, zones=zones)


@router.get("/photos/{photo_id}")
async def photo(work: Transaction, _: Signed, photo_id: int) -> Response:
    """A picture of a fault, as it came."""
    found = await photos.picture(work, photo_id)
    return Response(found.content, media_type=found.media_type, headers={"X-Content-Type-Options": "nosniff"})


@router.get("/{machine_id}")
async def machine(request: Request, work: Transaction, caller: Signed, machine_id: int) -> HTMLResponse:
    """One machine; its QR code opens this page on a phone."""
    around = await frame(request, work, caller)
    found = await plant.machine(work, machine_id)
    view = {
        "machine": found,
        "label": await equipment.label(work, machine_id, work.now),
        "critical": await checks.is_critical(work, machine_id),
        "qr": qr_code(f"{request.base_url}maintenance/machines/{machine_id}"),
        "log": list(reversed(await equipment.log_of(work, machine_id)))[:_LOG],
        "orders": await maintenance.orders(work, equipment_id=machine_id, limit=20),
        "over": OVER,
        "plans": await planning.planned(work, equipment_id=machine_id),
        "today": await today(work),
        "modes": MODES,
        "reasons": list(StopReason),
        "stops": await stops.stops(work, machine_id, limit=_STOPS),
        "figures": await reckoning.reliability_of(work, machine_id, FIGURE_DAYS),
        "days": FIGURE_DAYS,
        "may_say": around.has("maintenance", "engineer", "lead"),
        "may_report": around.has(*SHOP_FLOOR),
        "query": await _curves(work, machine_id),
        "fitting": await _fitting(work, found.path),
        "watched": await _watched(work, machine_id),
        "papers": await papers_of(work, machine_id),
    }
    return page(request, "maintenance/machine.html", around, **view)


async def papers_of(work: Work, machine_id: int) -> list[tuple[str, Document | None]]:
    """Codes of the documents that the plant folder names for a machine, each with its version in force."""
    named = (await checks.care(work, machine_id)).get(machine_id, checks.Care()).documents
    known = await documents.effective_documents(work, work.now) if named else {}
    return [(code, known.get(code)) for code in named]


async def _watched(work: Work, machine_id: int) -> MachineHealth | None:
    """Its health, where the plant has it watched."""
    found = await health.watched(work, machine_id)
    return await health.machine_health(work, machine_id) if found else None


async def _curves(work: Work, machine_id: int) -> str:
    """Address of the last day of its points' curves; empty where it has none."""
    points = [each for each in await plant.points(work, equipment_id=machine_id) if each.role != "position"][:4]
    asked = "".join(f"point={each.point_id}&" for each in points)
    return asked + between(work.now - timedelta(days=1), work.now) if points else ""


async def _fitting(work: Work, path: str) -> list[Any]:
    place = path.split("/", 1)[-1]
    return [each for each in await parts.parts(work) if place in each.words.fits]


@router.post("/{machine_id}/report")
async def report(
    machine_id: int,
    work: Transaction,
    _: Anybody,
    told: Annotated[str, Form(max_length=500)],
    failure_mode: Annotated[FailureMode, Form()] = FailureMode.OTHER,
    priority: Annotated[str, Form(pattern="^(low|medium|high|critical)$")] = "medium",
    photo: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Whoever stands before a machine that ails says so; it joins an open order for the same failure."""
    made = await maintenance.open_order(
        work,
        equipment_id=machine_id,
        title_en=told,
        title_zh=told,
        failure_mode=failure_mode,
        priority=priority,
        told=told,
    )
    if photo is not None and photo.filename:
        await photos.add_photo(work, made.id, await photo.read(photos.MOST_BYTES + 1))
    return done(f"/maintenance/{made.id}", "order.reported")


@router.post("/{machine_id}/stops/{stop_id}")
async def say_reason(
    machine_id: int,
    stop_id: int,
    work: Transaction,
    _: Crew,
    reason: Annotated[StopReason, Form()],
    told: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Why it stood."""
    await stops.say_reason(work, stop_id, reason, told)
    return done(f"/maintenance/machines/{machine_id}#stops", "machine.reason")
