"""CAPA: the list, and one from its problem to the check that it worked."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.acting import AskForm, demand_role, owners, steps_for, today
from dashboards.frame import frame
from dashboards.message import done
from dashboards.render import page
from dashboards.signing import SignedForm
from mes.actions import service as actions
from mes.actions.model import Kind
from mes.audit import service as audit
from mes.border import Caller, Signed, Transaction, allow
from mes.capa import service as capas
from mes.capa.model import CAPA, OVER, STAFF, CauseMethod, Status
from mes.people import service as people
from telemetry.work import Work

router = APIRouter(prefix="/capa")
Staff = Annotated[Caller, Depends(allow(*STAFF))]
STEPS = tuple(status for status in Status if status not in {Status.CLOSED_INEFFECTIVE, Status.REJECTED})
_SIGNED = frozenset(row.step for row in CAPA.table if row.signed)
_A_PAGE = 50


@router.get("")
async def capa_list(
    request: Request, work: Transaction, caller: Signed, status: str = "open", below: int | None = None
) -> HTMLResponse:
    """Open ones, or all; a form to open one."""
    around = await frame(request, work, caller)
    statuses = [each for each in Status if each not in OVER] if status == "open" else None
    found = await capas.capas(work, statuses=statuses, below=below, limit=_A_PAGE)
    more = found[-1].id if len(found) == _A_PAGE else None
    view = {"rows": found, "shown": status, "more": more, "owners": await owners(work), "may_open": around.has(*STAFF)}
    return page(request, "capas.html", around, **view)


@router.post("")
async def open_capa(
    work: Transaction,
    _: Staff,
    title: Annotated[str, Form()],
    problem: Annotated[str, Form()],
    owner: Annotated[str, Form()],
    source_type: Annotated[str, Form()] = "",
    source_id: Annotated[str, Form()] = "",
) -> Response:
    """Open one, by hand or out of the record that asks for it."""
    came_from = ((source_type, source_id),) if source_type and source_id else ()
    made = await capas.open_capa(work, capas.Opening(title=title, problem=problem, owner=owner, sources=came_from))
    return done(f"/capa/{made.id}", "capa.open")


@router.get("/{capa_id}")
async def capa(request: Request, work: Transaction, caller: Signed, capa_id: int) -> HTMLResponse:
    """One CAPA."""
    around = await frame(request, work, caller)
    found = await capas.capa(work, capa_id)
    view = {
        "capa": found,
        "follows": await capas.capa(work, found.follows_id) if found.follows_id else None,
        "sources": await capas.sources(work, capa_id),
        "actions": await actions.actions(work, capas.record(found)),
        "kinds": (Kind.CORRECTIVE, Kind.PREVENTIVE),
        "may_plan": found.status in {Status.OPEN, Status.EVALUATION, Status.INVESTIGATION} and around.has(*STAFF),
        "owners": await owners(work),
        "methods": CauseMethod,
        "open_steps": steps_for(caller, CAPA, found.status),
        "signed_steps": _SIGNED,
        "steps": STEPS,
        "meanings": capas.MEANINGS,
        "today": await today(work),
        "signatures": await people.verified_signatures_of(
            work, "capa", capa_id, await capas.content(work, found), of_the_act=("step",)
        ),
        "trail": await audit.entries(work, entity="capa", entity_id=capa_id, limit=50),
    }
    return page(request, "capa.html", around, **view)


@router.post("/{capa_id}/actions")
async def plan_action(
    capa_id: int, work: Transaction, _: Staff, asked: AskForm, version: Annotated[int, Form()]
) -> Response:
    """An action of its plan."""
    await capas.plan_action(work, capa_id, asked, version=version)
    return done(f"/capa/{capa_id}#actions", "action.ask")


def _said(
    note: Annotated[str, Form()] = "",
    evaluation: Annotated[str, Form()] = "",
    cause_method: Annotated[str, Form()] = "",
    root_cause: Annotated[str, Form()] = "",
    metric: Annotated[str, Form()] = "",
    threshold: Annotated[str, Form()] = "",
    window_from: Annotated[date | None, Form()] = None,
    window_to: Annotated[date | None, Form()] = None,
    result: Annotated[str, Form()] = "",
) -> capas.Said:
    return capas.Said(
        note=note,
        evaluation=evaluation,
        cause_method=cause_method,
        root_cause=root_cause,
        metric=metric,
        threshold=threshold,
        window_from=window_from,
        window_to=window_to,
        result=result,
    )


@router.post("/{capa_id}/{step}")
async def take_step(
    capa_id: int,
    step: str,
    work: Transaction,
    caller: Signed,
    signed: SignedForm,
    said: Annotated[capas.Said, Depends(_said)],
    version: Annotated[int, Form()],
) -> Response:
    """One step further, signed where the step asks for it."""
    demand_role(caller, CAPA, step)
    if step in _SIGNED:
        await _sign(work, capa_id, step, version, signed, said)
    else:
        await capas.take_step(work, capa_id, step, version=version, said=said)
    return done(f"/capa/{capa_id}", f"capa.{step}")


async def _sign(work: Work, capa_id: int, step: str, version: int, signed: SignedForm, said: capas.Said) -> None:
    await capas.sign_step(
        work,
        capa_id,
        step,
        version=version,
        credentials=signed.credentials,
        meaning=signed.meaning,
        reason=signed.reason,
        said=said,
    )
