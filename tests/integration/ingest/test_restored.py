"""The database is replaced while a gateway runs: no reading comes to stand under another point's name."""

from __future__ import annotations

import psycopg
import pytest
from nats.aio.client import Client
from psycopg_pool import AsyncConnectionPool

from gateway.streams import LIVE
from gateway.taking import Taking
from isotherm.engines import postgres
from telemetry.batch import Reading, batch_of
from telemetry.clock import HeldClock, to_us
from telemetry.store import Arrival, arrival
from telemetry.wire import Message
from tests.plugins.database import NOW, Database
from tests.plugins.stream import SITE

NAMES = [f"{SITE}/filling/line-1/{measure}" for measure in ("torque", "speed", "weight")]


def a_message(sequence: int) -> Arrival:
    """Each point's value is its place among the names."""
    at = to_us(NOW) + sequence
    readings = [Reading(name, at, at, float(value), 192) for value, name in enumerate(NAMES)]
    return arrival(Message("edge-line", 1, sequence, batch_of(readings)))


async def test_what_a_gateway_knows_of_a_database_counts_for_its_connection_only(
    cluster: postgres.Cluster, database: Database, clock: HeldClock
) -> None:
    async with AsyncConnectionPool(database.app, min_size=1, max_size=1, open=False) as pool:
        first, second = (Taking(Client(), pool, clock, SITE, LIVE) for _ in range(2))
        await first._commit([a_message(1)])
        await second._commit([a_message(2)])
        with psycopg.connect(cluster.dsn(postgres.OWNER, "postgres"), autocommit=True) as owner:
            name = psycopg.conninfo.conninfo_to_dict(database.app)["dbname"]
            owner.execute(f"drop database {name} with (force)")
            owner.execute(f"create database {name} template pristine")
        with psycopg.connect(database.owner) as restored:  # an older state, in which the points got other numbers
            restored.execute("insert into point (name) select unnest(%s::text[])", [NAMES[::-1]])
            restored.execute("select make_room(array[%s])", [NOW])
        with pytest.raises(psycopg.OperationalError):
            await first._commit([a_message(3)])
        await second._commit([a_message(4)])  # on the next connection, which is sound
        await first._commit([a_message(3)])
        with psycopg.connect(database.owner) as after:
            query = "select name, array_agg(distinct value) from reading join point on id = point_id group by 1"
            assert dict(after.execute(query).fetchall()) == {name: [float(i)] for i, name in enumerate(NAMES)}
