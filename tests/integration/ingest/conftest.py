"""A gateway's ingest as a process of its own, and what publishes to it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client

from isotherm.engines.nats import NatsServer
from tests.plugins.database import Database
from tests.plugins.stream import SITE

PROGRAM = """
import asyncio, json, signal, sys
from gateway.ingest import IngestSettings, run_ingest

async def main():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    print("listening to signals", flush=True)
    await run_ingest(IngestSettings(**json.loads(sys.stdin.read())), stop)

asyncio.run(main())
"""


class Gateway:
    """The process, to be killed and started again."""

    def __init__(self, server: NatsServer, dsn: str, log: Path) -> None:
        self._facts = {
            "nats_url": server.url,
            "user": "gateway",
            "password": server.passwords["gateway"],
            "dsn": dsn,
            "site": SITE,
        }
        self._log = log
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        with self._log.open("a") as log:
            command = [sys.executable, "-W", "error", "-c", PROGRAM]
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(self._facts))
        self._process.stdin.close()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """As a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def stop(self) -> int:
        """As a service manager would; answers the exit code."""
        assert self._process is not None
        assert self._process.stdout is not None
        if self._process.poll() is None:
            self._process.stdout.readline()
            self._process.terminate()
        self._process.stdout.close()
        return self._process.wait(10)


@pytest.fixture
def gateway(nats_server: NatsServer, database: Database, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway that is running."""
    made = Gateway(nats_server, database.app, tmp_path / "gateway.log")
    made.start()
    yield made
    made.stop()


@pytest.fixture
async def edge_line(nats_server: NatsServer) -> AsyncIterator[Client]:
    """A connection with the rights of the edge `edge-line`."""
    nc = await connect_edge(nats_server, "edge-line")
    yield nc
    await nc.close()


async def connect_edge(server: NatsServer, edge: str) -> Client:
    """Connect as an edge does, and stay connected through restarts."""

    async def expected(_: Exception) -> None:
        """Restarts of the server are what these stories are about."""

    return await nats.connect(
        server.url,
        user=edge,
        password=server.passwords[edge],
        inbox_prefix=f"_INBOX_{edge}".encode(),
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.1,
        error_cb=expected,
    )
