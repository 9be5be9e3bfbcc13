"""The engine that the stories run on: one embedded PostgreSQL a test run, migrated once, copied where needed."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg_pool import AsyncConnectionPool

from isotherm.engines import postgres
from isotherm.engines.ports import free_port
from isotherm.schema import bring_up_to_date
from telemetry.clock import HeldClock
from telemetry.work import Pool, Work
from tests.plugins.memory import quick_folder

NOW = datetime(2026, 1, 15, 1, 20, tzinfo=UTC)
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Database:
    """Connection strings of one database."""

    owner: str
    app: str


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    """A running PostgreSQL whose data may be lost, with the migrated database `isotherm` in it as a template."""
    with quick_folder("isotherm-postgres-") as folder:
        made = postgres.prepare(folder, free_port(), durable=False)
        with made.log.open("wb") as log:
            process = subprocess.Popen(
                made.command(), cwd=made.data, stdout=log, stderr=subprocess.STDOUT, **postgres.run_as()
            )
        try:
            postgres.await_ready(made)
            bring_up_to_date(made.dsn(postgres.OWNER))
            with psycopg.connect(made.dsn(postgres.OWNER, "postgres"), autocommit=True) as connection:
                connection.execute("create database pristine template isotherm")  # rolled-back stories use up numbers
            yield made
        finally:
            process.send_signal(postgres.STOP_SIGNAL)
            process.wait(20)


@pytest.fixture
def database(cluster: postgres.Cluster) -> Iterator[Database]:
    """A fresh, migrated database for a test that commits or needs several connections."""
    name = f"story_{next(_numbers)}"
    with psycopg.connect(cluster.dsn(postgres.OWNER, "postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} template pristine strategy file_copy").format(sql.Identifier(name))
        )
        yield Database(cluster.dsn(postgres.OWNER, name), cluster.dsn(postgres.APP, name))
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    """Connections of the programs' role to a fresh database."""
    async with AsyncConnectionPool(database.app, min_size=1, max_size=8, open=False) as opened:
        yield opened


@pytest.fixture
async def work(cluster: postgres.Cluster) -> AsyncIterator[Work]:
    """A unit of work by `qa` at NOW; rolled back after the test. `await work.flush()` writes audit rows."""
    async with await psycopg.AsyncConnection.connect(cluster.dsn(postgres.APP)) as connection:
        yield Work("qa", NOW, connection)
        await connection.rollback()


@pytest.fixture
def clock() -> HeldClock:
    """A clock that the test holds."""
    return HeldClock(NOW)


@pytest.fixture
def var(tmp_path: Path) -> Path:
    """A folder for what a program writes."""
    return tmp_path
