"""A truck's logger: readings in, MQTT 3.1.1 messages out, QoS 1, one at a time, so that they arrive in the order of
their time.

A record leaves the logger's store when the broker has acknowledged it. While the network is lost records wait;
afterwards they are sent oldest first. The logger reaches its broker through a cable that can be cut.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from math import isnan
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from simulators.cable import Cable

STORE = 200_000
"""Records a logger can keep: two days at one a second. The oldest go first, as in a real logger."""
KEYS = {
    "air-1": "t1",
    "air-2": "t2",
    "door": "door",
    "latitude": "lat",
    "longitude": "lon",
    "speed": "speed",
    "battery": "battery",
    "cooling": "cooling",
}
_WHOLE = ("door", "cooling")


def record(readings: Mapping[str, float], at: datetime) -> bytes:
    """One record; a broken probe is null."""
    facts: dict[str, object] = {"ts": at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"}
    for measure, key in KEYS.items():
        value = readings[measure]
        facts[key] = None if isnan(value) else int(value) if measure in _WHOLE else value
    return json.dumps(facts, separators=(",", ":")).encode()


class TruckLogger:
    """The logger of one truck. paho's thread only posts to the event loop; all state is the loop's."""

    def __init__(self, truck: str, broker: tuple[str, int], user: str, password: str) -> None:
        self.truck, self.topic = truck, f"trucks/{truck}/telemetry"
        self.cable = Cable("127.0.0.1")
        self.cable.lead_to(*broker)
        self.kept: deque[bytes] = deque(maxlen=STORE)
        self._in_flight: tuple[int, bytes] | None = None
        self._connected = False
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"logger-{truck}", clean_session=False)
        self._client.username_pw_set(user, password)
        self._client.reconnect_delay_set(1, 2)

    async def start(self) -> None:
        """Begin to connect; the broker need not be there yet."""
        loop = asyncio.get_running_loop()
        client = self._client

        def connected(_client: object, _data: object, _flags: object, reason: Any, _properties: object) -> None:
            loop.call_soon_threadsafe(self._on_connect, not reason.is_failure)

        def disconnected(*_facts: object) -> None:
            loop.call_soon_threadsafe(self._on_connect, False)

        def acknowledged(_client: object, _data: object, mid: int, _reason: object, _properties: object) -> None:
            loop.call_soon_threadsafe(self._on_acknowledged, mid)

        client.on_connect, client.on_disconnect, client.on_publish = connected, disconnected, acknowledged
        client.connect_async("127.0.0.1", await self.cable.lay(), keepalive=10)
        client.loop_start()

    def publish(self, readings: Mapping[str, float], at: datetime) -> None:
        """Keep one record, and send what can be sent."""
        self.kept.append(record(readings, at))
        self._send()

    @property
    def waiting(self) -> int:
        """Records that the broker has not acknowledged."""
        return len(self.kept) + (self._in_flight is not None)

    async def stop(self) -> None:
        """Leave: a DISCONNECT when connected, else nothing."""
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)
        await self.cable.close()

    def _on_connect(self, connected: bool) -> None:
        self._connected = connected
        self._send()

    def _on_acknowledged(self, mid: int) -> None:
        if self._in_flight is not None and self._in_flight[0] == mid:
            self._in_flight = None
            self._send()

    def _send(self) -> None:
        """The next record, unless one is under way: paho itself sends that one again after a broken connection."""
        if self._connected and self._in_flight is None and self.kept:
            payload = self.kept.popleft()
            self._in_flight = (self._client.publish(self.topic, payload, qos=1).mid, payload)
