"""Change control over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from mes.actions import service as actions
from mes.actions.api import LARGEST, AskBody, Id, action_json
from mes.border import Caller, RoleMissing, Signed, Transaction, allow
from mes.changes import service, stepping
from mes.changes.model import CHANGE, QA, STAFF, Change, Class, Department, Impact, Kind, Status
from mes.people.model import Credentials, Meaning
from telemetry.work import Work

router = APIRouter(prefix="/changes", tags=["quality"])
Staff = Annotated[Caller, Depends(allow(*STAFF))]
SIGNED = frozenset(row.step for row in CHANGE.table if row.signed)
Step = Literal[
    "submit", "assess", "approve", "reject", "implement", "verify", "put_into_effect", "close", "cancel"
]  # fmt: skip


class DraftBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Kind
    subject: str = Field(max_length=200)
    title: str
    description: str = ""
    reason: str = ""
    products: list[str] = []
    regulatory: bool = False
    blocks_orders: bool = False


class ImpactBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int
    department: Department
    affected: bool
    said: str


class StepBody(BaseModel):
    """`version` always; the rest where the step asks for it, a signature where it is signed."""

    model_config = ConfigDict(extra="forbid")

    version: int
    reason: str = ""
    class_: Class | None = Field(default=None, alias="class")
    regulatory_ref: str = ""
    username: str | None = None
    password: str = Field(default="", repr=False)
    meaning: str = ""


class BatchBody(BaseModel):
    """What was found when a batch after the change was looked at, signed."""

    model_config = ConfigDict(extra="forbid")

    batch: str = Field(min_length=1)
    username: str | None = None
    password: str = Field(repr=False)
    reason: str


async def change_json(work: Work, found: Change) -> dict[str, Any]:
    """A change as programs see it."""
    said = await service.impacts(work, found.id)
    return _columns(found) | {
        "impacts": [{name: getattr(each, name) for name in Impact.__slots__} for each in said],
        "unanswered": service.unanswered(said),
        "actions": [action_json(each) for each in await actions.actions(work, stepping.record(found))],
        "batches": [each.batch for each in await service.batches_after(work, found.id)],
        "steps": CHANGE.open_steps(found.status),
    }


def _columns(found: Change) -> dict[str, Any]:
    return {name.rstrip("_"): getattr(found, name) for name in Change.__slots__}


@router.get("")
async def list_changes(
    work: Transaction,
    _: Signed,
    status: Annotated[list[Status] | None, Query()] = None,
    subject: str | None = None,
    cursor: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Changes, newest first."""
    found = await service.changes(work, statuses=status, subject=subject, below=cursor, limit=limit)
    return {"items": [_columns(each) for each in found], "next": found[-1].id if len(found) == limit else None}


@router.post("", status_code=201)
async def draft_change(body: DraftBody, work: Transaction, _: Staff) -> dict[str, Any]:
    """Draft one."""
    draft = service.Draft(**(body.model_dump() | {"products": tuple(body.products)}))
    return await change_json(work, await service.draft_change(work, draft))


@router.get("/{change_id}")
async def show_change(change_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """One change."""
    return await change_json(work, await service.change(work, change_id))


@router.post("/{change_id}/impacts")
async def say_impact(change_id: Id, body: ImpactBody, work: Transaction, _: Staff) -> dict[str, Any]:
    """A department says what the change does to it."""
    return await change_json(work, await service.say_impact(work, change_id, **body.model_dump()))


@router.post("/{change_id}/actions", status_code=201)
async def plan_action(change_id: Id, body: AskBody, work: Transaction, _: Staff) -> dict[str, Any]:
    """Plan an action of its implementation."""
    return action_json(await stepping.plan_action(work, change_id, body.ask(), version=body.version))


@router.post("/{change_id}/batches")
async def look_at_batch(
    change_id: Id, body: BatchBody, work: Transaction, caller: Annotated[Caller, Depends(allow(*QA))]
) -> dict[str, Any]:
    """QA has looked at a batch after the change, signed."""
    who = Credentials(body.username or caller.name, body.password, caller.terminal)
    await service.look_at_batch(work, change_id, batch=body.batch, credentials=who, reason=body.reason)
    return await change_json(work, await service.change(work, change_id))


@router.post("/{change_id}/{step}")
async def take_step(change_id: Id, step: Step, body: StepBody, work: Transaction, caller: Staff) -> dict[str, Any]:
    """A step further; those that are signed carry a signature."""
    roles = frozenset(role for row in CHANGE.table if row.step == step for role in row.roles)
    if not caller.roles & roles:
        raise RoleMissing(needs=" | ".join(sorted(roles)), caller=caller.name)
    if step not in SIGNED:
        said = stepping.Said(reason=body.reason, class_=body.class_, regulatory_ref=body.regulatory_ref)
        after = await stepping.take_step(work, change_id, step, version=body.version, said=said)
    else:
        after = await stepping.sign_step(
            work,
            change_id,
            step,
            version=body.version,
            credentials=Credentials(body.username or caller.name, body.password, caller.terminal),
            meaning=body.meaning or (Meaning.REJECTED if step == "reject" else Meaning.APPROVED),
            reason=body.reason,
            regulatory_ref=body.regulatory_ref,
        )
    return await change_json(work, after)
