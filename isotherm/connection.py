"""How a command reaches the plant's database: the settings of this process, or the plant that runs in a folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from psycopg_pool import AsyncConnectionPool

from isotherm.engines import postgres
from isotherm.machine import last_ports
from isotherm.settings import BadSetting, read_settings
from telemetry.work import Pool


def database_url(var: Path) -> str:
    """As ISOTHERM_DATABASE_URL says; without it that of the plant in the folder. Raises BadSetting."""
    told = read_settings().database_url
    if told:
        return told
    ports = last_ports(var)
    if not ports:
        raise BadSetting(setting="ISOTHERM_DATABASE_URL", reason=f"it is not set, and no plant was started in {var}")
    return postgres.prepare(var / "postgres", ports["database"]).dsn(postgres.APP)


@asynccontextmanager
async def connected(url: str, *, largest: int = 8) -> AsyncIterator[Pool]:
    """A pool of connections, open; it waits for a database that is not there yet."""
    async with AsyncConnectionPool(url, min_size=1, max_size=largest, open=False, timeout=30) as pool:
        yield pool
