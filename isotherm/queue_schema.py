"""The queue's tables: procrastinate's own, in a schema of their own, made and brought up to date by the owner.

Their text comes from the package that is installed. What has run is remembered, so that a newer package brings the
tables of an older one up to date with the files that it adds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from procrastinate.schema import SchemaManager
from psycopg import Connection

from telemetry import queries

SQL = queries.load(Path(__file__).with_name("queue_schema.sql"))


def ready_queue(connection: Connection[Any]) -> list[str]:
    """Make or upgrade the schema `queue`; answers the names of the files that ran. The connection is the owner's."""
    with connection.transaction():
        connection.execute(SQL["make_schema"])
        connection.execute(SQL["make_ledger"])
        connection.execute(SQL["look_into_queue"])
        ran = _bring_up_to_date(connection)
        connection.execute(SQL["grant_schema"])
        connection.execute(SQL["grant_tables"])
        connection.execute(SQL["grant_sequences"])
    return ran


def _bring_up_to_date(connection: Connection[Any]) -> list[str]:
    files = {path.name: path for path in sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))}
    done = {name for (name,) in connection.execute(SQL["done"]).fetchall()}
    fresh = [name for name in files if name not in done]
    if not done:
        connection.execute(SchemaManager.get_schema())
    for name in fresh:
        if done:
            connection.execute(files[name].read_text("utf-8"))
        connection.execute(SQL["remember"], {"name": name})
    return fresh
