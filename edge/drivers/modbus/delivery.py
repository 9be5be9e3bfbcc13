"""Hands batches to the sink, in order, while the next round already runs.

A sink returns when a batch is on disk, and may collect others before: waiting for each would make a device's rhythm
that of the disk. A disk that takes nothing at all holds up the reading in the end, so memory stays bounded.
"""

from __future__ import annotations

import asyncio

from edge.driver import Sink
from edge.tasks import end
from telemetry.batch import Batch

MOST_WAITING = 64
"""Batches in hand that are not on disk yet."""


class Delivery:
    """The way from a driver's rounds to its sink."""

    def __init__(self, sink: Sink) -> None:
        self.broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()  # the sink's failure
        self._sink = sink
        self._waiting: set[asyncio.Task[None]] = set()

    async def hand(self, batch: Batch) -> None:
        """Give a batch to the sink; returns at once unless too many are waiting."""
        while len(self._waiting) >= MOST_WAITING:
            await asyncio.wait(self._waiting, return_when=asyncio.FIRST_COMPLETED)
        task = asyncio.create_task(self._deliver(batch))
        self._waiting.add(task)
        task.add_done_callback(self._delivered)

    async def _deliver(self, batch: Batch) -> None:
        await self._sink(batch)

    def _delivered(self, task: asyncio.Task[None]) -> None:
        self._waiting.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not self.broken.done():
            self.broken.set_exception(error)

    async def stop(self) -> None:
        """Leave what the sink has; what was handed over last has reached it."""
        await asyncio.sleep(0)
        await end(self._waiting)
        self.broken.cancel()
