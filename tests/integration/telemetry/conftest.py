"""Every story of the store is told on both engines."""

from __future__ import annotations

from collections.abc import AsyncIterator

import psycopg
import pytest

from isotherm.engines.postgres import OWNER, Cluster
from telemetry.migrate import Engine
from telemetry.store import Memory
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
    async with await psycopg.AsyncConnection.connect(_owner(engine, request)) as connection:
        await connection.execute("set local role isotherm_app")
        yield Work("gateway", NOW, connection)
        await connection.rollback()


def _owner(engine: Engine, request: pytest.FixtureRequest) -> str:
    if engine is Engine.TIMESCALE:
        return str(request.getfixturevalue("timescale"))
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.dsn(OWNER)
