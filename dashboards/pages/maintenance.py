"""Maintenance orders: the work list, and one order with the readings that show why and all that was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.acting import NoSuchStep, owners, today
from dashboards.frame import frame
from dashboards.message import done
from dashboards.pages.trends import between
from dashboards.plantmoment import date_of
from dashboards.render import page
from dashboards.signing import SignedForm
from dashboards.words import WORDS
from mes.alarms import service as alarms
from mes.alarms.model import Kind
from mes.audit import service as audit
from mes.border import Caller, Signed, Transaction, allow
from mes.maintenance import checks, codes, labour, listing, parts, photos, planning, proving, records, verdicts
from mes.maintenance import service as maintenance
from mes.maintenance.checks import CheckKind
from mes.maintenance.figures import Verdict
from mes.maintenance.model import AT_WORK, CREW, MACHINE, Order, OrderKind, Status, is_signed
from mes.maintenance.proving import MEANINGS, Signing
from mes.people.model import Person
from mes.plant import service as plant
from mes.quality import excursions
from telemetry.work import Work

router = APIRouter(prefix="/maintenance")
Crew = Annotated[Caller, Depends(allow(*CREW))]
STEPS = (Status.REQUESTED, Status.APPROVED, Status.IN_PROGRESS, Status.DONE, Status.VERIFIED, Status.CLOSED)
_KNOWN = frozenset(row.step for row in MACHINE.table)
_AFTER = timedelta(minutes=30)
_A_PAGE = 50
_CURVES = 4
_TELLING = ("air", "current", "coil", "bearing", "vibration", "torque", "product", "ambient")
"""Roles of points whose curves show what ails a machine, the most telling first."""


@router.get("")
async def work_list(
    request: Request,
    work: Transaction,
    caller: Signed,
    status: str = "open",
    whose: str = "team",
    kind: OrderKind | None = None,
    skip: int = 0,
) -> HTMLResponse:
    """Open orders, or all: mine or the team's, overdue first."""
    around = await frame(request, work, caller)
    day = await today(work)
    chosen = listing.Choice(open_only=status == "open", assigned_to=caller.name if whose == "mine" else None, kind=kind)
    found = await listing.work_list(work, chosen, today=day, skip=max(0, skip), limit=_A_PAGE)
    machines = {machine.id: machine for machine in await plant.equipment(work)}
    more = max(0, skip) + _A_PAGE if len(found) == _A_PAGE else None
    view = {"rows": found, "machines": machines, "shown": status, "whose": whose, "kind": kind, "more": more}
    return page(request, "maintenance/orders.html", around, **view, today=day, kinds=list(OrderKind))


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
        "signed_steps": [step for step in _KNOWN if is_signed(found, step)],
        "meanings": MEANINGS,
        "signatures": await proving.signatures(work, found),
        "steps": STEPS,
        "today": await today(work),
        "query": await _evidence(work, found),
        "finding": _finding(found),
        "signals": _signals(found),
        "history": [o for o in await maintenance.orders(work, equipment_id=found.equipment_id) if o.id != order_id],
        "trail": await audit.entries(work, entity="maintenance_order", entity_id=order_id, limit=50),
    }
    return page(request, "maintenance/order.html", around, **view, **await _work_of(work, found, around.has(*CREW)))


async def _work_of(work: Work, found: Order, is_crew: bool) -> dict[str, Any]:
    """Labour, parts, checks, log and what the forms offer."""
    booked = await labour.labour(work, found.id)
    return {
        "labour": booked,
        "labour_min": labour.total_min(booked),
        "used": await parts.used_in(work, found.id),
        "parts": [each for each in await parts.parts(work) if each.stock > 0],
        "checks": await checks.checks(work, found.id),
        "check_kinds": list(CheckKind),
        "critical": await checks.is_critical(work, found.equipment_id),
        "log": list(reversed(await records.log_of(work, found.id))),
        "codes": await codes.failure_codes(work),
        "crew": await crew(work),
        "is_crew": is_crew,
        "plan": await _plan(work, found),
        "advised": await _advised(work, found),
        "verdicts": await verdicts.verdicts(work, found.alarm_id) if found.alarm_id else [],
        "photos": await photos.photos(work, found.id),
        "verdict_kinds": list(Verdict),
        "may_book": is_crew and found.status in AT_WORK,
        "may_hand_over": is_crew and found.status in {Status.IN_PROGRESS, Status.ON_HOLD},
    }


async def _plan(work: Work, found: Order) -> planning.Plan | None:
    plans = await planning.plans(work, plan_id=found.plan_id, with_retired=True) if found.plan_id else []
    return plans[0] if plans else None


