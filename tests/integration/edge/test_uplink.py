"""The way from the buffer to the database: a block is deleted when the database has it, and not a moment before."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest

import edge.uplink.sending
import edge.uplink.uplink
import edge.uplink.window
from edge.buffer.buffer import Buffer
from edge.buffer.disk import Disk
from edge.collector import Collector
from edge.config import BufferConfig, EdgeConfig
from edge.strict import Group
from edge.uplink.config import UplinkConfig
from edge.uplink.uplink import Uplink
from isotherm.engines.nats import NatsServer
from simulators.cable import Cable
from telemetry.batch import Batch, Reading, batch_of
from telemetry.clock import Clock, HeldClock, SystemClock, to_us
from telemetry.quality import Quality
from tests.plugins.stream import known_to_server
from tests.plugins.waiting import until

from .conftest import peer_at, running

POINT = "hainan/filling/line-1/torque"
SYSTEM = SystemClock()


@pytest.fixture(autouse=True)
def password(nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOTHERM_EDGE_PASSWORD", nats_server.passwords["edge-line"])


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds of patience become one."""
    monkeypatch.setattr(edge.uplink.window, "OVERDUE_S", 1.0)
    monkeypatch.setattr(edge.uplink.sending, "REVIEW_S", 0.2)


def config(port: int, folder: Path, rate: float) -> EdgeConfig:
    url = f"nats://127.0.0.1:1, nats://127.0.0.1:{port}"  # of a cluster, whose first server is away
    who = {"user": "edge-line", "password_env": "ISOTHERM_EDGE_PASSWORD"}
    uplink = UplinkConfig(url=url, backlog_blocks_per_s=rate, **who)
    groups = {"line": Group(period_s=1)}
    return EdgeConfig("edge-line", "hainan", uplink, BufferConfig(folder=folder), groups, ())


def a_batch(value: float, at_us: int = 1_768_440_000_000_000) -> Batch:
    return batch_of([Reading(POINT, at_us, at_us, value, Quality.GOOD)])


class Edge:
    """A buffer with an uplink, without drivers."""

    def __init__(self, disk: Disk, collector: Collector, uplink: Uplink) -> None:
        self.disk, self.collector, self.uplink = disk, collector, uplink
        self.stored: list[float] = []

    async def store(self, *values: float) -> None:
        at = to_us(SystemClock().now())
        for value in values:
            await self._append(a_batch(value, at))
            self.stored.append(value)
        self.collector.committed.set()

    async def _append(self, batch: Batch) -> None:
        await self.disk.run(lambda buffer: buffer.append([("process", batch)]))

    async def waiting(self) -> int:
        return (await self.disk.run(Buffer.stats)).blocks

    async def is_empty(self) -> bool:
        return await self.waiting() == 0

    async def until_empty(self, within_s: float = 20) -> None:
        async with asyncio.timeout(within_s):
            while not await self.is_empty():  # noqa: ASYNC110 - the gateway's peer gives no event
                await asyncio.sleep(0.05)


@asynccontextmanager
async def an_edge(port: int, folder: Path, rate: float = 50, clock: Clock = SYSTEM) -> AsyncIterator[Edge]:
    told = config(port, folder, rate)
    disk = await Disk.open(told, clock)
    collector = Collector(disk, {})
    try:
        yield Edge(disk, collector, Uplink(told, disk, collector, clock))
    finally:
        await disk.close()


async def test_what_the_database_has_leaves_the_buffer(nats_server: NatsServer, var: Path) -> None:
    async with peer_at(nats_server) as peer, an_edge(nats_server.port, var) as line:
        await peer.make_stream()
        await peer.answer()
        async with running(peer.commit_for_ever()), running(line.uplink.run()):
            await until(lambda: line.uplink.stats.connected)
            await line.store(*range(20))
            await line.until_empty()
        assert [reading.value for reading in peer.readings()] == line.stored
        assert set(peer.subjects) == {"readings.hainan.edge-line"}
        assert line.uplink.stats.covered == 20


