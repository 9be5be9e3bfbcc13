"""The audit trail over HTTP: read, prove, note the end."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict

from mes.audit import checkpoints, service
from mes.audit.model import Checkpoint
from mes.border import Caller, Signed, Transaction, allow
from mes.moments import Moment
from mes.people.model import Role

router = APIRouter(prefix="/audit", tags=["audit"])
READERS = tuple(Role)  # whoever works here may see who did what


class VerifyBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    checkpoint: str | None = None  # as GET /checkpoint told it


@router.get("")
async def list_entries(
    work: Transaction,
    _: Annotated[Caller, Depends(allow(*READERS))],
    entity: str | None = None,
    entity_id: Annotated[str | None, Query(alias="id")] = None,
    actor: str | None = None,
    action: str | None = None,
    from_: Annotated[Moment | None, Query(alias="from")] = None,
    to: Moment | None = None,
    cursor: int | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """Rows of the trail, newest first."""
    found = await service.entries(
        work,
        entity=entity,
        entity_id=entity_id,
        actor=actor,
        action=action,
        since=from_,
        until=to,
        below=cursor,
        limit=limit,
    )
    return {"items": found, "next": found[-1].seq if len(found) == limit else None}


@router.get("/checkpoint")
async def show_checkpoint(work: Transaction, _: Signed) -> dict[str, Any]:
    """The end of the chain, to be kept elsewhere."""
    end = await service.checkpoint(work)
    return {"at": work.now, "seq": end.seq, "head": end.head, "checkpoint": str(end)}


@router.post("/verify")
async def verify(
    work: Transaction,
    _: Annotated[Caller, Depends(allow(Role.QA, Role.QP, Role.ADMIN))],
    body: VerifyBody | None = None,
) -> dict[str, Any]:
    """Recompute the chain; `first_bad_seq` is null when it is whole."""
    told = [Checkpoint.parse(body.checkpoint)] if body and body.checkpoint else []
    verdict = await service.verify(work, *told, *(each.end for each in await checkpoints.kept(work)))
    return {"rows": verdict.rows, "head": verdict.head, "first_bad_seq": verdict.first_bad_seq}
