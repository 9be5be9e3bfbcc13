"""Takes batches from all drivers, puts a lane's readings together, and lets a driver go on when its own are on disk.

A block is closed at 500 readings, or when its first reading has waited as long as its lane allows.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from edge.backoff import Backoff
from edge.buffer.disk import Disk
from edge.strict import LaneClass
from edge.tasks import wait_until_set
from telemetry.batch import MAX_READINGS, Batch, BatchBuilder
from telemetry.errors import Unavailable

log = logging.getLogger(__name__)

LINGER_S: Mapping[LaneClass, float] = {"cold-chain": 0.1, "process": 0.25, "bulk": 1.0}
"""How long a reading may wait for others. The drivers wait along: OPC UA's next publish is asked for after that."""


@dataclass(slots=True)
class _Open:
    """A block that is being filled, and who waits for it."""

    due: float
    builder: BatchBuilder = field(default_factory=BatchBuilder)
    waiting: list[asyncio.Future[None]] = field(default_factory=list)


class Ended(Unavailable):
    """The edge ends, and nothing is taken any more."""


class Collector:
    """The sink of all drivers."""

    def __init__(self, disk: Disk, lanes: Mapping[str, LaneClass]) -> None:
        self.taken = 0  # readings handed in
        self.stored = 0  # readings on disk
        self.failed_writes = 0
        self.reason = ""  # why the disk takes nothing at the moment
        self.committed = asyncio.Event()  # set at each commit; whoever waits clears it
        self._disk = disk
        self._lanes = lanes  # looked at for each batch: it may change
        self._open: dict[LaneClass, _Open] = {}
        self._full: list[tuple[LaneClass, _Open]] = []
        self._work = asyncio.Event()
        self._ended = False
        self._writing: list[asyncio.Future[None]] = []  # who waits for what is being written

    async def sink(self, batch: Batch) -> None:
        """Returns when the whole batch is on disk. Raises Ended."""
        if not len(batch):
            return
        if self._ended:
            raise Ended
        self.taken += len(batch)
        waiting = [future for lane, part in self._by_lane(batch) for future in self._fill(lane, part)]
        self._work.set()
        for future in waiting:
            await future

    def _by_lane(self, batch: Batch) -> list[tuple[LaneClass, Batch]]:
        """Mostly all of a batch goes one lane, and then it stays as it is."""
        lanes = [self._lanes.get(name, "process") for name in batch.points]
        if len(set(lanes)) == 1:
            return [(lanes[0], batch)]
        of_reading = [lanes[p] for p in batch.point]
        return [
            (lane, batch.select([i for i, own in enumerate(of_reading) if own == lane]))
            for lane in dict.fromkeys(of_reading)
        ]

    def _fill(self, lane: LaneClass, batch: Batch) -> list[asyncio.Future[None]]:
        """Put readings into the lane's open block, and into new ones when it is full; returns what to wait for."""
        loop = asyncio.get_running_loop()
        waiting, start = [], 0
        while start < len(batch):
            block = self._open.get(lane)
            if block is None:
                block = self._open[lane] = _Open(loop.time() + LINGER_S[lane])
            stop = min(len(batch), start + MAX_READINGS - len(block.builder))
            block.builder.extend_batch(batch.part(start, stop) if stop - start < len(batch) else batch)
            waiting.append(loop.create_future())
            block.waiting.append(waiting[-1])
            if len(block.builder) >= MAX_READINGS:
                self._full.append((lane, self._open.pop(lane)))
            start = stop
        return waiting

    async def run(self) -> None:
        """Write blocks as they become due, for ever. Whoever still waits at the end is told that it was in vain."""
        try:
            while True:
                await self._wait_for_work()
                await self._write(self._due())
        finally:
            self._ended = True
            for block in [*self._open.values(), *(block for _, block in self._full)]:
                _resolve(block.waiting, Ended())

    async def drain(self) -> None:
        """Returns when all that was handed in is on disk; nothing lingers. `run` must be running."""
        for block in self._open.values():
            block.due = 0.0
        self._work.set()
        waiting = [future for _, block in [*self._full, *self._open.items()] for future in block.waiting]
        await asyncio.gather(*waiting, *self._writing, return_exceptions=True)

    async def _wait_for_work(self) -> None:
        while not self._full:
            now = asyncio.get_running_loop().time()
            due = min((block.due for block in self._open.values()), default=None)
            if due is not None and due <= now:
                return
            self._work.clear()
            if not await wait_until_set(self._work, None if due is None else due - now):
                return  # the oldest block is due

    def _due(self) -> list[tuple[LaneClass, _Open]]:
        now = asyncio.get_running_loop().time()
        ready = [(lane, block) for lane, block in self._open.items() if block.due <= now]
        for lane, _ in ready:
            del self._open[lane]
        blocks, self._full = [*self._full, *ready], []
        return blocks

    async def _write(self, blocks: Sequence[tuple[LaneClass, _Open]]) -> None:
        if not blocks:
            return
        batches = [(lane, block.builder.take()) for lane, block in blocks]
        self._writing = [future for _, block in blocks for future in block.waiting]
        try:
            await self._append(batches)
        except BaseException as error:
            for _, block in blocks:
                _resolve(block.waiting, error)
            raise
        self.stored += sum(len(batch) for _, batch in batches)
        for _, block in blocks:
            _resolve(block.waiting, None)
        self.committed.set()

    async def _append(self, batches: Sequence[tuple[LaneClass, Batch]]) -> None:
        """Append, however long the disk refuses: drivers wait meanwhile, and their protocols keep what is not read."""
        backoff = Backoff(0.2, 2)  # what is not read meanwhile a polled device does not keep
        while True:
            try:
                await self._disk.run(lambda buffer: buffer.append(batches))
                self.reason = ""
                return
            except (sqlite3.DatabaseError, OSError) as error:  # of a damaged file a new one has been begun
                self.failed_writes += 1
                self.reason = str(error)
                log.error("the disk takes no readings: %s", error)  # noqa: TRY400 - its words say it all
                await asyncio.sleep(backoff.next_s())


def _resolve(waiting: Sequence[asyncio.Future[None]], error: BaseException | None) -> None:
    for future in waiting:
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.cancel()
