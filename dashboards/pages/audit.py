"""The audit trail: found by record, person and time; whether it is whole; and the review of it, which is signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.frame import Frame, frame
from dashboards.message import done
from dashboards.pages.policies import moment_of
from dashboards.render import page
from dashboards.signing import SignedForm
from mes.alarms import service as alarms
from mes.alarms.model import Kind
from mes.audit import checkpoints, reviews
from mes.audit import service as audit
from mes.border import Signed, Transaction
from mes.people import service as people
from mes.people.duties import Act, signers
from mes.people.model import Role, Verified
from mes.plant import service as plant
from telemetry.work import Work

router = APIRouter(prefix="/audit")
PROVERS = (Role.QA, Role.QP, Role.ADMIN)
_A_PAGE = 20
_REVIEWS = 5
_DAYS = 14
Text = Annotated[str, Query(max_length=100)]
Field = Annotated[str, Form()]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the filter asks for, as it was typed."""

    entity: str = ""
    entity_id: str = ""
    actor: str = ""
    since: str = ""
    until: str = ""
    view: str = ""  # changed: only what was changed after its first entry

    def query(self) -> str:
        """As an address's query."""
        return urlencode({name: fact for name in self.__slots__ if (fact := getattr(self, name))})

    async def range(self, work: Work) -> reviews.Range:
        """The rows that a review of what is shown would be about."""
        zone = await plant.time_zone(work)
        scope, subject = "changed", ""
        if self.entity and self.entity_id:
            scope, subject = self.entity, self.entity_id
        elif self.actor:
            scope, subject = "person", self.actor
        times = {"from_time": moment_of(self.since, zone), "to_time": moment_of(self.until, zone)}
        return reviews.Range(scope=scope, subject=subject, **times)

    @property
    def is_reviewable(self) -> bool:
        """Whether it names something that one person can look through."""
        return bool((self.entity and self.entity_id) or self.actor or self.view == "changed")


@router.get("")
async def trail(
    request: Request,
    work: Transaction,
    caller: Signed,
    entity: Text = "",
    entity_id: Text = "",
    actor: Text = "",
    since: Text = "",
    until: Text = "",
    view: Text = "",
    below: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    reviews_below: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    verify: bool = False,
) -> HTMLResponse:
    """Rows, newest first, with what stands around them."""
    around = await frame(request, work, caller)
    wanted = Wanted(entity.strip(), entity_id.strip(), actor.strip(), since, until, view)
    rows = await _rows(work, wanted, below)
    shown: dict[str, object] = {
        "wanted": wanted,
        "rows": rows,
        "below": below,
        "more": rows[-1].seq if len(rows) == _A_PAGE else None,
        "entities": await audit.entities(work),
        "actors": [each.username for each in await people.people(work)],
        "links": LINKS,
    }
    shown |= await _proof(work, around, verify) | await _review(work, around, wanted, reviews_below)
    return page(request, "audit.html", around, **shown)


async def _rows(work: Work, wanted: Wanted, below: int | None) -> list[audit.Entry]:
    about = await wanted.range(work)
    if wanted.entity == "batch" and wanted.entity_id:  # its order's, its lot's and its steps' rows as well
        return await reviews.rows(work, about, last_seq=below - 1 if below else None, limit=_A_PAGE, newest=True)
    return await audit.entries(
        work,
        entity=wanted.entity or None,
        entity_id=wanted.entity_id or None,
        actor=wanted.actor or None,
        since=about.from_time,
        until=about.to_time,
        below=below,
        changed=wanted.view == "changed",
        limit=_A_PAGE,
    )


async def _proof(work: Work, around: Frame, verify: bool) -> dict[str, object]:
    """What is known of the chain; the whole of it is recomputed where somebody asks who may."""
    days = await checkpoints.kept(work)
    may = around.has(*PROVERS)
    return {
        "end": await audit.checkpoint(work),
        "days": days[-_DAYS:][::-1],
        "altered": (await alarms.standing(work, Kind.AUDIT_TAMPER)).values(),
        "may_verify": may,
        "verdict": await audit.verify(work, *(each.end for each in days)) if verify and may else None,
    }


async def _review(work: Work, around: Frame, wanted: Wanted, below: int | None) -> dict[str, object]:
    about = await wanted.range(work)
    found = await reviews.reviews(work, below=below, limit=_REVIEWS)
    return {
        "may_review": around.has(*signers(Act.REVIEW_TRAIL)) and wanted.is_reviewable,
        "about": about,
        "reviews": [(each, await _signature(work, each)) for each in found],
        "older_reviews": found[-1].id if len(found) == _REVIEWS else None,
        "meanings": reviews.MEANINGS,
        "conclusions": reviews.Conclusion,
    }


async def _signature(work: Work, of: reviews.Review) -> Verified | None:
    """Its signature, held against the review and against the rows it was about as they are now."""
    rows = await reviews.rows(work, of.range, last_seq=of.last_seq)
    content = of.signed_content() | {"row_count": len(rows), "rows_sha256": reviews.rows_sha256(rows)}
    record_id = f"{of.scope}:{of.subject}"
    found = await people.verified_signatures_of(work, "audit_review", record_id, content)
    return next((each for each in found if each.signature.id == of.signature_id), None)


@router.post("/reviews")
async def sign_review(
    work: Transaction,
    _: Signed,
    signed: SignedForm,
    conclusion: Annotated[reviews.Conclusion, Form()],
    seen: Annotated[int, Form()],
    entity: Field = "",
    entity_id: Field = "",
    actor: Field = "",
    since: Field = "",
    until: Field = "",
    view: Field = "",
    findings: Field = "",
) -> Response:
    """Sign that these rows were looked through."""
    wanted = Wanted(entity, entity_id, actor, since, until, view)
    await reviews.sign_review(
        work,
        await wanted.range(work),
        findings=findings,
        conclusion=conclusion,
        credentials=signed.credentials,
        meaning=signed.meaning,
        reason=signed.reason,
        seen=seen,
    )
    return done("/audit#reviews", "audit.reviewed")


LINKS = {
    "excursion": "/excursions/",
    "deviation": "/deviations/",
    "lot": "/lots/",
    "maintenance_order": "/maintenance/",
    "trip": "/trips/",
    "document": "/documents/",
    "supplier": "/suppliers/",
    "policy": "/policies/",
    "batch": "/batches/",
}
"""By kind of record: where its page is."""
