"""The batch record looked at, and issued: the copy of the master record becomes operations and steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from psycopg.types.json import Jsonb

from mes.batches.model import (
    BATCHES,
    Batch,
    BatchCapture,
    BatchFacts,
    BatchOperation,
    BatchStatus,
    BatchStep,
    BatchValue,
    Clearance,
    OperationStatus,
    Print,
)
from mes.batches.snapshot import sha256_of
from mes.people.model import Role
from mes.recipes.document import MasterRecord, Operation
from mes.recipes.written import document_of
from mes.transitions import StaleVersion
from telemetry import queries
from telemetry.errors import Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))
ALL = 2**31 - 1
KEEPERS = frozenset({Role.LEAD, Role.QC, Role.QA, Role.QP})
"""Who may take a copy of a record on paper."""


class BatchNotFound(NotFound):
    """There is no such batch."""


class OperationNotFound(NotFound):
    """There is no such operation of a batch."""


class StepNotFound(NotFound):
    """There is no such step of a batch."""


class ReprintWithoutReason(Invalid):
    """One record is issued for a batch: say why it is printed again."""


async def batch(work: Work, batch_id: int) -> Batch:
    """One batch. Raises BatchNotFound."""
    found = await _batches(work, batch_id=batch_id, limit=1)
    if not found:
        raise BatchNotFound(batch_id=batch_id)
    return found[0]


async def batch_of(work: Work, order_id: int) -> Batch | None:
    """The order's batch; None before its release."""
    found = await _batches(work, order_id=order_id, limit=1)
    return found[0] if found else None


async def batch_named(work: Work, number: str) -> Batch | None:
    """The batch with this number, as a scan finds it, or None."""
    found = await _batches(work, number=number, limit=1)
    return found[0] if found else None


async def batch_that_made(work: Work, lot_id: int) -> Batch | None:
    """The batch whose lot this is; None: it was bought, split off, or made before there were records."""
    return await work.one(SQL["batch_that_made"], Batch, lot_id=lot_id)


async def batches(
    work: Work, *, statuses: Iterable[BatchStatus] | None = None, below: int | None = None, limit: int = ALL
) -> list[Batch]:
    """Batches, newest first. `below`: only ids below, for the next page."""
    chosen = None if statuses is None else [str(status) for status in statuses]
    return await _batches(work, statuses=chosen, below=below, limit=limit)


async def batches_consuming(work: Work, lot_ids: Sequence[int]) -> list[Batch]:
    """Batches that any of these lots went into."""
    return await work.all(SQL["batches_of_lots"], Batch, lot_ids=list(lot_ids))


async def operations(work: Work, batch_id: int) -> list[BatchOperation]:
    """The batch's operations, in the order of the record."""
    return await operations_where(work, batch_ids=[batch_id])


async def operations_where(
    work: Work,
    *,
    batch_ids: Sequence[int] | None = None,
    equipment_id: int | None = None,
    statuses: Iterable[OperationStatus] | None = None,
) -> list[BatchOperation]:
    """Operations of some batches, on one machine, in some states; None is no filter."""
    chosen = {
        "batch_ids": None if batch_ids is None else list(batch_ids),
        "statuses": None if statuses is None else [str(status) for status in statuses],
    }
    return await work.all(SQL["operations"], BatchOperation, operation_id=None, equipment_id=equipment_id, **chosen)


async def operation(work: Work, operation_id: int) -> BatchOperation:
    """One operation. Raises OperationNotFound."""
    none = {"batch_ids": None, "equipment_id": None, "statuses": None}
    found = await work.one(SQL["operations"], BatchOperation, operation_id=operation_id, **none)
    if found is None:
        raise OperationNotFound(operation_id=operation_id)
    return found


async def steps(work: Work, batch_id: int) -> list[BatchStep]:
    """All steps of a batch, in the order of the record."""
    return await work.all(SQL["steps"], BatchStep, batch_id=batch_id, operation_id=None, step_id=None)


async def steps_of(work: Work, operation_id: int) -> list[BatchStep]:
    """The steps of one operation, in order."""
    return await work.all(SQL["steps"], BatchStep, batch_id=None, operation_id=operation_id, step_id=None)


async def step(work: Work, step_id: int) -> BatchStep:
    """One step. Raises StepNotFound."""
    found = await work.one(SQL["steps"], BatchStep, batch_id=None, operation_id=None, step_id=step_id)
    if found is None:
        raise StepNotFound(step_id=step_id)
    return found


async def values(
    work: Work, batch_id: int | None = None, *, operation_id: int | None = None, step_id: int | None = None
) -> list[BatchValue]:
    """Every value row, oldest first; what was corrected stays, with `in_force` false."""
    where = {"batch_id": batch_id, "operation_id": operation_id, "step_id": step_id, "value_id": None}
    return await work.all(SQL["values"], BatchValue, **where)


