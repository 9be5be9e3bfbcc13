"""An edge that is killed or stopped, and started again: the OPC UA server kept its session, and nothing is missing."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from asyncua import ua
from asyncua.server.internal_subscription import InternalSubscription
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.ua_binary import nodeid_to_binary

from edge.buffer import FILE, Buffer
from edge.check import check
from edge.config import load
from edge.memory import memory_path
from simulators.cable import Cable
from telemetry.clock import SystemClock
from telemetry.quality import is_good
from telemetry.wire import decode
from tests.plugins.opcua_server import URI, Line, a_line, name
from tests.plugins.waiting import until

from .conftest import running
from .lone_edge import an_edge, started, written
from .lone_edge import device as plc_device
from .test_modbus import a_plc

NODES = range(3)
STILL = 3
"""A node whose value never changes."""
STEP_S = 0.05
DEAD_S = 1.0


@pytest.fixture(autouse=True)
def messages_are_kept_until_they_are_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    """As OPC 10000-4, 5.14.1.1 wants it. asyncua's server forgets one that it has sent a second time."""

    def republish(self: InternalSubscription, number: int) -> ua.NotificationMessage:
        result = self._not_acknowledged_results.get(number)
        return result.NotificationMessage if result else ua.NotificationMessage()

    monkeypatch.setattr(InternalSubscription, "republish", republish)


