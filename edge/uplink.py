"""Sends blocks to the plant's stream, live ones first, and deletes them when the database has committed them.

The stream's acknowledgement is not the end: only the gateway's cursor is. What it does not cover in time is asked for,
and what the answer does not cover is sent again; the ledger in the database makes that harmless.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from edge.backoff import Backoff
from edge.buffer import Block, Buffer
from edge.collector import Collector
from edge.config import EdgeConfig
from edge.coverage import BadCursor, Coverage, Range, parse
from edge.disk import Disk
from edge.stream import Stream
from edge.tasks import together, wait_until_set
from edge.uplink_options import options
from edge.window import Window
from telemetry.clock import Clock, to_us
from telemetry.errors import Unavailable

log = logging.getLogger(__name__)

FAILURES = (OSError, TimeoutError, nats.errors.Error, Unavailable)
LIVE_AGE_US = 10_000_000
"""A block older than this is no longer live."""
_ASK_TIMEOUT_S = 5.0
_ACK_TIMEOUT_S = 8.0
_REVIEW_S = 1.0
_CLOSE_S = 2.0


class LinkLost(Unavailable):
    """The connection to the plant's stream is lost."""


class EpochChanged(Unavailable):
    """The buffer has begun a new epoch."""


@dataclass(slots=True)
class UplinkStats:
    """Blocks, since the start."""

    connected: bool = False
    sent: int = 0
    in_stream: int = 0
    refused: int = 0  # by the stream: it is full, or not there
    sent_again: int = 0
    covered: int = 0  # deleted, since the database has them
    bad_cursors: int = 0
    reason: str = ""  # why it is not connected, or not taken


