"""All packages' migrations on one database: what `isotherm db migrate` does, and every start of a plant."""

from __future__ import annotations

from pathlib import Path

import psycopg

from telemetry.migrate import TELEMETRY, migrate

MES = Path(__file__).parent.parent / "mes" / "sql"
PACKAGES = (TELEMETRY, MES)


def bring_up_to_date(owner_dsn: str) -> list[str]:
    """Migrate the database and answer the names of the files that ran for the first time."""
    with psycopg.connect(owner_dsn, autocommit=True) as connection:
        return migrate(connection, PACKAGES)
