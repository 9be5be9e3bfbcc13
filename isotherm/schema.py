"""All packages' migrations on one database: what `isotherm db migrate` does, and every start of a plant."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from isotherm.connection import DatabaseAway
from isotherm.engines.postgres import for_role
from isotherm.queue_schema import ready_queue
from telemetry.migrate import TELEMETRY, Engine, incremental, migrate

ROOT = Path(__file__).parent.parent
PACKAGES = (TELEMETRY, ROOT / "mes" / "sql", ROOT / "gateway" / "sql")
FROZEN = Path(__file__).with_name("migrations.json")
"""Hashes of the run-once files that have been released: they never change."""


def bring_up_to_date(owner_dsn: str, app_dsn: str = "") -> list[str]:
    """Migrate the database and answer the names of the files that ran for the first time.

    With the programs' connection string too, their role gets its password from there, where the engine lacks one.
    Raises DatabaseAway.
    """
    with _connected(owner_dsn) as connection:
        ran = migrate(connection, PACKAGES)
        ready_queue(connection)
        if app_dsn:
            _let_in(connection, app_dsn)
    return ran


def _connected(owner_dsn: str) -> psycopg.Connection:
    try:
        return psycopg.connect(owner_dsn, autocommit=True)
    except psycopg.Error as error:
        raise DatabaseAway(reason=str(error)) from error


def frozen() -> dict[str, str]:
    """Name and hash of every run-once file that has been released."""
    known: dict[str, str] = json.loads(FROZEN.read_text()) if FROZEN.exists() else {}
    return known


def freeze() -> list[str]:
    """Note the hashes of migrations that have none yet; answers their names."""
    known, now = frozen(), present()
    fresh = [name for name in now if name not in known]
    FROZEN.write_text(json.dumps(dict(sorted((now | known).items())), indent=1) + "\n")
    return fresh


def present() -> dict[str, str]:
    """Name and hash of every run-once file of both engines."""
    return {m.name: m.digest for engine in Engine for m in incremental(PACKAGES, engine)}


def _let_in(connection: psycopg.Connection, app_dsn: str) -> None:
    facts = conninfo_to_dict(app_dsn)
    connection.execute(for_role("set_password", str(facts["user"]), str(facts["password"])))