class Uplink:
    """The edge's way to the plant."""

    def __init__(self, config: EdgeConfig, disk: Disk, collector: Collector, clock: Clock) -> None:
        self.stats = UplinkStats()
        self._config, self._disk, self._collector, self._clock = config, disk, collector, clock
        self._who = f"{config.site}.{config.edge}"
        self._covered: list[Range] = []
        self._wake = collector.committed
        self._stream_backoff = Backoff(1, 60)
        self._resume_at = 0.0
        self._backlog_at = 0.0

    async def run(self) -> None:
        """Send for ever, through losses of the connection. Ends only by cancellation."""
        backoff = Backoff(1, 60)
        while True:
            try:
                await self._connection(backoff)
            except EpochChanged as error:
                log.warning("%s", error)
                continue
            except FAILURES as error:
                self.stats.reason = str(error) or type(error).__name__
                log.warning("uplink: %s", self.stats.reason)
            await asyncio.sleep(backoff.next_s())

    async def _connection(self, backoff: Backoff) -> None:
        gone = asyncio.Event()
        client = await self._connected(gone)
        try:
            backoff.reset()
            self.stats.connected, self.stats.reason = True, ""
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
                connect_timeout=5,
                ping_interval=3,
                max_outstanding_pings=2,
                closed_cb=closed,
                error_cb=failed,
            )
        except BaseException:
            await _close(client)  # a connection that is refused leaves its socket open otherwise
            raise
        return client

    async def _serve(self, client: Client, gone: asyncio.Event) -> None:
        await self._delete_covered()
        bounds = await self._disk.run(Buffer.bounds)
        stats = await self._disk.run(Buffer.stats)
        window = Window(bounds[0] if bounds else 1, stats.last_sequence)

        async def on_cursor(message: Msg) -> None:
            self._on_cursor(message.data, window, stats.epoch)

        await client.subscribe(f"cursor.{self._who}", cb=on_cursor)
        if bounds is not None:
            await self._ask(client, window, bounds, stats.epoch)
        stream = Stream(client)
        await stream.open()
        try:
            await together(
                self._send_for_ever(stream, window, stats.epoch),
                self._review_for_ever(client, window, stats.epoch),
                self._until_gone(gone),
            )
        finally:
            stream.give_up()

    async def _until_gone(self, gone: asyncio.Event) -> None:
        await gone.wait()
        raise LinkLost(url=self._config.uplink.url, reason=self.stats.reason)

    async def _send_for_ever(self, stream: Stream, window: Window, epoch: int) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            if self._disk.epoch != epoch:
                raise EpochChanged(epoch=self._disk.epoch)
            paused_s = self._resume_at - loop.time()
            if paused_s > 0:
                await asyncio.sleep(paused_s)
                continue
            if not await self._send_next(stream, window, epoch):
                await wait_until_set(self._wake, 0.25 if window.backlog_room() else _REVIEW_S)

    async def _send_next(self, stream: Stream, window: Window, epoch: int) -> int:
        """Send what is due now; returns how many blocks."""
        live = await self._live(window)
        for block in live:
            await self._send(stream, window, block, epoch, "readings")
        old = await self._backlog(window)
        for block in old:
            await self._send(stream, window, block, epoch, "backlog")
        return len(live) + len(old)

    async def _live(self, window: Window) -> Sequence[Block]:
        room = window.live_room()
        if not room:
            return ()
        blocks = await self._disk.run(lambda buffer: buffer.read(window.next_live, 2**62, room))
        if blocks and to_us(self._clock.now()) - blocks[0].last_us > LIVE_AGE_US:
            window.fall_behind((await self._disk.run(Buffer.stats)).last_sequence)
            return ()
        return blocks

    async def _backlog(self, window: Window) -> Sequence[Block]:
        """The next blocks of the backlog: what must be sent again, then the oldest; no more than the rate allows."""
        now = asyncio.get_running_loop().time()
        room = window.backlog_room()
        if not room or now < self._backlog_at:
            return ()
        room = min(room, 8)
        again = sorted(window.again)[:room]
        if again:
            found = [block for s in again for block in await self._read_one(s)]
            window.forget(set(again) - {block.sequence for block in found})
            self.stats.sent_again += len(found)
        else:
            first, last = window.next_backlog, window.live_from - 1
            found = await self._disk.run(lambda buffer: buffer.read(first, last, room))
        self._backlog_at = now + len(found) / self._config.uplink.backlog_blocks_per_s
        return found

    async def _read_one(self, sequence: int) -> Sequence[Block]:
        return await self._disk.run(lambda buffer: buffer.read(sequence, sequence, 1))

    async def _send(self, stream: Stream, window: Window, block: Block, epoch: int, lane: str) -> None:
        sequence = block.sequence
        window.sent(sequence, asyncio.get_running_loop().time())
        message_id = f"{self._config.edge}:{epoch}:{sequence}"
        ack = await stream.publish(f"{lane}.{self._who}", block.data, message_id)
        self.stats.sent += 1
        late = asyncio.get_running_loop().call_later(_ACK_TIMEOUT_S, ack.cancel)

        def on_ack(done: asyncio.Future[None]) -> None:
            late.cancel()
            self._on_ack(done, window, sequence)

        ack.add_done_callback(on_ack)

    def _on_ack(self, ack: asyncio.Future[None], window: Window, sequence: int) -> None:
        if ack.cancelled():
            return  # nobody knows whether the stream has it: the review asks
        error = ack.exception()
        if error is None:
            self.stats.in_stream += 1
            self._stream_backoff.reset()
            window.in_stream(sequence)
            return
        self.stats.refused += 1
        self.stats.reason = str(error)
        window.refused(sequence)
        now = asyncio.get_running_loop().time()
        if now >= self._resume_at:  # one wait for a whole window of refusals
            self._resume_at = now + self._stream_backoff.next_s()
            log.warning("uplink: %s", self.stats.reason)

    def _on_cursor(self, data: bytes, window: Window, epoch: int) -> None:
        try:
            coverage = parse(data)
        except BadCursor as error:
            self.stats.bad_cursors += 1
            log.error("%s", error)  # noqa: TRY400 - its words say it all
            return
        if coverage.epoch == epoch:
            self._cover(coverage, window)

    def _cover(self, coverage: Coverage, window: Window) -> None:
        self._covered.extend(coverage.ranges)
        window.covered(coverage)
        self._wake.set()

    async def _review_for_ever(self, client: Client, window: Window, epoch: int) -> None:
        while True:
            await asyncio.sleep(_REVIEW_S)
            await self._delete_covered()
            overdue = window.overdue(asyncio.get_running_loop().time())
            if overdue:
                coverage = await self._ask(client, window, (overdue[0], overdue[-1]), epoch)
                if coverage is None:
                    window.unanswered(overdue)
                else:
                    window.answered(overdue, coverage)
                self._wake.set()

    async def _ask(self, client: Client, window: Window, span: Range, epoch: int) -> Coverage | None:
        """Ask the gateway what the database has; None when nobody answers."""
        question = json.dumps({"epoch": epoch, "from": span[0], "to": span[1]}).encode()
        try:
            answer = await client.request(f"cursor-ask.{self._who}", question, timeout=_ASK_TIMEOUT_S)
            coverage = parse(answer.data)
        except (nats.errors.NoRespondersError, nats.errors.TimeoutError) as error:
            log.info("nobody says what the database has: %s", error)
            return None
        except BadCursor as error:
            self.stats.bad_cursors += 1
            log.error("%s", error)  # noqa: TRY400 - its words say it all
            return None
        if coverage.epoch != epoch:
            return None
        self._cover(coverage, window)
        await self._delete_covered()
        return coverage

    async def _delete_covered(self) -> None:
        """Forget what is covered, many ranges in one commit: each commit costs a sync."""
        ranges, self._covered = self._covered, []
        if ranges:
            self.stats.covered += await self._disk.run(lambda buffer: buffer.delete(ranges))


async def _close(client: Client) -> None:
    try:
        async with asyncio.timeout(_CLOSE_S):
            await client.close()
    except FAILURES as error:
        log.info("uplink not closed in order: %s", error)
