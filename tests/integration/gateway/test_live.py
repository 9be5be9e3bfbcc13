"""The live stream over a real socket: values and events as they come, and what a client is told that missed some."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from gateway.hub import QUEUE, Hub
from isotherm.engines.ports import free_port
from mes.border import transaction
from telemetry.clock import HeldClock
from telemetry.work import Pool
from tests.integration.gateway.readings import AIR, read
from tests.plugins.database import Database
from tests.plugins.waiting import until
from tests.plugins.web import Web, problem


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a stream."""

    name: str
    data: Any
    id: int | None


@dataclass(slots=True)
class Stream:
    """What a browser's EventSource sees."""

    _lines: AsyncIterator[str]

    async def next(self, name: str = "") -> Told:
        """The next event, of that name where one is given; TimeoutError when none comes."""
        async with asyncio.timeout(10):
            while True:
                told = await self._event()
                if not name or told.name == name:
                    return told

    async def beats(self, times: int) -> None:
        """Return after so many comments that only say that the server is there."""
        async with asyncio.timeout(10):
            async for line in self._lines:
                times -= line.startswith(":")
                if times == 0:
                    return

    async def ended(self) -> bool:
        """Whether the server ends the stream by itself."""
        async with asyncio.timeout(10):
            async for _ in self._lines:
                pass
        return True

    async def _event(self) -> Told:
        fields: dict[str, str] = {}
        async for line in self._lines:
            name, _, text = line.partition(": ")
            if not line and "event" in fields:
                return Told(fields["event"], json.loads(fields["data"]), int(fields["id"]) if "id" in fields else None)
            fields[name] = text
        raise EOFError


class Served:
    """An application on a port of its own."""

    def __init__(self, app: FastAPI) -> None:
        self.port = free_port()
        self.server = uvicorn.Server(uvicorn.Config(app, port=self.port, log_config=None, timeout_graceful_shutdown=5))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Served]:
        task = asyncio.create_task(self.server.serve())
        await until(lambda: self.server.started)
        try:
            yield self
        finally:
            self.server.config.app.state.live.close()  # type: ignore[union-attr]
            self.server.should_exit = True
            await task

    @asynccontextmanager
    async def watch(self, key: str, topics: str = "points,events", **headers: str) -> AsyncIterator[Stream]:
        base = f"http://127.0.0.1:{self.port}"
        headers = {"Authorization": f"Bearer {key}"} | headers
        async with (
            httpx.AsyncClient(base_url=base, headers=headers, timeout=15) as client,
            client.stream("GET", "/api/live", params={"topics": topics}) as answer,
        ):
            assert answer.headers["content-type"].startswith("text/event-stream"), await answer.aread()
            yield Stream(answer.aiter_lines())


@pytest.fixture
async def served(web: Web) -> AsyncIterator[Served]:
    """The application behind uvicorn; its hub looks ten times a second."""
    web.app.state.live = Hub(web.doors, period_s=0.1, heartbeat_s=0.5)
    async with Served(web.app).running() as running:
        yield running


async def emit(web: Web, topic: str, **body: object) -> None:
    async with transaction(web.doors, "watch") as work:
        await work.emit(topic, **body)


async def test_a_watcher_gets_what_is_and_then_what_comes(web: Web, served: Served, clock: HeldClock) -> None:
    await read(web.doors, 5.1)
    async with served.watch(web.keys["qa"]) as stream:
        ((id_, at_ms, value, quality),) = (await stream.next("points")).data["points"]
        assert (at_ms, value, quality) == (1_768_440_000_000, 5.1, 192)
        clock.advance(timedelta(seconds=1))
        await read(web.doors, 9.1)
        await emit(web, "alarm.raised", alarm_id=7, source=AIR)
        seen = [await stream.next(), await stream.next()]
    values, alarm = sorted(seen, key=lambda told: told.name, reverse=True)
    assert (values.name, values.data["points"]) == ("points", [[id_, at_ms + 1000, 9.1, 192]])
    assert (alarm.name, alarm.data["topic"], alarm.data["alarm_id"]) == ("alarms", "alarm.raised", 7)
    assert alarm.id == alarm.data["id"]


