"""The gateway's connection is closed for good, or its program has a mistake: it goes on or it ends, and never hangs."""

from __future__ import annotations

import asyncio
from typing import Any

import nats
import pytest
from nats.aio.client import Client

import gateway.taking
from gateway.ingest import IngestSettings, run_ingest
from isotherm.engines.nats import NatsServer
from tests.integration.ingest.faithful_edge import PER_MESSAGE, FaithfulEdge
from tests.integration.ingest.test_ingest import stored
from tests.plugins.database import Database
from tests.plugins.stream import SITE


@pytest.fixture
def settings(nats_server: NatsServer, database: Database) -> IngestSettings:
    return IngestSettings(nats_server.url, "gateway", nats_server.passwords["gateway"], database.app, SITE)


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Client]:
    """Those that the gateway makes, in their order."""
    made: list[Client] = []
    connect = nats.connect

    async def connected(*servers: Any, **options: Any) -> Client:
        made.append(await connect(*servers, **options))
        return made[-1]

    monkeypatch.setattr(nats, "connect", connected)
    return made


async def test_after_a_last_word_of_the_server_another_connection_is_made(
    settings: IngestSettings, connections: list[Client], edge_line: Client, database: Database
) -> None:
    connections.clear()
    stop = asyncio.Event()
    working = asyncio.create_task(run_ingest(settings, stop))
    edge = FaithfulEdge(edge_line)
    await edge.start()
    await edge.send([1])
    await edge.settle(15)
    (first,) = connections
    await first.publish("nobody", bytes(first.max_payload), headers={"So": "it is too large"})
    await edge.send(range(2, 51))
    await edge.settle(15)
    assert first.is_closed
    assert len(connections) == 2
    assert stored(database) == 50 * PER_MESSAGE
    stop.set()
    async with asyncio.timeout(10):
        await working


async def test_a_gateway_whose_program_is_broken_ends_and_is_started_again_by_who_looks_after_it(
    settings: IngestSettings, edge_line: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    working = asyncio.create_task(run_ingest(settings, asyncio.Event()))
    edge = FaithfulEdge(edge_line)
    await edge.start()
    await edge.send([1])
    await edge.settle(15)
    monkeypatch.setattr(gateway.taking, "look", broken)
    await edge.send([2])
    async with asyncio.timeout(15):
        with pytest.raises(ExceptionGroup):
            await working
