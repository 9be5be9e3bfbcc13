"""A protocol that delivers at least once: every reading is taken once, and acknowledged when it is on disk."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge.buffer.buffer import Buffer
from edge.clocks import believed
from edge.once import FirstNotStored, Once, newest
from telemetry.batch import Batch, BatchBuilder, Reading, batch_of
from telemetry.clock import SystemClock
from telemetry.quality import Quality

T0 = 1_768_440_000_000_000


def a_reading(second: int = 0, value: float = 4.8, quality: int = Quality.GOOD) -> Reading:
    return Reading("hainan/fleet/truck-1/air-1", T0 + second * 1_000_000, T0 + second * 1_000_000 + 9, value, quality)


class Disk:
    """What came to the disk, which can be made to wait or to fail."""

    def __init__(self) -> None:
        self.taken: list[Reading] = []
        self.batches: list[Batch] = []
        self.open = asyncio.Event()
        self.open.set()
        self.broken = False

    async def sink(self, batch: Batch) -> None:
        await self.open.wait()
        if self.broken:
            raise OSError("disk full")
        self.batches.append(batch)
        self.taken += batch


async def test_what_comes_again_is_taken_once() -> None:
    disk = Disk()
    once = Once(disk.sink)
    await once.sink(batch_of([a_reading(0), a_reading(1)]))
    await once.sink(batch_of([a_reading(1)._replace(received_us=T0 + 60_000_000), a_reading(2)]))
    assert [r.device_us for r in disk.taken] == [a_reading(s).device_us for s in range(3)]
    assert once.repeated == 1


async def test_a_reading_keeps_its_status_where_others_of_its_batch_came_again() -> None:
    disk = Disk()
    once = Once(disk.sink)
    await once.sink(batch_of([a_reading(0)]))
    builder = BatchBuilder()
    builder.add(*a_reading(0))
    builder.add(*a_reading(1), status=0x80AF0000)
    await once.sink(builder.take())
    assert [r.device_us for r in disk.taken] == [a_reading(s).device_us for s in (0, 1)]
    assert dict(disk.batches[-1].status) == {0: 0x80AF0000}


async def test_a_time_that_was_not_believed_still_tells_a_repetition() -> None:
    disk = Disk()
    once = Once(disk.sink)
    for received_us in (T0 + 9, T0 + 70_000_000):  # believed() has put the time of receipt in its place
        dated = batch_of([a_reading()._replace(device_us=received_us, received_us=received_us)])
        await once.sink(replace(dated, claimed_us={0: 1}))
    assert (len(disk.taken), once.repeated) == (1, 1)


async def test_another_value_of_the_same_moment_is_another_reading() -> None:
    disk = Disk()
    once = Once(disk.sink)
    await once.sink(batch_of([a_reading(value=4.8), a_reading(value=4.9)]))
    await once.sink(batch_of([a_reading(quality=Quality.BAD_SENSOR_FAILURE)]))
    await once.sink(batch_of([a_reading(quality=Quality.BAD_SENSOR_FAILURE)]))
    assert len(disk.taken) == 3


async def test_a_repetition_is_known_by_the_time_that_its_device_claimed_believed_or_not() -> None:
    disk = Disk()
    once = Once(disk.sink)
    for received_s in (100, 160):
        received = T0 + received_s * 1_000_000
        readings = [a_reading(10**9 + k)._replace(received_us=received) for k in range(2)]
        await once.sink(believed(batch_of(readings)))
    assert (len(disk.taken), once.repeated) == (2, 2)


async def test_a_repetition_within_one_batch_is_taken_once() -> None:
    disk = Disk()
    once = Once(disk.sink)
    await once.sink(batch_of([a_reading(0), a_reading(0), a_reading(1)]))
    assert [r.device_us for r in disk.taken] == [a_reading(0).device_us, a_reading(1).device_us]
    assert once.repeated == 1


async def test_a_repetition_is_acknowledged_only_when_the_first_is_on_disk() -> None:
    disk = Disk()
    disk.open.clear()
    once = Once(disk.sink)
    first = asyncio.create_task(once.sink(batch_of([a_reading()])))
    again = asyncio.create_task(once.sink(batch_of([a_reading()])))
    await asyncio.sleep(0)
    assert not again.done()
    disk.open.set()
    await asyncio.gather(first, again)
    assert len(disk.taken) == 1


async def test_what_a_stopped_driver_has_handed_in_goes_to_disk_and_is_known_when_it_comes_again() -> None:
    disk = Disk()
    disk.open.clear()
    once = Once(disk.sink)
    first = asyncio.create_task(once.sink(batch_of([a_reading()])))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    stopped_too = asyncio.create_task(once.sink(batch_of([a_reading()])))
    again = asyncio.create_task(once.sink(batch_of([a_reading()])))
    await asyncio.sleep(0)
    stopped_too.cancel()
    await asyncio.gather(stopped_too, return_exceptions=True)
    assert not again.done()
    disk.open.set()
    await again
    assert (len(disk.taken), once.repeated) == (1, 2)


async def test_a_first_that_fails_is_not_remembered() -> None:
    disk = Disk()
    disk.open.clear()
    disk.broken = True
    once = Once(disk.sink)
    first = asyncio.create_task(once.sink(batch_of([a_reading()])))
    again = asyncio.create_task(once.sink(batch_of([a_reading()])))
    await asyncio.sleep(0)
    disk.open.set()
    with pytest.raises(OSError, match="disk full"):
        await first
    with pytest.raises(FirstNotStored):
        await again
    disk.broken = False
    await once.sink(batch_of([a_reading()]))
    assert len(disk.taken) == 1


@pytest.mark.parametrize("committed", [False, True])
async def test_what_was_taken_before_a_start_is_known_after_it(tmp_path: Path, committed: bool) -> None:
    clock = SystemClock()
    bounds: dict[str, Any] = {"max_bytes": 10**6, "max_age_us": 10**15, "remembered": 10}
    buffer = Buffer(tmp_path, "edge-fleet", clock, **bounds)
    buffer.append([("cold-chain", batch_of([a_reading(0), a_reading(1)]))])
    if committed:
        buffer.delete([(1, 1)])
    buffer.close()
    reopened = Buffer(tmp_path, "edge-fleet", clock, **bounds)
    disk = Disk()
    await Once(disk.sink, reopened.last_batches()).sink(batch_of([a_reading(1), a_reading(2)]))
    reopened.close()
    assert [r.device_us for r in disk.taken] == [a_reading(2).device_us]


async def test_a_claimed_time_still_tells_a_repetition_after_a_start(tmp_path: Path) -> None:
    buffer = Buffer(tmp_path, "edge-fleet", SystemClock(), max_bytes=10**6, max_age_us=10**15, remembered=10)
    ahead = a_reading(10**9)
    buffer.append([("cold-chain", believed(batch_of([ahead._replace(received_us=T0)])))])
    disk = Disk()
    once = Once(disk.sink, buffer.last_batches())
    buffer.close()
    await once.sink(believed(batch_of([ahead._replace(received_us=T0 + 60_000_000)])))
    assert (len(disk.taken), once.repeated) == (0, 1)


def test_only_the_last_blocks_are_remembered(tmp_path: Path) -> None:
    buffer = Buffer(tmp_path, "edge-fleet", SystemClock(), max_bytes=10**6, max_age_us=10**15, remembered=3)
    for second in range(10):
        buffer.append([("cold-chain", batch_of([a_reading(second)]))])
    buffer.delete([(1, 8)])
    assert [r.device_us for batch in buffer.last_batches() for r in batch] == [
        a_reading(s).device_us for s in (7, 8, 9)
    ]
    buffer.close()


def test_only_the_newest_of_what_was_taken_before_is_compared_with() -> None:
    before = [batch_of([a_reading(k) for k in range(n)]) for n in (3, 2, 2)]
    assert newest(before, 4) == before[1:]
    assert newest(before, 7) == before
    assert newest(before, 1) == []
