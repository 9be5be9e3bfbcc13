"""Actions over HTTP: mine, all that is open, done with evidence, put off by signature."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from mes.actions import service
from mes.actions.model import Action, Ask, Kind
from mes.border import Caller, Signed, Transaction, allow
from mes.people.model import Credentials, Role

router = APIRouter(prefix="/actions", tags=["quality"])
LARGEST = 2**31 - 1
Id = Annotated[int, Path(ge=1, le=LARGEST)]
STAFF = tuple(role for role in Role if role is not Role.ADMIN)
Staff = Annotated[Caller, Depends(allow(*STAFF))]


class AskBody(BaseModel):
    """An action of a record: who does what until when."""

    model_config = ConfigDict(extra="forbid")

    version: int  # of the record
    kind: Kind
    text: str
    owner: str
    due_on: date
    document: str | None = None

    def ask(self) -> Ask:
        """As the record's slice takes it."""
        return Ask(**self.model_dump(exclude={"version"}))


class FinishBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int
    evidence: str


class ExtendBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int
    due_on: date
    username: str | None = None  # default: who is signed in
    password: str = Field(repr=False)
    reason: str


def action_json(found: Action) -> dict[str, Any]:
    """An action as programs see it."""
    return {name: getattr(found, name) for name in Action.__slots__} | {"done": found.done}


@router.get("")
async def list_actions(work: Transaction, caller: Signed, mine: bool = False) -> dict[str, Any]:
    """Open actions by their dates, all or the caller's."""
    found = await service.actions(work, owner=caller.name if mine else None, open_only=True)
    return {"items": [action_json(each) for each in found]}


@router.post("/{action_id}/finish")
async def finish(action_id: Id, body: FinishBody, work: Transaction, _: Staff) -> dict[str, Any]:
    """It is done; the evidence shows it."""
    return action_json(await service.finish(work, action_id, version=body.version, evidence=body.evidence))


@router.post("/{action_id}/extend")
async def extend(
    action_id: Id, body: ExtendBody, work: Transaction, caller: Annotated[Caller, Depends(allow(Role.QA))]
) -> dict[str, Any]:
    """Put its date off, signed."""
    who = Credentials(body.username or caller.name, body.password, caller.terminal)
    after = await service.extend(
        work, action_id, version=body.version, due_on=body.due_on, credentials=who, reason=body.reason
    )
    return action_json(after)
