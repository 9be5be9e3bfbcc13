"""An operation on a tablet: what speaks against its start, its steps one after the other, its end by signature.

Every form works without a script; what was typed is held against the limits by the server.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.frame import frame
from dashboards.message import done
from dashboards.operation_view import instructions_of, lines_of, machine_of, machine_scanned, moment_seen, steps_of
from dashboards.render import page
from dashboards.signing import SignedForm
from mes.batches import service as batches
from mes.batches.api import StepBody, take_step
from mes.batches.hands import Hand
from mes.batches.steps import number_in
from mes.border import Caller, RoleMissing, Signed, Transaction
from mes.equipment import service as equipment
from mes.exceptions import judging
from mes.exceptions import service as exceptions
from mes.inventory import service as inventory
from mes.materials import scanning
from mes.materials import service as materials
from mes.materials.model import to_weigh
from mes.orders import service as orders
from mes.people.model import Credentials, Role
from mes.plant import service as plant
from telemetry.errors import NotFound

router = APIRouter(prefix="/operations")

STEPS = ("start", "pause", "resume", "complete", "skip")
CREW = frozenset({Role.OPERATOR, Role.LEAD})
LOOKING = CREW | {Role.QC}


class OperationStepUnknown(NotFound):
    """There is no such step of an operation."""


@router.get("/{operation_id}")
async def show(request: Request, work: Transaction, caller: Signed, operation_id: int) -> HTMLResponse:
    """One operation, for who stands at the machine."""
    around = await frame(request, work, caller)
    here = await batches.scene(work, operation_id)
    order = await orders.order(work, here.batch.order_id)
    hand = Hand(caller.person_id)
    ready = here.operation.status == "ready"
    raised = await exceptions.exceptions(work, here.batch.id)
    issued = await materials.issues(work, here.batch.id)
    view = {
        "operation": here.operation,
        "asked": here.asked,
        "batch": here.batch,
        "order": order,
        "product": (await inventory.items_by_id(work, [order.item_id]))[order.item_id],
        "steps": await steps_of(work, here),
        "instructions": await instructions_of(work, here),
        "against": await batches.against(work, operation_id, hand) if ready else [],
        "clearances": await batches.clearances(work, operation_id=operation_id),
        "machine": await machine_of(work, here.operation.equipment_id),
        "choices": [m for m in await plant.equipment(work) if m.kind == (here.asked.equipment_kind or "line")],
        "lines": await lines_of(work, here, issued),
        "raised_here": [e for e in raised if e.operation_id == operation_id and e.step_id is None],
        "may_act": around.has(*CREW),
        "may_verify": around.has(*LOOKING),
    }
    return page(request, "operation.html", around, **view)


@router.post("/{operation_id}/clear")
async def clear(
    operation_id: int,
    work: Transaction,
    caller: Signed,
    found: Annotated[str, Form()],
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """The line is clear, says one."""
    await batches.record_clearance(work, operation_id, _hand(caller, username, password), found=found)
    return done(f"/operations/{operation_id}", "clearance.recorded")


@router.post("/{operation_id}/clear/{clearance_id}")
async def check_clearance(
    operation_id: int,
    clearance_id: int,
    work: Transaction,
    caller: Signed,
    passed: Annotated[bool, Form()],
    remark: Annotated[str, Form()] = "",
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """The line is clear, says another."""
    hand = _hand(caller, username, password)
    await batches.check_clearance(work, clearance_id, hand, passed=passed, remark=remark)
    return done(f"/operations/{operation_id}", "clearance.checked")


@router.post("/{operation_id}/clean/{act}")
async def clean(
    operation_id: int,
    act: str,
    work: Transaction,
    caller: Signed,
    record_id: Annotated[int, Form()],
    version: Annotated[int, Form()] = 1,
    method: Annotated[str, Form()] = "",
    passed: Annotated[bool, Form()] = False,
    remark: Annotated[str, Form()] = "",
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """The machine is cleaned: begun (`record_id` is the machine), finished, checked (`record_id` is the cleaning)."""
    signer = Credentials(username or caller.name, password, caller.terminal)
    match act:
        case "start":
            _demand(caller, CREW)
            await equipment.start_cleaning(work, record_id, method=method)
        case "finish":
            await equipment.finish_cleaning(work, record_id, signer, version=version)
        case "check":
            await equipment.check_cleaning(work, record_id, signer, passed=passed, remark=remark, version=version)
        case _:
            raise OperationStepUnknown(step=act)
    return done(f"/operations/{operation_id}", "machine.cleaned")


@router.post("/{operation_id}/issue")
async def issue(
    operation_id: int,
    work: Transaction,
    caller: Signed,
    signed: SignedForm,
    code: Annotated[str, Form()],
    idempotency_key: Annotated[str, Form()],
    quantity: Annotated[str, Form()] = "",
    step_id: Annotated[int | None, Form()] = None,
) -> Response:
    """A scan puts material into the batch; with a password it goes on past what may be overridden, signed."""
    _demand(caller, CREW)
    here = await batches.scene(work, operation_id)
    scanned = await scanning.material(work, code)
    box = scanned.container
    lines = [line for line in await materials.lines(work, here.batch.id) if line.item.id == scanned.lot.item_id]
    rest = box.quantity if box else next((to_weigh(line, scanned.lot) for line in lines if line.open), Decimal(0))
    override = materials.Override(signed.credentials, signed.reason) if signed.credentials.password else None
    await materials.issue_material(
        work,
        here.batch.id,
        lot_number=scanned.lot.number,
        container=box.number if box else "",
        quantity=number_in(quantity) if quantity.strip() else rest,
        key=idempotency_key,
        step_id=step_id,
        label_agrees=scanned.label_agrees,
        override=override,
    )
    return done(f"/operations/{operation_id}#materials", "material.issued")


@router.post("/{operation_id}/steps/{step_id}/report")
async def report(request: Request, operation_id: int, step_id: int, work: Transaction, caller: Signed) -> Response:
    """What an open step asks for. Fields of values are named `v-<name>`."""
    _demand(caller, CREW)
    form = {name: str(text) for name, text in (await request.form()).items()}
    told = {name.removeprefix("v-"): text for name, text in form.items() if name.startswith("v-")}
    source = _source(form)
    if source == "scanned":
        told = {name: await machine_scanned(work, text) for name, text in told.items()}
    zone = await plant.time_zone(work)
    seen_at = moment_seen(form.get("seen_at", ""), (await batches.step(work, step_id)).opened_at, zone)
    entry = batches.Entry(values=told, note=form.get("note", ""), source=source, seen_at=seen_at)
    hand = _hand(caller, form.get("username", ""), form.get("password", ""))
    await batches.report(work, step_id, entry, hand, version=int(form.get("version", "0") or 0))
    return done(f"/operations/{operation_id}#now", "step.reported")


@router.post("/{operation_id}/steps/{step_id}/{act}")
async def judge_step(
    operation_id: int,
    step_id: int,
    act: str,
    work: Transaction,
    caller: Signed,
    version: Annotated[int, Form()],
    reason: Annotated[str, Form()] = "",
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """A second person verifies a step, or it is left out."""
    hand = _hand(caller, username, password)
    match act:
        case "verify":
            await batches.verify_step(work, step_id, hand, remark=reason, version=version)
        case "skip":
            _demand(caller, CREW)
            await batches.skip_step(work, step_id, hand, reason=reason, version=version)
        case _:
            raise OperationStepUnknown(step=act)
    return done(f"/operations/{operation_id}#now", f"step.{act}")


@router.post("/{operation_id}/values/{value_id}/correct")
async def correct(
    operation_id: int,
    value_id: int,
    work: Transaction,
    caller: Signed,
    value: Annotated[str, Form()],
    reason: Annotated[str, Form()] = "",
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """What a value should have been; the old one stays."""
    old = await batches.value_row(work, value_id)
    new = number_in(value) if old.number is not None else value
    await batches.correct_value(work, value_id, new, _hand(caller, username, password), reason=reason)
    return done(f"/operations/{operation_id}#now", "value.corrected")


@router.post("/{operation_id}/exceptions/{exception_id}/comment")
async def comment(
    operation_id: int,
    exception_id: int,
    work: Transaction,
    caller: Signed,
    version: Annotated[int, Form()],
    text: Annotated[str, Form()],
) -> Response:
    """Who was there says what happened."""
    _demand(caller, CREW)
    await judging.comment(work, exception_id, version=version, text=text)
    return done(f"/operations/{operation_id}#now", "exception.commented")


@router.post("/{operation_id}/{step}")
async def step_operation(
    operation_id: int,
    step: str,
    work: Transaction,
    caller: Signed,
    version: Annotated[int, Form()],
    reason: Annotated[str, Form()] = "",
    equipment_id: Annotated[int | None, Form()] = None,
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """Take the operation a step further."""
    if step not in STEPS:
        raise OperationStepUnknown(step=step)
    _demand(caller, CREW)
    body = StepBody(version=max(version, 1), reason=reason[:2000], equipment_id=equipment_id)
    await take_step(work, operation_id, step, body, _hand(caller, username, password))
    return done(f"/operations/{operation_id}#now", "operation.stepped")


def _source(form: Mapping[str, str]) -> str:
    return "scanned" if form.get("source") == "scanned" else "typed"


def _hand(caller: Caller, username: str, password: str) -> Hand:
    return Hand(caller.person_id, Credentials(username or caller.name, password, caller.terminal))


def _demand(caller: Caller, roles: frozenset[Role]) -> None:
    if not caller.roles & roles:
        raise RoleMissing(needs=" | ".join(sorted(roles)), caller=caller.name)