async def captures(
    work: Work, batch_id: int | None = None, *, operation_id: int | None = None, step_id: int | None = None
) -> list[BatchCapture]:
    """Every capture row, oldest first; what late readings changed stays, with `in_force` false."""
    where = {"batch_id": batch_id, "operation_id": operation_id, "step_id": step_id, "lacking_since": None}
    return await work.all(SQL["captures"], BatchCapture, **where)


async def clearances(work: Work, batch_id: int | None = None, *, operation_id: int | None = None) -> list[Clearance]:
    """Line clearances with their checks, oldest first."""
    where = {"batch_id": batch_id, "operation_id": operation_id, "clearance_id": None}
    return await work.all(SQL["clearances"], Clearance, **where)


async def prints(work: Work, batch_id: int) -> list[Print]:
    """Copies on paper, the issued one first."""
    return await work.all(SQL["prints"], Print, batch_id=batch_id)


async def print_record(work: Work, batch_id: int, *, reason: str = "") -> Print:
    """Count a copy on paper; the first is the issue, every other one needs a reason (GMP 2010, article 173).

    Raises BatchNotFound, ReprintWithoutReason.
    """
    if await work.scalar(SQL["lock_batch"], batch_id=batch_id) is None:
        raise BatchNotFound(batch_id=batch_id)
    if await prints(work, batch_id) and not reason.strip():
        raise ReprintWithoutReason(batch_id=batch_id)
    said = {"batch_id": batch_id, "reason": reason.strip(), "actor": work.actor, "now": work.now}
    made = await work.one(SQL["print"], Print, **said)
    if made is None:
        raise BatchNotFound(batch_id=batch_id)
    work.audit("batch.print", "batch", batch_id, after={"copy": made.copy}, reason=made.reason)
    return made


async def issue_record(
    work: Work, *, order_id: int, number: str, lot_id: int, record: MasterRecord, machines: Mapping[str, int | None]
) -> Batch:
    """Issue the one record of a batch. `machines`: by operation's code the machine it runs on; None: chosen later."""
    document = document_of(record)
    told = {"order_id": order_id, "number": number, "lot_id": lot_id, "now": work.now, "actor": work.actor}
    sha256 = sha256_of(document)
    batch_id: int = await work.scalar(SQL["issue_batch"], document=Jsonb(document), sha256=sha256, **told)
    for position, each in enumerate(record.operations, 1):
        await _add(work, batch_id, position, each, record, machines.get(each.code))
    after = {"number": number, "order_id": order_id, "sha256": sha256}
    work.audit("batch.issue", "batch", batch_id, after=after)
    await work.emit("batch.issued", batch_id=batch_id, number=number)
    return await batch(work, batch_id)


async def step_batch(
    work: Work, batch_id: int, step: str, facts: BatchFacts, *, version: int | None = None, reason: str = ""
) -> Batch:
    """Take a batch a step further in `BATCHES`. Raises BatchNotFound, StaleVersion, Refused."""
    await work.run(SQL["lock_batch"], batch_id=batch_id)
    before = await batch(work, batch_id)
    if version is not None and version != before.version:
        raise StaleVersion("batch", batch_id, yours=version, current=before.version)
    row = BATCHES.step(step, batch_id, before.status, facts)
    await work.run(SQL["step_batch"], batch_id=batch_id, status=row.target, now=work.now)
    was, is_now = {"status": before.status}, {"status": row.target}
    work.audit(f"batch.{step}", "batch", batch_id, before=was, after=is_now, reason=reason)
    await work.emit("batch.stepped", batch_id=batch_id, number=before.number, status=row.target)
    return await batch(work, batch_id)


async def _add(
    work: Work, batch_id: int, position: int, told: Operation, record: MasterRecord, machine: int | None
) -> None:
    status = OperationStatus.PENDING if record.predecessors(told) else OperationStatus.READY
    named = {"code": told.code, "name_en": told.name_en, "name_zh": told.name_zh}
    facts = named | {"batch_id": batch_id, "position": position, "status": status, "equipment_id": machine}
    operation_id: int = await work.scalar(SQL["add_operation"], **facts)
    for place, each in enumerate(told.steps, 1):
        about = {"code": each.code, "kind": each.kind, "critical": each.critical, "mandatory": each.mandatory}
        await work.run(SQL["add_step"], operation_id=operation_id, position=place, **about)


async def _batches(
    work: Work,
    *,
    batch_id: int | None = None,
    order_id: int | None = None,
    number: str | None = None,
    statuses: list[str] | None = None,
    below: int | None = None,
    limit: int = ALL,
) -> list[Batch]:
    where = {"batch_id": batch_id, "order_id": order_id, "number": number, "statuses": statuses, "below": below}
    return await work.all(SQL["batches"], Batch, limit=limit, **where)