async def test_the_streams_acknowledgement_deletes_nothing(nats_server: NatsServer, var: Path) -> None:
    async with peer_at(nats_server) as peer, an_edge(nats_server.port, var) as line:
        await peer.make_stream()
        async with running(line.uplink.run()):
            await line.store(1.0, 2.0, 3.0)
            await until(lambda: line.uplink.stats.in_stream == 3)
            assert await line.waiting() == 3


async def test_a_cursor_that_got_lost_is_asked_for(nats_server: NatsServer, var: Path, impatient: None) -> None:
    async with peer_at(nats_server) as peer, an_edge(nats_server.port, var) as line:
        await peer.make_stream()
        await peer.answer()
        peer.telling = False
        async with running(peer.commit_for_ever()), running(line.uplink.run()):
            await line.store(1.0, 2.0, 3.0)
            await line.until_empty()
        assert sorted(peer.sequences()) == [1, 2, 3]  # asked for, not sent again
        assert peer.asks


async def test_what_the_stream_lost_is_sent_again(nats_server: NatsServer, var: Path, impatient: None) -> None:
    async with peer_at(nats_server) as peer, an_edge(nats_server.port, var) as line:
        await peer.make_stream()
        await peer.answer()
        async with running(line.uplink.run()):
            await line.store(1.0, 2.0, 3.0)
            await until(lambda: line.uplink.stats.in_stream == 3)
            await peer.client.jetstream().delete_stream("READINGS")  # a disk is gone, with acknowledged messages
            await peer.make_stream()
            async with running(peer.commit_for_ever()):
                await line.until_empty()
        assert sorted(reading.value for reading in peer.readings()) == [1.0, 2.0, 3.0]


async def test_an_outage_is_filled_in_behind_live_readings(nats_server: NatsServer, var: Path) -> None:
    async with an_edge(nats_server.port, var) as line:
        await line.store(*range(200))
    async with peer_at(nats_server) as peer, an_edge(nats_server.port, var) as line:
        await peer.make_stream()
        await peer.answer()
        async with running(peer.commit_for_ever()), running(line.uplink.run()):
            await until(lambda: line.uplink.stats.sent > 0)
            await line.store(1000.0)
            await line.until_empty()
    live = peer.subjects.index("readings.hainan.edge-line")
    assert peer.messages[live].batch.value[0] == 1000.0
    assert live < 150  # it did not wait for the end of the backlog
    old = [m.sequence for m, s in zip(peer.messages, peer.subjects, strict=True) if s.startswith("backlog")]
    assert old == sorted(old)  # oldest first
    assert sorted(reading.value for reading in peer.readings()) == [*map(float, range(200)), 1000.0]


async def test_without_a_stream_nothing_is_lost_and_it_says_so(nats_server: NatsServer, var: Path) -> None:
    async with peer_at(nats_server) as peer, an_edge(nats_server.port, var) as line:
        async with running(line.uplink.run()):
            await line.store(1.0, 2.0)
            await until(lambda: line.uplink.stats.refused > 0)
            assert "no stream" in line.uplink.stats.reason
            await peer.make_stream()
            await peer.answer()
            async with running(peer.commit_for_ever()):
                await line.until_empty(30)
        assert sorted(reading.value for reading in peer.readings()) == [1.0, 2.0]


async def test_a_full_stream_is_waited_for(nats_server: NatsServer, var: Path) -> None:
    async with peer_at(nats_server) as peer, an_edge(nats_server.port, var) as line:
        await peer.make_stream(max_msgs=5, discard="new")
        await peer.answer()
        async with running(line.uplink.run()):
            await line.store(*range(12))
            await until(lambda: line.uplink.stats.refused > 0)
            assert await line.waiting() == 12
            async with running(peer.commit_for_ever()):
                await line.until_empty(60)
        assert sorted(reading.value for reading in peer.readings()) == line.stored


