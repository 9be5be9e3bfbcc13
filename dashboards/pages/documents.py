"""Controlled documents: which version to work by, one document with its versions, and each step of a version."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.acting import NoSuchStep
from dashboards.frame import frame
from dashboards.message import done
from dashboards.pages.policies import moment_of
from dashboards.render import page
from dashboards.signing import SignedForm
from mes.audit import service as audit
from mes.border import Caller, Signed, Transaction, allow
from mes.documents import service as documents
from mes.documents.model import DOCUMENT, Document, Standing, effective
from mes.people import service as people
from mes.people.duties import Act, signers
from mes.plant import service as plant
from mes.training import service as training
from telemetry.work import Work

router = APIRouter(prefix="/documents")
Author = Annotated[Caller, Depends(allow(*signers(Act.AUTHOR)))]
Field = Annotated[str, Form()]
_STEPS = frozenset({"submit", "return"})


@router.get("")
async def document_list(request: Request, work: Transaction, caller: Signed) -> HTMLResponse:
    """Every document, with the version in force and the one in hand."""
    around = await frame(request, work, caller)
    by_code: dict[str, list[Document]] = {}
    for each in await documents.documents(work):
        by_code.setdefault(each.code, []).append(each)
    lines = [(versions[-1], effective(versions, work.now), _in_hand(versions, work)) for versions in by_code.values()]
    return page(request, "documents.html", around, lines=lines, may_write=around.has(*signers(Act.AUTHOR)))


def _in_hand(versions: list[Document], work: Work) -> Document | None:
    waiting = (Standing.DRAFT, Standing.IN_REVIEW, Standing.TO_COME)
    return next((each for each in versions if each.standing(work.now) in waiting), None)


@router.post("")
async def draft(
    work: Transaction,
    _: Author,
    code: Field,
    change_reason: Field,
    title_en: Field = "",
    title_zh: Field = "",
    text: Field = "",
    url: Field = "",
) -> Response:
    """Begin a document's next version, or its first."""
    titles = {"title_en": title_en, "title_zh": title_zh}
    said = documents.Draft(code=code.strip(), change_reason=change_reason, text=text, url=url, **titles)
    made = await documents.draft(work, said)
    return done(f"/documents/{made.code}", "document.drafted")


@router.get("/{code}")
async def document(
    request: Request, work: Transaction, caller: Signed, code: str, number: int | None = None
) -> HTMLResponse:
    """One document: the version in force, or the one asked for, and all versions."""
    around = await frame(request, work, caller)
    versions = await documents.versions(work, code)
    shown = next((v for v in versions if v.number == number), None) or effective(versions, work.now) or versions[-1]
    may_step = {"edit", "submit", "return"} if around.has(*signers(Act.AUTHOR)) else set()
    may_step |= {"approve", "withdraw"}  # whoever is signed in: the signer may be another person
    view = {
        "shown": shown,
        "versions": versions,
        "standing": shown.standing(work.now),
        "open_steps": [step for step in _open(shown, work) if step in may_step],
        "meanings": documents.MEANINGS,
        "signatures": await people.verified_signatures_of(work, "document_version", shown.id, shown.signed_content()),
        "may_draft": around.has(*signers(Act.AUTHOR)) and all(v.effective_from for v in versions),
        "readers": [each for each in await training.records(work, codes=[code]) if each.version_id == shown.id],
        "trail": await audit.entries(work, entity="document", entity_id=code, limit=50),
    }
    return page(request, "document.html", around, **view)


def _open(shown: Document, work: Work) -> tuple[str, ...]:
    """Steps that its state offers; one that is obsolete already offers none."""
    return () if shown.standing(work.now) is Standing.OBSOLETE else DOCUMENT.open_steps(shown.status)


@router.post("/versions/{version_id}/edit")
async def edit(
    work: Transaction, _: Author, version_id: int, version: Annotated[int, Form()], text: Field = "", url: Field = ""
) -> Response:
    """Write on."""
    found = await documents.edit(work, version_id, version=version, text=text, url=url)
    return done(f"/documents/{found.code}?number={found.number}", "document.edited")


@router.post("/versions/{version_id}/approve")
async def approve(
    work: Transaction,
    _: Signed,
    version_id: int,
    signed: SignedForm,
    version: Annotated[int, Form()],
    effective_from: Field = "",
) -> Response:
    """QA puts it in force."""
    found = await documents.approve(
        work,
        version_id,
        version=version,
        effective_from=moment_of(effective_from, await plant.time_zone(work)),
        credentials=signed.credentials,
        meaning=signed.meaning,
        reason=signed.reason,
    )
    return done(f"/documents/{found.code}?number={found.number}", "document.approved")


@router.post("/versions/{version_id}/withdraw")
async def withdraw(
    work: Transaction, _: Signed, version_id: int, signed: SignedForm, version: Annotated[int, Form()]
) -> Response:
    """QA takes it out of force."""
    found = await documents.withdraw(
        work,
        version_id,
        version=version,
        credentials=signed.credentials,
        meaning=signed.meaning,
        reason=signed.reason,
    )
    return done(f"/documents/{found.code}?number={found.number}", "document.withdrawn")


@router.post("/versions/{version_id}/{step}")
async def take_step(
    work: Transaction, _: Author, version_id: int, step: str, version: Annotated[int, Form()], reason: Field = ""
) -> Response:
    """Submit for review, or return to the author."""
    if step not in _STEPS:
        raise NoSuchStep(step=step)
    found = await documents.take_step(work, version_id, step, version=version, reason=reason)
    return done(f"/documents/{found.code}?number={found.number}", f"document.{step}")
