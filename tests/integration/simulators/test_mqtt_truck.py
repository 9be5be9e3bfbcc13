"""Trucks' loggers against the real broker, the MQTT listener of nats-server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from isotherm.engines.nats import NatsServer
from simulators import control
from simulators.mqtt_truck import TruckLogger
from simulators.opcua_line import LineServer
from simulators.physics.route import TRIPS
from simulators.plant import LivePlant
from simulators.scenario import in_radio_hole
from simulators.settings import Settings
from tests.integration.simulators.conftest import Running, a_plant
from tests.plugins.waiting import until


class Fleet:
    """A subscriber with the rights of the fleet's edge."""

    def __init__(self, broker: NatsServer) -> None:
        self.received: list[tuple[str, dict[str, Any]]] = []
        self.subscribed = False
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="edge-fleet", clean_session=False)
        self.client.username_pw_set("fleet", broker.passwords["fleet"])
        self.client.on_connect = lambda client, *_: client.subscribe("trucks/+/telemetry", qos=1)
        self.client.on_subscribe = self._on_subscribe
        self.client.on_message = self._on_message
        self.client.connect("127.0.0.1", broker.mqtt_port)
        self.client.loop_start()

    def _on_subscribe(self, *_: object) -> None:
        self.subscribed = True

    def _on_message(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        self.received.append((message.topic, json.loads(message.payload)))

    def of(self, truck: str) -> list[dict[str, Any]]:
        return [record for topic, record in self.received if topic == f"trucks/{truck}/telemetry"]

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def fleet(nats_server: NatsServer) -> Iterator[Fleet]:
    fleet = Fleet(nats_server)
    yield fleet
    fleet.close()


@pytest.fixture
async def plant(tmp_path: Path, nats_server: NatsServer, fleet: Fleet) -> AsyncIterator[Running]:
    await until(lambda: fleet.subscribed)
    login: dict[str, Any] = {
        "mqtt_user": "loggers",
        "mqtt_password": nats_server.passwords["loggers"],
        "radio_holes": False,
    }
    async with a_plant(tmp_path, mqtt=("127.0.0.1", nats_server.mqtt_port), **login) as running:
        yield running


async def test_each_truck_sends_a_record_a_second(plant: Running, fleet: Fleet) -> None:
    await until(lambda: len(fleet.of("truck-1")) >= 3 and len(fleet.of("truck-2")) >= 3)
    record = fleet.of("truck-1")[0]
    assert list(record) == ["ts", "t1", "t2", "door", "lat", "lon", "speed", "battery", "cooling"]
    assert record["ts"].endswith("Z")
    assert datetime.fromisoformat(record["ts"]).tzinfo is not None
    assert 2 < record["t1"] < 8
    assert record["door"] in (0, 1)
    assert 18 < record["lat"] < 21
    assert 108 < record["lon"] < 112


async def test_a_broken_probe_is_null(plant: Running, fleet: Fleet) -> None:
    await plant.ask(control.switch_on, "truck-2", "probe-loss", "air-2")
    await until(lambda: any(record["t2"] is None for record in fleet.of("truck-2")))
    assert fleet.of("truck-2")[-1]["t1"] is not None
    assert all(record["t2"] is not None for record in fleet.of("truck-1"))


async def test_after_a_lost_network_every_record_comes_in_order_and_none_is_missing(
    plant: Running, fleet: Fleet
) -> None:
    await until(lambda: len(fleet.of("truck-1")) >= 2)
    await plant.ask(control.switch_on, "truck-1", "network-lost")
    others = len(fleet.of("truck-2"))
    held = len(fleet.of("truck-1"))
    await until(lambda: len(fleet.of("truck-2")) >= others + 4)
    assert len(fleet.of("truck-1")) <= held + 1
    assert (await plant.ask(control.status))["waiting"]["truck-1"] >= 3
    await plant.ask(control.switch_off, "truck-1", "network-lost")
    back = len(fleet.of("truck-2"))
    await until(lambda: len(fleet.of("truck-2")) >= back + 4 and len(fleet.of("truck-1")) >= back + 3)
    late, prompt = ([record["ts"] for record in fleet.of(truck)] for truck in ("truck-1", "truck-2"))
    both = min(len(late), len(prompt))
    assert late[:both] == prompt[:both] == sorted(prompt[:both])
    assert (await plant.ask(control.status))["waiting"]["truck-1"] <= 1


async def test_a_truck_that_drives_through_a_radio_hole_sends_its_records_behind_it(
    tmp_path: Path, nats_server: NatsServer, fleet: Fleet
) -> None:
    await until(lambda: fleet.subscribed)
    hole = _next_hole("truck-1", datetime(2026, 11, 22, 4, tzinfo=UTC))
    settings = Settings(
        ready=tmp_path / "ready",
        control=tmp_path / "control",
        mqtt=("127.0.0.1", nats_server.mqtt_port),
        mqtt_user="loggers",
        mqtt_password=nats_server.passwords["loggers"],
    )
    plant = LivePlant(settings, hole - timedelta(seconds=3))
    async with AsyncExitStack() as running:
        parts: list[LineServer | TruckLogger] = [plant.line, *plant.loggers.values()]
        for part in parts:
            running.push_async_callback(part.stop)
            await part.start()
        moments = [hole + timedelta(seconds=k) for k in range(-2, 70)]
        await plant.tick(moments[0])
        await until(lambda: len(fleet.of("truck-1")) == 1)
        for at in moments[1:]:
            await plant.tick(at)
            if at == hole + timedelta(seconds=5):
                assert plant.loggers["truck-1"].cable.is_cut
                assert plant.loggers["truck-1"].waiting >= 5
        await until(lambda: len(fleet.of("truck-1")) == len(moments))
    assert [datetime.fromisoformat(record["ts"]) for record in fleet.of("truck-1")] == moments


def _next_hole(truck: str, at: datetime) -> datetime:
    """The next second at which a truck under way comes into a hole."""

    def lost(seconds: int) -> bool:
        now = at.timestamp() + seconds
        return TRIPS[truck].place(now).driving and in_radio_hole(1, truck, now)

    seconds = next(k for k in range(8 * 3600) if lost(k) and lost(k + 15) and not lost(k - 1))
    return at + timedelta(seconds=seconds)