async def test_after_a_cut_all_arrives(nats_server: NatsServer, var: Path, cable: Cable) -> None:
    cable.lead_to("127.0.0.1", nats_server.port)
    async with peer_at(nats_server) as peer, an_edge(cable.port, var) as line:
        await peer.make_stream()
        await peer.answer()
        async with running(peer.commit_for_ever()), running(line.uplink.run()):
            await until(lambda: line.uplink.stats.connected)
            await line.store(1.0)
            await line.until_empty()
            cable.cut("story")
            await until(lambda: not line.uplink.stats.connected)
            await line.store(2.0, 3.0)
            cable.mend("story")
            await line.until_empty(30)
        assert sorted(reading.value for reading in peer.readings()) == [1.0, 2.0, 3.0]


async def test_through_a_hole_in_the_cable_nothing_is_lost(
    nats_server: NatsServer, var: Path, cable: Cable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge.uplink.uplink, "_PING_EVERY_S", 1)
    cable.lead_to("127.0.0.1", nats_server.port)
    async with peer_at(nats_server) as peer, an_edge(cable.port, var) as line:
        await peer.make_stream()
        await peer.answer()
        async with running(peer.commit_for_ever()), running(line.uplink.run()):
            await until(lambda: line.uplink.stats.connected)
            cable.hole("story")
            await line.store(*range(30))  # all of it goes into the hole
            await until(lambda: line.uplink.stats.sent == 30)
            await until(lambda: not line.uplink.stats.connected, 6)
            assert await line.waiting() == 30
            cable.fill("story")
            await line.until_empty(30)
        assert sorted(reading.value for reading in peer.readings()) == line.stored


async def test_the_gateways_clock_is_known_and_a_step_of_ones_own_shows_at_once(
    nats_server: NatsServer, var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge.uplink.uplink, "_LOOK_AT_CLOCK_S", 0.02)
    clock = HeldClock(SystemClock().now())  # it stands still, which is off by less than the story takes
    async with peer_at(nats_server) as peer, an_edge(nats_server.port, var, clock=clock) as line:
        await peer.make_stream()
        peer.ahead_s = -100.0
        await peer.answer()
        async with running(line.uplink.run()):
            await until(lambda: line.uplink.stats.clock_offset_s is not None)
            assert line.uplink.stats.clock_offset_s == pytest.approx(100.0, abs=15)
            clock.advance(timedelta(hours=1))
            await until(lambda: (line.uplink.stats.clock_offset_s or 0) > 3000, 5)
            assert line.uplink.stats.clock_offset_s == pytest.approx(3700.0, abs=20)


async def test_a_clock_that_is_set_by_an_hour_does_not_send_live_readings_to_the_backlog(
    nats_server: NatsServer, var: Path
) -> None:
    clock = HeldClock(SystemClock().now())
    async with peer_at(nats_server) as peer, an_edge(nats_server.port, var, clock=clock) as line:
        await peer.make_stream()
        await peer.answer()
        async with running(peer.commit_for_ever()), running(line.uplink.run()):
            await until(lambda: line.uplink.stats.connected)
            for hours in (1, -2, 1):
                clock.advance(timedelta(hours=hours))
                await line.store(float(hours))
                await line.until_empty()
        assert set(peer.subjects) == {"readings.hainan.edge-line"}
        assert peer.sequences() == [1, 2, 3]


async def test_a_long_backlog_keeps_its_rate_and_live_readings_do_not_wait_for_it(
    nats_server: NatsServer, var: Path
) -> None:
    async with an_edge(nats_server.port, var) as line:
        await line.disk.run(lambda buffer: buffer.append([("process", a_batch(0.0))] * 600))
    async with peer_at(nats_server) as peer, an_edge(nats_server.port, var, rate=200) as line:
        await peer.make_stream()
        await peer.answer()
        loop = asyncio.get_running_loop()
        async with running(peer.commit_for_ever()), running(line.uplink.run()):
            await until(lambda: "backlog.hainan.edge-line" in peer.subjects)
            began_s = loop.time()
            await line.store(1000.0)
            await until(lambda: "readings.hainan.edge-line" in peer.subjects, 5)
            assert loop.time() - began_s < 2.5  # the backlog takes three seconds
            await line.until_empty(30)
            took_s = loop.time() - began_s
        assert took_s > 0.7 * 600 / 200
        assert peer.sequences()[-1] == 600
        assert len(peer.messages) == 601  # nothing twice


