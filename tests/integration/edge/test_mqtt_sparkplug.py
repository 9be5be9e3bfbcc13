"""Sparkplug nodes over a real broker: born, losing messages, dying, and asked for births only where that is allowed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from edge.driver import Link
from edge.drivers.mqtt.config import MqttDevice
from edge.drivers.mqtt.driver import MqttDriver
from edge.drivers.mqtt.sparkplug import parse
from edge.strict import Group
from telemetry.clock import SystemClock
from telemetry.quality import Quality
from tests.plugins.mosquitto import Mosquitto, mosquitto  # noqa: F401 - a fixture
from tests.plugins.sparkplug import BOOLEAN, DOUBLE, INT16, INT64, metric, payload
from tests.plugins.waiting import until

from .conftest import Notebook, running

GROUPS = {"machines": Group(period_s=1)}
SPEED, AIR, DOOR = "hainan/line-1/filler/speed", "hainan/line-1/filler/air", "hainan/line-1/plc/door"


def a_driver(broker: Mosquitto, group: str, rebirth: bool = False) -> tuple[MqttDriver, MqttDevice]:
    told = {"name": "plant", "driver": "mqtt", "host": "127.0.0.1", "port": broker.port, "client_id": group}
    points = [
        {"point": SPEED, "metric": f"{group}/line-1/filler/Speed", "group": "machines"},
        {"point": AIR, "metric": f"{group}/line-1/filler/Probes/Air 1", "group": "machines"},
        {"point": DOOR, "metric": f"{group}/line-1//Door", "group": "machines"},
    ]
    device = MqttDevice.model_validate({**told, "points": points, "rebirth": rebirth, "version": "5"})
    driver = MqttDriver(device, SystemClock(), False)
    assert driver.check() == []
    return driver, device


@dataclass
class LineNode:
    """An edge node of another maker: line 1, with a filler behind it."""

    client: Client
    group: str
    seq: int = 0
    commands: list[bytes] = field(default_factory=list)

    async def publish(self, kind: str, *metrics: bytes) -> None:
        data = payload(*metrics, seq=self.seq, at_ms=now_ms())
        self.seq = (self.seq + 1) % 256
        behind = "/filler" if kind.startswith("D") else ""
        info = self.client.publish(f"spBv1.0/{self.group}/{kind}/line-1{behind}", data)
        await asyncio.to_thread(info.wait_for_publish, 5)

    async def be_born(self, bd_seq: int = 0) -> None:
        self.seq, at = 0, now_ms()
        await self.publish("NBIRTH", metric("bdSeq", bd_seq, INT64), metric("Door", 0, BOOLEAN, alias=1, at_ms=at))
        speed, air = metric("Speed", 120, INT16, alias=2, at_ms=at), metric("Probes/Air 1", 4.5, DOUBLE, at_ms=at)
        await self.publish("DBIRTH", speed, air)

    async def tell_speed(self, speed: int) -> None:
        await self.publish("DDATA", metric(None, speed, INT16, alias=2, at_ms=now_ms(), typed=False))

    def die(self) -> None:
        """No farewell: the broker publishes its will."""
        sock = self.client.socket()
        assert sock is not None
        self.client.loop_stop()
        sock.close()


@asynccontextmanager
async def a_line(broker: Mosquitto, group: str) -> AsyncIterator[LineNode]:
    client = Client(CallbackAPIVersion.VERSION2, client_id=f"{group}-line-1")
    node = LineNode(client, group)
    client.will_set(f"spBv1.0/{group}/NDEATH/line-1", payload(metric("bdSeq", 0, INT64)), qos=1)
    client.on_message = lambda _, __, message: node.commands.append(bytes(message.payload))
    client.connect("127.0.0.1", broker.port)
    client.subscribe(f"spBv1.0/{group}/NCMD/line-1")
    client.loop_start()
    await until(lambda: broker.told(f"Sending SUBACK to {group}-line-1") == 1)
    try:
        yield node
    finally:
        client.disconnect()
        await asyncio.to_thread(client.loop_stop)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def found(notebook: Notebook, point: str) -> list[tuple[float, int]]:
    return [(r.value, r.quality) for r in notebook.of(point) if r.quality != Quality.BAD_NO_COMMUNICATION]


def times_bad(notebook: Notebook, point: str) -> int:
    return sum(r.quality == Quality.BAD_NO_COMMUNICATION for r in notebook.of(point))


async def listening(driver: MqttDriver) -> None:
    await until(lambda: driver.health().link in {Link.CONNECTED, Link.DEGRADED})


async def test_a_nodes_life_from_birth_through_a_lost_message_to_its_death(
    mosquitto: Mosquitto,  # noqa: F811
    notebook: Notebook,
) -> None:
    driver, device = a_driver(mosquitto, "life")
    async with (
        running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)),
        a_line(mosquitto, "life") as line,
    ):
        await listening(driver)
        assert "without a birth so far" in driver.health().reason
        await line.be_born()
        await line.tell_speed(-4)
        await until(lambda: found(notebook, SPEED)[-1:] == [(-4.0, Quality.GOOD)])
        assert driver.health().link is Link.CONNECTED
        line.seq += 1  # a message that never came
        await line.tell_speed(7)
        await until(lambda: found(notebook, SPEED)[-1] == (7.0, Quality.UNCERTAIN))
        assert [times_bad(notebook, point) for point in (SPEED, AIR, DOOR)] == [0, 1, 1]
        assert "1 lost" in driver.health().reason
        assert driver.health().gaps == 1
        line.die()
        await until(lambda: times_bad(notebook, DOOR) == 2)
    assert [times_bad(notebook, point) for point in (SPEED, AIR, DOOR)] == [1, 2, 2]
    assert found(notebook, AIR) == [(4.5, Quality.GOOD)]
    assert driver.health().reason.startswith("Sparkplug node life/line-1 is dead")


async def test_an_edge_that_came_late_sets_aliases_aside_and_asks_nobody(
    mosquitto: Mosquitto,  # noqa: F811
    notebook: Notebook,
) -> None:
    driver, device = a_driver(mosquitto, "late")
    async with a_line(mosquitto, "late") as line:
        await line.be_born()
        await until(lambda: mosquitto.told("'spBv1.0/late/DBIRTH/line-1/filler'") == 1)
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
            await listening(driver)
            await line.tell_speed(9)
            await until(lambda: driver.tally.set_aside == 1)
    assert notebook.readings == []
    assert "alias 2 before a birth" in driver.health().reason
    assert mosquitto.told("Received PUBLISH from late (") == 0
    assert line.commands == []


async def test_where_it_is_allowed_a_node_is_asked_for_its_birth_once(
    mosquitto: Mosquitto,  # noqa: F811
    notebook: Notebook,
) -> None:
    driver, device = a_driver(mosquitto, "asked", rebirth=True)
    work = driver.run(driver.plan(device.points, GROUPS), notebook.sink)
    async with a_line(mosquitto, "asked") as line, running(work):
        await until(lambda: len(line.commands) == 1)
        await line.tell_speed(9)
        await line.be_born()
        await until(lambda: found(notebook, SPEED) == [(120.0, Quality.GOOD)])
    (asked,) = parse(line.commands[0]).metrics
    assert (asked.name, asked.raw) == ("Node Control/Rebirth", True)
    assert mosquitto.told("Received PUBLISH from asked (") == 1


@pytest.mark.parametrize("damage", [b"", b"\x12\xff", b"\x00" * 64])
async def test_a_damaged_payload_is_counted_and_blocks_nothing(
    mosquitto: Mosquitto,  # noqa: F811
    notebook: Notebook,
    damage: bytes,
) -> None:
    group = f"damage-{len(damage)}"
    driver, device = a_driver(mosquitto, group)
    async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)), a_line(mosquitto, group) as line:
        await listening(driver)
        await line.be_born()
        line.client.publish(f"spBv1.0/{group}/DDATA/line-1/filler", damage)
        await line.tell_speed(3)
        await until(lambda: (3.0, Quality.GOOD) in found(notebook, SPEED))
    assert driver.tally.unreadable == (1 if damage else 0)
    assert driver.tally.messages == 4
