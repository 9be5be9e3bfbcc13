"""Batch execution over HTTP: what a batch's record says, and what is reported to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from mes.batches import service as batches
from mes.batches.hands import Hand
from mes.batches.model import BatchOperation
from mes.batches.records import KEEPERS
from mes.batches.steps import number_in
from mes.border import Caller, Signed, Transaction, allow
from mes.people.model import Credentials, Role
from telemetry.work import Work

router = APIRouter(tags=["batches"])

LARGEST = 2**31 - 1
Id = Annotated[int, Path(ge=1, le=LARGEST)]
Short = Annotated[str, Field(max_length=200)]
Text = Annotated[str, Field(max_length=2000)]
Crew = Annotated[Caller, Depends(allow(Role.OPERATOR, Role.LEAD))]
Looking = Annotated[Caller, Depends(allow(Role.OPERATOR, Role.LEAD, Role.QC, Role.QA))]
Keeping = Annotated[Caller, Depends(allow(*KEEPERS))]


class Signing(BaseModel):
    """A body that may be signed: the signer may be another than who is signed in."""

    model_config = ConfigDict(extra="forbid")

    username: Short | None = None
    password: Annotated[str, Field(max_length=1000)] = ""

    def hand(self, who: Caller) -> Hand:
        return Hand(who.person_id, Credentials(self.username or who.name, self.password, who.terminal))


class StepBody(Signing):
    version: int = Field(ge=1, le=LARGEST)
    reason: Text = ""
    equipment_id: Annotated[int, Field(ge=1, le=LARGEST)] | None = None


class ReportBody(Signing):
    version: int = Field(ge=1, le=LARGEST)
    values: dict[Short, Text] = Field(default_factory=dict, max_length=100)
    source: Literal["typed", "scanned"] = "typed"
    seen_at: AwareDatetime | None = None
    note: Text = ""


class CorrectionBody(Signing):
    value: Text
    reason: Text


class ClearanceBody(Signing):
    found: Text


class CopyBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Text = ""


class CheckBody(Signing):
    passed: bool
    remark: Text = ""


@router.get("/batches/{batch_id}/record")
async def show_record(batch_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """Everything a batch's record says: the copy of the master record, and what was done, old values too."""
    batch = await batches.batch(work, batch_id)
    parts: dict[str, Sequence[Any]] = {
        "operations": await batches.operations(work, batch_id),
        "steps": await batches.steps(work, batch_id),
        "values": await batches.values(work, batch_id),
        "captures": await batches.captures(work, batch_id),
        "clearances": await batches.clearances(work, batch_id),
        "prints": await batches.prints(work, batch_id),
        "yields": await batches.yields(work, batch_id),
    }
    return asdict(batch) | {name: [asdict(row) for row in rows] for name, rows in parts.items()}


@router.post("/batches/{batch_id}/prints", status_code=201)
async def print_record(batch_id: Id, body: CopyBody, work: Transaction, _: Keeping) -> dict[str, Any]:
    """Count a copy on paper; every one after the first says why."""
    return asdict(await batches.print_record(work, batch_id, reason=body.reason))


@router.get("/operations/{operation_id}")
async def show_operation(operation_id: Id, work: Transaction, who: Signed) -> dict[str, Any]:
    """One operation with its steps, and what speaks against starting it now."""
    found = await batches.operation(work, operation_id)
    against = await batches.against(work, operation_id, Hand(who.person_id)) if found.status == "ready" else []
    steps = await batches.steps_of(work, operation_id)
    return asdict(found) | {"steps": [asdict(step) for step in steps], "against": against}


@router.post("/operations/{operation_id}/clearances", status_code=201)
async def record_clearance(operation_id: Id, body: ClearanceBody, work: Transaction, who: Crew) -> dict[str, Any]:
    """The line is clear of what ran before."""
    return asdict(await batches.record_clearance(work, operation_id, body.hand(who), found=body.found))


@router.post("/clearances/{clearance_id}/check")
async def check_clearance(clearance_id: Id, body: CheckBody, work: Transaction, who: Looking) -> dict[str, Any]:
    """Another person has looked."""
    hand = body.hand(who)
    return asdict(await batches.check_clearance(work, clearance_id, hand, passed=body.passed, remark=body.remark))


@router.post("/operations/{operation_id}/{step}")
async def step_operation(
    operation_id: Id,
    step: Literal["start", "pause", "resume", "complete", "skip"],
    body: StepBody,
    work: Transaction,
    who: Crew,
) -> dict[str, Any]:
    """Take an operation a step further; 409 names every guard that failed."""
    return asdict(await take_step(work, operation_id, step, body, body.hand(who)))


@router.post("/steps/{step_id}/report")
async def report(step_id: Id, body: ReportBody, work: Transaction, who: Crew) -> dict[str, Any]:
    """Report what an open step asks for."""
    entry = batches.Entry(values=body.values, source=body.source, seen_at=body.seen_at, note=body.note)
    return asdict(await batches.report(work, step_id, entry, body.hand(who), version=body.version))


@router.post("/steps/{step_id}/verify")
async def verify(step_id: Id, body: StepBody, work: Transaction, who: Looking) -> dict[str, Any]:
    """A second person signs a critical step."""
    hand = body.hand(who)
    return asdict(await batches.verify_step(work, step_id, hand, remark=body.reason, version=body.version))


@router.post("/steps/{step_id}/skip")
async def skip(step_id: Id, body: StepBody, work: Transaction, who: Crew) -> dict[str, Any]:
    """Leave out a step, for a reason."""
    hand = body.hand(who)
    return asdict(await batches.skip_step(work, step_id, hand, reason=body.reason, version=body.version))


@router.post("/values/{value_id}/correct", status_code=201)
async def correct(value_id: Id, body: CorrectionBody, work: Transaction, who: Crew) -> dict[str, Any]:
    """Enter what a value should have been; the old one stays."""
    found = await batches.value_row(work, value_id)
    value = number_in(body.value) if found.number is not None else body.value
    return asdict(await batches.correct_value(work, value_id, value, body.hand(who), reason=body.reason))


async def take_step(work: Work, operation_id: int, step: str, body: StepBody, hand: Hand) -> BatchOperation:
    """The step of an operation that a route names."""
    match step:
        case "start":
            return await batches.start_operation(
                work, operation_id, hand, version=body.version, equipment_id=body.equipment_id
            )
        case "pause":
            return await batches.pause_operation(work, operation_id, reason=body.reason, version=body.version)
        case "resume":
            return await batches.resume_operation(work, operation_id, version=body.version)
        case "complete":
            return await batches.complete_operation(work, operation_id, hand, version=body.version)
    return await batches.skip_operation(work, operation_id, hand, reason=body.reason, version=body.version)
