"""Every story of the store is told on both engines."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from psycopg import AsyncConnection

from isotherm.engines.postgres import OWNER, Cluster
from telemetry.batch import Batch, Reading, batch_of
from telemetry.clock import to_us
from telemetry.migrate import Engine
from telemetry.quality import Quality
from telemetry.store import Memory, append, arrival, refresh_rollups
from telemetry.wire import Message
from telemetry.work import Work
from tests.plugins.database import NOW


@pytest.fixture(params=list(Engine))
def engine(request: pytest.FixtureRequest) -> Engine:
    """The kind of storage of this telling."""
    return Engine(request.param)


@pytest.fixture
def memory(engine: Engine) -> Memory:
    """What a fresh process knows of the store."""
    return Memory(can_copy=engine is Engine.POSTGRES)


@pytest.fixture
async def work(engine: Engine, request: pytest.FixtureRequest) -> AsyncIterator[Work]:
    """A unit of work with the programs' rights, at NOW; rolled back after the test."""
    async with await AsyncConnection.connect(_owner(engine, request)) as connection:
        await connection.execute("set local role isotherm_app")
        yield Work("gateway", NOW, connection)
        await connection.rollback()


@dataclass(frozen=True, slots=True)
class Store:
    """A store where things are committed, and a point of the test's own in it."""

    engine: Engine
    owner: AsyncConnection[Any]  # in autocommit mode
    memory: Memory
    name: str  # of the point
    point: int
    now: datetime  # months after the story before: on TimescaleDB what lies behind the last refresh is not seen at once

    def at(self, moment: datetime, value: float = 5.0, quality: int = Quality.GOOD) -> Reading:
        """A reading of the point."""
        return Reading(self.name, to_us(moment), to_us(moment) + 2_000, value, quality)

    async def keep(self, *readings: Reading, sequence: int, now: datetime | None = None) -> None:
        """Store readings as one message, with the programs' rights."""
        message = Message("edge-line", self.point, sequence, batch_of(readings))
        async with self.owner.transaction():
            await self.owner.execute("set local role isotherm_app")
            await append(self.work(now), [arrival(message)], memory=self.memory)

    async def refresh(self, now: datetime | None = None) -> None:
        """What the gateway does every few seconds, and TimescaleDB's policies do."""
        await refresh_rollups(self.work(now))

    def work(self, now: datetime | None = None) -> Work:
        return Work("gateway", now or self.now, self.owner)

    async def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """The owner's question; `:point` stands for the id of the test's point."""
        return await (await self.owner.execute(sql.replace(":point", str(self.point)).encode())).fetchall()


@pytest.fixture
async def store(engine: Engine, memory: Memory, request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """A store seen by its owner: a fresh one on PostgreSQL; on TimescaleDB, slow to start, one for all stories."""
    kept = engine is Engine.TIMESCALE
    dsn = str(request.getfixturevalue("kept_timescale")) if kept else request.getfixturevalue("database").owner
    story = next(_stories)
    name = f"hainan/cold-store/room-{story}/air-1"
    async with await AsyncConnection.connect(dsn, autocommit=True, prepare_threshold=None) as connection:
        work = Work("gateway", NOW, connection)
        await append(work, [arrival(Message("edge-line", 0, story, Batch((name,))))], memory=memory)
        now = NOW + timedelta(days=100 * story)
        yield Store(engine, connection, memory, name, memory.point_ids[name], now)


_stories = count(1)


def _owner(engine: Engine, request: pytest.FixtureRequest) -> str:
    if engine is Engine.TIMESCALE:
        return str(request.getfixturevalue("timescale"))
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.dsn(OWNER)
