"""Deviations: the list, and one with the steps that its state offers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.acting import owners, today
from dashboards.frame import frame
from dashboards.message import done
from dashboards.render import page
from dashboards.signing import SignedForm
from mes.audit import service as audit
from mes.border import Caller, RoleMissing, Signed, Transaction, allow
from mes.capa import service as capas
from mes.capa.model import STAFF
from mes.changes.model import Department
from mes.inventory import service as inventory
from mes.people import service as people
from mes.people.model import Role
from mes.quality import deviation_lots, deviations, excursions, handling
from mes.quality.deviation_api import SHOP_FLOOR
from mes.quality.model import Decision, DeviationStatus, Disposition, Severity
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
    view = {"rows": found, "shown": status, "more": more, "today": await today(work)}
    return page(request, "deviations.html", around, may_open=around.has(*SHOP_FLOOR), **view)


@router.post("")
async def open_deviation(
    work: Transaction,
    _: Annotated[Caller, Depends(allow(*SHOP_FLOOR))],
    title: Annotated[str, Form()],
    description: Annotated[str, Form()],
    lots: Annotated[str, Form()] = "",
) -> Response:
    """One that a person noticed. Lots: numbers, with commas or blanks between them; they are on hold at once."""
    named = [await _lot_id(work, number) for number in lots.replace(",", " ").replace("，", " ").split()]
    draft = deviations.Draft(title_en=title, title_zh=title, description=description, lot_ids=tuple(named))
    made = await handling.open_deviation(work, draft)
    return done(f"/deviations/{made.id}", "deviation.open")


async def _lot_id(work: Transaction, number: str) -> int:
    found = await inventory.lot_named(work, number.strip())
    if found is None:
        raise inventory.LotNotFound(lot=number)
    return found.id


@router.get("/{deviation_id}")
async def deviation(request: Request, work: Transaction, caller: Signed, deviation_id: int) -> HTMLResponse:
    """One deviation."""
    around = await frame(request, work, caller)
    found = await deviations.deviation(work, deviation_id)
    about = await excursions.excursion(work, found.excursion_id) if found.excursion_id else None
    named = await deviation_lots.lots_of(work, [deviation_id])
    view = {
        "deviation": found,
        "excursion": about,
        "open_steps": [step for step in DEVIATION.open_steps(found.status) if may(caller, step)],
        "severities": Severity,
        "dispositions": Disposition,
        "departments": Department,
        "named": named,
        "lots": {lot.id: lot for lot in await inventory.lots(work, lot_ids=[row.lot_id for row in named])},
        "capas": await capas.capas(work, source=("deviation", deviation_id)),
        "owners": await owners(work),
        "may_open_capa": around.has(*STAFF),
        "may_decide": around.has(Role.QA) and found.status in OPEN,
        "today": await today(work),
        "steps": STEPS,
        "meanings": handling.MEANINGS,
        "signatures": await people.verified_signatures_of(
            work, "deviation", deviation_id, await handling.content(work, found), of_the_act=("step",)
        ),
        "trail": await audit.entries(work, entity="deviation", entity_id=deviation_id, limit=50),
    }
    return page(request, "deviation.html", around, **view)


@router.post("/{deviation_id}/lots")
async def name_lot(
    deviation_id: int,
    work: Transaction,
    _: Annotated[Caller, Depends(allow(*SHOP_FLOOR))],
    lot_number: Annotated[str, Form()],
) -> Response:
    """It is about this lot as well: on hold at once."""
    await deviation_lots.name_lot(work, deviation_id, await _lot_id(work, lot_number))
    return done(f"/deviations/{deviation_id}#lots", "deviation.lot")


@router.post("/{deviation_id}/lots/{lot_id}")
async def decide(
    deviation_id: int,
    lot_id: int,
    work: Transaction,
    _: Annotated[Caller, Depends(allow(Role.QA))],
    version: Annotated[int, Form()],
    disposition: Annotated[Disposition, Form()],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """What shall become of a lot with the closing signature."""
    told = Decision(lot_id=lot_id, disposition=disposition, reason=reason)
    await deviation_lots.decide(work, deviation_id, told, version=version)
    return done(f"/deviations/{deviation_id}#lots", "deviation.decide")


def _said(
    note: Annotated[str, Form()] = "",
    severity: Annotated[Severity | None, Form()] = None,
    description: Annotated[str, Form()] = "",
    root_cause: Annotated[str, Form()] = "",
    other_batches: Annotated[str, Form()] = "",
    immediate_action: Annotated[str, Form()] = "",
    investigation: Annotated[str, Form()] = "",
    departments: Annotated[list[Department] | None, Form()] = None,
    extra_tests: Annotated[str, Form()] = "",
    no_capa_why: Annotated[str, Form()] = "",
) -> handling.Said:
    return handling.Said(
        note=note,
        severity=severity,
        description=description,
        root_cause=root_cause,
        other_batches=other_batches,
        immediate_action=immediate_action,
        investigation=investigation,
        departments=tuple(departments or ()),
        extra_tests=extra_tests,
        no_capa_why=no_capa_why,
    )


@router.post("/{deviation_id}/{step}")
async def take_step(
    deviation_id: int,
    step: str,
    work: Transaction,
    caller: Signed,
    signed: SignedForm,
    said: Annotated[handling.Said, Depends(_said)],
    version: Annotated[int, Form()],
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
            no_capa_why=said.no_capa_why,
        )
    else:
        await handling.take_step(work, deviation_id, step, version=version, said=said)
    return done(f"/deviations/{deviation_id}", f"deviation.{step}")


def may(caller: Caller, step: str) -> bool:
    """Whether one of the caller's roles may take the step; none named: everyone who works with the plant."""
    roles = _roles(step)
    return bool(caller.roles & roles) if roles else caller.roles != {"admin"}


def _roles(step: str) -> frozenset[str]:
    return frozenset(role for row in DEVIATION.table if row.step == step for role in row.roles)
