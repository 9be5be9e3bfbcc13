"""The demo plant's points with readings in them, as they come from an edge."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from math import nan
from pathlib import Path

from mes.border import Doors, transaction
from mes.plant.apply import apply
from mes.plant.check import read_plant
from telemetry.batch import Batch, BatchBuilder, Gap, Reading, batch_of
from telemetry.clock import to_us
from telemetry.quality import Quality
from telemetry.store import Refusal, append, arrival
from telemetry.wire import Message

DEMO = Path("isotherm/plants/demo")
AIR = "hainan/cold-store/cold-room-2/air-1"
_sequences = count(1)


async def the_plant(doors: Doors) -> None:
    """Apply the demo plant's model."""
    async with transaction(doors, "engineer-1") as work:
        await apply(work, read_plant(DEMO), "first start")


async def read(doors: Doors, *values: float, point: str = AIR, edge: str = "edge-cold-store") -> None:
    """Readings of a point, one a second, the last one now; NaN is a broken probe."""
    now_us = to_us(doors.clock.now())
    readings = []
    for seconds_ago, value in enumerate(reversed(values)):
        at_us = now_us - seconds_ago * 1_000_000
        quality = Quality.BAD_SENSOR_FAILURE if value != value else Quality.GOOD
        readings.append(Reading(point, at_us, at_us, nan if value != value else value, quality))
    message = Message(edge, 1, next(_sequences), batch_of(readings[::-1]))
    async with transaction(doors, "gateway") as work:
        await append(work, [arrival(message, "live")])


async def disbelieved(doors: Doors) -> None:
    """A reading whose device claims to live in 1970, and one whose protocol says why it is bad."""
    now_us = to_us(doors.clock.now())
    builder = BatchBuilder()
    builder.add(AIR, now_us - 1_000_000, now_us - 1_000_000, 5.2, Quality.UNCERTAIN_TIME)
    builder.add(AIR, now_us, now_us, nan, Quality.BAD_SENSOR_FAILURE, 0x808C0000)
    batch = replace(builder.take(), claimed_us={0: 86_400_000_000})
    async with transaction(doors, "gateway") as work:
        await append(work, [arrival(Message("edge-line", 1, next(_sequences), batch), "live")])


async def given_up(doors: Doors, *gaps: Gap, edge: str = "edge-line") -> None:
    """An edge tells what it could not keep."""
    message = Message(edge, 1, next(_sequences), Batch(()), gaps)
    async with transaction(doors, "gateway") as work:
        await append(work, [arrival(message, "live")])


async def unreadable(doors: Doors) -> None:
    """A message that can't be read is set aside."""
    refusal = Refusal(subject="readings.hainan.edge-line", code="Malformed", detail="not a batch", payload=b"?", n=3,
                      edge="edge-line")  # fmt: skip
    async with transaction(doors, "gateway") as work:
        await append(work, [], [refusal])
