"""One thread owns the buffer's file; the event loop hands it work and does other things while the disk syncs."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from edge.buffer.buffer import Buffer, is_damage
from edge.config import EdgeConfig
from edge.drivers import DRIVERS
from telemetry.batch import Batch
from telemetry.clock import Clock

log = logging.getLogger(__name__)

T = TypeVar("T")
_MB, _DAY_US = 1_000_000, 86_400_000_000
REMEMBERED_BLOCKS = 300
"""Where a protocol may deliver again what was taken before a start: a minute and more of readings."""


class Disk:
    """The buffer, from the event loop's side."""

    def __init__(self, thread: ThreadPoolExecutor, buffer: Buffer) -> None:
        self._thread = thread
        self._buffer = buffer

    @classmethod
    async def open(cls, config: EdgeConfig, clock: Clock) -> Disk:
        """Open an edge's buffer. Raises BufferUnusable."""
        thread = ThreadPoolExecutor(1, "buffer")
        limits = config.buffer

        def opened() -> Buffer:
            size, age = int(limits.max_mb * _MB), int(limits.max_days * _DAY_US)
            kinds = [DRIVERS[device.driver] for device in config.devices]
            remembered = REMEMBERED_BLOCKS if any(kind.repeats or kind.resumes for kind in kinds) else 0
            folder = Path(limits.folder)
            return Buffer(folder, config.edge, clock, max_bytes=size, max_age_us=age, remembered=remembered)

        try:
            return cls(thread, await asyncio.get_running_loop().run_in_executor(thread, opened))
        except BaseException:
            thread.shutdown()
            raise

    async def run(self, work: Callable[[Buffer], T]) -> T:
        """Do something with the buffer; one thing at a time, in the order of asking. Raises sqlite3.Error.

        Where that shows that the file is damaged, a new one has been begun when this raises.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._do, work)

    async def taken_before(self) -> list[Batch]:
        """What was taken last, oldest first; from now on it is kept though the database has it. Raises sqlite3.Error.

        A device of such a protocol may come while the edge runs.
        """

        def remembered(buffer: Buffer) -> list[Batch]:
            buffer.remembered = REMEMBERED_BLOCKS
            return buffer.last_batches()

        return await self.run(remembered)

    def _do(self, work: Callable[[Buffer], T]) -> T:
        if self._buffer.lost is not None:
            self._buffer.begin_anew()
        try:
            return work(self._buffer)
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                log.error("the buffer is damaged and is moved aside: %s", error)  # noqa: TRY400 - its words say it all
                self._buffer.begin_anew()
            raise

    async def close(self) -> None:
        """Finish what was asked for, and close the file."""
        await self.run(Buffer.close)
        self._thread.shutdown()

    @property
    def epoch(self) -> int:
        """The epoch in which sequences count now."""
        return self._buffer.epoch