async def test_a_cursor_of_another_epoch_or_without_sense_deletes_nothing(nats_server: NatsServer, var: Path) -> None:
    async with peer_at(nats_server) as peer, an_edge(nats_server.port, var) as line:
        await peer.make_stream()
        async with running(line.uplink.run()):
            await line.store(1.0)
            await until(lambda: line.uplink.stats.in_stream == 1)
            subject = "cursor.hainan.edge-line"
            await peer.client.publish(subject, b'{"epoch": 1, "committed": [[1, 100]]}')
            for nonsense in (b"", b"[]", b'{"epoch": "1"}', b'{"epoch": 1, "committed": [[5, 1]]}'):
                await peer.client.publish(subject, nonsense)
            await known_to_server(peer.client)
            await until(lambda: line.uplink.stats.bad_cursors == 4)
            assert await line.waiting() == 1


async def test_a_new_epoch_mixes_nothing_up(nats_server: NatsServer, var: Path) -> None:
    async with peer_at(nats_server) as peer:
        await peer.make_stream()
        await peer.answer()
        async with running(peer.commit_for_ever()):
            for value, folder in ((1.0, var / "a"), (2.0, var / "b")):  # the second begins at sequence 1 again
                async with an_edge(nats_server.port, folder) as line, running(line.uplink.run()):
                    await line.store(value)
                    await line.until_empty()
        assert [(m.sequence, m.batch.value[0]) for m in peer.messages] == [(1, 1.0), (1, 2.0)]
        assert len({m.epoch for m in peer.messages}) == 2


async def test_a_buffer_restored_from_an_image_deletes_nothing_unsent_though_its_sequences_are_known(
    nats_server: NatsServer, var: Path
) -> None:
    async with peer_at(nats_server) as peer:
        await peer.make_stream()
        await peer.answer()
        async with running(peer.commit_for_ever()):
            async with an_edge(nats_server.port, var / "edge") as line, running(line.uplink.run()):
                await line.store(1.0)
                await line.until_empty()
            shutil.copytree(var / "edge", var / "image")
            async with an_edge(nats_server.port, var / "edge") as line, running(line.uplink.run()):
                await line.store(2.0, 3.0)
                await line.until_empty()
            async with an_edge(nats_server.port, var / "image") as restored:
                await restored.store(20.0, 30.0)
                async with running(restored.uplink.run()):
                    await restored.until_empty()
        told = [(message.sequence, message.batch.value[0]) for message in peer.messages]
        assert sorted(told) == [(1, 1.0), (2, 2.0), (2, 20.0), (3, 3.0), (3, 30.0)]


@pytest.mark.parametrize(
    "said", [b"x" * 200_000, b"INFO []\r\n", b'INFO {"connect_urls": 7}\r\n', b"HTTP/1.1 400 Bad Request\r\n\r\n"]
)
async def test_whatever_answers_in_the_place_of_the_stream_the_edge_goes_on(var: Path, said: bytes) -> None:
    asked = 0

    async def foreign(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        writer.write(said)
        with suppress(ConnectionError):
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(foreign, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with an_edge(port, var) as line, running(line.uplink.run()):
            await until(lambda: asked >= 2 and line.uplink.stats.reason != "")
            await line.store(1.0)
            assert not line.uplink.stats.connected


async def test_a_wrong_password_is_told_and_tried_again(
    nats_server: NatsServer, var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISOTHERM_EDGE_PASSWORD", "wrong")
    async with an_edge(nats_server.port, var) as line, running(line.uplink.run()):
        await until(lambda: "uthorization" in line.uplink.stats.reason)
        assert not line.uplink.stats.connected
