"""What stands around every page: who looks, in which language and time zone, what waits for somebody, one message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import Request

from dashboards.language import known
from dashboards.message import Message, from_query
from mes.alarms import service as alarms
from mes.alarms.model import Alarm, Priority, State
from mes.border import Caller
from mes.people import service as people
from mes.plant import service as plant
from mes.plant.model import Site
from telemetry.work import Work

LANGUAGE_COOKIE, RAIL_COOKIE = "language", "rail"
_NEWEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Facts that `base.html` needs for any page of somebody who is signed in."""

    caller: Caller
    printed_name: str  # as it stands under a signature
    language: str
    zone: ZoneInfo
    site: Site | None
    now: datetime
    path: str
    unacknowledged: int  # alarms that nobody has acknowledged
    worst: Priority | None  # the highest priority among them
    message: Message | None
    unfolded: frozenset[str] | None = None  # groups of the rail that the reader left open; None: never touched

    def has(self, *roles: str) -> bool:
        """Whether the person may do what one of these roles may do. The server decides again when it is done."""
        return bool(self.caller.roles & set(roles))


def language_of(request: Request) -> str:
    """The cookie's language, else the person's, else the plant's."""
    caller: Caller | None = getattr(request.state, "caller", None)
    return known(request.cookies.get(LANGUAGE_COOKIE) or (caller.language if caller else None))


async def frame(request: Request, work: Work, caller: Caller) -> Frame:
    """Ask the plant what the frame tells."""
    waiting, worst = await unacknowledged(work)
    return Frame(
        caller=caller,
        printed_name=await _printed_name(work, caller),
        language=language_of(request),
        zone=await plant.time_zone(work),
        site=await plant.site(work),
        now=work.now,
        path=request.url.path,
        unacknowledged=waiting,
        worst=worst,
        message=from_query(request.query_params),
        unfolded=_unfolded(request),
    )


def _unfolded(request: Request) -> frozenset[str] | None:
    left = request.cookies.get(RAIL_COOKIE)
    return None if left is None else frozenset(left.split("."))


async def _printed_name(work: Work, caller: Caller) -> str:
    return (await people.person_by_id(work, caller.person_id)).printed_name if caller.person_id else caller.name


async def unacknowledged(work: Work) -> tuple[int, Priority | None]:
    """How many alarms nobody has acknowledged, and the highest priority among the newest that are not put aside."""
    counts = await alarms.counts(work)
    waiting = counts.active_unacked + counts.rtn_unacked
    states = (State.ACTIVE_UNACKED, State.RTN_UNACKED) if waiting else ()
    found = [alarm for state in states for alarm in await _newest(work, state)]
    return waiting, max((alarm.priority for alarm in found), key=lambda priority: priority.rank, default=None)


async def _newest(work: Work, state: State) -> list[Alarm]:
    return await alarms.alarms(work, state=state, suppressed=False, limit=_NEWEST)
