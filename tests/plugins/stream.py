"""The stream: a real nats-server with JetStream and its MQTT listener, users and permissions as in the demo plant."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator

import pytest
from nats.aio.client import Client

from isotherm.engines import nats
from isotherm.engines.ports import free_port

SITE = "hainan"
EDGES = ("edge-line", "edge-cold-store", "edge-fleet")


@pytest.fixture
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[nats.NatsServer]:
    """A nats-server of the test's own. User `gateway` may do everything; see `passwords`, and `keys` of edges."""
    folder = tmp_path_factory.mktemp("nats")
    server = nats.prepare(folder, free_port(), free_port(), site=SITE, edges=EDGES)
    process = subprocess.Popen(server.command())
    try:
        await_port(server.port)
        await_port(server.mqtt_port)
        yield server
    finally:
        process.terminate()
        process.wait(10)


def await_port(port: int, timeout_s: float = 10) -> None:
    """Wait until somebody listens on the port."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


async def known_to_server(client: Client) -> None:
    """Return when the server has taken in all that was subscribed and published on this connection.

    nats-py 2.16 sends the PING of a flush before what waits to be sent, so that only the second one comes behind it.
    """
    await client.flush()
    await client.flush()
