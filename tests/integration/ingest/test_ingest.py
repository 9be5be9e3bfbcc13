"""Messages of edges reach the store once; what can't be read is set aside; the edge is told what is safe."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import nats
import psycopg
import pytest
from nats.aio.client import Client

from gateway.streams import READINGS
from isotherm.engines.nats import NatsServer
from telemetry.wire import encode
from telemetry.work import Pool, begin
from tests.integration.ingest.conftest import Gateway
from tests.integration.ingest.faithful_edge import EPOCH, PER_MESSAGE, FaithfulEdge, a_message
from tests.plugins.database import NOW, Database
from tests.plugins.stream import SITE, known_to_server


@pytest.fixture
async def all_seeing(nats_server: NatsServer) -> AsyncIterator[Client]:
    """A connection that may hear and say everything."""
    nc = await nats.connect(nats_server.url, user="gateway", password=nats_server.passwords["gateway"])
    yield nc
    await nc.close()


async def test_readings_are_stored_and_the_edge_is_told(
    gateway: Gateway, edge_line: Client, database: Database
) -> None:
    edge = FaithfulEdge(edge_line)
    await edge.start()
    await edge.send(range(1, 21))
    await edge.send(range(21, 41), lane="backlog")
    await edge.settle()
    assert stored(database) == 40 * PER_MESSAGE
    lanes = ask(database, "select distinct lane from ingest_batch order by 1")
    assert ("live",) in lanes
    assert fates(database)["taken"] == sum(fates(database)[f] for f in ("stored", "duplicate", "rejected"))


async def test_what_is_stored_has_left_the_stream(
    gateway: Gateway, edge_line: Client, all_seeing: Client, database: Database
) -> None:
    edge = FaithfulEdge(edge_line)
    await edge.start()
    await edge.send(range(1, 101))
    await edge.settle()
    js = all_seeing.jetstream()

    async def left() -> int:
        return (await js.stream_info(READINGS)).state.messages

    await until(left, 0)


async def test_an_edge_that_asks_is_told_what_is_covered(gateway: Gateway, edge_line: Client) -> None:
    edge = FaithfulEdge(edge_line)
    await edge.start()
    await edge.send([1, 2, 3, 7, 8, 12])
    await edge.settle()
    question = json.dumps({"epoch": EPOCH, "from": 2, "to": 10}).encode()
    answer = await edge_line.request(f"cursor-ask.{SITE}.edge-line", question, timeout=5)
    told = json.loads(answer.data)
    assert abs(told.pop("now_us") / 1_000_000 - time.time()) < 5
    assert told == {"epoch": EPOCH, "committed": [[2, 3], [7, 8]]}
    for nonsense in (b"", b"[]", b'{"epoch": 1, "from": 2}', b'{"epoch": 1, "from": "2", "to": 3}', b"{" * 5000):
        refused = await edge_line.request(f"cursor-ask.{SITE}.edge-line", nonsense, timeout=5)
        assert json.loads(refused.data) == {"error": "BadCursorQuestion"}


async def test_what_cannot_be_read_is_set_aside_and_holds_up_nothing(
    gateway: Gateway, edge_line: Client, all_seeing: Client, database: Database
) -> None:
    copies = await all_seeing.subscribe("rejected.>")
    await known_to_server(all_seeing)
    edge = FaithfulEdge(edge_line)
    await edge.start()
    damaged = bytearray(encode(a_message(1)))
    damaged[-1] ^= 1
    subject = f"readings.{SITE}.edge-line"
    foreign = encode(a_message(3, edge="edge-fleet"))
    for sequence, payload in ((1, bytes(damaged)), (2, b"value=4.9"), (3, foreign)):
        edge.kept[sequence] = (payload, 0.0)
        identity = {"Nats-Msg-Id": f"edge-line:{EPOCH}:{sequence}"}
        await edge_line.publish(subject, payload, headers=identity)
    await edge.send(range(4, 10))
    await edge.settle(10)
    assert stored(database) == 6 * PER_MESSAGE
    found = ask(database, "select code, edge, epoch, sequence, n, payload from ingest_rejected order by sequence")
    assert [row[:5] for row in found] == [
        ("Malformed", "edge-line", EPOCH, 1, PER_MESSAGE),
        ("Malformed", "edge-line", EPOCH, 2, 0),
        ("WrongEdge", "edge-line", EPOCH, 3, PER_MESSAGE),
    ]
    assert [bytes(row[5]) for row in found] == [bytes(damaged), b"value=4.9", foreign]
    told = [await copies.next_msg(timeout=5) for _ in range(3)]
    assert sorted((m.headers or {})["Code"] for m in told) == ["Malformed", "Malformed", "WrongEdge"]
    assert fates(database) == {
        "taken": 8 * PER_MESSAGE, "stored": 6 * PER_MESSAGE, "duplicate": 0, "rejected": 2 * PER_MESSAGE,
    }  # fmt: skip


async def test_an_edge_can_speak_under_its_own_name_only(
    gateway: Gateway, edge_line: Client, nats_server: NatsServer, database: Database
) -> None:
    await edge_line.publish(f"readings.{SITE}.edge-fleet", encode(a_message(1, edge="edge-fleet")))
    edge = FaithfulEdge(edge_line)
    await edge.start()
    await edge.send([1])
    await edge.settle()
    assert ask(database, "select distinct edge from ingest_batch") == [("edge-line",)]


async def test_events_of_the_plant_are_told_once_committed(
    gateway: Gateway, pool: Pool, all_seeing: Client, database: Database
) -> None:
    heard = await all_seeing.subscribe("events.>")
    await known_to_server(all_seeing)
    async with begin(pool, "watch", NOW) as work:
        await work.emit("excursion.opened", excursion=7, zone="cold-room-2")
        await work.emit("lot.held", lot=3)
    told = [await heard.next_msg(timeout=10) for _ in range(2)]
    assert [m.subject for m in told] == ["events.excursion.opened", "events.lot.held"]
    first = json.loads(told[0].data)
    assert first["body"] == {"excursion": 7, "zone": "cold-room-2"}
    assert first["at"] == NOW.isoformat()

    async def unsent() -> int:
        return len(ask(database, "select 1 from outbox where sent_at is null"))

    await until(unsent, 0)


def stored(database: Database) -> int:
    """Readings in the store; none of them twice."""
    ((n, distinct),) = ask(database, "select count(*), count(distinct (point_id, time)) from reading")
    assert n == distinct
    return int(n)


def fates(database: Database) -> dict[str, int]:
    row = ask(database, "select taken, stored, duplicate, rejected from ingest_fate where edge = 'edge-line'")[0]
    return dict(zip(("taken", "stored", "duplicate", "rejected"), row, strict=True))


def ask(database: Database, sql: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.owner) as connection:
        return connection.execute(sql.encode()).fetchall()


async def until(question: Callable[[], Awaitable[int]], answer: int, timeout_s: float = 5) -> None:
    """Wait for something that nobody announces."""
    deadline = time.monotonic() + timeout_s
    while (found := await question()) != answer:
        assert time.monotonic() < deadline, f"still {found}"
        await asyncio.sleep(0.02)
