"""Migrations: a database that came a long way is the same as a new one; what has been released never changes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from isotherm.engines import postgres
from isotherm.schema import FROZEN, PACKAGES, ROOT, bring_up_to_date, frozen, present
from telemetry import queries
from telemetry.migrate import Engine, FrozenMigrationChanged, engine_of, incremental, migrate
from tests.plugins.database import Database

CATALOG = Path(__file__).with_name("catalog.sql")
NAMED = [
    path
    for package in ("telemetry", "mes", "gateway", "dashboards", "isotherm")
    for path in sorted((ROOT / package).rglob("*.sql"))
    if "sql" not in path.relative_to(ROOT).parts[:-1] and "node_modules" not in path.parts
]
COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)
COPY_OUT = re.compile(r"copy \((.*)\) to stdout.*", re.DOTALL)
NOT_PREPARED = ("call ", "create ", "alter ", "drop ", "vacuum ", "copy reading", "set ", "grant ")
"""PostgreSQL prepares queries and changes only; these run in the tests of what uses them."""
PLACEHOLDER = re.compile(r"%\((\w+)\)[sb]")


@pytest.fixture
def empty(cluster: postgres.Cluster) -> Iterator[str]:
    """The owner's connection string of a database with nothing in it."""
    with psycopg.connect(cluster.dsn(postgres.OWNER, "postgres"), autocommit=True) as connection:
        connection.execute("create database old_plant")
        yield cluster.dsn(postgres.OWNER, "old_plant")
        connection.execute("drop database old_plant with (force)")


def catalog(connection: psycopg.Connection) -> dict[str, list[tuple[object, ...]]]:
    """All that makes up the schema: columns, constraints, indexes, routines, views, triggers, grants."""
    return {name: connection.execute(text).fetchall() for name, text in queries.load(CATALOG).items()}


def step_by_step(dsn: str, folder: Path) -> None:
    """As a plant that upgraded after every single file, restarting in between."""
    files = [(package, path) for package in PACKAGES for path in sorted(package.rglob("*.sql"))]
    routines = [path for _, path in files if "idempotent" in path.parts]
    copies = [folder / package.parent.name / "sql" for package in PACKAGES]
    with psycopg.connect(dsn, autocommit=True) as connection:
        engine = engine_of(connection)
    for migration in incremental(PACKAGES, engine):
        package, _, path = migration.name.partition("/")
        copy = folder / package / "sql" / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(migration.text)
        with psycopg.connect(dsn, autocommit=True) as connection:
            assert migrate(connection, copies) == [migration.name]
    assert routines
    with psycopg.connect(dsn, autocommit=True) as connection:
        assert migrate(connection, PACKAGES) == []


def test_a_plant_that_upgraded_file_by_file_has_the_schema_of_a_new_one(
    empty: str, database: Database, tmp_path: Path
) -> None:
    step_by_step(empty, tmp_path)
    with psycopg.connect(empty) as old, psycopg.connect(database.owner) as new:
        found, expected = catalog(old), catalog(new)
    assert found == expected
    assert all(expected.values())


def test_timescale_too_has_one_schema_however_it_got_there(bare_timescale: str, timescale: str, tmp_path: Path) -> None:
    step_by_step(bare_timescale, tmp_path)
    with psycopg.connect(bare_timescale) as old:
        found = catalog(old)
    with psycopg.connect(timescale) as new:
        expected = catalog(new)
        assert engine_of(new) is Engine.TIMESCALE
    assert found == expected


def test_an_upgrade_of_a_present_database_changes_nothing(database: Database) -> None:
    with psycopg.connect(database.owner) as connection:
        before = catalog(connection)
    assert bring_up_to_date(database.owner) == []
    with psycopg.connect(database.owner) as connection:
        assert catalog(connection) == before


def test_a_migration_that_was_changed_after_it_ran_is_refused(empty: str, tmp_path: Path) -> None:
    file = tmp_path / "plant" / "sql" / "incremental" / "0001_tank.sql"
    file.parent.mkdir(parents=True)
    file.write_text("create table tank (id int);\n")
    with psycopg.connect(empty, autocommit=True) as connection:
        migrate(connection, [file.parent.parent])
        file.write_text("create table tank (id bigint);\n")
        with pytest.raises(FrozenMigrationChanged):
            migrate(connection, [file.parent.parent])


def test_released_migrations_stay_as_they_are() -> None:
    assert frozen() == present(), f"a released migration changed, or a new one is not frozen in {FROZEN.name}"


def statement(path: Path, name: str) -> str:
    """A block's text without comments; what `copy ... to` asks for, without the copying."""
    bare = COMMENT.sub("", queries.load(path)[name]).strip()
    exported = COPY_OUT.fullmatch(bare)
    return exported.group(1) if exported else bare


BLOCKS = [
    (path, name) for path in NAMED for name in queries.load(path) if not statement(path, name).startswith(NOT_PREPARED)
]


@pytest.mark.parametrize(("path", "name"), BLOCKS, ids=[f"{p.relative_to(ROOT).as_posix()}:{n}" for p, n in BLOCKS])
def test_every_query_fits_the_schema(path: Path, name: str, prepared: psycopg.Connection) -> None:
    order: list[str] = []
    text = statement(path, name)
    numbered = PLACEHOLDER.sub(lambda m: f"${_place(order, m.group(1))}", text).replace("%%", "%")
    prepared.execute(f"prepare probe as {numbered}".encode())


@pytest.fixture
def prepared(cluster: postgres.Cluster) -> Iterator[psycopg.Connection]:
    """A connection with the programs' rights."""
    with psycopg.connect(cluster.dsn(postgres.APP)) as connection:
        yield connection
        connection.rollback()


def _place(order: list[str], name: str) -> int:
    if name not in order:
        order.append(name)
    return order.index(name) + 1
