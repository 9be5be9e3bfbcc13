"""What readings weigh on their way: the payloads that pass on the stream, by bytes, readings and messages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import nats
from nats.aio.msg import Msg

from isotherm.running import Plant
from telemetry.wire import read_header


@dataclass(slots=True)
class Weight:
    """What has passed so far."""

    bytes: int = 0
    readings: int = 0
    messages: int = 0

    async def add(self, message: Msg) -> None:
        """One more message. Raises Malformed."""
        self.bytes += len(message.data)
        self.readings += read_header(message.data).n
        self.messages += 1

    def copy(self) -> Weight:
        """As it stands now."""
        return replace(self)


@asynccontextmanager
async def weighing(plant: Plant) -> AsyncIterator[Weight]:
    """Listen to all that edges publish, with a gateway's rights and without taking anything from the stream."""
    weight = Weight()
    client = await nats.connect(plant.nats.url, user="gateway", password=plant.nats.passwords["gateway"])
    try:
        for lane in ("readings", "backlog"):
            await client.subscribe(f"{lane}.>", cb=weight.add)
        yield weight
    finally:
        await client.close()
