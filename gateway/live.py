"""GET /api/live: the plant as it happens, by server-sent events.

`?topics=points,alarms` (see frames.py). A browser that lost its connection tells the last id it saw and gets the events
since. A stream ends by itself after a quarter of an hour: the browser asks again, and who is signed out by then stays
out.
"""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from gateway.frames import Event, frames_for, sse, topics_of
from gateway.hub import SQL, Client, Hub
from mes.border import Signed
from telemetry.errors import Invalid
from telemetry.work import Work, begin

router = APIRouter(tags=["live"])
LONGEST_S = 900.0
_MOST_MISSED = 500


class EventIdUnknown(Invalid):
    """The id of the last event must be a number."""


class LiveStream(Response):
    """A client's frames as the body of an answer, until one side ends it. `seen`: id of the last event it knows."""

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, topics: frozenset[str], seen: int | None) -> None:
        self.hub, self.topics, self.seen = hub, topics, seen
        self.status_code, self.background = 200, None
        self.init_headers({"X-Accel-Buffering": "no"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        ready = await self.hub.ready()
        client = self.hub.join(self.topics)
        gone = asyncio.create_task(_close_when_gone(client, receive))
        over = asyncio.get_running_loop().call_later(LONGEST_S, client.close)
        try:
            await self._catch_up(client, ready)
            while (piece := await client.next()) is not None:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            over.cancel()
            gone.cancel()
            self.hub.leave(client)

    async def _catch_up(self, client: Client, ready: bool) -> None:
        if not ready:
            client.put(sse("unavailable", {}))
        elif self.seen is not None:
            async with begin(self.hub.doors.pool, "gateway", self.hub.doors.clock.now()) as work:
                client.put(await _missed(work, client, self.seen))


async def _close_when_gone(client: Client, receive: Receive) -> None:
    message: Message = {"type": ""}
    while message["type"] != "http.disconnect":
        message = await receive()
    client.close()


async def _missed(work: Work, client: Client, after: int) -> bytes:
    found = await work.all(SQL["missed"], Event, after=after, until=client.since, limit=_MOST_MISSED + 1)
    more = sse("lost", {"frames": len(found) - _MOST_MISSED}) if len(found) > _MOST_MISSED else b""
    return more + frames_for(client.topics, found[:_MOST_MISSED])


@router.get("/live", response_class=Response, responses={200: {"content": {"text/event-stream": {}}}})
async def live(
    request: Request,
    _: Signed,
    topics: Annotated[str, Query(description="comma-separated")] = "points,events",
    after: Annotated[int | None, Query(description="id of the last event seen")] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """Values and events of the plant as they come, as server-sent events."""
    seen = _event_id(last_event_id) if last_event_id else after
    return LiveStream(request.app.state.live, topics_of(topics), seen)


def _event_id(text: str) -> int:
    if not text.isdecimal():
        raise EventIdUnknown
    return int(text)
