"""The edge's way to the plant: a connection, made again whenever it is lost, over which blocks are sent and covered.

The stream's acknowledgement is not the end: only the gateway's cursor is. What it does not cover in time is asked for,
and what the answer does not cover is sent again; the ledger in the database makes that harmless. A connection over
which nothing comes back is given up after ten seconds: what was sent into it is asked for on the next one.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from edge.backoff import Backoff
from edge.buffer.buffer import Buffer
from edge.buffer.disk import Disk
from edge.collector import Collector
from edge.config import EdgeConfig
from edge.tasks import together
from edge.uplink.asking import Asking
from edge.uplink.gateway_clock import GatewayClock
from edge.uplink.options import options, served_until
from edge.uplink.sending import EpochChanged, Pace, Sending
from edge.uplink.stats import UplinkStats
from edge.uplink.stream import Stream
from edge.uplink.window import Window
from telemetry.clock import Clock, to_us
from telemetry.errors import Unavailable

__all__ = ["Uplink", "UplinkStats"]

log = logging.getLogger(__name__)

FAILURES = (OSError, TimeoutError, nats.errors.Error, Unavailable)
_CONNECT_WITHIN_S = 5
_PING_EVERY_S = 3
_PINGS_UNANSWERED = 2
"""A third one gives the connection up: 6 to 9 s after the last byte came."""
_CLOSE_WITHIN_S = 2.0
_LOOK_AT_CLOCK_S = 1.0


class LinkLost(Unavailable):
    """The connection to the plant's stream is lost."""


class Uplink:
    """The edge's way to the plant."""

    def __init__(self, config: EdgeConfig, disk: Disk, collector: Collector, clock: Clock) -> None:
        self.stats = UplinkStats()
        self._config, self._disk, self._clock = config, disk, clock
        self._who = f"{config.site}.{config.edge}"
        self._wake = collector.committed
        self._gateway_clock = GatewayClock()
        self._pace = Pace(config.uplink.backlog_blocks_per_s)

    async def run(self) -> None:
        """Send for ever, through losses of the connection. Ends only by cancellation."""
        await together(self._connect_for_ever(), self._compare_clocks())

    async def _connect_for_ever(self) -> None:
        backoff = Backoff(1, 60)
        while True:
            try:
                await self._connection(backoff)
            except EpochChanged as error:
                log.warning("%s", error)
                continue
            except nats.errors.NoServersError:
                log.warning("uplink: %s", self.stats.reason)  # which the last of them gave
            except (*FAILURES, sqlite3.DatabaseError) as error:  # of a damaged buffer a new one has been begun
                self.stats.reason = str(error) or type(error).__name__
                log.warning("uplink: %s", self.stats.reason)
            except Exception as error:  # whatever a foreign server says, or we do wrong: collecting goes on
                self.stats.reason = f"{type(error).__name__}: {error}"
                log.exception("uplink: the connection failed in a way that nobody foresaw")
            await asyncio.sleep(backoff.next_s())

    async def _compare_clocks(self) -> None:
        """Whatever happens to the edge's clock or to the connection shows within a second."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_LOOK_AT_CLOCK_S)
            self.stats.clock_offset_s = self._gateway_clock.offset_s(to_us(self._clock.now()), loop.time())

    async def _connection(self, backoff: Backoff) -> None:
        gone = asyncio.Event()
        client = await self._connected(gone)
        try:
            backoff.reset()
            self.stats.connected, self.stats.reason = True, ""
            self.stats.certificate_until = served_until(client)
            await self._serve(client, gone)
        finally:
            self.stats.connected = False
            await _close(client)

    async def _connected(self, gone: asyncio.Event) -> Client:
        async def closed() -> None:
            gone.set()

        async def failed(error: Exception) -> None:
            self.stats.reason = str(error) or type(error).__name__
            log.info("uplink: %s", self.stats.reason)

        client = Client()
        try:
            # nats-py's own reconnecting would keep what was sent into a dead connection; a new one asks first instead
            await client.connect(
                **options(self._config.uplink),
                name=self._config.edge,
                inbox_prefix=f"_INBOX_{self._config.edge}",
                allow_reconnect=False,
                max_reconnect_attempts=1,  # of each server, before our own back-off has its turn
                reconnect_time_wait=0,
                connect_timeout=_CONNECT_WITHIN_S,
                ping_interval=_PING_EVERY_S,
                max_outstanding_pings=_PINGS_UNANSWERED,
                closed_cb=closed,
                error_cb=failed,
            )
        except BaseException:
            await _close(client)  # a connection that is refused leaves its socket open otherwise
            raise
        return client

    async def _serve(self, client: Client, gone: asyncio.Event) -> None:
        epoch, first, live_from, last = await self._disk.run(_waiting)
        window = Window(first, live_from - 1)
        self._pace.begin(epoch, first)
        asking = Asking(client, self._who, epoch, self._gateway_clock, self.stats)
        stream = Stream(client)
        sending = Sending(self._who, epoch, self._disk, window, stream, asking, self._pace, self.stats, self._wake)

        async def on_cursor(message: Msg) -> None:
            sending.cover(asking.understood(message.data))

        await client.subscribe(f"cursor.{self._who}", cb=on_cursor)
        await stream.open()
        try:
            await together(sending.run(), sending.review((first, max(first, last))), self._until_gone(gone))
        finally:
            stream.give_up()

    async def _until_gone(self, gone: asyncio.Event) -> None:
        await gone.wait()
        raise LinkLost(url=self._config.uplink.url, reason=self.stats.reason)


def _waiting(buffer: Buffer) -> tuple[int, int, int, int]:
    """The epoch, the oldest sequence that waits, the first that is live, and the last one; all of one moment."""
    last = buffer.stats().last_sequence
    bounds = buffer.bounds()
    return buffer.epoch, bounds[0] if bounds else last + 1, buffer.live_from(), last


async def _close(client: Client) -> None:
    try:
        async with asyncio.timeout(_CLOSE_WITHIN_S):
            await client.close()
    except FAILURES as error:
        log.info("uplink not closed in order: %s", error)
