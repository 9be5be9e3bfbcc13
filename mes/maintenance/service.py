"""Request maintenance (the watch, rounds and people), and take an order through its steps (the crew)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal

from psycopg.types.json import Json

from mes.batches import records as batches
from mes.batches.model import OperationStatus
from mes.equipment import service as equipment
from mes.maintenance import checks, labour, parts, proving, records
from mes.maintenance.checks import CheckKind
from mes.maintenance.codes import demand_codes
from mes.maintenance.freeing import tell_machine
from mes.maintenance.model import (
    COOLING_FAILURES,
    MACHINE,
    Facts,
    FailureMode,
    Order,
    Request,
    Status,
    is_signed,
    widened,
)
from mes.maintenance.model import steps_of as steps_of
from mes.maintenance.proving import Signing
from mes.maintenance.records import ENTITY, SQL, OrderNotFound
from mes.maintenance.records import order as order
from mes.plant import service as plant
from mes.plant.model import Equipment, EquipmentStatus
from mes.transitions import Refused
from telemetry.errors import Invalid
from telemetry.work import Work

_ANSWERED = ("assigned_to", "due_on", "started_at", "done_at", "done_by", "findings", "downtime_min", "verified_by")
_CODES = ("problem_code", "cause_code", "remedy_code")
_COLUMNS = (*_ANSWERED, *_CODES, "no_parts", "check_result", "note", "closed_at")


class SamePerson(Refused):
    """Who did the work can't verify it: a colleague must."""


class TitleMissing(Invalid):
    """Say what is asked for, in a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a person says with a step; empty where the step doesn't ask for it."""

    assigned_to: str = ""
    due_on: date | None = None
    findings: str = ""
    problem_code: str = ""
    cause_code: str = ""
    remedy_code: str = ""
    labour_min: Decimal | None = None  # of who says it; more is booked with `labour.book_labour`
    no_parts: bool = False
    downtime_min: Decimal | None = None  # None: since the start of the work
    checks: Mapping[CheckKind, bool] = field(default_factory=dict)  # what the machine needs now
    check_result: str = ""
    note: str = ""


async def open_order(
    work: Work,
    *,
    equipment_id: int,
    title_en: str,
    title_zh: str,
    failure_mode: str = FailureMode.FAILED_CHECK,
    priority: str = "medium",
    told: str = "",
    evidence: Mapping[str, object] | None = None,
    due_on: date | None = None,
) -> Order:
    """Ask for the repair of what a round or a person has found; an open order for the same failure is joined.

    `told`: in the finder's words; they stand in the order's log either way. Raises EquipmentNotFound, TitleMissing.
    """
    if not (title_en.strip() and title_zh.strip()):
        raise TitleMissing
    await plant.machine(work, equipment_id)
    asked = Request(
        equipment_id=equipment_id,
        failure_mode=failure_mode,
        priority=priority,
        title_en=title_en.strip(),
        title_zh=title_zh.strip(),
        evidence=dict(evidence or {}),
        due_on=due_on,
    )
    return await request_order(work, asked, told=told or title_en)


async def request_order(work: Work, asked: Request, *, told: str = "") -> Order:
    """Ask for maintenance, or find the open order for this failure of this machine and link it.

    An open order for another of a compressor's cooling failures counts as the same: it is one broken machine.
    """
    await work.run(SQL["lock_requests"])
    same = COOLING_FAILURES if asked.failure_mode in COOLING_FAILURES else {asked.failure_mode}
    found = {"equipment_id": asked.equipment_id, "failure_mode": asked.failure_mode, "modes": sorted(same)}
    standing = await work.one(SQL["open_order"], Order, **found)
    if standing is not None:
        if told.strip():
            await records.write(work, standing.id, "asked_again", told)
        return await _link(work, standing, asked)
    facts = asdict(asked) | {"evidence": Json(dict(asked.evidence)), "number": await plant.next_number(work, "MO")}
    made = await work.one(SQL["request"], Order, **facts, actor=work.actor, now=work.now)
    if made is None:
        raise OrderNotFound(equipment_id=asked.equipment_id)
    await _link_excursion(work, made.id, asked)
    after = asdict(asked) | {"number": made.number, "status": made.status}
    await records.write(work, made.id, "request", told)
    work.audit(f"{ENTITY}.request", ENTITY, made.id, after=after)
    await work.emit("maintenance.requested", order_id=made.id, **{k: after[k] for k in ("number", "equipment_id")})
    return made


