"""Rounds of inspection: what is due, one round on a phone, and what was seen on it.

A phone without a network keeps what is seen (islands/round-walk.ts) and sends it here when it is back: the same forms,
with the times and a key of its own.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.responses import Response

from dashboards.assets import DIST
from dashboards.frame import frame
from dashboards.message import done
from dashboards.render import page
from mes.audit import service as audit
from mes.border import Signed, Transaction
from mes.maintenance import service as maintenance
from mes.maintenance.photos import MOST_BYTES
from mes.rounds import reckoning, service, walking
from mes.rounds.api import Reviewer, Walker
from mes.rounds.model import REVIEWERS, ROUND, RUNNING, Round, RoundStatus, Timeliness, fresh, timeliness
from mes.rounds.walking import Answer, Seen
from telemetry.work import Work

router = APIRouter(prefix="/rounds")
FIGURE_DAYS = 30
_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 26 26'%3E"
    "%3Crect width='26' height='26' fill='%231d5876'/%3E"
    "%3Cpath d='M4 17c4-1 5-9 9-9s5 6 9 5' fill='none' stroke='%23fff' stroke-width='2.4'/%3E%3C/svg%3E"
)
_SHOWN = timedelta(days=7)
_ENDED = (RoundStatus.SUBMITTED, RoundStatus.INCOMPLETE, RoundStatus.MISSED, RoundStatus.REVIEWED)
_STEPS = (RoundStatus.SCHEDULED, RoundStatus.OPEN, RoundStatus.IN_PROGRESS, RoundStatus.SUBMITTED, RoundStatus.REVIEWED)
_Milliseconds = Annotated[int | None, Form(ge=0, le=2**52)]


@router.get("")
async def due(request: Request, work: Transaction, caller: Signed) -> HTMLResponse:
    """What is to be walked now, what comes, and what ended in the last week."""
    around = await frame(request, work, caller)
    found = await service.rounds(work, start=work.now - _SHOWN)
    running = sorted((each for each in found if each.status in RUNNING), key=lambda each: each.opens_at)
    view = {
        "now": [(each, await _progress(work, each)) for each in running if each.status is not RoundStatus.SCHEDULED],
        "soon": [each for each in running if each.status is RoundStatus.SCHEDULED],
        "ended": [each for each in found if each.status in _ENDED],
        "mine": lambda each: not each.words.roles or bool(caller.roles & set(each.words.roles)),
        "figures": await reckoning.round_figures(work, FIGURE_DAYS),
        "days": FIGURE_DAYS,
    }
    return page(request, "rounds/due.html", around, **view)


async def _progress(work: Work, found: Round) -> tuple[int, int]:
    """How many of its items were looked at, of how many."""
    stands = await _standing(work, found)
    return sum(how is not Timeliness.WAITING for how in stands.values()), len(stands)


async def _standing(work: Work, found: Round) -> Any:
    seen, missed = await service.entries(work, [found.id]), await service.misses(work, [found.id])
    return timeliness(found.words, seen, missed, is_over=found.status not in RUNNING)


@router.get("/worker.js")
async def worker(request: Request) -> Response:
    """What lets a phone open its rounds without a network; it may serve nothing but rounds."""
    name = request.app.state.assets.url("round-worker.js").rpartition("/")[2]
    headers = {"Service-Worker-Allowed": "/rounds"}  # the list of rounds as well
    return Response((DIST / name).read_text("utf-8"), media_type="text/javascript", headers=headers)


@router.get("/app.webmanifest")
async def manifest() -> JSONResponse:
    """So that a phone can put the rounds on its first screen."""
    icon = {"src": _ICON, "sizes": "any", "type": "image/svg+xml"}
    name = {"name": "Isotherm", "short_name": "Isotherm", "start_url": "/rounds", "scope": "/rounds"}
    told = name | {"display": "standalone", "icons": [icon]}
    return JSONResponse(told, media_type="application/manifest+json")


@router.get("/photos/{photo_id}")
async def photo(work: Transaction, _: Signed, photo_id: int) -> Response:
    """A picture that was taken on a round, as it came."""
    found = await walking.picture(work, photo_id)
    return Response(found.content, media_type=found.media_type)


@router.get("/{round_id}")
async def walk(request: Request, work: Transaction, caller: Signed, round_id: int) -> HTMLResponse:
    """One round, stop by stop."""
    around = await frame(request, work, caller)
    found = await service.round_(work, round_id)
    return page(request, "rounds/round.html", around, **await _view(work, found, caller.roles))


@router.get("/{round_id}/report")
async def report(request: Request, work: Transaction, caller: Signed, round_id: int) -> HTMLResponse:
    """What was seen, what was missed, what was asked for."""
    around = await frame(request, work, caller)
    found = await service.round_(work, round_id)
    view = await _view(work, found, caller.roles)
    asked = {entry.order_id for entry in view["entries"] if entry.order_id}
    more = {
        "orders": {each: await maintenance.order(work, each) for each in sorted(asked)},
        "steps": _STEPS,
        "may_review": "review" in ROUND.open_steps(found.status) and around.has(*REVIEWERS),
        "misses": await service.misses(work, [round_id]),
        "trail": await audit.entries(work, entity="round", entity_id=round_id, limit=100),
    }
    return page(request, "rounds/report.html", around, **view, **more)


async def _view(work: Work, found: Round, roles: frozenset[str]) -> dict[str, Any]:
    starts, entries = await service.starts(work, found.id), await service.entries(work, [found.id])
    holds = timedelta(minutes=found.words.scan_holds_min)
    last: dict[tuple[int, str], Any] = {(each.stop, each.item): each for each in entries}
    is_of_team = not found.words.roles or bool(roles & set(found.words.roles))
    return {
        "round": found,
        "machines": await service.machines(work, found),
        "starts": starts,
        "entries": entries,
        "last": last,
        "standing": await _standing(work, found),
        "at": {n for n in range(len(found.words.stops)) if fresh(starts, n, work.now, holds)},
        "may_walk": is_of_team and found.status not in {RoundStatus.SCHEDULED, RoundStatus.CANCELLED},
        "running": found.status in RUNNING,
        "over": found.closes_at <= work.now,
    }


def _seen(
    seen_ms: _Milliseconds = None,
    sent_ms: _Milliseconds = None,
    key: Annotated[str, Form(max_length=200)] = "",
) -> Seen:
    return Seen(seen_ms=seen_ms, sent_ms=sent_ms, key=key) if key else Seen(seen_ms=seen_ms, sent_ms=sent_ms)


SeenForm = Annotated[Seen, Depends(_seen)]


@router.post("/{round_id}/starts")
async def start_stop(
    round_id: int,
    work: Transaction,
    caller: Walker,
    seen: SeenForm,
    stop: Annotated[int, Form()],
    text: Annotated[str, Form(max_length=500)] = "",
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Somebody stands before a machine."""
    said = {"scanned": text, "reason": reason}
    await walking.start_stop(work, round_id, stop, roles=caller.roles, seen=seen, **said)
    return done(f"/rounds/{round_id}#stop-{stop}", "round.started")


