"""What the gateway's word deletes from the buffer: what this connection's epoch has sent, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from nats.aio.client import Client

from edge.buffer.buffer import Buffer
from edge.buffer.disk import Disk
from edge.config import BufferConfig, EdgeConfig
from edge.strict import Group
from edge.uplink.asking import Asking
from edge.uplink.config import UplinkConfig
from edge.uplink.coverage import Coverage
from edge.uplink.gateway_clock import GatewayClock
from edge.uplink.sending import Pace, Sending
from edge.uplink.stats import UplinkStats
from edge.uplink.stream import Stream
from edge.uplink.window import Window
from telemetry.batch import Reading, batch_of
from telemetry.clock import SystemClock

ONE = batch_of([Reading("hainan/filling/line-1/torque", 10**15, 10**15, 4.9, 192)])


@pytest.fixture
async def disk(tmp_path: Path) -> AsyncIterator[Disk]:
    uplink = UplinkConfig(url="nats://127.0.0.1:1")
    config = EdgeConfig("edge-line", "hainan", uplink, BufferConfig(folder=tmp_path), {"line": Group(period_s=1)}, ())
    opened = await Disk.open(config, SystemClock())
    yield opened
    await opened.close()


def a_connection(disk: Disk, pace: Pace) -> Sending:
    client, stats, who = Client(), UplinkStats(), "hainan.edge-line"
    asking = Asking(client, who, disk.epoch, GatewayClock(), stats)
    pace.begin(disk.epoch, 1)
    return Sending(who, disk.epoch, disk, Window(1, 0), Stream(client), asking, pace, stats, asyncio.Event())


async def waiting(disk: Disk) -> int:
    return (await disk.run(Buffer.stats)).blocks


async def test_a_cursor_that_was_heard_before_the_buffer_began_anew_deletes_nothing_of_the_new_one(disk: Disk) -> None:
    pace = Pace(50)
    sending = a_connection(disk, pace)
    pace.sent.update({1, 2, 3})
    sending.cover(Coverage(disk.epoch, ((1, 3),)))
    await disk.run(Buffer.begin_anew)  # the file was found to be damaged, before what is covered was deleted
    await disk.run(lambda buffer: buffer.append([("process", ONE), ("process", ONE)]))
    await sending.forget_covered()
    assert await waiting(disk) == 3  # the first one tells what was lost


async def test_what_was_never_sent_stays_whatever_the_gateway_says(disk: Disk) -> None:
    pace = Pace(50)
    sending = a_connection(disk, pace)
    await disk.run(lambda buffer: buffer.append([("process", ONE)] * 4))
    pace.sent.update({2, 3})
    sending.cover(Coverage(disk.epoch, ((1, 10**6),)))
    await sending.forget_covered()
    assert [block.sequence for block in await disk.run(lambda buffer: buffer.read(1, 9, 9))] == [1, 4]
    assert pace.sent == set()


def test_another_connection_still_knows_what_was_sent_another_epoch_does_not() -> None:
    pace = Pace(50)
    pace.begin(7, 1)
    pace.sent.update({1, 2, 3})
    pace.begin(7, 2)
    assert pace.sent == {2, 3}  # the first one waits no longer
    pace.begin(8, 1)
    assert pace.sent == set()
