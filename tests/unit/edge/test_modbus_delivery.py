"""Batches on their way to a slow disk: in order, not too many, and none lost when a driver ends."""

from __future__ import annotations

import asyncio

import pytest

from edge.drivers.modbus.delivery import MOST_WAITING, Delivery
from telemetry.batch import Batch, Reading, batch_of


def a_batch(n: int) -> Batch:
    return batch_of([Reading("a/b/c/d", n, n, float(n), 192)])


class Disk:
    """A sink that returns when it may."""

    def __init__(self) -> None:
        self.reached: list[int] = []
        self.free = asyncio.Event()

    async def sink(self, batch: Batch) -> None:
        self.reached.extend(reading.device_us for reading in batch)
        await self.free.wait()


async def test_a_disk_that_takes_nothing_holds_up_the_reading_when_so_many_batches_wait() -> None:
    disk = Disk()
    delivery = Delivery(disk.sink)
    for n in range(MOST_WAITING):
        await delivery.hand(a_batch(n))
    one_more = asyncio.create_task(delivery.hand(a_batch(MOST_WAITING)))
    await asyncio.wait({one_more}, timeout=0.05)
    assert not one_more.done()
    assert disk.reached == list(range(MOST_WAITING))
    disk.free.set()
    await one_more
    await delivery.stop()
    assert disk.reached == list(range(MOST_WAITING + 1))


async def test_a_batch_handed_over_last_has_reached_the_sink_when_the_driver_ends() -> None:
    disk = Disk()
    delivery = Delivery(disk.sink)
    await delivery.hand(a_batch(7))
    assert disk.reached == []
    await delivery.stop()
    assert disk.reached == [7]


async def test_what_the_sink_raises_is_known_at_once() -> None:
    async def refuse(_: Batch) -> None:
        raise OSError("no space left")

    delivery = Delivery(refuse)
    await delivery.hand(a_batch(1))
    with pytest.raises(OSError, match="no space left"):
        await delivery.broken
    await delivery.stop()
