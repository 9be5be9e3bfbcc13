"""How long faults last, a database that survives kill -9, and the table in which every story writes its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from psycopg import sql

from isotherm.engines import postgres
from tests.faults.fates import Fate
from tests.faults.programs import Program, durable_database

_numbers = count(1)
Tell = Callable[[Sequence[Fate]], None]


@pytest.fixture
def full(request: pytest.FixtureRequest) -> bool:
    """Whether each fault takes its full time."""
    return bool(request.config.getoption("--full"))


@pytest.fixture
def lasts_s(full: bool) -> float:
    """How long a fault lasts."""
    return 30.0 if full else 3.0


@pytest.fixture(scope="session")
def durable() -> Iterator[tuple[postgres.Cluster, Program]]:
    """A migrated PostgreSQL that syncs to disk. Not under pytest's folder: see `cluster`."""
    with TemporaryDirectory(prefix="isotherm-faults-") as folder:
        cluster, program = durable_database(Path(folder))
        with psycopg.connect(cluster.dsn(postgres.OWNER, "postgres"), autocommit=True) as connection:
            connection.execute("create database pristine template isotherm")
        yield cluster, program
        program.stop()


@pytest.fixture
def database(durable: tuple[postgres.Cluster, Program]) -> Iterator[tuple[str, str]]:
    """A fresh database in it: connection strings of its owner and of the programs."""
    cluster, name = durable[0], f"fault_{next(_numbers)}"
    with psycopg.connect(cluster.dsn(postgres.OWNER, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} template pristine").format(sql.Identifier(name)))
    yield cluster.dsn(postgres.OWNER, name), cluster.dsn(postgres.APP, name)
    with psycopg.connect(cluster.dsn(postgres.OWNER, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Tell:
    """Write rows into the table of the run, and fail where one does not hold."""

    def told(fates: Sequence[Fate]) -> None:
        for fate in fates:
            request.node.user_properties.append(("fate", fate.facts()))
        broken = [str(fate) for fate in fates if not fate.holds]
        assert not broken, "\n".join(broken)

    return told
