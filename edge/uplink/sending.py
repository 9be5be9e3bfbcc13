"""Sends what is due over one connection, live blocks first, and keeps account of each until the database has it.

Live is what came within the last ten seconds, told by the buffer and not by any wall clock. What is older follows on a
lane of its own, oldest first, a few blocks at a time and no faster than the config's rate.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from zlib import crc32

from edge.backoff import Backoff
from edge.buffer.buffer import Block, Buffer
from edge.buffer.disk import Disk
from edge.tasks import wait_until_set
from edge.uplink.asking import Asking
from edge.uplink.coverage import Coverage, Range, portions
from edge.uplink.stats import UplinkStats
from edge.uplink.stream import Stream
from edge.uplink.window import Window
from telemetry.errors import Unavailable

log = logging.getLogger(__name__)

REVIEW_S = 1.0
_ACK_WITHIN_S = 8.0
_ASK_EVERY_S = 60.0
"""The clock is compared so often, also when all goes well."""
_AT_A_TIME = 8
"""Blocks of the backlog that are read at once; memory stays flat however long the outage was."""
_FORGOTTEN_AT_ONCE = 500
"""Blocks that are deleted in one commit: new readings are not kept waiting for longer."""
_NOT_FASTER_S = 0.005
_MADE_UP_FOR_S = 0.25
"""A backlog that was held up may go faster for so long, so that its rate is kept on the whole."""


class EpochChanged(Unavailable):
    """The buffer has begun a new epoch."""


@dataclass(slots=True)
class Pace:
    """What outlives a connection: how long the stream is to be left alone, when the backlog may go on, what was sent.

    Only what this process has sent may be deleted on the gateway's word. A buffer that was restored from an image gives
    its sequences out again: the database has them, with other readings. Sent, these are stored or set aside.
    """

    backlog_blocks_per_s: float
    resume_at_s: float = 0.0
    backlog_at_s: float = 0.0
    patience: Backoff = field(default_factory=lambda: Backoff(1, 60))
    epoch: int = 0
    sent: set[int] = field(default_factory=set)  # of this epoch, and not known to be in the database

    def begin(self, epoch: int, first: int) -> None:
        """A connection begins. What is before `first` no longer waits."""
        self.sent = {sequence for sequence in self.sent if sequence >= first} if epoch == self.epoch else set()
        self.epoch = epoch


class Sending:
    """One connection's sending, within one epoch. `covered` is what the buffer may forget and has not forgotten yet."""

    def __init__(
        self,
        who: str,
        epoch: int,
        disk: Disk,
        window: Window,
        stream: Stream,
        asking: Asking,
        pace: Pace,
        stats: UplinkStats,
        wake: asyncio.Event,
    ) -> None:
        self.covered: list[Range] = []
        self._who, self._edge, self._epoch = who, who.rpartition(".")[2], epoch
        self._disk, self._window, self._stream, self._asking = disk, window, stream, asking
        self._pace, self._stats, self._wake = pace, stats, wake
        self._may_fill_in = False

    async def run(self) -> None:
        """Send for ever, at once when `wake` is set. Raises EpochChanged."""
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            if self._disk.epoch != self._epoch:
                raise EpochChanged(epoch=self._disk.epoch)
            paused_s = self._pace.resume_at_s - loop.time()
            if paused_s > 0:
                await asyncio.sleep(paused_s)
            elif not await self._send_due():
                await wait_until_set(self._wake, self._idle_s(loop.time()))

    async def review(self, span: Range) -> None:
        """Ask what of `span` is covered before the backlog begins; then for ever what should be, and let go what is."""
        loop = asyncio.get_running_loop()
        asked_s = loop.time()
        self.cover(await self._asking.ask(span))
        await self.forget_covered()
        self._may_fill_in = True
        self._wake.set()
        while True:
            await asyncio.sleep(REVIEW_S)
            await self.forget_covered()
            overdue = self._window.overdue(loop.time())
            if overdue:
                asked_s = loop.time()
                self._answered(overdue, await self._asking.ask((overdue[0], overdue[-1])))
            elif loop.time() - asked_s >= _ASK_EVERY_S:
                asked_s = loop.time()
                self.cover(await self._asking.ask((1, 1)))

    def cover(self, coverage: Coverage | None) -> None:
        """The database has these."""
        if coverage is not None and coverage.ranges:
            found, ranges = coverage.of(self._pace.sent)
            self._pace.sent.difference_update(found)
            self.covered.extend(ranges)
            self._window.covered(coverage)
            self._wake.set()

    async def forget_covered(self) -> None:
        """Delete what is covered: many ranges in one commit, which costs a sync, but not so many that others wait."""
        ranges, self.covered = self.covered, []
        bounds = await self._disk.run(Buffer.bounds) if ranges else None
        for portion in portions(ranges, bounds, _FORGOTTEN_AT_ONCE) if bounds else ():
            self._stats.covered += await self._disk.run(partial(self._delete, portion))

    def _delete(self, ranges: Sequence[Range], buffer: Buffer) -> int:
        """In the buffer's thread: a buffer that has begun anew meanwhile has other blocks under these sequences."""
        return buffer.delete(ranges) if buffer.epoch == self._epoch else 0

    def _answered(self, overdue: Sequence[int], coverage: Coverage | None) -> None:
        if coverage is None:
            self._window.unanswered(overdue)
        else:
            self.cover(coverage)
            self._window.answered(overdue, coverage)
        self._wake.set()

    def _idle_s(self, now_s: float) -> float:
        """How long nothing is due unless something happens."""
        if self._may_fill_in and self._window.backlog_waits() and self._window.backlog_room():
            return min(REVIEW_S, max(_NOT_FASTER_S, self._pace.backlog_at_s - now_s))
        return REVIEW_S

    async def _send_due(self) -> int:
        """Send what is due now; returns how many blocks."""
        live = await self._live()
        for block in live:
            await self._send(block, "readings")
        old = await self._backlog()
        for block in old:
            await self._send(block, "backlog")
        return len(live) + len(old)

    async def _live(self) -> Sequence[Block]:
        room, window = self._window.live_room(), self._window

        def read(buffer: Buffer) -> tuple[int, Sequence[Block]]:
            live_from = buffer.live_from()
            first = max(window.next_live, live_from)
            return live_from, buffer.read(first, 2**62, room) if room else ()

        live_from, blocks = await self._disk.run(read)
        window.fall_behind(live_from)
        return blocks

    async def _backlog(self) -> Sequence[Block]:
        """The next blocks of the backlog: what must be sent again, then the oldest; no more than the rate allows."""
        now_s = asyncio.get_running_loop().time()
        room = min(self._window.backlog_room(), _AT_A_TIME)
        if not (room and self._may_fill_in and self._window.backlog_waits()) or now_s < self._pace.backlog_at_s:
            return ()
        again = sorted(self._window.again)[:room]
        found = await (self._read_again(again) if again else self._read_oldest(room))
        due_s = max(self._pace.backlog_at_s, now_s - _MADE_UP_FOR_S)
        self._pace.backlog_at_s = due_s + len(found) / self._pace.backlog_blocks_per_s
        return found

    async def _read_again(self, again: Sequence[int]) -> Sequence[Block]:
        found = await self._disk.run(lambda buffer: [block for s in again for block in buffer.read(s, s, 1)])
        self._window.forget(set(again) - {block.sequence for block in found})
        self._stats.sent_again += len(found)
        return found

    async def _read_oldest(self, room: int) -> Sequence[Block]:
        first, last = self._window.next_backlog, self._window.live_from - 1
        found = await self._disk.run(lambda buffer: buffer.read(first, last, room))
        self._window.looked_through(found[-1].sequence if len(found) == room else last)
        return [block for block in found if block.sequence not in self._window.under_way]

    async def _send(self, block: Block, lane: str) -> None:
        sequence, loop = block.sequence, asyncio.get_running_loop()
        self._window.sent(sequence, loop.time())
        self._pace.sent.add(sequence)
        identity = f"{self._edge}:{self._epoch}:{sequence}:{crc32(block.data):08x}"  # the same bytes come once
        headers = {"Nats-Msg-Id": identity, "Readings": str(block.n)}
        ack = await self._stream.publish(f"{lane}.{self._who}", block.data, headers)
        self._stats.sent += 1
        late = loop.call_later(_ACK_WITHIN_S, ack.cancel)

        def on_ack(done: asyncio.Future[None]) -> None:
            late.cancel()
            self._on_ack(done, sequence, loop.time())

        ack.add_done_callback(on_ack)

    def _on_ack(self, ack: asyncio.Future[None], sequence: int, now_s: float) -> None:
        if ack.cancelled():
            return  # nobody knows whether the stream has it: the review asks
        error = ack.exception()
        if error is None:
            self._stats.in_stream += 1
            self._pace.patience.reset()
            self._window.in_stream(sequence)
            return
        self._stats.refused += 1
        self._stats.reason = str(error)
        self._window.refused(sequence)
        if now_s >= self._pace.resume_at_s:  # one wait for a whole window of refusals
            self._pace.resume_at_s = now_s + self._pace.patience.next_s()
            log.warning("uplink: %s", self._stats.reason)
