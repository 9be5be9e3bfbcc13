"""The machines' door: messages from the stream into the store, exactly once, whatever dies in between.

A message is acknowledged to the stream after the commit that stored it, and its edge is told before that. Whatever
happens earlier, it comes again; the ledger knows it then. What can't be read is set aside and holds up nothing.
Beside it run the answers to edges that ask for their cursor, the relay of the outbox, and the roll-ups.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import nats
from nats.aio.client import Client
from psycopg_pool import AsyncConnectionPool

from gateway import outbox, streams
from gateway.config_desk import ConfigDesk
from gateway.cursor import Answering
from gateway.patience import keep_on, until_done
from gateway.streams import BACKLOG, LIVE, Keeping
from gateway.taking import takers
from telemetry.clock import Clock, SystemClock
from telemetry.errors import Unavailable
from telemetry.store import refresh_rollups
from telemetry.trust import connect_options
from telemetry.work import Pool, begin

log = logging.getLogger(__name__)
ROLLUPS_EVERY_S = 5.0
EVENTS_EVERY_S = 0.25
CONFIGS_EVERY_S = 1.0
CONNECT_S = 20.0
NOTICES_SILENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # ms
}
"""How a connection finds out that the machine at its other end is gone without a word: within half a minute."""
CONNECTIONS = 8
"""Takers of both lanes, the outbox, the roll-ups, and two for edges that ask."""


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """Where the engines are. `dsn` is the programs' role's."""

    nats_url: str
    user: str
    password: str = field(repr=False)
    dsn: str = field(repr=False)
    site: str
    replicas: int = 1  # of the plant's streams; more than one needs a cluster
    readings_mb: int = 4096  # that may wait in the stream; beyond that it refuses, and the edges keep what they have

    ca: str = ""  # file of the certificates that may have signed the stream's server's; empty: as the address says

    @property
    def keeping(self) -> Keeping:
        return Keeping(self.replicas, self.readings_mb << 20)


class StreamClosed(Unavailable):
    """The stream's server has closed the connection for good."""


async def run_ingest(settings: IngestSettings, stop: asyncio.Event, clock: Clock | None = None) -> None:
    """Take in readings until told to stop. Engines may come and go meanwhile, and need not be there at the start."""
    ending = asyncio.Event()
    working = asyncio.create_task(_work(settings, clock or SystemClock(), ending))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
    finally:
        ending.set()
        working.cancel()
        stopping.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)


async def _work(settings: IngestSettings, clock: Clock, ending: asyncio.Event) -> None:
    connection = {"application_name": "isotherm-ingest"} | NOTICES_SILENCE
    async with AsyncConnectionPool(
        settings.dsn, min_size=1, max_size=CONNECTIONS, timeout=5, open=False, kwargs=connection
    ) as pool:
        await keep_on("gateway", partial(_connection, pool, clock, settings, ending), ending)


async def _connection(pool: Pool, clock: Clock, settings: IngestSettings, ending: asyncio.Event) -> None:
    """Work on one connection to the stream until the end, or until it is closed.

    nats-py makes no other connection after words of the server that it takes for final, whatever they are about.
    """
    closed = asyncio.Event()
    nc = await until_done("stream", partial(_connect, settings, closed), ending)
    try:
        await _run(nc, pool, clock, settings, ending, closed)
        if not ending.is_set():
            raise StreamClosed(reason=nc.last_error)
    finally:
        await nc.close()


async def _run(nc: Client, pool: Pool, clock: Clock, settings: IngestSettings, *endings: asyncio.Event) -> None:
    js, site = nc.jetstream(), settings.site
    await until_done("streams", partial(streams.ensure, js, settings.keeping), *endings)
    await Answering(nc, pool, clock, site).start()
    desk = ConfigDesk(nc, pool, clock, site)
    await desk.start()
    work: dict[str, Callable[[], Awaitable[None]]] = {
        f"lane {lane.name}, taker {n}": taker.step
        for lane in (LIVE, BACKLOG)
        for n, taker in enumerate(takers(nc, pool, clock, site, lane, settings.keeping), 1)
    }
    work["outbox"] = partial(_every, EVENTS_EVERY_S, outbox.Relay(js, pool, clock).step)
    work["configs"] = partial(_every, CONFIGS_EVERY_S, desk.step)
    work["roll-ups"] = partial(_every, ROLLUPS_EVERY_S, partial(_roll_up, pool, clock))
    async with asyncio.TaskGroup() as group:
        for purpose, step in work.items():
            group.create_task(keep_on(purpose, step, *endings))


async def _connect(settings: IngestSettings, closed: asyncio.Event) -> Client:
    trusted = connect_options(settings.nats_url, Path(settings.ca) if settings.ca else None)
    async with asyncio.timeout(CONNECT_S):  # nats-py waits for ever when a handshake fails
        return await nats.connect(
            settings.nats_url.split(","),  # several servers of a cluster
            user=settings.user,
            password=settings.password,
            name="isotherm-ingest",
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.25,
            error_cb=_tell,
            disconnected_cb=partial(_say, "the stream is away"),
            reconnected_cb=partial(_say, "the stream is back"),
            closed_cb=partial(_set, closed),
            **trusted,
        )


async def _every(seconds: float, step: Callable[[], Awaitable[None]]) -> None:
    await step()
    await asyncio.sleep(seconds)


async def _roll_up(pool: Pool, clock: Clock) -> None:
    async with begin(pool, "gateway", clock.now()) as work:
        await refresh_rollups(work)


async def _tell(error: Exception) -> None:
    log.warning("stream: %s: %s", type(error).__name__, error)


async def _set(event: asyncio.Event) -> None:
    event.set()


async def _say(what: str) -> None:
    log.warning(what)
