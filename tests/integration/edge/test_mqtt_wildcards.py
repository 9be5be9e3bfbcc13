"""Topics with wildcards name points while the edge runs; plans change while it runs; neither disturbs the others."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from edge.driver import Link
from edge.drivers.mqtt.config import MqttDevice
from edge.drivers.mqtt.driver import MqttDriver
from edge.strict import Group
from telemetry.clock import SystemClock
from telemetry.quality import Quality
from tests.plugins.mosquitto import Mosquitto, a_logger_at, mosquitto  # noqa: F401 - a fixture
from tests.plugins.waiting import until

from .conftest import Notebook, running

GROUPS = {"cargo": Group(period_s=1), "rooms": Group(period_s=1)}
FLEET = {"point": "hainan/fleet/{1}/air-1", "topics": "trucks/+/telemetry", "path": "t1", "group": "cargo"}


def a_driver(port: int, client_id: str, *points: dict[str, str], **settings: Any) -> tuple[MqttDriver, MqttDevice]:
    told = {"name": "loggers", "driver": "mqtt", "host": "127.0.0.1", "port": port, "client_id": client_id}
    device = MqttDevice.model_validate({**told, "points": points, **settings})
    driver = MqttDriver(device, SystemClock(), False)
    assert driver.check() == []
    return driver, device


def values(notebook: Notebook) -> dict[str, list[float]]:
    told: dict[str, list[float]] = {}
    for reading in notebook.readings:
        if reading.quality == Quality.GOOD:
            told.setdefault(reading.point, []).append(reading.value)
    return told


async def connected(driver: MqttDriver) -> None:
    await until(lambda: driver.health().link is Link.CONNECTED)


async def test_trucks_that_nobody_listed_get_points_of_their_own_names(
    mosquitto: Mosquitto,  # noqa: F811
    notebook: Notebook,
) -> None:
    driver, device = a_driver(mosquitto.port, "edge-wild", FLEET)
    plan = driver.plan(device.points, GROUPS)
    async with running(driver.run(plan, notebook.sink)), a_logger_at(mosquitto.port) as logger:
        await connected(driver)
        for truck in ("truck-1", "Truck 2", "truck-3", "truck-1"):
            await logger.send(f"trucks/{truck}/telemetry", {"t1": 4.5})
        await until(lambda: driver.tally.messages == 4)
    assert values(notebook) == {"hainan/fleet/truck-1/air-1": [4.5, 4.5], "hainan/fleet/truck-3/air-1": [4.5]}
    assert driver.tally.nameless == 1
    assert "`Truck 2` is no level of a point's name" in driver.health().reason
    assert plan.group_of("hainan/fleet/truck-3/air-1") == "cargo"
    assert plan.group_of("hainan/fleet/truck-3/air-2") is None


async def test_a_foreign_publisher_can_not_make_points_without_end(
    mosquitto: Mosquitto,  # noqa: F811
    notebook: Notebook,
) -> None:
    driver, device = a_driver(mosquitto.port, "edge-few", FLEET, max_points=3)
    work = driver.run(driver.plan(device.points, GROUPS), notebook.sink)
    async with running(work), a_logger_at(mosquitto.port) as logger:
        await connected(driver)
        for n in range(50):
            await logger.send(f"trucks/truck-{n}/telemetry", {"t1": 4.5})
        await until(lambda: driver.tally.messages == 50)
    assert len(values(notebook)) == 3
    assert driver.tally.nameless == 47
    assert "is one point more than `max_points` (3) allows" in driver.health().reason


async def test_every_value_stands_under_the_name_of_its_topic(
    mosquitto: Mosquitto,  # noqa: F811
    notebook: Notebook,
) -> None:
    """More topics than one request asks for, more trucks than a batch holds, all at once."""
    listed = [{"point": f"hainan/rooms/r{n}/air", "topic": f"rooms/{n}", "group": "rooms"} for n in range(250)]
    driver, device = a_driver(mosquitto.port, "edge-many", FLEET, *listed)
    work = driver.run(driver.plan(device.points, GROUPS), notebook.sink)
    async with running(work), a_logger_at(mosquitto.port) as logger:
        await connected(driver)
        rooms = (logger.send(f"rooms/{n}", n) for n in range(250))
        trucks = (logger.send(f"trucks/t{n}/telemetry", {"t1": -n}) for n in range(250))
        await asyncio.gather(*rooms, *trucks)
        await until(lambda: len(notebook.readings) == 500)
    expected = {f"hainan/rooms/r{n}/air": [float(n)] for n in range(250)}
    assert values(notebook) == {**expected, **{f"hainan/fleet/t{n}/air-1": [float(-n)] for n in range(250)}}


async def test_when_the_broker_is_lost_points_that_topics_named_go_bad_too(notebook: Notebook, tmp_path: Any) -> None:
    broker = Mosquitto(tmp_path)
    broker.start()
    try:
        driver, device = a_driver(broker.port, "edge-wild", FLEET)
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
            async with a_logger_at(broker.port) as logger:
                await connected(driver)
                await logger.send("trucks/truck-1/telemetry", {"t1": 4.5})
                await until(lambda: len(notebook.readings) == 1)
            broker.kill()
            await until(lambda: len(notebook.readings) == 2)
    finally:
        broker.stop()
    assert notebook.last("hainan/fleet/truck-1/air-1").quality == Quality.BAD_NO_COMMUNICATION


async def test_a_plan_changes_while_it_runs_and_only_the_difference_is_asked(
    mosquitto: Mosquitto,  # noqa: F811
    notebook: Notebook,
) -> None:
    kept = {"point": "hainan/rooms/a/air", "topic": "rooms/a", "group": "rooms"}
    goes = {"point": "hainan/rooms/b/air", "topic": "rooms/b", "group": "rooms"}
    comes = {"point": "hainan/rooms/c/air", "topic": "rooms/c", "group": "rooms"}
    driver, device = a_driver(mosquitto.port, "edge-change", kept, goes)
    _, other = a_driver(mosquitto.port, "edge-change", kept, comes)
    work = driver.run(driver.plan(device.points, GROUPS), notebook.sink)
    async with running(work), a_logger_at(mosquitto.port) as logger:
        await connected(driver)
        await logger.send("rooms/a", 1)
        await driver.change(driver.plan(other.points, GROUPS))
        await until(lambda: mosquitto.told("Sending UNSUBACK to edge-change") == 1)
        for room in ("a", "b", "c"):
            await logger.send(f"rooms/{room}", 2)
        await until(lambda: len(notebook.readings) == 3)
    assert values(notebook) == {"hainan/rooms/a/air": [1.0, 2.0], "hainan/rooms/c/air": [2.0]}
    assert mosquitto.told("as edge-change") == 1  # connected once
    asked = ("edge-change 1 rooms/a", "edge-change 1 rooms/b", "edge-change 1 rooms/c", "edge-change rooms/b")
    assert [mosquitto.told(line) for line in asked] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    "old",
    [
        {"point": "hainan/rooms/old/air", "topic": "halls/old", "group": "rooms"},
        {"point": "hainan/rooms/{1}/air", "topics": "halls/+", "group": "rooms"},
    ],
)
async def test_topics_of_a_config_before_this_one_are_given_back(
    mosquitto: Mosquitto,  # noqa: F811
    notebook: Notebook,
    old: dict[str, str],
) -> None:
    edge = f"edge-with-{'wildcards' if 'topics' in old else 'topics'}"
    new = {"point": "hainan/rooms/new/air", "topic": "rooms/new", "group": "rooms"}
    async with a_logger_at(mosquitto.port) as logger:
        driver, device = a_driver(mosquitto.port, edge, old)
        async with running(driver.run(driver.plan(device.points, GROUPS), Notebook().sink)):
            await connected(driver)
        driver, device = a_driver(mosquitto.port, edge, new)
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
            await connected(driver)
            await logger.send("halls/old", 1)
            await until(lambda: mosquitto.told(f"Sending UNSUBACK to {edge}") == 1)
            await logger.send("halls/old", 1)
            await logger.send("rooms/new", 2)
            await until(lambda: len(notebook.readings) == 1)
    assert (driver.tally.messages, driver.tally.unwanted) == (2, 1)
