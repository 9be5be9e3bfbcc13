"""An edge that was taken over, or is broken, publishes what it may: nobody else's readings wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from nats.aio.client import Client

from isotherm.engines.nats import NatsServer
from tests.integration.ingest.conftest import Gateway, connect_edge
from tests.integration.ingest.faithful_edge import PER_MESSAGE, FaithfulEdge
from tests.integration.ingest.test_ingest import ask, stored
from tests.plugins.database import Database
from tests.plugins.stream import SITE

SUBJECT = f"readings.{SITE}.edge-fleet"
ENDLESS = "7" * 5000


async def say(server: NatsServer, head: bytes, payload: bytes = b"value=4.9") -> None:
    """Publish with a head as it stands here, which no library would send."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    words = f'"user":"edge-fleet","pass":"{server.passwords["edge-fleet"]}"'
    writer.write(b"CONNECT {" + words.encode() + b',"verbose":false,"headers":true}\r\n')
    sizes = f"{len(head)} {len(head) + len(payload)}"
    writer.write(f"HPUB {SUBJECT} {sizes}\r\n".encode() + head + payload + b"\r\nPING\r\n")
    while b"PONG" not in (told := await reader.readline()):
        assert b"-ERR" not in told, told
    writer.close()
    await writer.wait_closed()


@pytest.fixture
async def line(gateway: Gateway, edge_line: Client) -> FaithfulEdge:
    """Another edge, of which the gateway has taken something already: the stream is there."""
    edge = FaithfulEdge(edge_line)
    await edge.start()
    await edge.send([1])
    await edge.settle(15)
    return edge


async def others_are_stored(line: FaithfulEdge, database: Database) -> None:
    await line.send(range(2, 101))
    await line.settle(15)
    assert stored(database) == 100 * PER_MESSAGE


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Nats-Msg-Id": f"edge-fleet:1:{ENDLESS}"}, id="a number of 5000 digits"),
        pytest.param({"Nats-Msg-Id": "edge-fleet:1:7", "Readings": ENDLESS}, id="a count of 5000 digits"),
        pytest.param({"Status": "409"}, id="a header that the server uses for its own words"),
        pytest.param({"Status": "404"}, id="the server's word that there is nothing"),
    ],
)
async def test_a_header_that_lies_is_set_aside_with_its_message(
    line: FaithfulEdge, nats_server: NatsServer, database: Database, headers: Mapping[str, str]
) -> None:
    fleet = await connect_edge(nats_server, "edge-fleet")
    await fleet.publish(SUBJECT, b"value=4.9", headers=dict(headers))
    await fleet.drain()
    await others_are_stored(line, database)
    assert ask(database, "select code, edge from ingest_rejected") == [("Malformed", "edge-fleet")]


@pytest.mark.parametrize(
    "head", [b"NATS/1.0 \xff\xfe\xfd\r\n\r\n", b"NATS/1.0 404 Nothing\r\n\r\n", b"NATS/1.0\r\n\xff\xfe: x\r\n\r\n"]
)
async def test_a_head_that_no_library_would_send_is_set_aside_with_its_message(
    line: FaithfulEdge, nats_server: NatsServer, database: Database, head: bytes
) -> None:
    await say(nats_server, head)
    await others_are_stored(line, database)
    assert ask(database, "select code, edge from ingest_rejected") == [("Malformed", "edge-fleet")]


async def test_a_message_as_large_as_the_server_takes_is_set_aside(
    line: FaithfulEdge, nats_server: NatsServer, database: Database
) -> None:
    fleet = await connect_edge(nats_server, "edge-fleet")
    await fleet.publish(SUBJECT, b"\0" * fleet.max_payload)
    await fleet.drain()
    await others_are_stored(line, database)
    assert ask(database, "select code, length(payload) from ingest_rejected") == [("Malformed", fleet.max_payload)]
