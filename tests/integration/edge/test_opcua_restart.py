"""An edge that is killed or stopped, and started again: the OPC UA server kept its session, and nothing is missing."""

from __future__ import annotations

import asyncio
import json
import random
import signal
from pathlib import Path

import pytest
from asyncua import ua
from asyncua.server.internal_subscription import InternalSubscription

from edge.check import check
from edge.config import load
from edge.memory import memory_path
from tests.plugins.opcua_server import name
from tests.plugins.waiting import until

from .lone_edge import an_edge, written
from .lone_edge import device as plc_device
from .opcua_plant import STILL, a_plant, device, is_whole, stored
from .test_modbus import a_plc

DEAD_S = 1.0


@pytest.fixture(autouse=True)
def messages_are_kept_until_they_are_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    """As OPC 10000-4, 5.14.1.1 wants it. asyncua's server forgets one that it has sent a second time."""

    def republish(self: InternalSubscription, number: int) -> ua.NotificationMessage:
        result = self._not_acknowledged_results.get(number)
        return result.NotificationMessage if result else ua.NotificationMessage()

    monkeypatch.setattr(InternalSubscription, "republish", republish)


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
        await until(lambda: plant.items == STILL + 1 and plant.keeps_item(STILL + 1), 20)
        await plant.is_heard()
        assert (plant.sessions, plant.subscriptions) == (sessions, {subscription})
        last = plant.counted - 20
        await plant.end(signal.SIGTERM)
        is_whole(plant, last, range(1, STILL))
        assert stored(plant.buffer)[name(STILL + 1)][0][1] == STILL + 1


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
