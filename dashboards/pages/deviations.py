"""Deviations: the list, and one with the steps that its state offers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.frame import frame
from dashboards.message import done
from dashboards.render import page
from dashboards.signing import SignedForm
from mes.audit import service as audit
from mes.border import Caller, RoleMissing, Signed, Transaction
from mes.people import service as people
from mes.quality import deviations, excursions, handling
from mes.quality.model import DeviationStatus, Severity
from mes.quality.states import DEVIATION
from telemetry.errors import NotFound

router = APIRouter(prefix="/deviations")
OPEN = tuple(status for status in DeviationStatus if status not in {DeviationStatus.CLOSED, DeviationStatus.VOID})
STEPS = tuple(status for status in DeviationStatus if status is not DeviationStatus.VOID)
_SIGNED = frozenset(row.step for row in DEVIATION.table if row.signed)
_A_PAGE = 50


class StepUnknown(NotFound):
    """There is no such step."""


@router.get("")
async def deviation_list(
    request: Request, work: Transaction, caller: Signed, status: str = "open", below: int | None = None
) -> HTMLResponse:
    """Open ones, or all."""
    around = await frame(request, work, caller)
    statuses = OPEN if status == "open" else None
    found = await deviations.deviations(work, statuses=statuses, below=below, limit=_A_PAGE)
    more = found[-1].id if len(found) == _A_PAGE else None
    return page(request, "deviations.html", around, rows=found, shown=status, more=more)


@router.get("/{deviation_id}")
async def deviation(request: Request, work: Transaction, caller: Signed, deviation_id: int) -> HTMLResponse:
    """One deviation."""
    around = await frame(request, work, caller)
    found = await deviations.deviation(work, deviation_id)
    about = await excursions.excursion(work, found.excursion_id) if found.excursion_id else None
    view = {
        "deviation": found,
        "excursion": about,
        "open_steps": [step for step in DEVIATION.open_steps(found.status) if step != "reopen" and may(caller, step)],
        "severities": Severity,
        "steps": STEPS,
        "meanings": handling.MEANINGS,
        "signatures": await people.signatures_of(work, "deviation", deviation_id),
        "trail": await audit.entries(work, entity="deviation", entity_id=deviation_id, limit=50),
    }
    return page(request, "deviation.html", around, **view)


@router.post("/{deviation_id}/{step}")
async def take_step(
    deviation_id: int,
    step: str,
    work: Transaction,
    caller: Signed,
    signed: SignedForm,
    version: Annotated[int, Form()],
    note: Annotated[str, Form()] = "",
    severity: Annotated[Severity | None, Form()] = None,
    description: Annotated[str, Form()] = "",
    root_cause: Annotated[str, Form()] = "",
    other_batches: Annotated[str, Form()] = "",
) -> Response:
    """One step further, signed where the step asks for it."""
    if all(row.step != step for row in DEVIATION.table):
        raise StepUnknown(step=step)
    if not may(caller, step):
        raise RoleMissing(needs=" | ".join(_roles(step)), caller=caller.name)
    if step in _SIGNED:
        await handling.sign_step(
            work,
            deviation_id,
            step,
            version=version,
            credentials=signed.credentials,
            meaning=signed.meaning,
            reason=signed.reason,
        )
    else:
        texts = {"description": description, "root_cause": root_cause, "other_batches": other_batches}
        said = handling.Said(note=note or description, severity=severity, **texts)
        await handling.take_step(work, deviation_id, step, version=version, said=said)
    return done(f"/deviations/{deviation_id}", f"deviation.{step}")


def may(caller: Caller, step: str) -> bool:
    """Whether one of the caller's roles may take the step; none named: everyone who works with the plant."""
    roles = _roles(step)
    return bool(caller.roles & roles) if roles else caller.roles != {"admin"}


def _roles(step: str) -> frozenset[str]:
    return frozenset(role for row in DEVIATION.table if row.step == step for role in row.roles)