class Plant:
    """A server that counts, and an edge that comes and goes."""

    def __init__(self, line: Line, folder: Path) -> None:
        self.line, self.folder, self.buffer = line, folder, folder / "buffer"
        self.counted = 0
        self._program: subprocess.Popen[bytes] | None = None

    async def count_for_ever(self) -> None:
        while True:
            for k in NODES:
                await self.line.write(k, 1000.0 * k + self.counted + 1)
            self.counted += 1
            await asyncio.sleep(STEP_S)

    async def count(self, n: int = 10) -> None:
        wanted = self.counted + n
        await until(lambda: self.counted >= wanted)

    @property
    def sessions(self) -> set[str]:
        return {str(token) for token in self.line.server.iserver._external_sessions}

    @property
    def subscriptions(self) -> set[int]:
        return set(self.line.server.iserver.subscription_service.subscriptions)

    @property
    def items(self) -> int:
        service = self.line.server.iserver.subscription_service
        return sum(len(each.monitored_item_srv._monitored_items) for each in service.subscriptions.values())

    @property
    def kept(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(memory_path(self.buffer, "line").read_text())
        return found

    def has_settled(self, points: int) -> bool:
        path = memory_path(self.buffer, "line")
        return path.exists() and sum(len(each["items"]) for each in self.kept["subscriptions"]) == points

    def start(self, points: range = range(STILL + 1), **more: object) -> None:
        self._program = started(written(self.folder, device(self.line.port, points, **more)))

    async def end(self, how: signal.Signals) -> None:
        assert self._program is not None
        self._program.send_signal(how)
        assert await asyncio.to_thread(self._program.wait, 10) == (-how if how is signal.SIGKILL else 0)

    def clear_up(self) -> None:
        if self._program is not None and self._program.poll() is None:
            self._program.kill()
            self._program.wait()

    async def is_heard(self) -> None:
        """Return when the server is asked for publishes again, and what it made is acknowledged."""
        (subscription, *_) = self.line.server.iserver.subscription_service.subscriptions.values()
        made = subscription._notification_seq
        await until(lambda: subscription._notification_seq > made + 2 and oldest(subscription) > made, 20)


def oldest(subscription: InternalSubscription) -> int:
    """The number of the oldest message that is not acknowledged."""
    return min(subscription._not_acknowledged_results, default=subscription._notification_seq)


def device(port: int, points: range, **more: object) -> dict[str, Any]:
    told = [{"point": name(k), "node": f"s=N{k}", "group": "fast"} for k in points]
    access = {"driver": "opcua", "url": f"opc.tcp://127.0.0.1:{port}/", "security": "none", "namespace": URI}
    return {"name": "line", **access, "timeout_s": 2, "outage_s": 60, "points": told, **more}


def stored(folder: Path) -> Mapping[str, list[tuple[int, float]]]:
    """Time and value of all good readings by point, as they are on disk."""
    assert (folder / FILE).exists()
    found: dict[str, list[tuple[int, float]]] = {}
    buffer = Buffer(folder, "edge-cold-store", SystemClock(), max_bytes=10**9, max_age_us=10**15)
    try:
        for block in buffer.read(1, 10**9, 10**6):
            for reading in decode(block.data).batch:
                if is_good(reading.quality):
                    found.setdefault(reading.point, []).append((reading.device_us, reading.value))
    finally:
        buffer.close()
    return found


@asynccontextmanager
async def a_plant(var: Path) -> AsyncIterator[Plant]:
    async with a_line(range(STILL + 1)) as line:
        plant = Plant(line, var)
        try:
            async with running(plant.count_for_ever()):
                yield plant
        finally:
            plant.clear_up()


def is_whole(plant: Plant, last: int, nodes: range = NODES) -> None:
    """Every number up to the last is there once; a value that still holds may be told again, at a later time."""
    found = stored(plant.buffer)
    for k in nodes:
        readings = found[name(k)]
        assert max(Counter(readings).values()) == 1
        numbers = {round(value - 1000 * k) for _, value in readings}
        first = min(numbers - {0})
        assert sorted(numbers - {0}) == list(range(first, max(numbers) + 1))
        assert max(numbers) >= last
        times_told = Counter(value for _, value in readings)
        assert sum(n - 1 for n in times_told.values()) <= 6, times_told


async def test_killed_at_any_moment_and_started_again_it_has_every_value_once_and_the_server_one_session(
    var: Path,
) -> None:
    moments = random.Random(7)
    async with a_plant(var) as plant:
        plant.start()
        await until(lambda: plant.has_settled(STILL + 1), 20)
        (session,) = plant.sessions
        for _ in range(3):
            await asyncio.sleep(moments.uniform(0, 2.5))  # the moment is what varies; it may fall into its start
            await plant.end(signal.SIGKILL)
            await asyncio.sleep(DEAD_S)
            plant.start()
        await plant.is_heard()
        assert plant.sessions == {session}
        assert plant.items == STILL + 1
        last = plant.counted - 20
        await plant.end(signal.SIGTERM)
        is_whole(plant, last)
        assert len(stored(plant.buffer)[name(STILL)]) >= 2  # told again, since nobody else would


async def test_stopped_in_order_and_started_again_it_goes_on_with_the_same_session(var: Path) -> None:
    async with a_plant(var) as plant:
        plant.start()
        await until(lambda: plant.has_settled(STILL + 1), 20)
        (session,) = plant.sessions
        for _ in range(2):
            await plant.is_heard()
            await plant.end(signal.SIGTERM)
            assert memory_path(plant.buffer, "line").stat().st_mode & 0o777 == 0o600
            assert plant.kept["subscriptions"][0]["last"] > 0
            await plant.count()
            plant.start()
        await plant.is_heard()
        assert (plant.sessions, plant.items) == ({session}, STILL + 1)
        last = plant.counted - 20
        await plant.end(signal.SIGTERM)
        is_whole(plant, last)


async def test_a_running_edge_writes_nothing_for_a_message(var: Path) -> None:
    async with a_plant(var) as plant:
        plant.start()
        await until(lambda: plant.has_settled(STILL + 1), 20)
        path = memory_path(plant.buffer, "line")
        written_at = path.stat().st_mtime_ns
        await plant.is_heard()
        assert path.stat().st_mtime_ns == written_at
        assert plant.kept["subscriptions"][0]["last"] is None


async def test_what_stays_in_a_plan_that_changed_meanwhile_is_complete(var: Path) -> None:
    async with a_plant(var) as plant:
        await plant.line.add(range(STILL + 1, STILL + 2))
        plant.start()
        await until(lambda: plant.has_settled(STILL + 1), 20)
        sessions, (subscription,) = plant.sessions, plant.subscriptions
        await plant.is_heard()
        await plant.end(signal.SIGKILL)
        await plant.count()
        plant.start(range(1, STILL + 2))
        await until(lambda: plant.items == STILL + 1 and plant.kept["subscriptions"][0]["items"][-1][0] > STILL, 20)
        await plant.is_heard()
        assert (plant.sessions, plant.subscriptions) == (sessions, {subscription})
        last = plant.counted - 20
        await plant.end(signal.SIGTERM)
        is_whole(plant, last, range(1, STILL))
        assert stored(plant.buffer)[name(STILL + 1)][0][1] == STILL + 1


async def test_a_group_with_another_queue_gets_a_new_subscription_in_a_new_session_and_the_old_one_is_closed(
    var: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with a_plant(var) as plant:
        plant.start()
        await until(lambda: plant.has_settled(STILL + 1), 20)
        before = plant.sessions
        await plant.end(signal.SIGTERM)
        plant.start(outage_s=90)
        await until(lambda: bool(plant.sessions) and plant.sessions.isdisjoint(before), 20)
        await until(lambda: plant.items == STILL + 1)
        await plant.end(signal.SIGTERM)
    assert "outlasts another `outage_s`" in capfd.readouterr().err


async def test_a_server_that_was_started_anew_meanwhile_gets_a_new_session_and_that_is_told(
    var: Path, cable: Cable, capfd: pytest.CaptureFixture[str]
) -> None:
    url = f"opc.tcp://127.0.0.1:{cable.port}/"
    async with a_plant(var) as plant:
        cable.lead_to("127.0.0.1", plant.line.port)
        plant.start(url=url)
        await until(lambda: plant.has_settled(STILL + 1), 20)
        await plant.end(signal.SIGKILL)
    async with a_plant(var) as plant:
        cable.lead_to("127.0.0.1", plant.line.port)
        plant.start(url=url)
        await until(lambda: plant.items == STILL + 1, 20)
        await plant.is_heard()
        assert len(plant.sessions) == 1
        await plant.end(signal.SIGTERM)
    told = capfd.readouterr().err
    assert "the session of before can't go on" in told
    assert "what the server had kept for the one of before is lost" in told


async def test_a_token_that_is_another_clients_since_the_server_was_started_anew_is_not_used(
    var: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Servers that number their sessions give a token a second time after a start."""
    async with a_plant(var) as plant:
        plant.start()
        await until(lambda: plant.has_settled(STILL + 1), 20)
        (another,) = plant.sessions
        await plant.end(signal.SIGKILL)
        start_time = plant.line.server.get_node(ua.NodeId(ua.Int32(ObjectIds.Server_ServerStatus_StartTime)))
        await start_time.write_value(datetime.now(UTC))
        plant.start()
        await until(lambda: plant.items == 2 * (STILL + 1), 20)
        await plant.end(signal.SIGTERM)
        assert len(plant.sessions) == 2
        assert another in plant.sessions
    assert "started anew" in capfd.readouterr().err


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def another_token(path: Path) -> None:
    kept = json.loads(path.read_text())
    path.write_text(json.dumps(kept | {"token": nodeid_to_binary(ua.NodeId(ua.Int32(77_777))).hex()}))


def without_items(path: Path) -> None:
    kept = json.loads(path.read_text())
    kept["subscriptions"][0]["names"] = []
    path.write_text(json.dumps(kept))


def open_to_all(path: Path) -> None:
    path.chmod(0o644)


@pytest.mark.parametrize("damage", [cut_short, another_token, without_items, open_to_all])
async def test_what_was_kept_and_is_damaged_costs_a_new_session_and_is_told(
    var: Path, capfd: pytest.CaptureFixture[str], damage: Callable[[Path], None]
) -> None:
    async with a_plant(var) as plant:
        plant.start()
        await until(lambda: plant.has_settled(STILL + 1), 20)
        before = plant.sessions
        await plant.end(signal.SIGKILL)
        damage(memory_path(plant.buffer, "line"))
        capfd.readouterr()
        plant.start()
        await until(lambda: len(plant.sessions - before) == 1, 20)
        await until(lambda: plant.has_settled(STILL + 1), 20)
        await plant.end(signal.SIGTERM)
    told = capfd.readouterr().err
    assert any(word in told for word in ("new session", "can't be read", "can't go on"))


async def test_a_device_that_leaves_the_config_takes_its_session_along(var: Path) -> None:
    async with a_plant(var) as plant, a_plc() as plc:
        other = plc_device("plc", plc.port, [3])
        async with an_edge(var, device(plant.line.port, range(1)), other) as edge:
            await until(lambda: plant.has_settled(1))
            await edge.agent.reload(load(written(var, other)))
            assert not plant.sessions
            assert not memory_path(plant.buffer, "line").exists()


async def test_a_check_leaves_the_session_of_the_edge_alone(var: Path) -> None:
    async with a_plant(var) as plant:
        plant.start()
        await until(lambda: plant.has_settled(STILL + 1), 20)
        await plant.end(signal.SIGTERM)
        before = plant.kept, plant.sessions
        found = await check(load(var / "edge.yaml"), 5)
        assert all(point.is_readable for point in found)
        assert (plant.kept, plant.sessions) == before


async def test_a_server_that_breaks_off_at_a_token_it_does_not_know_is_read_in_a_new_session(
    var: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_plant(var) as plant:
        server = plant.line.server
        plant.start()
        await until(lambda: plant.has_settled(STILL + 1), 20)
        before = plant.sessions
        await plant.end(signal.SIGKILL)

        def break_off(_: ua.NodeId) -> None:
            assert server.bserver is not None
            for client in server.bserver.clients:
                client.transport.abort()

        monkeypatch.setattr(server.iserver, "lookup_external_session", break_off)
        plant.start()
        await until(lambda: len(plant.sessions - before) == 1, 30)
        await until(lambda: plant.has_settled(STILL + 1), 20)
        await plant.end(signal.SIGTERM)
    assert "the server breaks off" in capfd.readouterr().err


async def test_a_subscription_that_the_server_has_ended_meanwhile_is_made_anew_in_the_same_session(
    var: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with a_plant(var) as plant:
        plant.start()
        await until(lambda: plant.has_settled(STILL + 1), 20)
        sessions, before = plant.sessions, plant.subscriptions
        await plant.end(signal.SIGKILL)
        await plant.line.server.iserver.subscription_service.delete_subscriptions(list(before))
        plant.start()
        await until(lambda: plant.items == STILL + 1 and plant.subscriptions.isdisjoint(before), 20)
        await plant.is_heard()
        await plant.end(signal.SIGTERM)
        assert plant.sessions == sessions
    assert "the server has ended the subscription" in capfd.readouterr().err


async def test_a_subscription_that_a_killed_edge_had_just_made_and_not_kept_is_deleted(var: Path) -> None:
    async with a_plant(var) as plant:
        plant.start()
        await until(lambda: plant.has_settled(STILL + 1), 20)
        sessions, before = plant.sessions, plant.subscriptions
        await plant.end(signal.SIGKILL)
        path = memory_path(plant.buffer, "line")
        path.write_text(json.dumps(plant.kept | {"subscriptions": []}))
        plant.start()
        await until(lambda: len(plant.subscriptions) == 1 and plant.subscriptions.isdisjoint(before), 20)
        await plant.is_heard()
        assert (plant.sessions, plant.items) == (sessions, STILL + 1)
        await plant.end(signal.SIGTERM)
