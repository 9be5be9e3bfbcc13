"""The demo plant's past: 14 days of readings from the physics of its simulators, stored as any batch is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from simulators.history import history
from telemetry.batch import Batch
from telemetry.clock import from_us
from telemetry.store import Memory, append, arrival, refresh_rollups
from telemetry.wire import Message
from telemetry.work import Pool, begin

DAYS = 14
EPOCH = 1
"""Ledger epoch of the past; an edge's own epochs are milliseconds since 1970."""
_MESSAGES_A_TRANSACTION = 6


async def store_history(pool: Pool, end: datetime, *, seed: int, tell: Callable[[str], None]) -> int:
    """Fill the days before `end`; answers how many readings were stored. A second call finds all of it there."""
    start = end - timedelta(days=DAYS)
    made, memory, stored = _messages(start, end, seed), Memory(), 0
    while messages := await asyncio.to_thread(lambda: list(islice(made, _MESSAGES_A_TRANSACTION))):
        async with begin(pool, "demo", end) as work:
            receipts = await append(work, [arrival(message) for message in messages], memory=memory)
        stored += sum(receipt.stored for receipt in receipts)
        reached = from_us(messages[-1].batch.device_us[-1])
        tell(f"{(reached - start) / (end - start):.0%}, {stored:,} readings")
    tell("rolling up")
    async with begin(pool, "demo", end) as work:
        await refresh_rollups(work)
    return stored


def _messages(start: datetime, end: datetime, seed: int) -> Iterator[Message]:
    sequences: dict[str, int] = {}
    batch: Batch
    for edge, batch in history(start, end, seed):
        sequences[edge] = sequences.get(edge, 0) + 1
        yield Message(edge, EPOCH, sequences[edge], batch)
