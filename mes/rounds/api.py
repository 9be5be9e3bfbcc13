"""Rounds of inspection over HTTP; pictures are sent by the page, a form with a file."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from mes.border import Caller, Signed, Transaction, allow
from mes.maintenance.api import LARGEST, SHOP_FLOOR, Filter, Id
from mes.rounds import reckoning, service, walking
from mes.rounds.model import REVIEWERS, RUNNING, Round, RoundStatus, timeliness
from mes.rounds.walking import Answer, Seen
from telemetry.work import Work

router = APIRouter(prefix="/rounds", tags=["rounds"])
Walker = Annotated[Caller, Depends(allow(*SHOP_FLOOR))]
Reviewer = Annotated[Caller, Depends(allow(*sorted(REVIEWERS)))]
Stop = Annotated[int, Field(ge=0, le=1000)]
Text = Annotated[str, Field(max_length=2000)]
Milliseconds = Annotated[int | None, Field(ge=0, le=2**52)]


class SeenBody(BaseModel):
    """When it was seen and sent by one clock, as milliseconds since 1970; and the sender's own key."""

    model_config = ConfigDict(extra="forbid")

    seen_ms: Milliseconds = None
    sent_ms: Milliseconds = None
    key: Annotated[str | None, Field(min_length=8, max_length=200)] = None

    def seen(self) -> Seen:
        """As the walking takes it."""
        times: dict[str, Any] = {"seen_ms": self.seen_ms, "sent_ms": self.sent_ms}
        return Seen(**times, key=self.key) if self.key else Seen(**times)


class StartBody(SeenBody):
    stop: Stop
    scanned: Annotated[str, Field(max_length=500)] = ""
    reason: Text = ""


class AnswerBody(SeenBody):
    stop: Stop
    item: Annotated[str, Field(max_length=100)]
    value: Text
    note: Text = ""
    gauge: Annotated[str, Field(max_length=100)] = ""  # serial number


class ReviewBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1, le=LARGEST)
    remark: Text = ""


def round_json(found: Round) -> dict[str, Any]:
    """A round without what was seen on it."""
    names = [name for name in Round.__slots__ if name not in {"definition", "words"}]
    return {name: getattr(found, name) for name in names} | found.words.model_dump(mode="json")


async def round_told(work: Work, found: Round) -> dict[str, Any]:
    """A round with its stops, what was seen, and how each item stands."""
    seen, missed = await service.entries(work, [found.id]), await service.misses(work, [found.id])
    stands = timeliness(found.words, seen, missed, is_over=found.status not in RUNNING)
    return round_json(found) | {
        "starts": [asdict(each) for each in await service.starts(work, found.id)],
        "entries": [asdict(each) for each in seen],
        "standing": [{"stop": stop, "item": item, "is": how} for (stop, item), how in stands.items()],
    }


@router.get("")
async def list_rounds(
    work: Transaction,
    _: Signed,
    status: Annotated[list[RoundStatus] | None, Query()] = None,
    cursor: Filter = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Rounds, the newest window first."""
    found = await service.rounds(work, statuses=status, below=cursor, limit=limit)
    return {"items": [round_json(each) for each in found], "next": found[-1].id if len(found) == limit else None}


@router.get("/plans")
async def list_plans(work: Transaction, _: Signed) -> dict[str, Any]:
    """What is walked again and again."""
    names = ("id", "code", "since")
    found = await service.plans(work)
    return {
        "items": [each.words.model_dump(mode="json") | {name: getattr(each, name) for name in names} for each in found]
    }


@router.get("/figures")
async def show_figures(work: Transaction, _: Signed, days: Annotated[int, Query(ge=1, le=3660)] = 30) -> dict[str, Any]:
    """Completion, punctuality, failures and their remedies, as shares with four decimals; null: nothing to divide."""
    told = await reckoning.round_figures(work, days)
    shares = ("completion", "on_time", "failure_rate", "remedied_in_time")
    return {"days": days} | asdict(told) | {name: _text(getattr(told, name)) for name in shares}


def _text(share: object) -> str | None:
    return None if share is None else str(share)


@router.get("/{round_id}")
async def show_round(round_id: Id, work: Transaction, _: Signed) -> dict[str, Any]:
    """One round with all that was seen."""
    return await round_told(work, await service.round_(work, round_id))


@router.post("/{round_id}/starts")
async def start_stop(round_id: Id, body: StartBody, work: Transaction, caller: Walker) -> dict[str, Any]:
    """Stand before the machine of a stop: its label was scanned."""
    said = {"scanned": body.scanned, "reason": body.reason}
    await walking.start_stop(work, round_id, body.stop, roles=caller.roles, seen=body.seen(), **said)
    return await round_told(work, await service.round_(work, round_id))


@router.post("/{round_id}/entries")
async def answer(round_id: Id, body: AnswerBody, work: Transaction, caller: Walker) -> dict[str, Any]:
    """Say what was seen at an item."""
    said = Answer(stop=body.stop, item=body.item, value=body.value, note=body.note, gauge=body.gauge)
    return asdict(await walking.answer(work, round_id, said, roles=caller.roles, seen=body.seen()))


@router.post("/{round_id}/submit")
async def submit(round_id: Id, body: SeenBody, work: Transaction, caller: Walker) -> dict[str, Any]:
    """The round is walked."""
    return round_json(await walking.submit(work, round_id, roles=caller.roles, seen=body.seen()))


@router.post("/{round_id}/review")
async def review(round_id: Id, body: ReviewBody, work: Transaction, _: Reviewer) -> dict[str, Any]:
    """Somebody who did not walk it has looked at it."""
    return round_json(await service.review(work, round_id, version=body.version, remark=body.remark))
