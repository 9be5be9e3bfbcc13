"""A furnished plant, made once and copied for each story, and its pages: with and without a browser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from itertools import count

import httpx
import psycopg
import pytest
from psycopg import sql
from psycopg_pool import AsyncConnectionPool

from dashboards.app import build
from isotherm.engines import postgres
from mes.border import Doors
from telemetry.clock import HeldClock
from telemetry.work import Pool
from tests.integration.dashboards.furnish import Furnished, furnish
from tests.integration.dashboards.visitor import Plant, Visitor
from tests.plugins.database import NOW, Database
from tests.plugins.web import UNHURRIED

_copies = count(1)


def _make(cluster: postgres.Cluster, name: str, template: str) -> Database:
    with psycopg.connect(cluster.dsn(postgres.OWNER, "postgres"), autocommit=True) as connection:
        names = sql.Identifier(name), sql.Identifier(template)
        connection.execute(sql.SQL("create database {} template {} strategy file_copy").format(*names))
    return Database(cluster.dsn(postgres.OWNER, name), cluster.dsn(postgres.APP, name))


async def _furnish(database: Database, now: datetime, *, cleared: bool) -> Furnished:
    async with AsyncConnectionPool(database.app, min_size=1, open=False) as pool:
        return await furnish(pool, now, cleared=cleared)


@pytest.fixture(scope="session")
def cold_again(cluster: postgres.Cluster) -> tuple[str, Furnished]:
    """Name of a furnished database: cold room 2 was too warm and is cold again."""
    name = "furnished_cold_again"
    return name, asyncio.run(_furnish(_make(cluster, name, "pristine"), NOW, cleared=True))


@pytest.fixture(scope="session")
def still_warm(cluster: postgres.Cluster) -> tuple[str, Furnished]:
    """Name of a furnished database: cold room 2 is too warm."""
    name = "furnished_still_warm"
    return name, asyncio.run(_furnish(_make(cluster, name, "pristine"), NOW, cleared=False))


@pytest.fixture(scope="session")
def at_present(cluster: postgres.Cluster) -> tuple[str, Furnished]:
    """As `cold_again`, at the time that a browser's clock tells."""
    name, now = "furnished_at_present", datetime.now(UTC)
    return name, asyncio.run(_furnish(_make(cluster, name, "pristine"), now, cleared=True))


@pytest.fixture
def furnished_database(
    cluster: postgres.Cluster, request: pytest.FixtureRequest
) -> Iterator[tuple[Database, Furnished]]:
    """A copy of `cold_again`, or of the fixture that the test's parameter names."""
    template, furnished = request.getfixturevalue(getattr(request, "param", "cold_again"))
    name = f"furnished_copy_{next(_copies)}"
    yield _make(cluster, name, template), furnished
    with psycopg.connect(cluster.dsn(postgres.OWNER, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
async def furnished_pool(furnished_database: tuple[Database, Furnished]) -> AsyncIterator[Pool]:
    async with AsyncConnectionPool(furnished_database[0].app, min_size=1, max_size=8, open=False) as pool:
        yield pool


@pytest.fixture
async def plant(
    furnished_pool: Pool, furnished_database: tuple[Database, Furnished], clock: HeldClock
) -> AsyncIterator[Plant]:
    """The furnished plant at NOW; `visit` opens its pages as a person."""
    app = build(Doors(furnished_pool, clock), rates=UNHURRIED)
    async with AsyncExitStack() as stack:

        async def visit(username: str | None = None, language: str = "en") -> Visitor:
            transport = httpx.ASGITransport(app)
            client = httpx.AsyncClient(transport=transport, base_url="http://plant", cookies={"language": language})
            stack.push_async_callback(client.aclose)
            visitor = Visitor(client)
            if username:
                await visitor.sign_in(username)
            return visitor

        yield Plant(furnished_database[1], furnished_pool, visit)
