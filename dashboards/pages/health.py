"""Machine health: the fleet at a glance, one machine over time, and the register of models with their signatures."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards import health_view
from dashboards.frame import frame
from dashboards.message import done
from dashboards.pages.maintenance_machines import papers_of
from dashboards.pages.trends import between
from dashboards.plantmoment import moment_of, needed
from dashboards.render import page
from dashboards.signing import SignedForm
from mes.audit import service as audit
from mes.border import Caller, Signed, Transaction, allow
from mes.changes import service as controls
from mes.changes.model import IN_HAND, subject_of
from mes.health import register as registering
from mes.health import service, versions
from mes.health.model import Standing
from mes.health.service import MachineHealth
from mes.maintenance import service as maintenance
from mes.maintenance import verdicts
from mes.maintenance.model import OVER
from mes.people import service as people
from mes.people.model import Role
from mes.plant import service as plant
from mes.plant.model import MeasuringPoint
from telemetry.work import Work

router = APIRouter(prefix="/machine-health")
AUTHORS, CREW = (Role.ENGINEER, Role.QA), (Role.MAINTENANCE, Role.ENGINEER, Role.LEAD)
Author = Annotated[Caller, Depends(allow(*AUTHORS))]
Crew = Annotated[Caller, Depends(allow(*CREW))]
Quality = Annotated[Caller, Depends(allow(Role.QA))]
Window = Literal["1h", "1d", "7d", "90d"]
WINDOWS: dict[str, timedelta] = {
    "1h": timedelta(hours=1), "1d": timedelta(days=1), "7d": timedelta(days=7), "90d": timedelta(days=90),
}  # fmt: skip
_ALERTS, _ORDERS = 20, 10


@router.get("")
async def fleet(request: Request, work: Transaction, caller: Signed) -> HTMLResponse:
    """Watched machines, those that need people most first."""
    around = await frame(request, work, caller)
    found = await service.fleet(work)
    since = work.now - WINDOWS["1d"]
    courses = {
        each.machine.id: health_view.health_course(
            await service.samples(work, each.machine.id, since, work.now, most=120), since, work.now
        )
        for each in found
    }
    counts = {standing: sum(each.standing is standing for each in found) for standing in Standing}
    return page(request, "health/fleet.html", around, fleet=found, courses=courses, counts=counts)


@router.get("/models")
async def models(request: Request, work: Transaction, caller: Signed) -> HTMLResponse:
    """The register: every version of every machine."""
    around = await frame(request, work, caller)
    return page(request, "health/models.html", around, rows=await registering.register(work))


@router.get("/models/{model_id}")
async def model(request: Request, work: Transaction, caller: Signed, model_id: int) -> HTMLResponse:
    """One version: what it was learned from, its score card, its signature."""
    around = await frame(request, work, caller)
    found = await registering.registered(work, model_id)
    subject = subject_of("model", found.machine.path)
    signed = await people.verified_signatures_of(work, versions.ENTITY, model_id, found.model.signed_content())
    waiting = found.model.status == "proposed"
    view = {
        "found": found,
        "names": await _names(work, found),
        "subject": subject,
        "controls": await controls.changes(work, statuses=IN_HAND, subject=subject) if waiting else [],
        "meanings": versions.MEANINGS,
        "signatures": signed,
        "may_sign": waiting and around.has(Role.QA),
        "may_withdraw": waiting and around.has(*AUTHORS),
        "trail": await audit.entries(work, entity=versions.ENTITY, entity_id=model_id, limit=20),
    }
    return page(request, "health/model.html", around, **view)


async def _names(work: Work, found: registering.Registered) -> dict[str, MeasuringPoint]:
    """By signal of a version: its point, where the plant still has it."""
    words = found.model.words
    known = {each.name: each for each in await plant.points(work)}
    names = service.point_names(found.machine.path, words.measures()[: len(words.order())])
    return {signal: known[name] for signal, name in zip(words.order(), names, strict=True) if name in known}


@router.post("/models/{model_id}/sign")
async def sign(
    model_id: int,
    work: Transaction,
    _: Quality,
    signed: SignedForm,
    version: Annotated[int, Form()],
    control: Annotated[str, Form()] = "",
) -> Response:
    """QA puts it in force under an approved change."""
    await versions.sign(
        work,
        model_id,
        version=version,
        credentials=signed.credentials,
        meaning=signed.meaning,
        reason=signed.reason,
        control=control,
    )
    return done(f"/machine-health/models/{model_id}", "health_model.signed")


@router.post("/models/{model_id}/withdraw")
async def withdraw(
    model_id: int, work: Transaction, _: Author, version: Annotated[int, Form()], reason: Annotated[str, Form()]
) -> Response:
    """It never comes in force."""
    await versions.withdraw(work, model_id, version=version, reason=reason)
    return done(f"/machine-health/models/{model_id}", "health_model.withdrawn")


@router.get("/{machine_id}")
async def machine(
    request: Request, work: Transaction, caller: Signed, machine_id: int, window: Window = "7d"
) -> HTMLResponse:
    """One machine: health and signals over time, alerts, orders, what people marked."""
    around = await frame(request, work, caller)
    found = await service.machine_health(work, machine_id)
    start = work.now - WINDOWS[window]
    samples = await service.samples(work, machine_id, start, work.now)
    view = {
        "found": found,
        "window": window,
        "windows": list(WINDOWS),
        "health": health_view.health_course(samples, start, work.now),
        "signals": [
            (point, health_view.signal_course(samples, place, start, work.now))
            for place, point in enumerate(found.points)
        ],
        "start": start,
        "query": _trend(found, work),
        "may_author": around.has(*AUTHORS),
        "may_restart": around.has(*CREW),
    }
    return page(request, "health/machine.html", around, **view, **await _record(work, found))


async def _record(work: Work, found: MachineHealth) -> dict[str, Any]:
    """What was advised and done."""
    alerts = await service.alerts(work, found.machine.id, limit=_ALERTS)
    orders = await maintenance.orders(work, equipment_id=found.machine.id, limit=_ORDERS)
    said = await verdicts.last_words(work, [each.alarm_id for each in alerts if each.alarm_id])
    return {
        "alerts": alerts,
        "said": said,
        "names": dict(zip(_signals(found), found.points, strict=False)),
        "orders": orders,
        "over": OVER,
        "exclusions": await service.exclusions(work, found.machine.id),
        "resets": list(reversed(await service.resets(work, found.machine.id)))[:_ORDERS],
        "versions": await versions.models(work, found.machine.id),
        "papers": await papers_of(work, found.machine.id),
    }


def _signals(found: MachineHealth) -> tuple[str, ...]:
    words = found.model.words if found.model is not None else found.watched.words
    return words.order()


def _trend(found: MachineHealth, work: Work) -> str:
    """Address of the trend of its signals over the last day."""
    asked = "".join(f"point={each.point_id}&" for each in found.points[:4])
    return asked + between(work.now - timedelta(days=1), work.now)


@router.post("/{machine_id}/exclude")
async def exclude(
    machine_id: int,
    work: Transaction,
    _: Author,
    start: Annotated[str, Form()],
    end: Annotated[str, Form()],
    reason: Annotated[str, Form(max_length=500)],
) -> Response:
    """Nothing is learned from this time."""
    zone = await plant.time_zone(work)
    first, last = needed(moment_of(start, zone)), needed(moment_of(end, zone))
    await service.exclude(work, machine_id, first, last, reason=reason)
    return done(f"/machine-health/{machine_id}#marked", "health.excluded")


@router.post("/{machine_id}/restart")
async def restart(
    machine_id: int,
    work: Transaction,
    _: Crew,
    reason: Annotated[str, Form(max_length=500)],
    at: Annotated[str, Form()] = "",
) -> Response:
    """It runs otherwise from then on; now, unless said."""
    zone = await plant.time_zone(work)
    await service.say_restart(work, machine_id, moment_of(at, zone) or work.now, reason=reason)
    return done(f"/machine-health/{machine_id}#marked", "health.restarted")


@router.post("/{machine_id}/learn")
async def learn(
    machine_id: int,
    work: Transaction,
    _: Author,
    start: Annotated[str, Form()],
    reason: Annotated[str, Form(max_length=500)],
    end: Annotated[str, Form()] = "",
) -> Response:
    """Have a new version learned; up to now, unless said."""
    zone = await plant.time_zone(work)
    first, last = needed(moment_of(start, zone)), moment_of(end, zone) or work.now
    await service.ask_to_learn(work, machine_id, first, last, reason=reason)
    return done(f"/machine-health/{machine_id}", "health.learning_asked")