@router.post("/{round_id}/entries")
async def answer(
    round_id: int,
    work: Transaction,
    caller: Walker,
    seen: SeenForm,
    stop: Annotated[int, Form()],
    item: Annotated[str, Form(max_length=100)],
    value: Annotated[str, Form(max_length=500)] = "",
    note: Annotated[str, Form(max_length=2000)] = "",
    gauge: Annotated[str, Form(max_length=100)] = "",
    photo: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """What was seen, with a picture where one was taken."""
    content = await photo.read(MOST_BYTES + 1) if photo is not None and photo.filename else None
    said = Answer(stop=stop, item=item, value=value, note=note, photo=content or None, gauge=gauge)
    await walking.answer(work, round_id, said, roles=caller.roles, seen=seen)
    return done(f"/rounds/{round_id}#stop-{stop}", "round.kept")


@router.post("/{round_id}/submit")
async def submit(round_id: int, work: Transaction, caller: Walker, seen: SeenForm) -> Response:
    """The round is walked."""
    await walking.submit(work, round_id, roles=caller.roles, seen=seen)
    return done(f"/rounds/{round_id}/report", "round.submitted")


@router.post("/{round_id}/review")
async def review(
    round_id: int,
    work: Transaction,
    _: Reviewer,
    version: Annotated[int, Form()],
    remark: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Somebody else has looked at it."""
    await service.review(work, round_id, version=version, remark=remark)
    return done(f"/rounds/{round_id}/report", "round.reviewed")
