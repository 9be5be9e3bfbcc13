"""A logger that publishes records to mosquitto, which keeps them (QoS 1) until the edge has taken them."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from isotherm.engines.ports import free_port
from tests.faults.numbered import Beat, points_of, value_of
from tests.machine import mosquitto
from tests.plugins.stream import await_port

EDGE_ID = "edge-faults"
TOPIC = "faults/record"


class MqttDevice:
    """Broker and logger. The broker knows the edge from an earlier time: it keeps from the first record on."""

    protocol = "mqtt"

    def __init__(self, first_place: int, folder: Path) -> None:
        self.points = points_of(self.protocol, first_place)
        self.given = 0
        self._folder = folder
        self._logger = Client(CallbackAPIVersion.VERSION2, client_id="logger")
        self._broker: subprocess.Popen[bytes] | None = None

    async def start(self) -> int:
        port = free_port()
        self._broker = await asyncio.to_thread(_broker, self._folder, port)
        await asyncio.to_thread(_introduce_edge, port)
        self._logger.connect("127.0.0.1", port)
        self._logger.loop_start()
        return port

    def config(self, port: int) -> dict[str, Any]:
        points = [
            {"point": p.name, "topic": TOPIC, "path": f"values.{k}", "group": "all"} for k, p in enumerate(self.points)
        ]
        who = {"client_id": EDGE_ID, "keep_alive_s": 5, "time": "at"}
        return {"driver": "mqtt", "host": "127.0.0.1", "port": port, **who, "points": points}

    async def awaited(self) -> None:
        """The broker has known the edge since the start."""

    async def give_for_ever(self) -> None:
        beat = Beat()
        while True:
            await beat.wait()
            values = [value_of(point.place, self.given + 1) for point in self.points]
            told = self._logger.publish(TOPIC, json.dumps({"at": time.time(), "values": values}), qos=1)
            await asyncio.to_thread(told.wait_for_publish, 5)
            self.given += 1

    async def stop(self) -> None:
        self._logger.disconnect()
        await asyncio.to_thread(self._logger.loop_stop)
        assert self._broker is not None
        self._broker.terminate()
        await asyncio.to_thread(self._broker.wait, 10)


def _broker(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """A mosquitto that listens."""
    folder.mkdir()
    told = f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nset_tcp_nodelay true\n"
    (folder / "mosquitto.conf").write_text(told)
    with (folder / "mosquitto.log").open("wb") as log:
        command = [mosquitto() or "mosquitto", "-c", str(folder / "mosquitto.conf")]
        broker = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    await_port(port)
    return broker


def _introduce_edge(port: int) -> None:
    """Subscribe once under the edge's name and leave: the session stays with the broker."""
    subscribed = False

    def on_subscribe(*_: Any) -> None:
        nonlocal subscribed
        subscribed = True

    client = Client(CallbackAPIVersion.VERSION2, client_id=EDGE_ID, clean_session=False)
    client.on_subscribe = on_subscribe
    client.connect("127.0.0.1", port)
    client.subscribe(TOPIC, qos=1)
    while not subscribed:
        client.loop(0.1)
    client.disconnect()
    client.loop(0.1)