async def test_a_watcher_hears_of_its_topics_only(web: Web, served: Served) -> None:
    await read(web.doors, 5.1)
    async with served.watch(web.keys["qa"], "lots,points/hainan/fleet") as stream:
        await read(web.doors, 4.0, point="hainan/fleet/truck-1/air-1", edge="edge-fleet")
        assert (await stream.next()).data["points"][0][2] == 4.0
        for topic in ("person.locked", "alarm.raised", "lot.held"):
            await emit(web, topic, lot_id=1)
        assert (await stream.next()).data["topic"] == "lot.held"


async def test_who_lost_the_connection_gets_the_events_between(web: Web, served: Served) -> None:
    async with served.watch(web.keys["qa"], "events") as stream:
        await emit(web, "lot.held", lot_id=1)
        last = (await stream.next()).id
    for lot_id in (2, 3):
        await emit(web, "lot.held", lot_id=lot_id)
    async with served.watch(web.keys["qa"], "events", **{"Last-Event-ID": str(last)}) as stream:
        assert [(await stream.next()).data["lot_id"] for _ in range(2)] == [2, 3]


async def test_after_a_restart_of_the_server_nothing_is_missing_either(web: Web, served: Served) -> None:
    async with served.watch(web.keys["qa"], "events") as stream:
        await emit(web, "lot.held", lot_id=1)
        last = (await stream.next()).id
    await emit(web, "lot.held", lot_id=2)
    before, web.app.state.live = web.app.state.live, Hub(web.doors)  # knows nothing: it has not looked yet
    async with served.watch(web.keys["qa"], "events", **{"Last-Event-ID": str(last)}) as stream:
        web.app.state.live.start()
        assert (await stream.next()).data["lot_id"] == 2
        await web.app.state.live.stop()
    web.app.state.live = before


async def test_an_event_that_was_committed_late_is_told_though_a_later_one_was_before(web: Web, served: Served) -> None:
    emitted, told = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with transaction(web.doors, "watch") as work:
            await work.emit("lot.held", lot_id=1)
            emitted.set()
            await told.wait()

    async with served.watch(web.keys["qa"], "events") as stream, asyncio.TaskGroup() as group:
        group.create_task(slow())
        await emitted.wait()
        await emit(web, "lot.held", lot_id=2)
        assert (await stream.next()).data["lot_id"] == 2
        told.set()
        assert (await stream.next()).data["lot_id"] == 1


async def test_an_idle_stream_beats(web: Web, served: Served) -> None:
    async with served.watch(web.keys["qa"], "events") as stream:
        await stream.beats(3)


async def test_a_server_that_stops_ends_its_streams(web: Web, served: Served) -> None:
    async with served.watch(web.keys["qa"]) as stream:
        web.app.state.live.close()
        assert await stream.ended()


async def test_the_stream_tells_that_the_database_is_away_and_goes_on_with_all_values(
    web: Web, served: Served, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "isotherm.live")
    await read(web.doors, 5.1)
    async with served.watch(web.keys["qa"]) as stream:
        await stream.next("points")
        async with transaction(web.doors, "qa") as work:
            await work.db.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        assert (await stream.next()).name == "unavailable"
        assert (await stream.next("points")).data["points"][0][2] == 5.1


async def test_nobody_watches_without_a_key(web: Web, served: Served) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}") as client:
        assert problem(await client.get("/api/live"))["code"] == "Unauthenticated"


async def test_a_client_that_does_not_read_loses_its_oldest_frames_and_is_told(pool: Pool, web: Web) -> None:
    client = Hub(web.doors).join(frozenset({"points"}))
    for i in range(QUEUE + 10):
        client.put(f"event: points\ndata: {i}\n\n".encode())
    piece = await client.next()
    assert piece is not None
    assert piece.startswith(b'event: lost\ndata: {"frames":11}\n\nevent: points\ndata: 10\n')
    assert piece.endswith(f"data: {QUEUE + 9}\n\n".encode())


async def test_two_hundred_watchers_share_one_look_and_one_text(web: Web, clock: HeldClock) -> None:
    hub = Hub(web.doors)
    clients = [hub.join(frozenset({"points"})) for _ in range(200)]
    await read(web.doors, 5.1)
    await hub.look()
    pieces = {id(client._frames[-1]) for client in clients}
    assert len(pieces) == 1
