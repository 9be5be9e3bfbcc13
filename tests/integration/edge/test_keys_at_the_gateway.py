"""What an edge's key does not stop, the gateway does: a stolen name in the payload, an answer sent to somebody else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import nats
import psycopg
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from gateway.ingest import IngestSettings, run_ingest
from isotherm.engines.nats import NatsServer
from telemetry.batch import Reading, batch_of
from telemetry.quality import Quality
from telemetry.wire import Message, encode
from tests.plugins.database import Database
from tests.plugins.stream import SITE, known_to_server

from .conftest import running

EPOCH = 1_764_000_000_000


@pytest.fixture
async def gateway(nats_server: NatsServer, database: Database) -> AsyncIterator[None]:
    """The plant's ingest, running."""
    password = nats_server.passwords["gateway"]
    settings = IngestSettings(nats_server.url, "gateway", password, database.app, SITE)
    stop = asyncio.Event()
    async with running(run_ingest(settings, stop)) as working:
        yield
        stop.set()
        await working


@pytest.fixture
async def thief(nats_server: NatsServer) -> AsyncIterator[Client]:
    """The edge of the line, by its own key."""
    seed = str(nats_server.keys["edge-line"])
    client = await nats.connect(nats_server.url, nkeys_seed=seed, inbox_prefix=b"_INBOX_edge-line")
    yield client
    await client.close()


def a_batch(edge: str, sequence: int) -> bytes:
    at = EPOCH * 1000 + sequence
    readings = batch_of([Reading(f"{SITE}/filling/line-1/torque", at, at, 1.0, Quality.GOOD)])
    return encode(Message(edge, EPOCH, sequence, readings))


async def committed(client: Client, sequence: int) -> list[list[int]]:
    """What the database has, asked until it has this sequence."""
    question = json.dumps({"epoch": EPOCH, "from": 1, "to": sequence}).encode()
    async with asyncio.timeout(20):
        while True:
            try:
                answer = await client.request(f"cursor-ask.{SITE}.edge-line", question, timeout=2)
            except (nats.errors.NoRespondersError, nats.errors.TimeoutError):
                await asyncio.sleep(0.05)  # the gateway is starting
                continue
            covered: list[list[int]] = json.loads(answer.data)["committed"]
            if covered and covered[-1][1] == sequence:
                return covered
            await asyncio.sleep(0.05)


async def send(client: Client, data: bytes) -> None:
    await client.publish(f"readings.{SITE}.edge-line", data)
    await known_to_server(client)


async def test_a_batch_under_a_stolen_name_is_set_aside(gateway: None, thief: Client, database: Database) -> None:
    await started(thief)
    await send(thief, a_batch("edge-cold-store", 7))
    await send(thief, a_batch("edge-line", 2))
    assert await committed(thief, 2) == [[1, 2]]
    with psycopg.connect(database.owner) as connection:
        aside = connection.execute("select code, edge, detail from ingest_rejected").fetchall()
        stored = connection.execute("select edge, sequence from ingest_batch order by sequence").fetchall()
    assert aside == [("WrongEdge", "edge-line", "it says that it comes from edge-cold-store")]
    assert stored == [("edge-line", 1), ("edge-line", 2)]


async def started(client: Client) -> None:
    """Send batch 1 until the gateway has made the stream and taken it."""
    async with asyncio.timeout(20):
        while True:
            await send(client, a_batch("edge-line", 1))
            question = json.dumps({"epoch": EPOCH, "from": 1, "to": 1}).encode()
            try:
                answer = await client.request(f"cursor-ask.{SITE}.edge-line", question, timeout=1)
            except (nats.errors.NoRespondersError, nats.errors.TimeoutError):
                continue
            if json.loads(answer.data)["committed"] == [[1, 1]]:
                return


@pytest.mark.parametrize(
    "place",
    [
        f"cursor.{SITE}.edge-cold-store",  # it would believe that its readings are safe, and delete them
        "_INBOX_edge-cold-store.abc",
        f"events.{SITE}",
        "$JS.API.STREAM.INFO.READINGS",
    ],
)
async def test_the_gateway_does_not_lend_its_voice(
    gateway: None, thief: Client, nats_server: NatsServer, place: str
) -> None:
    await started(thief)
    watcher = await nats.connect(nats_server.url, user="gateway", password=nats_server.passwords["gateway"])
    heard: list[Msg] = []

    async def hear(message: Msg) -> None:
        heard.append(message)

    try:
        await watcher.subscribe(place, cb=hear)
        await known_to_server(watcher)
        question = json.dumps({"epoch": EPOCH, "from": 1, "to": 9}).encode()
        await thief.publish(f"cursor-ask.{SITE}.edge-line", question, reply=place)
        assert await committed(thief, 1) == [[1, 1]]  # asked later, answered: the first question was seen before it
        await known_to_server(watcher)
        assert heard == []
    finally:
        await watcher.close()
