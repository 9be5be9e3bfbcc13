"""Kill -9 of gateway, stream or database in the middle of the load: every reading is stored, and none twice."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from isotherm.engines import nats, postgres
from isotherm.engines.ports import free_port
from isotherm.schema import bring_up_to_date
from tests.integration.ingest.conftest import Gateway, connect_edge
from tests.integration.ingest.faithful_edge import PER_MESSAGE, FaithfulEdge
from tests.plugins.database import Database
from tests.plugins.stream import EDGES, SITE, await_port

MESSAGES = 600
KILLS = 3


class Engine:
    """A server process that can be killed and started again on the same data. `ready` waits so many seconds for it."""

    def __init__(self, start: Callable[[], subprocess.Popen[bytes]], ready: Callable[[float], None]) -> None:
        self._start, self._ready = start, ready
        self.process = start()
        self._await_ready()

    def restart(self) -> None:
        """Kill it and start it."""
        self.process.kill()
        self.process.wait(10)
        self.process = self._start()
        self._await_ready()

    def _await_ready(self) -> None:
        """One that finds remains of its former life refuses at first, and is started again."""
        deadline = time.monotonic() + 60
        while True:
            try:
                return self._ready(2)
            except (OSError, postgres.DatabaseDidNotStart):
                if time.monotonic() > deadline:
                    raise
                if self.process.poll() is not None:
                    self.process = self._start()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture
def stream(tmp_path: Path) -> Iterator[tuple[nats.NatsServer, Engine]]:
    """A nats-server that can be killed."""
    server = nats.prepare(tmp_path / "nats", free_port(), free_port(), site=SITE, edges=EDGES)
    engine = Engine(lambda: subprocess.Popen(server.command()), lambda within_s: await_port(server.port, within_s))
    yield server, engine
    engine.stop()


@pytest.fixture
def durable() -> Iterator[tuple[postgres.Cluster, Engine]]:
    """A PostgreSQL that syncs to disk and can be killed."""
    with TemporaryDirectory(prefix="isotherm-postgres-") as folder:
        cluster = postgres.prepare(Path(folder), free_port())

        def start() -> subprocess.Popen[bytes]:
            with cluster.log.open("ab") as log:
                return subprocess.Popen(
                    cluster.command(), cwd=cluster.data, stdout=log, stderr=subprocess.STDOUT, **postgres.run_as()
                )

        engine = Engine(start, lambda within_s: postgres.await_ready(cluster, timeout_s=within_s))
        bring_up_to_date(cluster.dsn(postgres.OWNER))
        yield cluster, engine
        engine.process.send_signal(postgres.STOP_SIGNAL)
        engine.process.wait(20)


@pytest.fixture
async def edge(stream: tuple[nats.NatsServer, Engine]) -> AsyncIterator[FaithfulEdge]:
    nc = await connect_edge(stream[0], "edge-line")
    edge = FaithfulEdge(nc)
    await edge.start()
    yield edge
    await nc.close()


async def under_load(edge: FaithfulEdge, kill: Callable[[], object]) -> None:
    """Send, kill, send on, and in the end wait until the edge has nothing left to send."""
    part = MESSAGES // (KILLS + 1)
    for turn in range(KILLS + 1):
        sending = asyncio.create_task(edge.send(range(1 + turn * part, 1 + (turn + 1) * part)))
        if turn:
            await asyncio.to_thread(kill)
        await sending
        await edge.settle(0.3 + 0.1 * turn, strict=False)  # some way into it, not to its end
    await edge.settle(60)


def every_reading_once(dsn: str) -> bool:
    """Values count up through a run: their number, their distinct number and their sum tell."""
    with psycopg.connect(dsn) as connection:
        sql = "select count(*), count(distinct value), sum(value) from reading"
        found = connection.execute(sql).fetchone()
        taken = connection.execute("select taken - stored - duplicate - rejected from ingest_fate").fetchone()
    numbers = range(PER_MESSAGE, (MESSAGES + 1) * PER_MESSAGE)
    assert found == (len(numbers), len(numbers), sum(numbers))
    assert taken == (0,)
    return True


async def test_the_gateway_is_killed(
    stream: tuple[nats.NatsServer, Engine], edge: FaithfulEdge, database: Database, tmp_path: Path
) -> None:
    gateway = Gateway(stream[0], database.app, tmp_path / "gateway.log")
    gateway.start()

    def kill() -> None:
        gateway.kill()
        gateway.start()

    await under_load(edge, kill)
    assert gateway.stop() == 0
    assert every_reading_once(database.owner)


async def test_two_gateways_share_the_work_and_one_is_killed(
    stream: tuple[nats.NatsServer, Engine], edge: FaithfulEdge, database: Database, tmp_path: Path
) -> None:
    gateways = [Gateway(stream[0], database.app, tmp_path / f"gateway-{n}.log") for n in range(2)]
    for each in gateways:
        each.start()

    def kill() -> None:
        gateways[0].kill()
        gateways[0].start()

    await under_load(edge, kill)
    assert [each.stop() for each in gateways] == [0, 0]
    assert every_reading_once(database.owner)


async def test_the_stream_is_killed(
    stream: tuple[nats.NatsServer, Engine], edge: FaithfulEdge, database: Database, tmp_path: Path
) -> None:
    gateway = Gateway(stream[0], database.app, tmp_path / "gateway.log")
    gateway.start()
    await under_load(edge, stream[1].restart)
    assert gateway.stop() == 0
    assert every_reading_once(database.owner)


async def test_the_database_is_killed(
    stream: tuple[nats.NatsServer, Engine],
    edge: FaithfulEdge,
    durable: tuple[postgres.Cluster, Engine],
    tmp_path: Path,
) -> None:
    cluster, engine = durable
    gateway = Gateway(stream[0], cluster.dsn(postgres.APP), tmp_path / "gateway.log")
    gateway.start()
    await under_load(edge, engine.restart)
    assert gateway.stop() == 0
    assert every_reading_once(cluster.dsn(postgres.OWNER))
