"""Controlled documents over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field

from mes.border import Caller, Signed, Transaction, allow
from mes.documents import service
from mes.documents.model import Document
from mes.moments import Moment
from mes.people.duties import Act, signers
from mes.people.signed_body import Body, SignedBody

router = APIRouter(prefix="/documents", tags=["documents"])
Author = Annotated[Caller, Depends(allow(*signers(Act.AUTHOR)))]
Id = Annotated[int, Path(ge=1, le=2**31 - 1)]
Text = Annotated[str, Field(max_length=100_000)]
Short = Annotated[str, Field(max_length=1000)]


class DraftBody(Body):
    code: Annotated[str, Field(min_length=1, max_length=100)]
    change_reason: Short
    title_en: Short = ""
    title_zh: Short = ""
    text: Text = ""
    url: Short = ""


class EditBody(Body):
    version: int
    text: Text = ""
    url: Short = ""


class StepBody(Body):
    version: int
    reason: Short = ""


class ApproveBody(SignedBody):
    version: int
    effective_from: Moment | None = None  # null: at once


class WithdrawBody(SignedBody):
    version: int


def as_json(found: Document, at: datetime) -> dict[str, Any]:
    """A version as programs see it, with what it is worth now."""
    told = {name: getattr(found, name) for name in Document.__slots__}
    return told | {"standing": found.standing(at)}


@router.get("")
async def list_documents(work: Transaction, _: Signed, code: str | None = None) -> dict[str, Any]:
    """Every version of every document, or of one."""
    found = await (service.versions(work, code) if code else service.documents(work))
    return {"items": [as_json(each, work.now) for each in found], "next": None}


@router.get("/effective")
async def show_effective(
    work: Transaction, _: Signed, code: Annotated[str, Query()], at: Moment | None = None
) -> dict[str, Any]:
    """The version to work by, now or at another moment."""
    found = await service.effective_document(work, code, at or work.now)
    if found is None:
        raise service.DocumentNotFound(document=code)
    return as_json(found, at or work.now)


@router.post("", status_code=201)
async def draft(body: DraftBody, work: Transaction, _: Author) -> dict[str, Any]:
    """Begin a document's next version, or its first."""
    return as_json(await service.draft(work, service.Draft(**body.model_dump())), work.now)


@router.get("/versions/{version_id}")
async def show_version(version_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """One version."""
    return as_json(await service.document(work, version_id), work.now)


@router.post("/versions/{version_id}/edit")
async def edit(version_id: Id, body: EditBody, work: Transaction, _: Author) -> dict[str, Any]:
    """Write on while it is a draft."""
    return as_json(await service.edit(work, version_id, version=body.version, text=body.text, url=body.url), work.now)


@router.post("/versions/{version_id}/approve")
async def approve(version_id: Id, body: ApproveBody, work: Transaction, who: Signed) -> dict[str, Any]:
    """Put it in force, signed by QA."""
    made = await service.approve(
        work,
        version_id,
        version=body.version,
        effective_from=body.effective_from,
        credentials=body.credentials(who),
        meaning=body.meaning,
        reason=body.reason,
    )
    return as_json(made, work.now)


@router.post("/versions/{version_id}/withdraw")
async def withdraw(version_id: Id, body: WithdrawBody, work: Transaction, who: Signed) -> dict[str, Any]:
    """Nobody may work by it any more, signed by QA."""
    made = await service.withdraw(
        work,
        version_id,
        version=body.version,
        credentials=body.credentials(who),
        meaning=body.meaning,
        reason=body.reason,
    )
    return as_json(made, work.now)


@router.post("/versions/{version_id}/{step}")
async def take_step(
    version_id: Id, step: Literal["submit", "return"], body: StepBody, work: Transaction, _: Author
) -> dict[str, Any]:
    """Submit for review, or return to the author."""
    made = await service.take_step(work, version_id, step, version=body.version, reason=body.reason)
    return as_json(made, work.now)
