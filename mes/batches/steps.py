"""Steps of an operation, one after the other: values entered, windows captured, a second person's verification.

What is entered is held against its limits at once; beyond them it is kept all the same, and raised as an exception.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from mes.batches import execution, flags, keeping, records
from mes.batches.execution import Scene, open_next, put_step
from mes.batches.hands import Hand, sign, step_content
from mes.batches.model import FINISHED, BatchStep, BatchValue, OperationStatus, StepStatus, Verdict
from mes.batches.records import SQL
from mes.batches.snapshot import step_in
from mes.documents import service as documents
from mes.equipment.model import WORKING, Against
from mes.materials.service import closed_lines
from mes.orders import orderbook
from mes.orders.model import Status
from mes.people.duties import Act
from mes.people.model import Meaning
from mes.people.refusals import ReauthRequired
from mes.plant import service as plant
from mes.recipes.document import Step, StepKind
from mes.transitions import Refused, StaleVersion
from telemetry.errors import Invalid
from telemetry.work import Work

LATE = timedelta(minutes=15)
"""A value that was seen earlier than this before it was entered is a late entry."""

MADE = ("good", "rejected", "sampled")
_MOST_TEXT = 2000


class ValueMissing(Invalid):
    """A value is missing: fill in every field of the step."""


class NotANumber(Invalid):
    """This is no number: write it with digits and a decimal point."""


class ChoiceUnknown(Invalid):
    """This step offers other choices."""


class SeenAtAnotherTime(Invalid):
    """A value is seen after its step was opened, and not in the future."""


class OutWithoutNote(Invalid):
    """This value is out of its limits: look again, then enter it with a note that says what was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a person reports at a step."""

    values: Mapping[str, str]  # by name: value, sample-1 .. n, good, rejected, sampled; as typed
    source: str = "typed"  # typed, scanned, program
    seen_at: datetime | None = None  # None: now
    note: str = ""  # said about a value that is beyond its limits


@dataclass(frozen=True, slots=True)
class Place:
    """A step with what is around it."""

    scene: Scene
    step: BatchStep
    asked: Step


async def place(work: Work, step_id: int) -> Place:
    """A step and what is around it. Raises StepNotFound."""
    found = await records.step(work, step_id)
    scene = await execution.scene(work, found.operation_id)
    return Place(scene, found, step_in(scene.batch, scene.operation.code, found.code))


async def report(work: Work, step_id: int, entry: Entry, hand: Hand, *, version: int) -> BatchStep:
    """Report what an open step asks for; the next one opens when all of it is there. A critical step is signed.

    Raises StepNotFound, StaleVersion, Refused, ValueMissing, NotANumber, ChoiceUnknown, SeenAtAnotherTime,
    OutWithoutNote, CapturePointMissing, and as `people.sign` does.
    """
    here = await locked(work, step_id, version)
    await _check_open(work, here, "report")
    await _demand_trained(work, here, hand)
    if here.step.critical and not hand.signs:
        raise ReauthRequired
    seen_at = _seen(work, here.step, entry.seen_at)
    if here.asked.kind is StepKind.CAPTURE:
        await keeping.take_capture(work, here.scene, here.step, here.asked)
    else:
        await _keep_values(work, here, entry, seen_at)
        if not await _is_complete(work, here):
            await put_step(work, here.step)  # a sample more: the page that shows fewer is stale
            return await records.step(work, step_id)
    late = work.now - seen_at
    if late > LATE:
        await flags.entered_late(work, here.scene.batch, here.step, late.total_seconds() / 60)
    return await _finish(work, here, hand, entry.note)


async def verify_step(work: Work, step_id: int, hand: Hand, *, remark: str = "", version: int) -> BatchStep:
    """A second person has looked at a critical step, and signs. Raises StaleVersion, Refused, SameSigner ..."""
    here = await locked(work, step_id, version)
    if not here.step.waits_for_verification:
        raise Refused("batch_step", step_id, "verify", ["step_waits_for_verification"], state=here.step.status)
    signed = await sign(
        work,
        hand,
        Meaning.VERIFIED,
        remark.strip() or here.step.code,
        record=("batch_step", step_id, version),
        content=await content_of(work, here),
        act=Act.VERIFY,
        not_by=[here.step.performer_id],
    )
    who = signed.printed_name
    await put_step(work, replace(here.step, verified_by=who, verified_at=work.now, verify_signature_id=signed.id))
    facts = {"verified_by": who, "signature": signed.id}
    work.audit("batch_step.verify", "batch_step", step_id, after=facts, reason=remark.strip())
    return await records.step(work, step_id)


async def skip_step(work: Work, step_id: int, hand: Hand, *, reason: str, version: int) -> BatchStep:
    """Leave out a step. One that must be done needs a signature, and is an exception. Raises as `report` does."""
    here = await locked(work, step_id, version)
    await _check_open(work, here, "skip")
    if not reason.strip():
        raise Refused("batch_step", step_id, "skip", ["reason_given"])
    skipped = replace(here.step, status=StepStatus.SKIPPED, done_at=work.now, done_by=work.actor, note=reason.strip())
    if here.step.mandatory:
        signed = await sign(
            work,
            hand,
            Meaning.APPROVED,
            reason,
            record=("batch_step", step_id, version),
            content=await content_of(work, here) | {"act": "skip"},
            act=Act.OVERRIDE,
        )
        skipped = replace(skipped, done_by=signed.printed_name, signature_id=signed.id)
        await flags.step_missed(work, here.scene.batch, here.step, reason.strip())
    await put_step(work, skipped)
    work.audit("batch_step.skip", "batch_step", step_id, after={"status": "skipped"}, reason=reason.strip())
    await open_next(work, here.step.operation_id)
    return await records.step(work, step_id)


async def locked(work: Work, step_id: int, version: int | None) -> Place:
    """Hold the batch, the operation and the step. Raises StepNotFound, StaleVersion."""
    found = await records.step(work, step_id)
    await execution.locked(work, found.operation_id)
    await work.run(SQL["lock_step"], step_id=step_id)
    here = await place(work, step_id)
    if version is not None and version != here.step.version:
        raise StaleVersion("batch_step", step_id, yours=version, current=here.step.version)
    return here


async def content_of(work: Work, here: Place) -> dict[str, object]:
    """What is signed of a step: what the record says there now."""
    values = await records.values(work, step_id=here.step.id)
    taken = [c for c in await records.captures(work, step_id=here.step.id) if c.in_force]
    return step_content(here.scene.batch, here.scene.operation, here.step, values, taken[-1] if taken else None)


def names_of(asked: Step) -> tuple[str, ...]:
    """Names of the values that a step asks for; none for a confirmation or a capture."""
    match asked.kind:
        case StepKind.VALUE | StepKind.CHOICE | StepKind.TEXT:
            return ("value",)
        case StepKind.IPC:
            return tuple(f"sample-{number}" for number in range(1, asked.samples + 1))
        case StepKind.YIELD:
            return MADE
        case StepKind.EQUIPMENT:
            return ("equipment",)
    return ()


async def _check_open(work: Work, here: Place, step: str) -> None:
    order = await orderbook.order(work, here.scene.batch.order_id)
    guards = {
        "order_is_running": order.status is Status.RUNNING,
        "operation_is_running": here.scene.operation.status is OperationStatus.RUNNING,
        "step_is_open": here.step.status is StepStatus.OPEN,
        # Without it nothing is done there; a step may still be left out.
        Against.WORKS: step == "skip" or await _machine_works(work, here.scene.operation.equipment_id),
    }
    if failed := [name for name, holds in guards.items() if not holds]:
        raise Refused("batch_step", here.step.id, step, failed, state=here.step.status)


async def _demand_trained(work: Work, here: Place, hand: Hand) -> None:
    """Whoever joins a running operation, or signs there, is trained as who started it, on what is in force now."""
    if missing := await execution.untrained(work, hand, _instructions(here)):
        raise Refused("batch_step", here.step.id, "report", ["operator_is_trained"], documents=list(missing))


def _instructions(here: Place) -> list[str]:
    own = [here.asked.document] if here.asked.document else []
    return list(dict.fromkeys([*here.scene.asked.documents, *own]))


async def _versions(work: Work, here: Place) -> dict[str, object]:
    """The versions of its instructions by which a step was done, for its audit row; nothing where it has none."""
    if not (codes := _instructions(here)):
        return {}
    in_force = await documents.effective_documents(work, work.now)
    return {"documents": {code: in_force[code].number for code in codes if code in in_force}}


async def _machine_works(work: Work, equipment_id: int | None) -> bool:
    return equipment_id is None or (await plant.machine(work, equipment_id)).status in WORKING


def _seen(work: Work, step: BatchStep, seen_at: datetime | None) -> datetime:
    if seen_at is None:
        return work.now
    if seen_at > work.now or (step.opened_at is not None and seen_at < step.opened_at):
        raise SeenAtAnotherTime(seen_at=seen_at, opened_at=step.opened_at)
    return seen_at


async def _keep_values(work: Work, here: Place, entry: Entry, seen_at: datetime) -> None:
    known = {value.name for value in await records.values(work, step_id=here.step.id)}
    asked = [name for name in names_of(here.asked) if name not in known]
    told = {name: entry.values.get(name, "").strip() for name in asked}
    needed = asked if here.asked.kind is not StepKind.IPC else []
    if [name for name in needed if not told[name] and name not in {"rejected", "sampled"}] or (
        asked and not any(told.values())
    ):
        raise ValueMissing(step=here.step.code)
    for name, text in told.items():
        if text or name in {"rejected", "sampled"}:
            await _keep(work, here, name, text or "0", entry, seen_at)


async def _keep(work: Work, here: Place, name: str, text: str, entry: Entry, seen_at: datetime) -> BatchValue:
    said = await read(work, here, text)
    if keeping.verdict_of(said, here.asked) is Verdict.OUT and not entry.note.strip():
        raise OutWithoutNote(step=here.step.code, value=text[:40])
    value = await keeping.add_value(work, here.step, here.asked, name, said, source=entry.source, observed_at=seen_at)
    await flags.value_beyond(work, here.scene.batch, here.asked, here.step, value, entry.note.strip())
    return value


async def read(work: Work, here: Place, text: str) -> Decimal | str:
    """What was typed or scanned, as the step's kind reads it. Raises NotANumber, ChoiceUnknown, Refused."""
    match here.asked.kind:
        case StepKind.VALUE | StepKind.IPC | StepKind.YIELD:
            return number_in(text)
        case StepKind.CHOICE:
            if text not in here.asked.choices:
                raise ChoiceUnknown(choices=list(here.asked.choices))
        case StepKind.EQUIPMENT:
            return await _machine(work, here, text)
    return text[:_MOST_TEXT]


