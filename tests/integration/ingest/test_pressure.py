"""When the database is slow or away the stream keeps what comes, the gateway its size, and the edges the rest."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import nats
import psutil
import psycopg
import pytest
from nats.aio.client import Client
from nats.js.api import RetentionPolicy, StreamConfig

from edge.uplink.stream import Stream, StreamRefused
from gateway import streams
from gateway.streams import READINGS, Keeping
from isotherm.engines import postgres
from isotherm.engines.nats import NatsServer
from isotherm.engines.ports import free_port
from isotherm.schema import bring_up_to_date
from telemetry.wire import encode
from tests.integration.ingest.conftest import Gateway
from tests.integration.ingest.faithful_edge import EPOCH, PER_MESSAGE, FaithfulEdge, a_message
from tests.plugins.database import Database
from tests.plugins.memory import quick_folder
from tests.plugins.stream import SITE, known_to_server
from tests.plugins.waiting import until

WAITING = 50_000
"""Messages; the gateway may hold 512 for each of two takers of a lane."""
MOST_GROWTH = 24 << 20


@pytest.fixture
async def plant(nats_server: NatsServer) -> AsyncIterator[Client]:
    """A connection that may do everything."""
    nc = await nats.connect(nats_server.url, user="gateway", password=nats_server.passwords["gateway"])
    yield nc
    await nc.close()


@pytest.fixture
def stoppable() -> Iterator[tuple[postgres.Cluster, psutil.Process]]:
    """A PostgreSQL of the story's own."""
    with quick_folder("isotherm-postgres-") as folder:
        cluster = postgres.prepare(folder, free_port(), durable=False)
        with cluster.log.open("wb") as log:
            process = subprocess.Popen(
                cluster.command(), cwd=cluster.data, stdout=log, stderr=subprocess.STDOUT, **postgres.run_as()
            )
        postgres.await_ready(cluster)
        bring_up_to_date(cluster.dsn(postgres.OWNER))
        yield cluster, psutil.Process(process.pid)
        process.send_signal(postgres.STOP_SIGNAL)
        process.wait(20)


@contextmanager
def stopped(server: psutil.Process) -> Iterator[None]:
    """All its processes stand still: connections stay open and nobody answers."""
    family = [server, *server.children(recursive=True)]
    for each in family:
        each.suspend()
    try:
        yield
    finally:
        for each in family:
            each.resume()


async def test_while_the_database_stands_still_the_gateway_does_not_grow_and_then_it_takes_all(
    stoppable: tuple[postgres.Cluster, psutil.Process], nats_server: NatsServer, plant: Client, tmp_path: Path
) -> None:
    cluster, server = stoppable
    gateway = Gateway(nats_server, cluster.dsn(postgres.APP), tmp_path / "gateway.log")
    gateway.start()
    await publish(plant, range(1, 200))
    with psycopg.connect(cluster.dsn(postgres.OWNER), autocommit=True) as owner:
        await until(lambda: ledger(owner) == 199)
        size = psutil.Process(gateway.pid).memory_info().rss
        with stopped(server):
            await publish(plant, range(200, WAITING + 1))
            js, grown = plant.jetstream(), 0
            for _ in range(30):
                grown = max(grown, psutil.Process(gateway.pid).memory_info().rss - size)
                await asyncio.sleep(0.1)
            left = (await js.stream_info(READINGS)).state.messages
        assert grown < MOST_GROWTH
        assert left >= WAITING - 199
        await until(lambda: ledger(owner) == WAITING, within_s=90)
        fates = "select sum(stored), sum(rejected), sum(taken - stored - duplicate - rejected) from ingest_fate"
        assert owner.execute(fates).fetchone() == (2 * WAITING, 0, 0)
    grown = psutil.Process(gateway.pid).memory_info().rss - size
    assert gateway.stop() == 0
    assert grown < MOST_GROWTH


def ledger(owner: psycopg.Connection) -> int:
    row = owner.execute("select count(*) from ingest_batch").fetchone()
    return int(row[0]) if row else 0


async def publish(nc: Client, sequences: range) -> None:
    """Small messages, many of them."""
    await streams.ensure(nc.jetstream())
    for sequence in sequences:
        await nc.publish(f"readings.{SITE}.edge-line", encode(a_message(sequence, n=2)))
        if sequence % 500 == 0:
            await known_to_server(nc)
    await known_to_server(nc)


async def test_a_full_stream_says_so_and_what_it_refused_comes_when_there_is_room(
    nats_server: NatsServer, plant: Client, edge_line: Client, database: Database, tmp_path: Path
) -> None:
    await streams.ensure(plant.jetstream(), Keeping(readings_bytes=64 << 10))
    way = Stream(edge_line)
    await way.open()
    refused: list[str] = []
    for sequence in range(1, 301):
        payload, headers = encode(a_message(sequence)), {"Nats-Msg-Id": f"edge-line:{EPOCH}:{sequence}"}
        try:
            await (await way.publish(f"readings.{SITE}.edge-line", payload, headers))
        except StreamRefused as told:
            refused.append(str(told))
    assert 0 < len(refused) < 300
    assert all("maximum bytes exceeded" in told for told in refused)
    assert (await plant.jetstream().stream_info(READINGS)).state.messages == 300 - len(refused)

    gateway = Gateway(nats_server, database.app, tmp_path / "gateway.log")
    gateway.start()
    edge = FaithfulEdge(edge_line)
    await edge.start()
    await edge.send(range(1, 301))  # it has kept all: nobody has told it that any of them is stored
    await edge.settle()
    assert gateway.stop() == 0
    with psycopg.connect(database.owner) as owner:
        found = owner.execute("select count(*), count(distinct value) from reading").fetchone()
    assert found == (300 * PER_MESSAGE, 300 * PER_MESSAGE)


async def test_a_stream_of_an_older_plant_gets_its_bound_and_a_tuned_one_keeps_its_own(plant: Client) -> None:
    js = plant.jetstream()
    subjects = ["readings.>", "backlog.>"]
    await js.add_stream(StreamConfig(name=READINGS, subjects=subjects, retention=RetentionPolicy.WORK_QUEUE))
    await streams.ensure(js, Keeping(readings_bytes=1 << 20))
    config = (await js.stream_info(READINGS)).config
    assert (config.max_bytes, config.discard, config.num_replicas) == (1 << 20, "new", 1)
    await streams.ensure(js, Keeping(readings_bytes=1 << 21))
    assert (await js.stream_info(READINGS)).config.max_bytes == 1 << 20
