"""The audit trail over HTTP: read, prove, note the end."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from mes.audit import checkpoints, reviews, service
from mes.audit.model import Checkpoint
from mes.border import Caller, Signed, Transaction, allow
from mes.moments import Moment
from mes.people.model import Role
from mes.people.signed_body import SignedBody

router = APIRouter(prefix="/audit", tags=["audit"])


class ReviewBody(SignedBody):
    scope: Annotated[str, Field(min_length=1, max_length=100)]  # batch, person, changed, or the kind of a record
    subject: Annotated[str, Field(max_length=100)] = ""
    from_time: Moment | None = None
    to_time: Moment | None = None
    findings: Annotated[str, Field(max_length=10_000)] = ""
    conclusion: reviews.Conclusion
    seen: int | None = None  # the trail's end when it was looked at


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


@router.get("/checkpoints")
async def list_checkpoints(work: Transaction, _: Signed) -> dict[str, Any]:
    """Where the trail ended, day by day: to be kept elsewhere."""
    return {"items": await checkpoints.kept(work), "next": None}


@router.get("/reviews")
async def list_reviews(
    work: Transaction, _: Signed, scope: str | None = None, subject: str | None = None
) -> dict[str, Any]:
    """Signed reviews of the trail, newest first."""
    return {"items": await reviews.reviews(work, scope=scope, subject=subject), "next": None}


@router.post("/reviews", status_code=201)
async def sign_review(body: ReviewBody, work: Transaction, who: Signed) -> reviews.Review:
    """Sign that a part of the trail was looked through."""
    about = reviews.Range(scope=body.scope, subject=body.subject, from_time=body.from_time, to_time=body.to_time)
    return await reviews.sign_review(
        work,
        about,
        findings=body.findings,
        conclusion=body.conclusion,
        credentials=body.credentials(who),
        meaning=body.meaning,
        reason=body.reason,
        seen=body.seen,
    )


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