async def _advised(work: Work, found: Order) -> bool:
    """Whether a model's advice asked for it."""
    return bool(found.alarm_id) and (await alarms.alarm(work, found.alarm_id or 0)).kind is Kind.EQUIPMENT


async def crew(work: Work) -> list[Person]:
    """People who can be given maintenance."""
    return [each for each in await owners(work) if set(each.roles) & CREW]


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


@router.post("/{order_id}/labour")
async def book_labour(
    order_id: int,
    work: Transaction,
    _: Crew,
    person: Annotated[str, Form()],
    minutes: Annotated[Decimal, Form()],
    note: Annotated[str, Form()] = "",
) -> Response:
    """Minutes of a person."""
    await labour.book_labour(work, order_id, person=person, minutes=minutes, note=note)
    return done(f"/maintenance/{order_id}#labour", "order.labour")


@router.post("/{order_id}/hand-over")
async def hand_over(
    order_id: int,
    work: Transaction,
    _: Crew,
    version: Annotated[int, Form()],
    to: Annotated[str, Form()],
    note: Annotated[str, Form()],
) -> Response:
    """To a colleague of the next shift."""
    await labour.hand_over(work, order_id, to=to, note=note, version=version)
    return done(f"/maintenance/{order_id}", "order.handed_over")


@router.post("/{order_id}/comment")
async def comment(order_id: int, work: Transaction, _: Crew, note: Annotated[str, Form()]) -> Response:
    """A word that stays."""
    await labour.comment(work, order_id, note)
    return done(f"/maintenance/{order_id}#log", "order.commented")


@router.post("/{order_id}/part")
async def use_part(
    order_id: int,
    work: Transaction,
    _: Crew,
    part_id: Annotated[int, Form()],
    quantity: Annotated[Decimal, Form()] = Decimal(1),
    back: Annotated[bool, Form()] = False,
) -> Response:
    """Parts are taken, or brought back."""
    await (parts.bring_back if back else parts.use)(work, order_id, part_id, quantity)
    return done(f"/maintenance/{order_id}#parts", "order.part")


@router.post("/{order_id}/check")
async def finish_check(
    order_id: int,
    work: Transaction,
    _: Crew,
    kind: Annotated[CheckKind, Form()],
    evidence: Annotated[str, Form()],
) -> Response:
    """The proof of a check after the work."""
    await checks.finish_check(work, order_id, kind, evidence)
    return done(f"/maintenance/{order_id}", "order.checked")


def _said(
    assigned_to: Annotated[str, Form()] = "",
    due_on: Annotated[str, Form()] = "",
    findings: Annotated[str, Form()] = "",
    problem_code: Annotated[str, Form()] = "",
    cause_code: Annotated[str, Form()] = "",
    remedy_code: Annotated[str, Form()] = "",
    labour_min: Annotated[Decimal | None, Form()] = None,
    no_parts: Annotated[bool, Form()] = False,
    downtime_min: Annotated[Decimal | None, Form()] = None,
    check_result: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
) -> maintenance.Told:
    return maintenance.Told(
        assigned_to=assigned_to,
        due_on=date_of(due_on),
        findings=findings,
        problem_code=problem_code,
        cause_code=cause_code,
        remedy_code=remedy_code,
        labour_min=labour_min,
        no_parts=no_parts,
        downtime_min=downtime_min,
        check_result=check_result,
        note=note,
    )


def _judged(
    clean: Annotated[bool | None, Form()] = None,
    calibrate: Annotated[bool | None, Form()] = None,
    requalify: Annotated[bool | None, Form()] = None,
) -> dict[CheckKind, bool]:
    said = {CheckKind.CLEAN: clean, CheckKind.CALIBRATE: calibrate, CheckKind.REQUALIFY: requalify}
    return {kind: needed for kind, needed in said.items() if needed is not None}


@router.post("/{order_id}/{step}")
async def take_step(
    order_id: int,
    step: str,
    work: Transaction,
    _: Crew,
    said: Annotated[maintenance.Told, Depends(_said)],
    judged: Annotated[dict[CheckKind, bool], Depends(_judged)],
    signed: SignedForm,
    version: Annotated[int, Form()],
) -> Response:
    """One step further, signed where the step asks for it."""
    if step not in _KNOWN:
        raise NoSuchStep(step=step)
    asked = is_signed(await maintenance.order(work, order_id), step)
    signing = Signing(credentials=signed.credentials, meaning=signed.meaning, reason=signed.reason) if asked else None
    told = replace(said, checks=judged)
    await maintenance.take_step(work, order_id, step, version=version, told=told, signing=signing)
    return done(f"/maintenance/{order_id}", "order.changed")
