"""The alarm console by the states of ISA-18.2, one alarm with all that became of it, and what is suppressed."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from dashboards.frame import Frame, frame
from dashboards.message import done
from dashboards.render import page
from mes.alarms import service as alarms
from mes.alarms import suppression
from mes.alarms.api import SHOP_FLOOR, demand_keeper
from mes.alarms.model import Alarm, Cause, Kind, State, Suppression
from mes.alarms.silencing import KEEPERS, NEVER_SILENT, SHELVERS
from mes.audit import service as audit
from mes.border import Caller, Signed, Transaction, allow
from mes.notifications.deliveries import deliveries
from mes.plant import service as plant
from telemetry.work import Work

router = APIRouter(prefix="/alarms")
IN_SIGHT = (State.ACTIVE_UNACKED, State.RTN_UNACKED, State.ACTIVE_ACKED)
_A_PAGE = 100
_HOURS = (0.5, 1, 2, 4, 8, 12, 24)
Number = Annotated[int | None, Query(ge=1, le=2**31 - 1)]


@router.get("")
async def alarm_list(
    request: Request,
    work: Transaction,
    caller: Signed,
    state: State | None = None,
    kind: str = "",
    zone: str = "",
    below: Number = None,
) -> HTMLResponse:
    """What is in sight, worst and newest first; with a state, those alone, older ones by page."""
    around = await frame(request, work, caller)
    zones = {each.id: each for each in await plant.zones(work)}
    zone_id = next((each.id for each in zones.values() if each.code == zone), None)
    chosen = Kind(kind) if kind in set(Kind) else None
    rows = await _rows(work, state, below, chosen, zone_id)
    view: dict[str, object] = {
        "state": state,
        "states": State,
        "rows": rows,
        "zones": zones,
        "counts": await alarms.counts(work),
    }
    view |= {"kind": chosen, "zone_id": zone_id, "kinds": Kind, "causes": Cause, "query": _query(chosen, zone, zone_id)}
    more = rows[-1].id if state and len(rows) == _A_PAGE else None
    return page(request, "alarms.html", around, more=more, may=around.has(*SHOP_FLOOR), **view)


def _query(kind: Kind | None, zone: str, zone_id: int | None) -> str:
    chosen = [f"kind={kind}"] * (kind is not None) + [f"zone={zone}"] * (zone_id is not None)
    return "&".join(chosen)


async def _rows(work: Work, state: State | None, below: int | None, kind: Kind | None, zone: int | None) -> list[Alarm]:
    if state is not None:
        return await alarms.alarms(work, state=state, kind=kind, zone_id=zone, below=below, limit=_A_PAGE)
    chosen = {"kind": kind, "zone_id": zone, "suppressed": False, "limit": 500}
    found = [alarm for each in IN_SIGHT for alarm in await alarms.alarms(work, state=each, **chosen)]  # type: ignore[arg-type]
    order = {each: place for place, each in enumerate(IN_SIGHT)}
    return sorted(found, key=lambda a: (order[a.state] > 1, -a.priority.rank, -a.raised_at.timestamp()))


@router.get("/shelves")
async def shelf_list(request: Request, work: Transaction, caller: Signed) -> HTMLResponse:
    """What is shelved or out of service, and what was."""
    around = await frame(request, work, caller)
    view = {"rows": await suppression.shelves(work), "past": await suppression.shelves(work, in_force=False)}
    keeps = {Suppression.SHELVED: around.has(*SHELVERS), Suppression.OUT_OF_SERVICE: around.has(*KEEPERS)}
    return page(request, "shelves.html", around, counts=await alarms.counts(work), states=State, keeps=keeps, **view)


@router.get("/{alarm_id}")
async def one_alarm(request: Request, work: Transaction, caller: Signed, alarm_id: int) -> HTMLResponse:
    """One alarm: what it says, what may be done, what became of it, who was told."""
    around = await frame(request, work, caller)
    found = await alarms.alarm(work, alarm_id)
    shelf = await suppression.standing_shelf(work, found.kind, found.source)
    view = {
        "alarm": found,
        "zone_of": await plant.zone(work, found.zone_id) if found.zone_id else None,
        "journal": (await alarms.journal(work, [alarm_id])).get(alarm_id, []),
        "deliveries": await deliveries(work, alarm_id=alarm_id, limit=200),
        "shelf": shelf,
        "causes": Cause,
        "trail": await audit.entries(work, entity="alarm", entity_id=alarm_id, limit=50),
    }
    return page(request, "alarm.html", around, **view, **await _allowed(work, around, found))


async def _allowed(work: Work, around: Frame, found: Alarm) -> dict[str, object]:
    """What this person may do with it now."""
    longest = await suppression.longest_shelf(work, found)
    may_silence = found.kind not in NEVER_SILENT and found.state is not State.NORMAL
    return {
        "may": around.has(*SHOP_FLOOR),
        "may_shelve": may_silence and found.suppression is None and around.has(*SHELVERS),
        "may_keep": may_silence and around.has(*KEEPERS),
        "keeps": {Suppression.SHELVED: around.has(*SHELVERS), Suppression.OUT_OF_SERVICE: around.has(*KEEPERS)},
        "hours": [hour for hour in _HOURS if timedelta(hours=hour) <= longest] or [longest.total_seconds() / 3600],
    }


@router.post("/{alarm_id}/acknowledge")
async def acknowledge(
    alarm_id: int,
    work: Transaction,
    _: Annotated[Caller, Depends(allow(*SHOP_FLOOR))],
    version: Annotated[int, Form()],
    comment: Annotated[str, Form()] = "",
    cause: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "",
) -> Response:
    """Say that one knows."""
    await alarms.acknowledge(work, alarm_id, version=version, comment=comment, cause=_cause(cause))
    return done(f"/alarms/{alarm_id}" if to == "alarm" else "/alarms", "alarm.acknowledged")


@router.post("/{alarm_id}/comment")
async def comment_on(
    alarm_id: int,
    work: Transaction,
    _: Annotated[Caller, Depends(allow(*SHOP_FLOOR))],
    comment: Annotated[str, Form()] = "",
    cause: Annotated[str, Form()] = "",
) -> Response:
    """Add to what was said."""
    await alarms.comment_on(work, alarm_id, comment=comment, cause=_cause(cause))
    return done(f"/alarms/{alarm_id}", "alarm.commented")


@router.post("/{alarm_id}/shelve")
async def shelve(
    alarm_id: int,
    work: Transaction,
    _: Annotated[Caller, Depends(allow(*SHELVERS))],
    version: Annotated[int, Form()],
    hours: Annotated[float, Form(gt=0, le=10_000)],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Keep it from calling for so many hours."""
    found = await alarms.at_version(work, alarm_id, version)
    await suppression.shelve(work, found, reason=reason, until=work.now + timedelta(hours=hours))
    return done(f"/alarms/{alarm_id}", "alarm.shelved")


@router.post("/{alarm_id}/out-of-service")
async def out_of_service(
    alarm_id: int,
    work: Transaction,
    _: Annotated[Caller, Depends(allow(*KEEPERS))],
    version: Annotated[int, Form()],
    days: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Keep it from calling for so many days, or until it is returned."""
    found = await alarms.at_version(work, alarm_id, version)
    until = work.now + timedelta(days=min(int(days), 3650)) if days.strip().isdecimal() else None
    await suppression.take_out_of_service(work, found.kind, found.source, reason=reason, until=until)
    return done(f"/alarms/{alarm_id}", "alarm.out_of_service")


@router.post("/shelves/{shelf_id}/end")
async def end_shelf(
    shelf_id: int,
    work: Transaction,
    caller: Annotated[Caller, Depends(allow(*SHELVERS))],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Unshelve, or return to service."""
    demand_keeper(caller, await suppression.shelf_in_force(work, shelf_id))
    await suppression.bring_back(work, shelf_id, reason=reason)
    return done("/alarms/shelves", "alarm.brought_back")


def _cause(text: str) -> Cause | None:
    return Cause(text) if text in set(Cause) else None
