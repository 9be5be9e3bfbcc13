"""Brings a database to the present schema: files that run once, in order, with frozen hashes; then routines, each time.

sql/incremental/NNNN_name.sql            once; a file that changed after it ran is refused
sql/engine/<engine>/incremental/*.sql    once; what differs by engine: how `reading` is chunked
sql/idempotent/*.sql, sql/engine/<engine>/idempotent/*.sql   at every upgrade: functions, triggers, grants
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, LiteralString

from psycopg import Connection

from telemetry import queries
from telemetry.errors import Conflict

SQL = queries.load(Path(__file__).with_name("migrate.sql"))
TELEMETRY = Path(__file__).parent / "sql"


class FrozenMigrationChanged(Conflict):
    """A migration that has run already was changed afterwards. Write a new one instead."""


class Engine(StrEnum):
    POSTGRES = "postgres"  # native range partitions
    TIMESCALE = "timescale"  # hypertable, columnstore


@dataclass(frozen=True, slots=True)
class Migration:
    name: str  # package and path, as it is remembered
    text: LiteralString

    @property
    def digest(self) -> str:
        return sha256(self.text.encode()).hexdigest()


def engine_of(connection: Connection[Any]) -> Engine:
    """Which of the two kinds of storage this database has."""
    found = connection.execute(SQL["timescale_available"]).fetchone()
    return Engine.TIMESCALE if found else Engine.POSTGRES


def migrate(connection: Connection[Any], folders: Sequence[Path]) -> list[str]:
    """Run what has not run yet, in one transaction, and answer its names. `folders` are the packages' sql/ folders.

    The connection is the owner's, in autocommit mode. Raises FrozenMigrationChanged.
    """
    engine = engine_of(connection)
    with connection.transaction():
        connection.execute(SQL["make_ledger"])
        done = dict(connection.execute(SQL["done"]).fetchall())
        fresh = [m for m in incremental(folders, engine) if not _has_run(m, done)]
        for migration in fresh:
            connection.execute(migration.text)
            connection.execute(SQL["remember"], {"name": migration.name, "digest": migration.digest})
        for routine in idempotent(folders, engine):
            connection.execute(routine.text)
    return [m.name for m in fresh]


def incremental(folders: Sequence[Path], engine: Engine) -> Iterator[Migration]:
    """The run-once files in the order in which they run."""
    for folder in folders:
        yield from _files(folder, folder / "incremental")
        yield from _files(folder, folder / "engine" / engine / "incremental")


def idempotent(folders: Sequence[Path], engine: Engine) -> Iterator[Migration]:
    """The files that run at every upgrade."""
    for folder in folders:
        yield from _files(folder, folder / "idempotent")
        yield from _files(folder, folder / "engine" / engine / "idempotent")


def _has_run(migration: Migration, done: dict[str, str]) -> bool:
    digest = done.get(migration.name)
    if digest is not None and digest != migration.digest:
        raise FrozenMigrationChanged(migration=migration.name)
    return digest is not None


def _files(package: Path, folder: Path) -> Iterator[Migration]:
    for path in sorted(folder.glob("*.sql")):
        name = f"{package.parent.name}/{path.relative_to(package).as_posix()}"
        yield Migration(name, path.read_text("utf-8"))
