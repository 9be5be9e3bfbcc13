"""Events of the plant: rows of the outbox become messages on `events.<topic>`, each at least once, in their order.

The stream drops what comes twice within its window; who listens for longer goes by the id.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from nats.js import JetStreamContext

from gateway.frames import Event
from gateway.streams import EVENTS
from telemetry import queries
from telemetry.clock import Clock, to_us
from telemetry.work import Pool, begin

SQL = queries.load(Path(__file__).with_name("outbox.sql"))
MOST = 200
"""Events of one transaction."""


@dataclass(frozen=True, slots=True)
class Relay:
    """Sends what has not been sent."""

    js: JetStreamContext
    pool: Pool
    clock: Clock

    async def step(self) -> None:
        """Send all that waits, up to MOST at a time. Marked as sent after the stream has taken it."""
        while await self._send_some() == MOST:
            pass

    async def _send_some(self) -> int:
        async with begin(self.pool, "gateway", self.clock.now()) as work:
            events = await work.all(SQL["unsent"], Event, most=MOST)
            for event in events:
                await self._send(event)
            if events:
                await work.run(SQL["sent"], ids=[event.id for event in events], now=work.now)
        return len(events)

    async def _send(self, event: Event) -> None:
        facts = {"id": event.id, "at": event.at.isoformat(), "topic": event.topic, "body": event.body}
        headers = {"Nats-Msg-Id": f"event:{event.id}:{to_us(event.at)}"}
        payload = json.dumps(facts, ensure_ascii=False).encode()
        await self.js.publish(f"events.{event.topic}", payload, stream=EVENTS, headers=headers)
