"""Line clearance before an operation: nothing of what ran before is left, says one, and a second one checks it.

GMP 2010, articles 194, 199 and 201.
"""

from __future__ import annotations

from mes.batches import records
from mes.batches.hands import Hand, sign
from mes.batches.model import BatchOperation, Clearance, OperationStatus
from mes.batches.records import SQL
from mes.people.duties import Act
from mes.people.model import Meaning
from mes.recipes.document import Operation
from mes.transitions import Refused
from telemetry.errors import Invalid, NotFound
from telemetry.work import Work


class ClearanceNotFound(NotFound):
    """There is no such line clearance."""


class NothingLookedAt(Invalid):
    """Say what was looked at on the line, and what was found."""


async def lacking(work: Work, operation: BatchOperation, asked: Operation, equipment_id: int | None) -> tuple[str, ...]:
    """What the operation's line clearance lacks, as guards."""
    if not asked.clearance:
        return ()
    found = [c for c in await records.clearances(work, operation_id=operation.id) if c.equipment_id == equipment_id]
    if not found:
        return ("line_clearance_is_recorded",)
    return () if found[-1].passed else ("line_clearance_is_checked",)


async def record_clearance(work: Work, operation_id: int, hand: Hand, *, found: str) -> Clearance:
    """Say that the line is clear of what ran before, and sign. Raises NothingLookedAt, Refused, as `people.sign`."""
    if not found.strip():
        raise NothingLookedAt
    operation = await records.operation(work, operation_id)
    waiting = {OperationStatus.PENDING, OperationStatus.READY}
    if operation.status not in waiting or operation.equipment_id is None:
        failed = "operation_has_not_begun" if operation.status not in waiting else "machine_is_chosen"
        raise Refused("batch_operation", operation_id, "clear", [failed])
    before = await _before(work, operation)
    facts = {"operation_id": operation_id, "equipment_id": operation.equipment_id, "found": found.strip()}
    signed = await sign(
        work,
        hand,
        Meaning.PERFORMED,
        found,
        record=("batch_operation", operation_id, operation.version),
        content=facts | {"act": "clear", "before_batch": before},
        act=Act.PERFORM,
    )
    told = facts | {"batch_id": operation.batch_id, "before_batch": before, "signature_id": signed.id}
    who = {"actor": signed.printed_name, "recorder_id": signed.person_id, "now": work.now}
    made: int = await work.scalar(SQL["clear"], **told, **who)
    work.audit("line_clearance.record", "line_clearance", made, after=told)
    return await clearance(work, made)


async def check_clearance(work: Work, clearance_id: int, hand: Hand, *, passed: bool, remark: str = "") -> Clearance:
    """Another person has looked, and signs. Raises ClearanceNotFound, Refused, SameSigner and as `people.sign`."""
    before = await clearance(work, clearance_id)
    if before.passed is not None:
        raise Refused("line_clearance", clearance_id, "check", ["line_clearance_is_unchecked"])
    content = {"operation_id": before.operation_id, "found": before.found, "passed": passed}
    signed = await sign(
        work,
        hand,
        Meaning.VERIFIED,
        remark.strip() or before.found,
        record=("line_clearance", clearance_id, 1),
        content=content,
        act=Act.VERIFY,
        not_by=[before.recorder_id],
    )
    said = {"passed": passed, "remark": remark.strip(), "checked_by": signed.printed_name, "signature_id": signed.id}
    if not await work.run(SQL["check_clearance"], clearance_id=clearance_id, now=work.now, **said):
        raise Refused("line_clearance", clearance_id, "check", ["line_clearance_is_unchecked"])
    work.audit("line_clearance.check", "line_clearance", clearance_id, after=said)
    return await clearance(work, clearance_id)


async def clearance(work: Work, clearance_id: int) -> Clearance:
    """One line clearance. Raises ClearanceNotFound."""
    where = {"batch_id": None, "operation_id": None, "clearance_id": clearance_id}
    found = await work.one(SQL["clearances"], Clearance, **where)
    if found is None:
        raise ClearanceNotFound(clearance_id=clearance_id)
    return found


async def _before(work: Work, operation: BatchOperation) -> str:
    """Number of the batch that ran on the machine before."""
    about = {"equipment_id": operation.equipment_id, "batch_id": operation.batch_id}
    last = await work.one(SQL["last_on_machine"], BatchOperation, **about)
    return (await records.batch(work, last.batch_id)).number if last else ""
