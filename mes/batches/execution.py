"""Operations of a batch: started when nothing speaks against it, done when nothing is missing, skipped by signature.

The sequence is enforced (21 CFR 11.10(f)): an operation opens when those before it have ended, a step when the one
before it has. Machine, clearance, training and order are looked at again in the work that starts it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mes.batches import clearing, flags, records
from mes.batches.hands import Hand, operation_content, sign
from mes.batches.model import (
    ENDED,
    FINISHED,
    OPERATIONS,
    Batch,
    BatchFacts,
    BatchOperation,
    BatchStatus,
    BatchStep,
    OperationFacts,
    OperationStatus,
    StepStatus,
)
from mes.batches.records import SQL
from mes.batches.snapshot import operation_in, record_in
from mes.equipment import service as equipment
from mes.orders import orderbook
from mes.orders.model import GOING_ON, Facts, Status
from mes.people.duties import Act
from mes.people.model import Meaning
from mes.plant import service as plant
from mes.recipes.document import Operation, StepKind
from mes.training import service as training
from mes.transitions import Refused, StaleVersion
from telemetry.errors import Invalid
from telemetry.work import Work


class WrongMachine(Invalid):
    """The operation runs on a machine of another kind."""


@dataclass(frozen=True, slots=True)
class Scene:
    """An operation with the batch it belongs to and what its record asks."""

    batch: Batch
    operation: BatchOperation
    asked: Operation


async def scene(work: Work, operation_id: int) -> Scene:
    """An operation and what is around it. Raises OperationNotFound."""
    found = await records.operation(work, operation_id)
    batch = await records.batch(work, found.batch_id)
    return Scene(batch, found, operation_in(batch, found.code))


async def locked(work: Work, operation_id: int, version: int | None = None) -> Scene:
    """Hold the batch and its operation until the end of this work. Raises OperationNotFound, StaleVersion."""
    found = await records.operation(work, operation_id)
    await work.run(SQL["lock_batch"], batch_id=found.batch_id)
    await work.run(SQL["lock_operation"], operation_id=operation_id)
    here = await scene(work, operation_id)
    if version is not None and version != here.operation.version:
        raise StaleVersion("batch_operation", operation_id, yours=version, current=here.operation.version)
    return here


async def against(work: Work, operation_id: int, hand: Hand, equipment_id: int | None = None) -> list[str]:
    """What speaks against starting an operation now, as guards, for screens; the start itself looks again."""
    return (await _against(work, await scene(work, operation_id), hand, equipment_id))[1]


async def choose_machine(work: Work, operation_id: int, equipment_id: int, *, version: int) -> BatchOperation:
    """Say on which machine a waiting operation is to run. Raises StaleVersion, Refused, WrongMachine."""
    here = await locked(work, operation_id, version)
    if here.operation.status not in {OperationStatus.PENDING, OperationStatus.READY}:
        raise Refused("batch_operation", operation_id, "choose_machine", ["operation_has_not_begun"])
    machine = await plant.machine(work, equipment_id)
    if here.asked.equipment_kind is not None and machine.kind != here.asked.equipment_kind:
        raise WrongMachine(wanted=here.asked.equipment_kind, machine=machine.path)
    return await put(work, replace(here.operation, equipment_id=equipment_id), "choose_machine", here.operation)


async def start_operation(
    work: Work, operation_id: int, hand: Hand, *, version: int | None = None, equipment_id: int | None = None
) -> BatchOperation:
    """Begin: the first one starts the order and the batch. Its machine is in use by the batch from now on.

    Raises OperationNotFound, StaleVersion, WrongMachine, Refused with every guard that failed.
    """
    here = await locked(work, operation_id, version)
    if equipment_id is not None and equipment_id != here.operation.equipment_id:
        await choose_machine(work, operation_id, equipment_id, version=here.operation.version)
        here = await scene(work, operation_id)
    before = here.operation
    if before.equipment_id is not None:
        await equipment.hold_still(work, before.equipment_id)
    facts, failed = await _against(work, here, hand, None)
    row = OPERATIONS.step("start", operation_id, before.status, replace(facts, machine=(), cleared=()))
    if failed:
        raise Refused("batch_operation", operation_id, "start", failed, state=before.status)
    await _begin_batch(work, here.batch)
    if before.equipment_id is not None:
        await equipment.take(work, before.equipment_id, batch_id=here.batch.id, reason=here.batch.number)
    started = replace(before, status=OperationStatus(row.target), started_at=work.now, started_by=work.actor, note="")
    after = await put(work, started, "start", before)
    await open_next(work, operation_id)
    return after


async def pause_operation(work: Work, operation_id: int, *, reason: str, version: int) -> BatchOperation:
    """Stop for a while. Raises StaleVersion, Refused."""
    return await _simple(work, operation_id, "pause", OperationFacts(reason=reason), version)


async def resume_operation(work: Work, operation_id: int, *, version: int) -> BatchOperation:
    """Go on. A machine that was taken away meanwhile is looked at as for a start, and is in use by the batch again.

    Raises StaleVersion, Refused with every guard that failed.
    """
    here = await locked(work, operation_id, version)
    order = await orderbook.order(work, here.batch.order_id)
    facts = OperationFacts(order_goes_on=order.status is Status.RUNNING)
    OPERATIONS.step("resume", operation_id, here.operation.status, facts)
    await _take_again(work, here)
    return await _simple(work, operation_id, "resume", facts, version)


async def complete_operation(work: Work, operation_id: int, hand: Hand, *, version: int) -> BatchOperation:
    """All is done: signed over every value; what waited for it opens. Its machine is to be cleaned.

    Raises StaleVersion, Refused with every guard that failed, and as `people.sign` does.
    """
    here = await locked(work, operation_id, version)
    before, found = here.operation, await records.steps_of(work, operation_id)
    order = await orderbook.order(work, here.batch.order_id)
    facts = OperationFacts(
        order_goes_on=order.status is Status.RUNNING,
        unfinished=tuple(s.code for s in found if s.status not in FINISHED),
        unverified=tuple(s.code for s in found if s.waits_for_verification),
        uncommented=await flags.uncommented(work, before),
        signed=hand.signs,
    )
    row = OPERATIONS.step("complete", operation_id, before.status, facts)
    values = await records.values(work, operation_id=operation_id)
    captures = await records.captures(work, operation_id=operation_id)
    signed = await sign(
        work,
        hand,
        Meaning.PERFORMED,
        before.code,
        record=("batch_operation", operation_id, version),
        content=operation_content(here.batch, before, values, captures),
        act=Act.PERFORM,
    )
    if missing := await untrained(work, Hand(signed.person_id), _instructions(here)):
        raise Refused("batch_operation", operation_id, "complete", ["operator_is_trained"], documents=list(missing))
    ended = replace(before, status=OperationStatus(row.target), done_at=work.now, done_by=signed.printed_name)
    after = await put(work, replace(ended, signature_id=signed.id), "complete", before)
    await _leave_machine(work, here)
    await open_followers(work, here.batch)
    return after


async def skip_operation(work: Work, operation_id: int, hand: Hand, *, reason: str, version: int) -> BatchOperation:
    """Leave out an operation that its record allows to be left out: an exception, signed by lead or QA.

    Raises StaleVersion, Refused with every guard that failed, and as `people.sign` does.
    """
    here = await locked(work, operation_id, version)
    before = here.operation
    facts = OperationFacts(
        predecessors=await _predecessors(work, here), reason=reason, signed=hand.signs, skippable=here.asked.skippable
    )
    row = OPERATIONS.step("skip", operation_id, before.status, facts)
    signed = await sign(
        work,
        hand,
        Meaning.APPROVED,
        reason,
        record=("batch_operation", operation_id, version),
        content=operation_content(here.batch, before, (), ()) | {"act": "skip"},
        act=Act.OVERRIDE,
    )
    ended = replace(before, status=OperationStatus(row.target), done_at=work.now, done_by=signed.printed_name)
    after = await put(work, replace(ended, signature_id=signed.id, note=reason.strip()), "skip", before)
    await flags.operation_missed(work, here.batch, after, reason.strip())
    await open_followers(work, here.batch)
    return after


async def put(work: Work, after: BatchOperation, step: str, before: BatchOperation) -> BatchOperation:
    """Keep an operation as it is now, with the audit row of the step that brought it there."""
    columns = ("id", "status", "equipment_id", "note", "started_at", "started_by", "done_at", "done_by", "signature_id")
    now = {name: getattr(after, name) for name in columns}
    await work.run(SQL["put_operation"], **now)
    changed = {name: now[name] for name in columns if now[name] != getattr(before, name)}
    was = {name: getattr(before, name) for name in changed}
    action = f"batch_operation.{step}"
    work.audit(action, "batch_operation", after.id, before=was, after=changed, reason=after.note)
    await work.emit("operation.stepped", batch_id=after.batch_id, operation_id=after.id, step=step)
    return await records.operation(work, after.id)


async def open_next(work: Work, operation_id: int) -> None:
    """Open what comes next: its own window begins.

    A capture runs beside what follows it (the room's temperature while it is filled) until somebody closes it, so
    every step opens up to the first that is no capture.
    """
    for each in await records.steps_of(work, operation_id):
        if each.status is StepStatus.PENDING:
            await put_step(work, replace(each, status=StepStatus.OPEN, opened_at=work.now))
        if each.kind is not StepKind.CAPTURE and each.status not in FINISHED:
            return


async def put_step(work: Work, after: BatchStep) -> None:
    """Keep a step as it is now; the caller leaves the audit row."""
    columns = ("id", "status", "opened_at", "done_at", "done_by", "performer_id", "signature_id", "verified_by")
    facts = {name: getattr(after, name) for name in (*columns, "verified_at", "verify_signature_id", "note")}
    await work.run(SQL["put_step"], **facts)


async def open_followers(work: Work, batch: Batch) -> None:
    """Operations whose predecessors have all ended are ready."""
    record, found = record_in(batch), await records.operations(work, batch.id)
    ended = {each.code for each in found if each.status in ENDED}
    for each in found:
        asked = operation_in(batch, each.code)
        if each.status is OperationStatus.PENDING and ended.issuperset(record.predecessors(asked)):
            await put(work, replace(each, status=OperationStatus.READY), "open", each)


async def _simple(work: Work, operation_id: int, step: str, facts: OperationFacts, version: int) -> BatchOperation:
    before = (await locked(work, operation_id, version)).operation
    row = OPERATIONS.step(step, operation_id, before.status, facts)
    return await put(work, replace(before, status=OperationStatus(row.target), note=facts.reason.strip()), step, before)


async def _against(work: Work, here: Scene, hand: Hand, equipment_id: int | None) -> tuple[OperationFacts, list[str]]:
    """The facts of a start, and every guard that fails, in the order in which a person should hear it."""
    machine_id = equipment_id or here.operation.equipment_id
    order = await orderbook.order(work, here.batch.order_id)
    facts = OperationFacts(
        order_goes_on=order.status in GOING_ON,
        predecessors=await _predecessors(work, here),
        machine=await _machine(work, here, machine_id),
        cleared=await clearing.lacking(work, here.operation, here.asked, machine_id),
        untrained=await untrained(work, hand, _instructions(here)),
    )
    start = next(row for row in OPERATIONS.table if row.step == "start")
    failed = [name for name, holds in start.guards.items() if not holds(facts)]
    return facts, [*failed, *facts.machine, *facts.cleared]


def _instructions(here: Scene) -> list[str]:
    return [*here.asked.documents, *(each.document for each in here.asked.steps if each.document)]


async def _machine(work: Work, here: Scene, machine_id: int | None) -> tuple[str, ...]:
    if machine_id is None:
        return ("machine_is_chosen",)
    asked = here.asked
    found = await equipment.startable(
        work, machine_id, work.now, asked.clean_hold_h, clean=asked.clean, batch_id=here.batch.id
    )
    return tuple(found)


async def untrained(work: Work, hand: Hand, documents: Sequence[str]) -> tuple[str, ...]:
    """Which of these instructions the hand may not work by now: not trained on what is in force, or nothing is."""
    if not documents or hand.person_id is None:
        return tuple(documents)
    return tuple(await training.untrained(work, hand.person_id, documents, work.now))


async def _predecessors(work: Work, here: Scene) -> tuple[str, ...]:
    before = record_in(here.batch).predecessors(here.asked)
    ended = {o.code for o in await records.operations(work, here.batch.id) if o.status in ENDED}
    return tuple(code for code in before if code not in ended)


async def _begin_batch(work: Work, batch: Batch) -> None:
    order = await orderbook.order(work, batch.order_id)
    if order.status is Status.RELEASED:
        await orderbook.step_order(work, order.id, "start", Facts())
    if batch.status is BatchStatus.ISSUED:
        await records.step_batch(work, batch.id, "start", BatchFacts())


async def _take_again(work: Work, here: Scene) -> None:
    machine_id, batch = here.operation.equipment_id, here.batch
    if machine_id is None:
        return
    await equipment.hold_still(work, machine_id)
    if await equipment.is_used_by(work, machine_id, batch.id):
        return
    if failed := await _machine(work, here, machine_id):
        raise Refused("batch_operation", here.operation.id, "resume", failed, state=here.operation.status)
    await _tell_interruption(work, here, machine_id)
    await equipment.take(work, machine_id, batch_id=batch.id, reason=batch.number)


async def _tell_interruption(work: Work, here: Scene, machine_id: int) -> None:
    """Whatever took the machine away while the operation was under way is an exception of the batch."""
    began = here.operation.started_at or work.now
    if left := await equipment.interruption(work, machine_id, here.batch.id, began):
        await flags.machine_changed(work, here.batch, here.operation, left.status)


async def _leave_machine(work: Work, here: Scene) -> None:
    """The machine is to be cleaned once no other operation of the batch runs on it."""
    machine_id = here.operation.equipment_id
    if machine_id is None:
        return
    await _tell_interruption(work, here, machine_id)
    if not await equipment.is_used_by(work, machine_id, here.batch.id):
        return
    running = (OperationStatus.RUNNING, OperationStatus.PAUSED)
    others = await records.operations_where(work, batch_ids=[here.batch.id], equipment_id=machine_id, statuses=running)
    if not [each for each in others if each.id != here.operation.id]:
        await equipment.give_back(work, machine_id, batch_id=here.batch.id, reason=here.batch.number)