async def _link(work: Work, standing: Order, asked: Request) -> Order:
    links = {"excursion_id": asked.excursion_id, "alarm_id": asked.alarm_id}
    new: dict[str, int | None] = {
        name: value for name, value in links.items() if value and getattr(standing, name) is None
    }
    if await _link_excursion(work, standing.id, asked):
        new["excursion_id"] = asked.excursion_id
    if not new:
        return standing
    evidence = widened(standing.evidence, asked.evidence)
    linked = await work.one(SQL["link"], Order, id=standing.id, **links, evidence=Json(evidence))
    after = new | {"evidence": evidence}
    await records.write(work, standing.id, "link", "", **new)
    work.audit(f"{ENTITY}.link", ENTITY, standing.id, after=after)
    return linked or standing


async def _link_excursion(work: Work, order_id: int, asked: Request) -> bool:
    """Whether the excursion that asks is new to the order."""
    if asked.excursion_id is None:
        return False
    return bool(await work.run(SQL["link_excursion"], id=order_id, excursion_id=asked.excursion_id))


async def orders(
    work: Work,
    *,
    statuses: Iterable[Status] | None = None,
    equipment_id: int | None = None,
    excursion_id: int | None = None,
    below: int | None = None,
    limit: int = 200,
) -> list[Order]:
    """Orders, newest first, filtered. `below`: only ids below, for the next page."""
    chosen = None if statuses is None else [str(status) for status in statuses]
    filters = {"statuses": chosen, "equipment_id": equipment_id, "excursion_id": excursion_id}
    return await work.all(SQL["orders"], Order, **filters, below=below, limit=limit)


async def order_of_excursion(work: Work, excursion_id: int) -> Order | None:
    """The newest order that an excursion asked for."""
    found = await orders(work, excursion_id=excursion_id, limit=1)
    return found[0] if found else None


async def take_step(
    work: Work, order_id: int, step: str, *, version: int, told: Told | None = None, signing: Signing | None = None
) -> Order:
    """Take an order a step further, by one of the names in MACHINE; the verification is signed, by who verifies.

    Raises OrderNotFound, StaleVersion, WorkerUnknown, FailureCodeUnknown, SamePerson, Refused with the guards that
    failed (`signed`: it needs `signing`), and what `people.sign` raises.
    """
    said = told or Told()
    before = await records.locked(work, order_id, version)
    if step in {"start", "resume", "rework", "verify", "cancel"}:
        await equipment.hold_still(work, before.equipment_id)
    asked = is_signed(before, step)
    who = signing.credentials.username if asked and signing else work.actor
    await _take_in(work, step, before, said, who)
    facts = await _facts(work, step, before, said, who)
    if step == "verify" and before.status is Status.DONE and facts.actor in facts.workers:
        raise SamePerson(ENTITY, order_id, step, ["verifier_is_not_the_doer"])
    row = MACHINE.step(step, order_id, before.status, facts)
    if asked and signing is None:
        raise Refused(ENTITY, order_id, step, ["signed"])
    changed = dict.fromkeys(_COLUMNS) | _changes(work, step, before, said, who)
    after = await work.one(SQL["step"], Order, id=order_id, status=row.target, **changed)
    if after is None:
        raise OrderNotFound(order_id=order_id)
    if step == "done":
        await checks.judge(work, order_id, said.checks)
    if asked and signing:
        await proving.sign(work, step, before, after, signing)
    await tell_machine(work, step, after)
    await _tell(work, step, before, after, {name: value for name, value in changed.items() if value is not None})
    return after


