"""Excursions over HTTP: what happened, which lots it touched, and QA's steps."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from mes.border import Caller, Signed, Transaction, allow
from mes.people.model import Credentials, Meaning, Role
from mes.quality import episodes, excursions, giving_back, losing, service
from mes.quality.assessment import advise
from mes.quality.model import Condition, Decision, Disposition, ExcursionStatus
from mes.quality.told import episode_json, excursion_json, line_json
from mes.quality.views import excursion_lines, excursion_view

router = APIRouter(tags=["quality"])
Quality = Annotated[Caller, Depends(allow(Role.QA))]
LARGEST = 2**31 - 1
Id = Annotated[int, Path(ge=1, le=LARGEST)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int


class SignedBody(Body):
    """The two components of a signature, what it means, and why."""

    username: str | None = None  # default: who is signed in
    password: str = Field(repr=False)
    meaning: Meaning
    reason: str

    def credentials(self, caller: Caller) -> Credentials:
        """Who signs, and from where."""
        return Credentials(self.username or caller.name, self.password, caller.terminal)


class GiveBackBody(BaseModel):
    """A signature; the amount is what the readings say."""

    model_config = ConfigDict(extra="forbid")

    username: str | None = None
    password: str = Field(repr=False)
    meaning: Meaning
    reason: str


class AcknowledgeBody(Body):
    comment: str = ""


class DecisionBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lot_id: Annotated[int, Field(ge=1, le=LARGEST)]
    disposition: Disposition
    reason: str


class ShownBody(SignedBody):
    """Which assessment was seen; without it, what it says now is what is signed."""

    assessed_at: AwareDatetime | None = None
    assessment_sha256: str = ""

    @property
    def shown(self) -> service.Shown | None:
        return None if self.assessed_at is None else service.Shown(self.assessed_at, self.assessment_sha256)


class DispositionBody(ShownBody):
    dispositions: list[DecisionBody]


class FalseAlarmBody(ShownBody):
    evidence: str


@router.get("/excursions")
async def list_excursions(
    work: Transaction,
    _: Signed,
    status: Annotated[list[ExcursionStatus] | None, Query()] = None,
    condition: Condition | None = None,
    zone_id: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    cursor: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Excursions, newest first."""
    found = await excursions.excursions(
        work, statuses=status, condition=condition, zone_id=zone_id, below=cursor, limit=limit
    )
    items = [line_json(line) for line in await excursion_lines(work, found)]
    return {"items": items, "next": found[-1].id if len(found) == limit else None}


@router.get("/excursions/{excursion_id}")
async def show_excursion(excursion_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """All about one excursion: episodes, lots with their holds, alarms, deviation, maintenance order."""
    return excursion_json(await excursion_view(work, excursion_id))


@router.post("/excursions/{excursion_id}/acknowledge")
async def acknowledge(excursion_id: Id, body: AcknowledgeBody, work: Transaction, _: Quality) -> dict[str, Any]:
    """QA knows of it; the evidence is frozen."""
    await service.acknowledge(work, excursion_id, version=body.version, comment=body.comment)
    return excursion_json(await excursion_view(work, excursion_id))


@router.post("/excursions/{excursion_id}/disposition")
async def disposition(excursion_id: Id, body: DispositionBody, work: Transaction, caller: Quality) -> dict[str, Any]:
    """Decide about every exposed lot, signed."""
    decisions = [Decision(**each.model_dump()) for each in body.dispositions]
    await service.disposition(
        work,
        excursion_id,
        version=body.version,
        decisions=decisions,
        credentials=body.credentials(caller),
        meaning=body.meaning,
        reason=body.reason,
        shown=body.shown,
    )
    return excursion_json(await excursion_view(work, excursion_id))


@router.get("/excursions/{excursion_id}/assessment")
async def show_assessment(excursion_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """Advice as it is now, each check listed, and beside it what was signed; `sha256` says which one was seen."""
    found = await excursions.excursion(work, excursion_id)
    advice = await advise(work, excursion_id)
    return {"now": advice.document, "sha256": advice.sha256, "signed": found.assessment}


@router.post("/excursions/{excursion_id}/sensor-lost")
async def end_lost(excursion_id: Id, body: SignedBody, work: Transaction, caller: Quality) -> dict[str, Any]:
    """The probe will never say how it ended: end it with the worst case, signed."""
    await losing.end_lost(
        work,
        excursion_id,
        version=body.version,
        credentials=body.credentials(caller),
        meaning=body.meaning,
        reason=body.reason,
    )
    return excursion_json(await excursion_view(work, excursion_id))


@router.post("/excursions/{excursion_id}/lots/{lot_id}/give-back")
async def give_back(
    excursion_id: Id, lot_id: Id, body: GiveBackBody, work: Transaction, caller: Quality
) -> dict[str, Any]:
    """Give a lot back what this excursion drew of its stability, signed."""
    credentials = Credentials(body.username or caller.name, body.password, caller.terminal)
    given = await giving_back.give_back(
        work, excursion_id, lot_id, credentials=credentials, meaning=body.meaning, reason=body.reason
    )
    return {"lot_id": lot_id, "given_back_s": {band: us / 1_000_000 for band, us in sorted(given.items())}}


@router.post("/excursions/{excursion_id}/false-alarm")
async def false_alarm(excursion_id: Id, body: FalseAlarmBody, work: Transaction, caller: Quality) -> dict[str, Any]:
    """Sign that no product was exposed, with the evidence."""
    await service.declare_false_alarm(
        work,
        excursion_id,
        version=body.version,
        evidence=body.evidence,
        shown=body.shown,
        credentials=body.credentials(caller),
        meaning=body.meaning,
        reason=body.reason,
    )
    return excursion_json(await excursion_view(work, excursion_id))


@router.get("/episodes")
async def list_episodes(
    work: Transaction,
    _: Signed,
    point_id: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    withdrawn: bool = False,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> dict[str, Any]:
    """Episodes of a point, or of all, newest first; also those that were too short for an alarm."""
    found = await episodes.episodes(work, point_id=point_id, withdrawn=withdrawn, limit=limit)
    return {"items": [episode_json(each) for each in found], "next": None}
