"""The collector: many drivers' readings in few blocks, and no driver goes on before its own are on disk."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from edge.buffer.buffer import Buffer
from edge.buffer.disk import Disk
from edge.collector import Collector
from edge.config import BufferConfig, EdgeConfig
from edge.strict import LaneClass
from edge.uplink.config import UplinkConfig
from telemetry.batch import Batch, Reading, batch_of
from telemetry.clock import SystemClock, to_us
from telemetry.quality import Quality
from telemetry.wire import decode

LANES: dict[str, LaneClass] = {"hainan/a/cold/t": "cold-chain", "hainan/a/truck/v": "bulk"}


@asynccontextmanager
async def a_collector(folder: Path) -> AsyncIterator[Collector]:
    uplink = UplinkConfig(url="nats://127.0.0.1:1")
    config = EdgeConfig("edge-line", "hainan", uplink, BufferConfig(folder=folder), {}, ())
    disk = await Disk.open(config, SystemClock())
    collector = Collector(disk, LANES)
    running = asyncio.create_task(collector.run())
    try:
        yield collector
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await disk.close()


def readings(n: int, point: str = "hainan/a/b/c", at: int | None = None) -> Batch:
    now = to_us(SystemClock().now())
    return batch_of([Reading(point, now if at is None else at, now, float(k), Quality.GOOD) for k in range(n)])


async def stored(collector: Collector) -> list[Batch]:
    blocks = await collector._disk.run(lambda buffer: buffer.read(1, 10**6, 10**6))
    return [decode(block.data).batch for block in blocks]


async def test_a_batch_is_on_disk_when_the_sink_returns(tmp_path: Path) -> None:
    async with a_collector(tmp_path) as collector:
        await collector.sink(readings(12))
        assert [len(batch) for batch in await stored(collector)] == [12]
        assert (collector.taken, collector.stored) == (12, 12)


async def test_batches_of_many_drivers_share_a_block(tmp_path: Path) -> None:
    async with a_collector(tmp_path) as collector:
        await asyncio.gather(*(collector.sink(readings(4)) for _ in range(10)))
        assert [len(batch) for batch in await stored(collector)] == [40]


async def test_a_block_holds_500_readings_at_most_and_keeps_their_order(tmp_path: Path) -> None:
    async with a_collector(tmp_path) as collector:
        await collector.sink(readings(1234))
        batches = await stored(collector)
        assert [len(batch) for batch in batches] == [500, 500, 234]
        assert [r.value for batch in batches for r in batch] == [float(k) for k in range(1234)]


async def test_lanes_do_not_mix_and_cold_chain_does_not_wait_for_bulk(tmp_path: Path) -> None:
    async with a_collector(tmp_path) as collector:
        bulk = asyncio.create_task(collector.sink(readings(3, "hainan/a/truck/v")))
        await collector.sink(readings(2, "hainan/a/cold/t"))
        assert not bulk.done()
        assert [len(batch) for batch in await stored(collector)] == [2]
        await bulk
        assert [batch.points for batch in await stored(collector)] == [("hainan/a/cold/t",), ("hainan/a/truck/v",)]


async def test_lanes_that_are_mixed_in_one_batch_are_told_apart_and_nothing_that_stands_aside_is_lost(
    tmp_path: Path,
) -> None:
    now = to_us(SystemClock().now())
    names = ["hainan/a/cold/t", "hainan/a/truck/v", "hainan/a/unheard/of"]
    mixed = batch_of([Reading(names[k % 3], now, now, float(k), Quality.GOOD) for k in range(9)])
    columns = (mixed.point, mixed.device_us, mixed.received_us, mixed.value, mixed.quality)
    aside = Batch(mixed.points, *columns, {3: 7, 4: 8}, {1: 0x80AB0000})
    async with a_collector(tmp_path) as collector:
        filled = dict(collector._by_lane(aside))
        await collector.sink(mixed)
        assert {batch.points: [r.value for r in batch] for batch in await stored(collector)} == {
            (names[k],): [float(k), k + 3.0, k + 6.0] for k in range(3)
        }
    assert [(r.point, r.value) for r in filled["cold-chain"]] == [(names[0], v) for v in (0.0, 3.0, 6.0)]
    assert (filled["cold-chain"].claimed_us, filled["bulk"].claimed_us) == ({1: 7}, {1: 8})
    assert (filled["bulk"].status, filled["process"].status) == ({0: 0x80AB0000}, {})


async def test_while_the_disk_is_full_drivers_wait_and_then_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = asyncio.Event()
    append = Buffer.append

    def refuse(self: Buffer, batches: Sequence[tuple[LaneClass, Batch]]) -> object:
        if not full.is_set():
            raise sqlite3.OperationalError("database or disk is full")
        return append(self, batches)

    monkeypatch.setattr(Buffer, "append", refuse)
    async with a_collector(tmp_path) as collector:
        driver = asyncio.create_task(collector.sink(readings(5)))
        async with asyncio.timeout(10):
            while collector.failed_writes < 2:  # noqa: ASYNC110 - a thread counts
                await asyncio.sleep(0.02)
        assert not driver.done()
        assert collector.reason == "database or disk is full"
        full.set()
        await driver
        assert collector.reason == ""
        assert [len(batch) for batch in await stored(collector)] == [5]


async def test_draining_leaves_nothing_in_hand(tmp_path: Path) -> None:
    async with a_collector(tmp_path) as collector:
        bulk = asyncio.create_task(collector.sink(readings(3, "hainan/a/truck/v")))
        await asyncio.sleep(0)
        async with asyncio.timeout(0.5):  # the bulk lane would linger a second
            await collector.drain()
            await bulk
        assert [len(batch) for batch in await stored(collector)] == [3]
