"""Readings of a protocol that delivers at least once, handed on once.

MQTT sends a message again whose acknowledgement was lost, by a killed broker or by a killed edge. A reading that is
exactly one that was taken before (point, device time, value, quality) is not taken again; its sender is acknowledged
when the first one is on disk. What was taken before a start is read back from the buffer, which keeps its last blocks.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from edge.driver import Sink
from telemetry.batch import Batch
from telemetry.errors import Unavailable

Known = tuple[str, int, float | None, int]
REMEMBERED = 50_000
"""Readings: far more than brokers have in flight."""


class FirstNotStored(Unavailable):
    """The same reading, taken before, did not reach the disk: it must be sent again."""


class Once:
    """A sink before the sink: `repeated` counts the readings that came again."""

    def __init__(self, sink: Sink, taken_before: Iterable[Batch] = ()) -> None:
        self.repeated = 0
        self._sink = sink
        self._handing: set[asyncio.Task[None]] = set()
        self._known: OrderedDict[Known, asyncio.Future[None] | None] = OrderedDict()
        for batch in taken_before:
            self.remember(batch)

    def remember(self, batch: Batch) -> None:
        """This was taken before, and is on disk."""
        self._known.update(dict.fromkeys(_keys(batch)))

    async def sink(self, batch: Batch) -> None:
        """Returns when all of the batch is on disk, now or since before. Raises FirstNotStored."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        places, keys, first = [], [], set()
        for place, key in enumerate(_keys(batch)):
            if key in self._known:
                self.repeated += 1
                first.add(self._known[key])
            else:
                self._known[key] = stored
                keys.append(key)
                places.append(place)
        if keys:
            fresh = batch if len(places) == len(batch) else batch.select(places)
            handing = asyncio.create_task(self._hand_on(fresh, keys, stored))
            self._handing.add(handing)
            handing.add_done_callback(self._handed)
            await asyncio.shield(handing)  # a driver that is stopped meanwhile takes back nothing: it goes to disk
        waits = [asyncio.shield(waiting) for waiting in first if waiting is not None and waiting is not stored]
        await asyncio.gather(*waits)

    def _handed(self, handing: asyncio.Task[None]) -> None:
        self._handing.discard(handing)
        if not handing.cancelled():
            handing.exception()  # who still waits is told; a driver that was stopped asks for nothing any more

    async def _hand_on(self, batch: Batch, keys: list[Known], stored: asyncio.Future[None]) -> None:
        try:
            await self._sink(batch)
        except BaseException:
            for key in keys:
                del self._known[key]
            stored.set_exception(FirstNotStored())
            stored.exception()  # whoever waits is told; where nobody does, that is no mistake
            raise
        stored.set_result(None)
        self._known.update(dict.fromkeys(keys))
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)


def newest(batches: Sequence[Batch], most: int = REMEMBERED) -> list[Batch]:
    """The last batches that together hold at most so many readings, oldest first."""
    taken, n = [], 0
    for batch in reversed(batches):
        n += len(batch)
        if n > most:
            break
        taken.append(batch)
    return taken[::-1]


def _keys(batch: Batch) -> Iterable[Known]:
    """By what the device said: its own time, believed or not."""
    device_us: Iterable[int] = batch.device_us
    if batch.claimed_us:
        device_us = (batch.claimed_us.get(i, us) for i, us in enumerate(batch.device_us))
    values = (value if value == value else None for value in batch.value)  # NaN differs from itself
    return zip(map(batch.points.__getitem__, batch.point), device_us, values, batch.quality, strict=True)
