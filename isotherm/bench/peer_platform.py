"""Stands in for the peer's platform: answers the one question it must have answered, and counts what it publishes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

TELEMETRY = "v1/gateway/telemetry"
QUESTIONS = "v1/devices/me/rpc/request/"
NO_LIMIT = {"messages": "0:0,", "telemetryMessages": "0:0,", "telemetryDataPoints": "0:0,"}
LIMITS = {
    "maxPayloadSize": 65_536,
    "maxInflightMessages": 100,
    "rateLimits": NO_LIMIT,
    "gatewayRateLimits": {"gateway": NO_LIMIT, **NO_LIMIT},
}
"""What the platform allows; before it has been told the peer sends nothing."""


class Platform:
    """What came so far."""

    def __init__(self) -> None:
        self.values = 0
        self.bytes = 0
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="platform")
        self._client.on_message = self._on_message

    @classmethod
    @asynccontextmanager
    async def at(cls, port: int) -> AsyncIterator[Platform]:
        """Listen at a broker on this machine."""
        platform = cls()
        client = platform._client
        client.connect("127.0.0.1", port)
        client.subscribe([(TELEMETRY, 0), (f"{QUESTIONS}+", 1)])
        client.loop_start()
        try:
            yield platform
        finally:
            client.disconnect()
            client.loop_stop()

    async def has(self, values: int) -> bool:
        """Whether so many values came."""
        return self.values >= values

    async def arrived(self) -> int:
        """How many values came."""
        return self.values

    def _on_message(self, client: Client, _: Any, message: MQTTMessage) -> None:
        if message.topic.startswith(QUESTIONS):
            answer = message.topic.replace("request", "response")
            client.publish(answer, json.dumps(LIMITS), qos=1)
        else:
            self.bytes += len(message.payload)
            self.values += values_in(message.payload)


def values_in(payload: bytes | bytearray) -> int:
    """Values of a telemetry message: {device: [{"ts": .., "values": {key: value}}]}."""
    return sum(len(row["values"]) for rows in json.loads(payload).values() for row in rows)
