"""The excursion inbox, and the page on which QA judges one: curve, lots, signature."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from pydantic import AwareDatetime
from starlette.datastructures import FormData
from starlette.responses import Response

from dashboards.excursion_view import ASSESSABLE, ExcursionView, gather
from dashboards.frame import frame
from dashboards.message import done
from dashboards.pages.trends import MOST_POINTS, between
from dashboards.render import page
from dashboards.signing import SignedForm
from mes.border import Caller, Signed, Transaction, allow
from mes.people.model import Role
from mes.plant import service as plant
from mes.quality import deviations, excursions, giving_back, losing, service
from mes.quality.model import Decision, Disposition, ExcursionStatus
from telemetry.errors import Invalid
from telemetry.work import Work

router = APIRouter(prefix="/excursions")
Judge = Annotated[Caller, Depends(allow(Role.QA))]
STEPS = (
    ExcursionStatus.OPEN,
    ExcursionStatus.UNDER_ASSESSMENT,
    ExcursionStatus.DISPOSITIONED,
    ExcursionStatus.CLOSED,
)
_A_PAGE = 50


class DecisionUnreadable(Invalid):
    """A lot's decision is one of those offered."""


@router.get("")
async def inbox(
    request: Request, work: Transaction, caller: Signed, status: str = "waiting", below: int | None = None
) -> HTMLResponse:
    """Those that wait for QA, or all of them."""
    around = await frame(request, work, caller)
    statuses = ASSESSABLE | {ExcursionStatus.DISPOSITIONED} if status == "waiting" else None
    found = await excursions.excursions(work, statuses=statuses, below=below, limit=_A_PAGE)
    exposed = await excursions.lots_of(work, [e.id for e in found])
    view = {
        "status": status,
        "rows": found,
        "zones": {e.zone_id: await plant.zone(work, e.zone_id) for e in found},
        "lots": {e.id: sum(1 for row in exposed if row.excursion_id == e.id) for e in found},
        "deviations": await deviations.of_excursions(work, [e.id for e in found]),
        "more": found[-1].id if len(found) == _A_PAGE else None,
    }
    return page(request, "excursions.html", around, **view)


@router.get("/{excursion_id}")
async def excursion(request: Request, work: Transaction, caller: Signed, excursion_id: int) -> HTMLResponse:
    """One excursion."""
    around = await frame(request, work, caller)
    view = await gather(work, excursion_id)
    may_judge = around.has(Role.QA)
    offered = {"dispositions": Disposition, "meanings": service.MEANINGS, "steps": STEPS}
    told = {"view": view, "may_judge": may_judge, "next_step": view.next_step(may_judge=may_judge)}
    query, live = _chart(view, work)
    return page(request, "excursion.html", around, query=query, live=live, **told, **offered)


def _chart(view: ExcursionView, work: Work) -> tuple[str, bool]:
    """Address of the curve's data: up to now while it is still out, else the excursion and the time around it."""
    start, end = view.window(work.now)
    points = "".join(f"point={id_}&" for id_ in [*view.points, *view.beside][:MOST_POINTS])
    return points + between(start, None if view.is_active else end), view.is_active


@router.post("/{excursion_id}/acknowledge")
async def acknowledge(
    excursion_id: int,
    work: Transaction,
    _: Judge,
    version: Annotated[int, Form()],
    comment: Annotated[str, Form()] = "",
) -> Response:
    """QA knows of it; the evidence is frozen."""
    await service.acknowledge(work, excursion_id, version=version, comment=comment)
    return done(f"/excursions/{excursion_id}", "excursion.acknowledged")


@router.post("/{excursion_id}/disposition")
async def disposition(
    request: Request,
    excursion_id: int,
    work: Transaction,
    _: Judge,
    version: Annotated[int, Form()],
    signed: SignedForm,
    assessed_at: Annotated[AwareDatetime | None, Form()] = None,
    assessment_sha256: Annotated[str, Form()] = "",
) -> Response:
    """The decision about every lot, signed once."""
    decisions = decisions_of(await request.form())
    await service.disposition(
        work,
        excursion_id,
        version=version,
        decisions=decisions,
        credentials=signed.credentials,
        meaning=signed.meaning,
        reason=signed.reason,
        shown=_shown(assessed_at, assessment_sha256),
    )
    return done(f"/excursions/{excursion_id}", "excursion.dispositioned")


def _shown(assessed_at: datetime | None, sha256: str) -> service.Shown | None:
    return None if assessed_at is None else service.Shown(assessed_at, sha256)


@router.post("/{excursion_id}/sensor-lost")
async def sensor_lost(
    excursion_id: int, work: Transaction, _: Judge, version: Annotated[int, Form()], signed: SignedForm
) -> Response:
    """The probe will never say how it ended: end it with the worst case, signed."""
    await losing.end_lost(
        work,
        excursion_id,
        version=version,
        credentials=signed.credentials,
        meaning=signed.meaning,
        reason=signed.reason,
    )
    return done(f"/excursions/{excursion_id}", "excursion.sensor_lost")


@router.post("/{excursion_id}/lots/{lot_id}/give-back")
async def give_back(excursion_id: int, lot_id: int, work: Transaction, _: Judge, signed: SignedForm) -> Response:
    """Give a lot back what this excursion drew of its stability, signed."""
    await giving_back.give_back(
        work,
        excursion_id,
        lot_id,
        credentials=signed.credentials,
        meaning=signed.meaning,
        reason=signed.reason,
    )
    return done(f"/excursions/{excursion_id}#lots", "stability.given_back")


@router.post("/{excursion_id}/false-alarm")
async def false_alarm(
    excursion_id: int,
    work: Transaction,
    _: Judge,
    version: Annotated[int, Form()],
    signed: SignedForm,
    evidence: Annotated[str, Form()] = "",
    assessed_at: Annotated[AwareDatetime | None, Form()] = None,
    assessment_sha256: Annotated[str, Form()] = "",
) -> Response:
    """The product was not exposed, signed with the evidence."""
    await service.declare_false_alarm(
        work,
        excursion_id,
        version=version,
        evidence=evidence,
        credentials=signed.credentials,
        meaning=signed.meaning,
        reason=signed.reason,
        shown=_shown(assessed_at, assessment_sha256),
    )
    return done(f"/excursions/{excursion_id}", "excursion.false_alarm")


def decisions_of(form: FormData) -> list[Decision]:
    """Fields `disposition-ID` and `reason-ID` a lot; what is empty there is as the fields for all lots say."""
    fields = {name: str(value).strip() for name, value in form.items()}
    found = []
    for name in fields:
        head, _, lot_id = name.rpartition("-")
        if head != "disposition" or not lot_id.isdecimal():
            continue
        chosen = fields[name] or fields.get("disposition_all", "")
        reason = fields.get(f"reason-{lot_id}") or fields.get("reason_all", "")
        if chosen:
            found.append(Decision(lot_id=int(lot_id), disposition=_disposition(chosen), reason=reason))
    return found


def _disposition(text: str) -> Disposition:
    try:
        return Disposition(text)
    except ValueError as error:
        raise DecisionUnreadable(allowed=" | ".join(Disposition)) from error