async def _take_in(work: Work, step: str, before: Order, said: Told, who: str) -> None:
    """What is said with a step and stands in records of its own, or must be known."""
    if step == "assign" and said.assigned_to.strip():
        await labour.demand_worker(work, said.assigned_to)
    if step == "done" and before.status is Status.IN_PROGRESS:
        await demand_codes(work, {name: getattr(said, name) for name in _CODES})
        if said.labour_min:
            await labour.book_labour(work, before.id, person=who, minutes=said.labour_min)


async def _tell(work: Work, step: str, before: Order, after: Order, kept: Mapping[str, object]) -> None:
    said = next((str(kept[name]) for name in ("note", "findings", "check_result") if kept.get(name)), "")
    shown = {name: kept[name] for name in ("assigned_to", "due_on", "downtime_min", *_CODES) if name in kept}
    await records.write(work, after.id, step, said, status=after.status, **shown)
    was, now = {"status": before.status}, {"status": after.status} | dict(kept)
    reason = str(kept.get("note", ""))
    work.audit(f"{ENTITY}.{step}", ENTITY, after.id, before=was, after=now, reason=reason)
    await work.emit("maintenance.step", order_id=after.id, number=after.number, step=step, status=after.status)


async def _facts(work: Work, step: str, before: Order, said: Told, who: str) -> Facts:
    machine = await plant.machine(work, before.equipment_id)
    critical = await checks.is_critical(work, before.equipment_id)
    booked, judged = await labour.labour(work, before.id), await checks.checks(work, before.id)
    fresh = [] if step == "done" else judged  # work done again is judged again
    return Facts(
        actor=who,
        kind=before.kind,
        workers=frozenset({each.person for each in booked} | ({before.done_by} if before.done_by else set())),
        assigned_to=said.assigned_to,
        findings=said.findings,
        check_result=said.check_result,
        note=said.note,
        codes=tuple(getattr(said, name) or getattr(before, name) for name in _CODES),
        labour_min=labour.total_min(booked),
        parts_told=said.no_parts or bool(await parts.used_in(work, before.id)),
        checks_judged=not critical or checks.all_judged(fresh, said.checks),
        checks_done=not any(each.waits for each in judged),
        work_begun=before.started_at is not None,
        critical=critical,
        machine_is_running_a_batch=await _runs_a_batch(work, machine),
    )


async def _runs_a_batch(work: Work, machine: Equipment) -> bool:
    """A batch uses it, and has not paused: a machine that breaks in mid-operation is mended while that waits."""
    if machine.status is not EquipmentStatus.IN_USE:
        return False
    begun = (OperationStatus.RUNNING, OperationStatus.PAUSED)
    found = await batches.operations_where(work, equipment_id=machine.id, statuses=begun)
    return not found or any(each.status is OperationStatus.RUNNING for each in found)


def _changes(work: Work, step: str, before: Order, said: Told, who: str) -> dict[str, object]:
    note = said.note.strip() or None
    match step:
        case "assign":
            return {"assigned_to": said.assigned_to, "due_on": said.due_on, "note": note}
        case "start":
            return {"started_at": work.now, "assigned_to": before.assigned_to or work.actor}
        case "done":
            spent = said.downtime_min if said.downtime_min is not None else _minutes(work, before)
            codes = {name: getattr(said, name) or None for name in _CODES}
            by = {"done_at": work.now, "done_by": who, "no_parts": said.no_parts or None}
            return by | codes | {"findings": said.findings.strip(), "downtime_min": spent}
        case "verify":
            return {"verified_by": who, "check_result": said.check_result.strip()}
        case "close" | "reject" | "cancel" | "skip":
            return {"closed_at": work.now, "note": note}
    return {"note": note}


def _minutes(work: Work, before: Order) -> Decimal:
    seconds = (work.now - (before.started_at or work.now)).total_seconds()
    return (Decimal(seconds) / 60).quantize(Decimal("0.1"))
