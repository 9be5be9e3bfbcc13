"""Request maintenance (the watch and people), and take an order through its steps (the crew)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path

from psycopg.types.json import Json

from mes.maintenance.model import COOLING_FAILURES, MACHINE, Facts, Order, Request, Status, widened
from mes.plant import service as plant
from mes.plant.model import EquipmentStatus
from mes.transitions import StaleVersion
from telemetry import queries
from telemetry.errors import NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))

_ANSWERED = ("assigned_to", "started_at", "done_at", "done_by", "findings", "downtime_min", "verified_by")
_COLUMNS = (*_ANSWERED, "check_result", "note", "closed_at")


class OrderNotFound(NotFound):
    """There is no such maintenance order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a person says with a step; empty where the step doesn't ask for it."""

    assigned_to: str = ""
    findings: str = ""
    downtime_min: Decimal | None = None
    check_result: str = ""
    note: str = ""


async def request_order(work: Work, asked: Request) -> Order:
    """Ask for maintenance, or find the open order for this failure of this machine and link it.

    An open order for another of a compressor's cooling failures counts as the same: it is one broken machine.
    """
    await work.run(SQL["lock_requests"])
    same = COOLING_FAILURES if asked.failure_mode in COOLING_FAILURES else {asked.failure_mode}
    found = {"equipment_id": asked.equipment_id, "failure_mode": asked.failure_mode, "modes": sorted(same)}
    standing = await work.one(SQL["open_order"], Order, **found)
    if standing is not None:
        return await _link(work, standing, asked)
    facts = asdict(asked) | {"evidence": Json(dict(asked.evidence)), "number": await plant.next_number(work, "MO")}
    order = await work.one(SQL["request"], Order, **facts, actor=work.actor, now=work.now)
    if order is None:
        raise OrderNotFound(equipment_id=asked.equipment_id)
    await _link_excursion(work, order.id, asked)
    after = asdict(asked) | {"number": order.number, "status": order.status}
    work.audit("maintenance_order.request", "maintenance_order", order.id, after=after)
    await work.emit("maintenance.requested", order_id=order.id, **{k: after[k] for k in ("number", "equipment_id")})
    return order


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
    work.audit("maintenance_order.link", "maintenance_order", standing.id, after=after)
    return linked or standing


async def _link_excursion(work: Work, order_id: int, asked: Request) -> bool:
    """Whether the excursion that asks is new to the order."""
    if asked.excursion_id is None:
        return False
    return bool(await work.run(SQL["link_excursion"], id=order_id, excursion_id=asked.excursion_id))


async def order(work: Work, order_id: int) -> Order:
    """One order. Raises OrderNotFound."""
    found = await work.one(SQL["order"], Order, id=order_id)
    if found is None:
        raise OrderNotFound(order_id=order_id)
    return found


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


def steps_of(found: Order) -> tuple[str, ...]:
    """Steps that the order's state offers, for screens."""
    return MACHINE.open_steps(found.status)


async def take_step(work: Work, order_id: int, step: str, *, version: int, told: Told | None = None) -> Order:
    """Take an order a step further: approve, reject, assign, start, hold, resume, done, verify, close, cancel.

    Raises OrderNotFound, StaleVersion, Refused with the guards that failed.
    """
    said = told or Told()
    before = await _locked(work, order_id, version)
    machine = await plant.machine(work, before.equipment_id)
    facts = Facts(
        actor=work.actor,
        done_by=before.done_by,
        assigned_to=said.assigned_to,
        findings=said.findings,
        check_result=said.check_result,
        note=said.note,
        machine_is_running_a_batch=machine.status is EquipmentStatus.IN_USE,
    )
    row = MACHINE.step(step, order_id, before.status, facts)
    changed = dict.fromkeys(_COLUMNS) | _changes(work, step, before, said)
    after = await work.one(SQL["step"], Order, id=order_id, status=row.target, **changed)
    if after is None:
        raise OrderNotFound(order_id=order_id)
    await _tell_machine(work, step, after)
    kept = {name: value for name, value in changed.items() if value is not None}
    was, now = {"status": before.status}, {"status": after.status} | kept
    work.audit(f"maintenance_order.{step}", "maintenance_order", order_id, before=was, after=now, reason=said.note)
    await work.emit("maintenance.step", order_id=order_id, number=after.number, step=step, status=after.status)
    return after


async def _locked(work: Work, order_id: int, version: int) -> Order:
    found = await work.one(SQL["lock"], Order, id=order_id)
    if found is None:
        raise OrderNotFound(order_id=order_id)
    if found.version != version:
        raise StaleVersion("maintenance_order", order_id, yours=version, current=found.version)
    return found


def _changes(work: Work, step: str, before: Order, said: Told) -> dict[str, object]:
    match step:
        case "assign":
            return {"assigned_to": said.assigned_to}
        case "start":
            return {"started_at": work.now, "assigned_to": before.assigned_to or work.actor}
        case "done":
            spent = said.downtime_min if said.downtime_min is not None else _minutes(work, before)
            return {
                "done_at": work.now,
                "done_by": work.actor,
                "findings": said.findings.strip(),
                "downtime_min": spent,
            }
        case "verify":
            return {"verified_by": work.actor, "check_result": said.check_result.strip()}
        case "close" | "reject" | "cancel":
            return {"closed_at": work.now, "note": said.note or None}
    return {"note": said.note or None}


def _minutes(work: Work, before: Order) -> Decimal:
    seconds = (work.now - (before.started_at or work.now)).total_seconds()
    return (Decimal(seconds) / 60).quantize(Decimal("0.1"))


async def _tell_machine(work: Work, step: str, order: Order) -> None:
    """Under maintenance from the start of the work to its verification, or until it is called off."""
    if step in {"start", "resume"}:
        await plant.set_equipment_status(
            work, order.equipment_id, EquipmentStatus.UNDER_MAINTENANCE, reason=order.number
        )
    elif step == "verify" or (step == "cancel" and order.started_at):
        await plant.set_equipment_status(work, order.equipment_id, EquipmentStatus.READY, reason=order.number)
