"""One look at the database a second for all who watch: what changed is made into bytes once a topic and handed round.

A client that can't keep up loses its oldest frames and is told how many (`lost`): it then loads its page anew. When the
database goes away every client is told so (`unavailable`), and gets all values afresh when it is back.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gateway.frames import HEARTBEAT, POINTS, Event, frames_for, sse, values_frame
from mes.border import Doors
from telemetry import queries
from telemetry.store import LastValue, last_values
from telemetry.work import Work, begin

log = logging.getLogger("isotherm.live")
SQL = queries.load(Path(__file__).with_name("live.sql"))
PERIOD_S, HEARTBEAT_S = 1.0, 15.0
QUEUE = 64
_LOOK_BACK = 500
_PATIENCE_S = 5.0


@dataclass(slots=True)
class _Newest:
    """How far has been looked."""

    batch: int
    event: int


@dataclass(frozen=True, slots=True)
class _Touched:
    batch: int | None
    points: list[int]


@dataclass(eq=False, slots=True)
class Client:
    """Frames that wait for one browser, at most `QUEUE`."""

    topics: frozenset[str]
    since: int  # newest event when it joined
    _frames: deque[bytes] = field(default_factory=lambda: deque(maxlen=QUEUE))
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _lost: int = 0
    _closed: bool = False

    def put(self, frame: bytes) -> None:
        """Add a frame; the oldest falls out where there is no room."""
        self._lost += len(self._frames) == QUEUE
        self._frames.append(frame)
        self._news.set()

    def close(self) -> None:
        """Let `next` end once all frames are taken."""
        self._closed = True
        self._news.set()

    async def next(self) -> bytes | None:
        """All that waits, as one piece; None: closed."""
        while not self._frames:
            if self._closed:
                return None
            self._news.clear()
            await self._news.wait()
        told = sse("lost", {"frames": self._lost}) if self._lost else b""
        self._lost = 0
        piece = told + b"".join(self._frames)
        self._frames.clear()
        return piece


class Hub:
    """Looks, and hands round. `start` and `stop` belong to the application's lifespan; `close` ends all streams."""

    def __init__(self, doors: Doors, *, period_s: float = PERIOD_S, heartbeat_s: float = HEARTBEAT_S) -> None:
        self.doors, self.period_s = doors, period_s
        self.latest: dict[int, LastValue] = {}
        self.looks_failed = 0
        self._clients: set[Client] = set()
        self._newest: _Newest | None = None
        self._looked = asyncio.Event()
        self._closed = False
        self._afresh = True  # tell all values, not only what changed
        self._seen: deque[int] = deque(maxlen=4 * _LOOK_BACK)
        self._beat_every = max(1, round(heartbeat_s / period_s))
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run())

    def close(self) -> None:
        """End every stream now, and those that still come: a server that stops would wait for them."""
        self._closed = True
        for client in self._clients:
            client.close()

    async def stop(self) -> None:
        """End every stream and look no more."""
        self.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def ready(self) -> bool:
        """Wait until it has looked once: before that it can't say what a client missed. False: it still has not."""
        first = asyncio.create_task(self._looked.wait())
        _, pending = await asyncio.wait([first], timeout=_PATIENCE_S)
        first.cancel()
        return not pending

    def join(self, topics: frozenset[str]) -> Client:
        """A new client; it starts with the last value of every point it hears of."""
        client = Client(topics, self._newest.event if self._newest else 0)
        self._clients.add(client)
        if self._closed:
            client.close()
        client.put(b"retry: 2000\n" + HEARTBEAT + self._values(topics, self.latest.values(), self.doors.clock.now()))
        return client

    def leave(self, client: Client) -> None:
        """It has gone."""
        self._clients.discard(client)

    async def look(self) -> None:
        """Look once and hand round what is new."""
        now = self.doors.clock.now()
        async with begin(self.doors.pool, "gateway", now) as work:
            if self._newest is None:
                self._newest = await self._begin(work)
            changed = await self._changed(work, self._newest)
            events = await self._events(work, self._newest)
        self._afresh = False
        self._looked.set()
        self.latest.update({value.point_id: value for value in changed})
        if changed or events:
            self._hand_round(lambda topics: self._values(topics, changed, now) + frames_for(topics, events))

    async def _run(self) -> None:
        beat = 0
        while True:
            beat += 1
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    await self.look()
            except Exception:
                # One failed look, whatever it was, must not end the stream: it is counted, logged and told.
                log.exception("the live stream can't look at the database")
                self._missed()
            if beat % self._beat_every == 0:
                self._hand_round(lambda _: HEARTBEAT)
            await asyncio.sleep(self.period_s)

    def _missed(self) -> None:
        self.looks_failed += 1
        if not self._afresh:
            self._hand_round(lambda _: sse("unavailable", {}))
        self._afresh = True

    async def _begin(self, work: Work) -> _Newest:
        found = await work.all(SQL["newest"], _Newest)
        rows = await work.db.execute(SQL["event_ids"], {"floor": found[0].event - _LOOK_BACK})
        self._seen.extend(row[0] for row in await rows.fetchall())
        return found[0]

    async def _changed(self, work: Work, newest: _Newest) -> list[LastValue]:
        (touched,) = await work.all(SQL["touched"], _Touched, batch=newest.batch)
        if touched.batch is None and not self._afresh:
            return []
        newest.batch = touched.batch or newest.batch
        found = await last_values(work, None if self._afresh else touched.points)
        return [value for value in found if self._afresh or value != self.latest.get(value.point_id)]

    async def _events(self, work: Work, newest: _Newest) -> list[Event]:
        floor = newest.event - _LOOK_BACK
        found = await work.all(SQL["events"], Event, floor=floor, seen=list(self._seen))
        self._seen.extend(event.id for event in found)
        newest.event = max(newest.event, *(event.id for event in found), 0)
        return found

    def _values(self, topics: Iterable[str], values: Iterable[LastValue], now: datetime) -> bytes:
        told = list(values)
        return b"".join(values_frame(topic, told, now) for topic in sorted(topics) if topic.startswith(POINTS))

    def _hand_round(self, frame_for: Callable[[frozenset[str]], bytes]) -> None:
        made: dict[frozenset[str], bytes] = {}
        for client in self._clients:
            if client.topics not in made:
                made[client.topics] = frame_for(client.topics)
            if made[client.topics]:
                client.put(made[client.topics])
