"""Loggers, the broker and the edge: a message is the broker's until its readings are on disk."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from edge.drivers.mqtt.config import MqttDevice
from edge.drivers.mqtt.driver import MqttDriver
from edge.strict import Group
from isotherm.engines.nats import NatsServer
from simulators.cable import Cable
from telemetry.clock import SystemClock, from_us
from telemetry.quality import Quality
from tests.plugins.waiting import until

from .conftest import Notebook, running

GROUPS = {"cargo": Group(period_s=1)}
TRUCK = "hainan/fleet/truck-1"
TOPIC = "trucks/truck-1/telemetry"


@pytest.fixture(autouse=True)
def password(nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOTHERM_MQTT_PASSWORD", nats_server.passwords["fleet"])


def a_driver(port: int, **settings: object) -> tuple[MqttDriver, MqttDevice]:
    points = [
        {"point": f"{TRUCK}/air-1", "topic": TOPIC, "path": "t1", "group": "cargo"},
        {"point": f"{TRUCK}/door", "topic": TOPIC, "path": "door", "group": "cargo"},
    ]
    told = {"name": "loggers", "driver": "mqtt", "host": "127.0.0.1", "port": port, "client_id": "edge-fleet"}
    who = {"user": "fleet", "password_env": "ISOTHERM_MQTT_PASSWORD", "time": "ts"}
    device = MqttDevice.model_validate({**told, **who, "points": points, **settings})
    return MqttDriver(device, SystemClock(), bool(settings.get("observing"))), device


class Logger:
    """A truck's logger: publishes with QoS 1 and waits for the broker."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def send(self, payload: object, topic: str = TOPIC) -> None:
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        await asyncio.to_thread(self._client.publish(topic, data, qos=1).wait_for_publish, 5)


@asynccontextmanager
async def a_logger(server: NatsServer) -> AsyncIterator[Logger]:
    client = Client(CallbackAPIVersion.VERSION2, client_id="logger-truck-1")
    client.username_pw_set("loggers", server.passwords["loggers"])
    client.connect("127.0.0.1", server.mqtt_port)
    client.loop_start()
    try:
        yield Logger(client)
    finally:
        client.disconnect()
        await asyncio.to_thread(client.loop_stop)


async def connected(driver: MqttDriver) -> None:
    await until(lambda: driver.health().link == "connected")


def now() -> str:
    return datetime.now(UTC).isoformat()


def temperatures(notebook: Notebook) -> list[float]:
    return [reading.value for reading in notebook.of(f"{TRUCK}/air-1")]


async def test_a_loggers_record_becomes_readings_with_its_own_time(nats_server: NatsServer, notebook: Notebook) -> None:
    driver, device = a_driver(nats_server.mqtt_port)
    async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)), a_logger(nats_server) as logger:
        await connected(driver)
        await logger.send({"ts": "2026-01-15T01:20:00.000Z", "t1": 4.8, "door": 0})
        await until(lambda: len(notebook.readings) == 2)
    assert [(r.point, r.value) for r in notebook.readings] == [(f"{TRUCK}/air-1", 4.8), (f"{TRUCK}/door", 0.0)]
    assert from_us(notebook.readings[0].device_us).isoformat() == "2026-01-15T01:20:00+00:00"


async def test_what_is_not_on_disk_comes_again_and_what_is_does_not(
    nats_server: NatsServer, notebook: Notebook
) -> None:
    driver, device = a_driver(nats_server.mqtt_port)
    lost = Notebook()
    async with a_logger(nats_server) as logger:
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
            await connected(driver)
            await logger.send({"t1": 1.0, "door": 0})
            await until(lambda: temperatures(notebook) == [1.0])
            await asyncio.sleep(0.1)  # the acknowledgement is on its way to the broker
        lost.open.clear()
        driver, device = a_driver(nats_server.mqtt_port)
        async with running(driver.run(driver.plan(device.points, GROUPS), lost.sink)):
            await connected(driver)
            await logger.send({"t1": 2.0, "door": 0})
            await logger.send({"t1": 3.0, "door": 0})
            await until(lambda: lost.asked == 1)  # it came, but no disk took it, and then the edge died
        await logger.send({"t1": 4.0, "door": 0})
        driver, device = a_driver(nats_server.mqtt_port)
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
            await until(lambda: len(temperatures(notebook)) >= 4, 60)
    assert sorted(temperatures(notebook)) == [1.0, 2.0, 3.0, 4.0]  # this broker sends again after newer ones


async def test_after_a_cut_nothing_is_lost_and_every_point_was_bad_once(
    nats_server: NatsServer, notebook: Notebook, cable: Cable
) -> None:
    cable.lead_to("127.0.0.1", nats_server.mqtt_port)
    driver, device = a_driver(cable.port)
    async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)), a_logger(nats_server) as logger:
        await connected(driver)
        await logger.send({"ts": now(), "t1": 1.0, "door": 0})
        await until(lambda: temperatures(notebook) == [1.0])
        cable.cut("story")
        await until(lambda: driver.health().link == "lost")
        await logger.send({"ts": now(), "t1": 2.0, "door": 0})
        cable.mend("story")
        await until(lambda: 2.0 in temperatures(notebook), 40)
    qualities = [r.quality for r in notebook.of(f"{TRUCK}/air-1")]
    assert qualities == [Quality.GOOD, Quality.BAD_NO_COMMUNICATION, Quality.GOOD]


async def test_a_message_that_is_no_json_is_told_and_blocks_nothing(
    nats_server: NatsServer, notebook: Notebook
) -> None:
    driver, device = a_driver(nats_server.mqtt_port)
    async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)), a_logger(nats_server) as logger:
        await connected(driver)
        for payload in (b"\xff\x00{", {"t1": "warm", "door": None}, {"ts": "yesterday", "t1": 5.0, "door": 1}):
            await logger.send(payload)
        await until(lambda: len(notebook.readings) == 6)
    assert [reading.quality for reading in notebook.readings] == [
        *[Quality.BAD_SENSOR_FAILURE] * 4,
        *[Quality.UNCERTAIN_TIME] * 2,
    ]


async def test_a_wrong_password_is_told_in_words(nats_server: NatsServer, notebook: Notebook) -> None:
    driver, device = a_driver(nats_server.mqtt_port, user="nobody")
    async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
        await until(lambda: len(notebook.readings) == 2)
    assert {reading.quality for reading in notebook.readings} == {Quality.BAD_NO_COMMUNICATION}
    assert "refuses" in driver.health().reason


async def test_a_broker_that_speaks_no_mqtt_5_is_told_in_words(nats_server: NatsServer, notebook: Notebook) -> None:
    driver, device = a_driver(nats_server.mqtt_port, version="5")
    async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
        await until(lambda: len(notebook.readings) == 2)
    assert driver.health().reason == "the broker refuses the connection: Unsupported protocol version"
