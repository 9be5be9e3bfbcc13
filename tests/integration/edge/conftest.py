"""What the edge's stories need: a notebook in place of the buffer, servers of each protocol, a gateway's answers."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.errors import APIError

from edge.tasks import end
from isotherm.engines.nats import NatsServer
from simulators.cable import Cable
from telemetry.batch import Batch, Reading
from telemetry.wire import Message, decode
from tests.plugins.stream import known_to_server


@dataclass
class Notebook:
    """A sink that writes down what it gets; `hold` makes it as slow as a disk that waits."""

    readings: list[Reading] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0

    def __post_init__(self) -> None:
        self.open.set()

    async def sink(self, batch: Batch) -> None:
        self.asked += 1
        await self.open.wait()
        self.readings.extend(batch)

    def of(self, point: str) -> list[Reading]:
        return [reading for reading in self.readings if reading.point == point]

    def last(self, point: str) -> Reading:
        return self.of(point)[-1]


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    """Run something for as long as the block takes; its failure fails the test."""
    task = asyncio.create_task(work)
    try:
        yield task
        if task.done():
            task.result()
    finally:
        await end([task])


@pytest.fixture
async def cable() -> AsyncIterator[Cable]:
    """A cable on a free port; lead it somewhere."""
    laid = Cable("127.0.0.1")
    await laid.lay()
    yield laid
    await laid.close()


@dataclass
class Peer:
    """The gateway's side of the uplink: takes messages off the stream, commits them to memory, publishes the cursor."""

    client: Client
    site: str
    edge: str
    messages: list[Message] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)
    asks: list[dict[str, int]] = field(default_factory=list)
    telling: bool = True  # whether commits are told by the cursor
    ahead_s: float = 0.0  # how far the gateway's clock is ahead of the machine's

    def sequences(self) -> list[int]:
        return [message.sequence for message in self.messages]

    def readings(self) -> list[Reading]:
        seen: dict[tuple[int, int], Message] = {}
        for message in self.messages:
            seen.setdefault((message.epoch, message.sequence), message)
        return [reading for message in seen.values() for reading in message.batch]

    async def make_stream(self, **config: Any) -> None:
        js = self.client.jetstream()
        subjects = ["readings.>", "backlog.>"]
        await js.add_stream(name="READINGS", subjects=subjects, retention="workqueue", **config)

    async def commit_for_ever(self, change: Callable[[Message], None] = lambda _: None) -> None:
        js = self.client.jetstream()
        pulls = [await js.pull_subscribe(f"{lane}.>", f"ingest-{lane}") for lane in ("readings", "backlog")]
        while True:
            for pull in pulls:
                with suppress(TimeoutError, APIError):
                    for message in await pull.fetch(100, timeout=0.05):
                        await self._commit(message)
                        change(self.messages[-1])

    async def _commit(self, message: Msg) -> None:
        self.messages.append(decode(message.data))
        self.subjects.append(message.subject)
        await message.ack()
        if self.telling:
            last = self.messages[-1]
            said = {"epoch": last.epoch, "committed": [[last.sequence, last.sequence]]}
            await self.client.publish(f"cursor.{self.site}.{self.edge}", json.dumps(said).encode())

    async def answer(self) -> None:
        await self.client.subscribe(f"cursor-ask.{self.site}.{self.edge}", cb=self._answer)
        await known_to_server(self.client)

    async def _answer(self, message: Msg) -> None:
        asked = json.loads(message.data)
        self.asks.append(asked)
        had = {m.sequence for m in self.messages if m.epoch == asked["epoch"]}
        covered = [[s, s] for s in sorted(had) if asked["from"] <= s <= asked["to"]]
        now_us = int((time.time() + self.ahead_s) * 1_000_000)
        answer = {"epoch": asked["epoch"], "committed": covered, "now_us": now_us}
        await message.respond(json.dumps(answer).encode())


@asynccontextmanager
async def peer_at(server: NatsServer, edge: str = "edge-line", site: str = "hainan") -> AsyncIterator[Peer]:
    client = await nats.connect(server.url, user="gateway", password=server.passwords["gateway"])
    try:
        yield Peer(client, site, edge)
    finally:
        await client.close()