def number_in(text: str) -> Decimal:
    """A finite number as people write it; a comma is a point. Raises NotANumber."""
    try:
        number = Decimal(text.strip().replace(",", "."))
    except InvalidOperation as wrong:
        raise NotANumber(text=text[:40]) from wrong
    if not number.is_finite() or abs(number) >= Decimal(10) ** 12:
        raise NotANumber(text=text[:40])
    return number


async def _machine(work: Work, here: Place, text: str) -> str:
    """Path of the machine that was scanned: it must be the one on which the operation runs."""
    known = {str(machine.id): machine for machine in await plant.equipment(work)}
    known |= {machine.path: machine for machine in known.values()}
    known |= {machine.path.rpartition("/")[2]: machine for machine in known.values()}
    machine = known.get(text)
    if machine is None or machine.id != here.scene.operation.equipment_id:
        raise Refused("batch_step", here.step.id, "report", ["machine_is_the_operations"], scanned=text[:80])
    return machine.path


async def _is_complete(work: Work, here: Place) -> bool:
    known = {value.name for value in await records.values(work, step_id=here.step.id)}
    return known.issuperset(names_of(here.asked))


async def _finish(work: Work, here: Place, hand: Hand, note: str) -> BatchStep:
    done = replace(here.step, status=StepStatus.DONE, done_at=work.now, done_by=work.actor, note=note.strip())
    if here.step.critical:
        signed = await sign(
            work,
            hand,
            Meaning.PERFORMED,
            note.strip() or here.step.code,
            record=("batch_step", here.step.id, here.step.version),
            content=await content_of(work, here),
            act=Act.PERFORM,
        )
        await _demand_trained(work, here, Hand(signed.person_id))  # who signs may be another than who is signed in
        done = replace(done, done_by=signed.printed_name, performer_id=signed.person_id, signature_id=signed.id)
    else:
        done = replace(done, performer_id=hand.person_id)
    await put_step(work, done)
    if here.asked.kind is StepKind.MATERIAL:
        await _close_lines(work, here)
    told = {"status": done.status, "by": done.done_by, "note": done.note} | await _versions(work, here)
    work.audit("batch_step.done", "batch_step", here.step.id, before={"status": here.step.status}, after=told)
    await keeping.judge_yield(work, here.scene.batch, here.scene.operation, here.step)
    await open_next(work, here.step.operation_id)
    return await records.step(work, here.step.id)


async def _close_lines(work: Work, here: Place) -> None:
    """After the operation's last material step, what its lines still lack is an exception, to be commented."""
    found = await records.steps_of(work, here.step.operation_id)
    if not [s for s in found if s.kind is StepKind.MATERIAL and s.id != here.step.id and s.status not in FINISHED]:
        operation = here.scene.operation
        await closed_lines(work, operation.batch_id, operation=operation.code, operation_id=operation.id)
