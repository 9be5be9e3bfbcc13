"""CAPA over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from mes.actions import service as actions
from mes.actions.api import LARGEST, AskBody, Id, action_json
from mes.border import Caller, RoleMissing, Signed, Transaction, allow
from mes.capa import service
from mes.capa.model import CAPA, QA, STAFF, Capa, CauseMethod, Status
from mes.people.model import Credentials, Meaning
from telemetry.work import Work

router = APIRouter(prefix="/capas", tags=["quality"])
Staff = Annotated[Caller, Depends(allow(*STAFF))]
SIGNED = frozenset(row.step for row in CAPA.table if row.signed)
Step = Literal["evaluate", "investigate", "approve_plan", "implement", "await_effect", "close", "fail", "reject"]


class SourceBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    record_type: Literal["deviation", "complaint", "audit"]
    record_id: str = Field(min_length=1, max_length=64)


class OpenBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str
    problem: str
    owner: str
    sources: list[SourceBody] = []


class StepBody(BaseModel):
    """`version` always; the rest where the step asks for it, a signature where it is signed."""

    model_config = ConfigDict(extra="forbid")

    version: int
    note: str = ""
    evaluation: str = ""
    cause_method: CauseMethod | Literal[""] = ""
    root_cause: str = ""
    metric: str = ""
    threshold: str = ""
    window_from: date | None = None
    window_to: date | None = None
    result: str = ""
    username: str | None = None
    password: str = Field(default="", repr=False)
    meaning: str = ""
    reason: str = ""

    def said(self) -> service.Said:
        """What the step is told."""
        signature = {"version", "username", "password", "meaning", "reason"}
        return service.Said(**(self.model_dump(exclude=signature) | {"note": self.note or self.reason}))


async def capa_json(work: Work, found: Capa) -> dict[str, Any]:
    """A CAPA as programs see it: its columns, its actions, what it came from, the steps that it offers."""
    planned = [action_json(each) for each in await actions.actions(work, service.record(found))]
    came_from = [f"{each.record_type}:{each.record_id}" for each in await service.sources(work, found.id)]
    about = {"actions": planned, "sources": came_from, "steps": CAPA.open_steps(found.status)}
    return {name: getattr(found, name) for name in Capa.__slots__} | about


@router.get("")
async def list_capas(
    work: Transaction,
    _: Signed,
    status: Annotated[list[Status] | None, Query()] = None,
    cursor: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """CAPAs, newest first."""
    found = await service.capas(work, statuses=status, below=cursor, limit=limit)
    items = [{name: getattr(each, name) for name in Capa.__slots__} for each in found]
    return {"items": items, "next": found[-1].id if len(found) == limit else None}


@router.post("", status_code=201)
async def open_capa(body: OpenBody, work: Transaction, _: Staff) -> dict[str, Any]:
    """Open one."""
    came_from = tuple((each.record_type, each.record_id) for each in body.sources)
    opening = service.Opening(title=body.title, problem=body.problem, owner=body.owner, sources=came_from)
    return await capa_json(work, await service.open_capa(work, opening))


@router.get("/{capa_id}")
async def show_capa(capa_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """One CAPA."""
    return await capa_json(work, await service.capa(work, capa_id))


@router.post("/{capa_id}/actions", status_code=201)
async def plan_action(capa_id: Id, body: AskBody, work: Transaction, _: Staff) -> dict[str, Any]:
    """Plan an action of it."""
    return action_json(await service.plan_action(work, capa_id, body.ask(), version=body.version))


@router.post("/{capa_id}/{step}")
async def take_step(capa_id: Id, step: Step, body: StepBody, work: Transaction, caller: Staff) -> dict[str, Any]:
    """A step further; those that are signed carry a signature."""
    if step not in SIGNED:
        return await capa_json(
            work, await service.take_step(work, capa_id, step, version=body.version, said=body.said())
        )
    if not caller.roles & QA:
        raise RoleMissing(needs=" | ".join(sorted(QA)), caller=caller.name)
    after = await service.sign_step(
        work,
        capa_id,
        step,
        version=body.version,
        credentials=Credentials(body.username or caller.name, body.password, caller.terminal),
        meaning=body.meaning or Meaning.APPROVED,
        reason=body.reason,
        said=body.said(),
    )
    return await capa_json(work, after)
