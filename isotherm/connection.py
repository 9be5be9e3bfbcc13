"""How a command reaches the plant's database: the settings of this process, or the plant that runs in a folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from isotherm.engines import postgres
from isotherm.machine import last_ports
from isotherm.settings import BadSetting, read_settings
from telemetry.errors import Unavailable
from telemetry.work import Pool

WAITED_S = 10.0


class DatabaseAway(Unavailable):
    """The plant's database can't be reached: does it run, and is the address right?"""


def database_url(var: Path) -> str:
    """As ISOTHERM_DATABASE_URL says; without it that of the plant in the folder. Raises BadSetting."""
    told = read_settings().database_url
    if told:
        return checked("ISOTHERM_DATABASE_URL", told)
    ports = last_ports(var)
    if not ports:
        raise BadSetting(setting="ISOTHERM_DATABASE_URL", reason=f"it is not set, and no plant was started in {var}")
    return postgres.prepare(var / "postgres", ports["database"]).dsn(postgres.APP)


def checked(setting: str, url: str) -> str:
    """The address as it was given. Raises BadSetting for one that could never lead anywhere, and does not repeat it."""
    try:
        conninfo_to_dict(url)
    except ProgrammingError as error:
        wanted = "it is no address of a database, such as postgresql://user:password@host:5432/isotherm"
        raise BadSetting(setting=setting, reason=wanted) from error
    return url


@asynccontextmanager
async def connected(
    url: str, *, smallest: int = 1, largest: int = 8, within_s: float | None = WAITED_S
) -> AsyncIterator[Pool]:
    """A pool of connections, open. Raises DatabaseAway where none comes within so long; None: it may come any time."""
    async with AsyncConnectionPool(url, min_size=smallest, max_size=largest, open=False, timeout=30) as pool:
        if within_s is not None:
            await _first_connection(pool, within_s)
        yield pool


async def _first_connection(pool: Pool, within_s: float) -> None:
    try:
        await pool.wait(within_s)
    except PoolTimeout as error:
        raise DatabaseAway(reason=f"no answer within {within_s:g} s") from error
