"""What an edge had to give up is known in the database, once, and every reading is accounted for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from nats.aio.client import Client

from edge.buffer.buffer import FILE, Buffer
from edge.buffer.disk import Disk
from edge.collector import Collector
from edge.config import BufferConfig, EdgeConfig
from edge.strict import Group, LaneClass
from edge.tasks import end
from edge.uplink.config import UplinkConfig
from edge.uplink.uplink import Uplink
from isotherm.engines.nats import NatsServer
from telemetry.batch import Batch, Reading, batch_of
from telemetry.clock import SystemClock, to_us
from telemetry.wire import encode
from tests.integration.ingest.conftest import Gateway
from tests.integration.ingest.faithful_edge import EPOCH, PER_MESSAGE, FaithfulEdge, a_message
from tests.plugins.database import Database
from tests.plugins.stream import SITE
from tests.plugins.waiting import until

N = 200


@pytest.fixture(autouse=True)
def password(nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOTHERM_EDGE_PASSWORD", nats_server.passwords["edge-line"])


@asynccontextmanager
async def an_edge(server: NatsServer, folder: Path, max_mb: float) -> AsyncIterator[tuple[Disk, Uplink]]:
    """A buffer of this size and its uplink, which does not run yet."""
    uplink = UplinkConfig(url=server.url, user="edge-line", password_env="ISOTHERM_EDGE_PASSWORD")
    buffer = BufferConfig(folder=folder, max_mb=max_mb)
    config = EdgeConfig("edge-line", SITE, uplink, buffer, {"line": Group(period_s=1)}, ())
    disk = await Disk.open(config, SystemClock())
    try:
        yield disk, Uplink(config, disk, Collector(disk, {}), SystemClock())
    finally:
        await disk.close()


def readings(sequence: int) -> Batch:
    """Values that do not get small: the buffer shall be full soon."""
    random, now_us = Random(sequence), to_us(SystemClock().now())
    name = f"{SITE}/filling/line-1/torque"
    return batch_of([Reading(name, now_us + i, now_us + i, random.random(), 192) for i in range(N)])


async def take(disk: Disk, blocks: int, lane: LaneClass = "bulk") -> None:
    for sequence in range(blocks):
        batch = readings(sequence)
        await disk.run(lambda buffer, batch=batch: buffer.append([(lane, batch)]))  # type: ignore[misc]


async def emptied(disk: Disk) -> None:
    async with asyncio.timeout(60):
        while await disk.run(Buffer.bounds):  # noqa: ASYNC110 - the gateway is another process
            await asyncio.sleep(0.05)


def ask(database: Database, sql: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.owner) as connection:
        return connection.execute(sql.encode()).fetchall()


async def test_what_is_taken_is_stored_or_told_as_given_up(
    gateway: Gateway, nats_server: NatsServer, database: Database, tmp_path: Path
) -> None:
    async with an_edge(nats_server, tmp_path / "buffer", 0.2) as (disk, uplink):
        await take(disk, 150)
        await take(disk, 10, "cold-chain")
        dropped = (await disk.run(Buffer.stats)).dropped
        running = asyncio.create_task(uplink.run())
        await until(lambda: uplink.stats.in_stream > 0)
        gateway.kill()
        gateway.start()
        await emptied(disk)
        await end([running])
    (told,) = ask(database, "select lane, reason, n, first_sequence, last_time > first_time from ingest_gap")
    assert told == ("bulk", "full", dropped, 1, True)
    assert ask(database, "select count(*) from reading") == [(160 * N - dropped,)]


async def test_what_is_given_up_while_it_is_under_way_may_arrive_all_the_same_and_is_told(
    gateway: Gateway, nats_server: NatsServer, database: Database, tmp_path: Path
) -> None:
    async with an_edge(nats_server, tmp_path / "buffer", 0.2) as (disk, uplink):
        await take(disk, 150)
        running = asyncio.create_task(uplink.run())
        await until(lambda: uplink.stats.in_stream > 0)
        gateway.kill()
        await take(disk, 100)  # told in messages of their own: the first one may be under way
        gateway.start()
        await emptied(disk)
        stats = await disk.run(Buffer.stats)
        await end([running])
    assert ask(database, "select sum(n), count(*) from ingest_gap") == [(stats.dropped, stats.gaps)]
    ((stored,),) = ask(database, "select count(*) from reading")
    assert stored < 250 * N <= stored + stats.dropped


async def test_that_a_buffer_was_damaged_is_known_in_the_database(
    gateway: Gateway, nats_server: NatsServer, database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "buffer"
    async with an_edge(nats_server, folder, 10) as (disk, _):
        await take(disk, 5)
        lost_epoch = disk.epoch
    (folder / FILE).write_bytes(b"\xa5" * 50_000)
    with caplog.at_level(logging.CRITICAL):
        async with an_edge(nats_server, folder, 10) as (disk, uplink):
            await take(disk, 1)
            running = asyncio.create_task(uplink.run())
            await emptied(disk)
            await end([running])
    (told,) = ask(database, "select epoch, sequence, lane, reason, n, last_time is not null from ingest_gap")
    assert told[0] > lost_epoch
    assert told[1:] == (1, "all", "damaged", None, True)
    assert ask(database, "select count(*) from reading") == [(N,)]


@pytest.fixture
async def awake(gateway: Gateway, edge_line: Client) -> None:
    """The gateway has made its streams and takes what comes."""
    edge = FaithfulEdge(edge_line)
    await edge.start()
    await edge.send([1])
    await edge.settle()


async def test_every_reading_of_a_damaged_batch_is_counted(awake: None, edge_line: Client, database: Database) -> None:
    for sequence, place in enumerate((0, 20, -1), 2):  # in the magic, in the header, in the body
        damaged = bytearray(encode(a_message(sequence)))
        damaged[place] ^= 0x55
        headers = {"Nats-Msg-Id": f"edge-line:{EPOCH}:{sequence}", "Readings": str(PER_MESSAGE)}
        await edge_line.publish(f"readings.{SITE}.edge-line", bytes(damaged), headers=headers)
    await until(lambda: len(ask(database, "select 1 from ingest_rejected")) == 3, 20)
    aside = ask(database, "select code, sequence, n from ingest_rejected order by sequence")
    assert aside == [("Malformed", sequence, PER_MESSAGE) for sequence in (2, 3, 4)]
    assert ask(database, "select taken, rejected from ingest_fate") == [(4 * PER_MESSAGE, 3 * PER_MESSAGE)]


async def test_no_number_that_is_none_is_believed_of_a_damaged_batch(
    awake: None, edge_line: Client, database: Database
) -> None:
    for told in ("-5", "1e9", "99999999999999999999", "0x10"):
        await edge_line.publish(f"readings.{SITE}.edge-line", told.encode(), headers={"Readings": told})
    await until(lambda: len(ask(database, "select 1 from ingest_rejected")) == 4, 20)
    assert ask(database, "select sum(n) from ingest_rejected") == [(0,)]
