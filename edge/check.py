"""Connects to every device of a config, reads every point, and says what it found or why it found nothing.

The drivers themselves run, with a sink that remembers: what is checked is what will run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from edge.clocks import believed
from edge.config import EdgeConfig
from edge.driver import Driver, DriverHealth, Plan
from edge.drivers import DRIVERS
from edge.strict import DeviceConfig, Group
from edge.tasks import end
from telemetry.batch import Batch, Reading
from telemetry.clock import SystemClock, from_us
from telemetry.quality import Quality, is_bad


@dataclass(frozen=True, slots=True)
class PointCheck:
    """What was found at one point."""

    device: str
    point: str
    address: str
    value: float | None  # None where the quality is bad, or nothing came
    quality: int | None  # OPC classic byte; None where nothing came
    device_time: datetime | None
    reason: str  # why there is no good value; empty when there is one

    @property
    def is_readable(self) -> bool:
        """Whether a usable value came."""
        return self.quality is not None and not is_bad(self.quality)


async def check(config: EdgeConfig, seconds: float = 10.0) -> list[PointCheck]:
    """Read every point of every device, for at most so long. In the config's order; a bad device only fails its own."""
    found = await asyncio.gather(*(_check_device(device, config.groups, seconds) for device in config.devices))
    return [point for points in found for point in points]


async def _check_device(device: DeviceConfig, groups: Mapping[str, Group], seconds: float) -> list[PointCheck]:
    driver = DRIVERS[device.driver].make(device, SystemClock(), True)
    plan = driver.plan(device.points, groups)
    seen: dict[str, Reading] = {}
    all_readable = asyncio.Event()

    async def look(batch: Batch) -> None:
        seen.update((reading.point, reading) for reading in believed(batch))
        if all(p in seen and not is_bad(seen[p].quality) for p in plan.addresses):
            all_readable.set()

    failure, health = await _run_until(driver, plan, look, all_readable, seconds)
    reasons = {p: health.point_reasons.get(p) or failure or health.reason for p in plan.addresses}
    return [_told(device.name, p, address, seen.get(p), reasons[p]) for p, address in plan.addresses.items()]


async def _run_until(
    driver: Driver[Any, Any], plan: Plan, look: Any, enough: asyncio.Event, seconds: float
) -> tuple[str, DriverHealth]:
    """Why the driver ended, if it did, and how it stood before we left: leaving is no reason for anything."""
    running = asyncio.create_task(driver.run(plan, look))
    waiting = asyncio.create_task(enough.wait())
    try:
        await asyncio.wait({running, waiting}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return str(running.exception()) if running.done() else "", driver.health()
    finally:
        await end([running, waiting])


def _told(device: str, point: str, address: str, reading: Reading | None, reason: str) -> PointCheck:
    if reading is None:
        return PointCheck(device, point, address, None, None, None, reason or "nothing came")
    at = from_us(reading.device_us)
    if is_bad(reading.quality):
        told = reason or Quality(reading.quality).name.lower().replace("_", " ")
        return PointCheck(device, point, address, None, reading.quality, at, told)
    name = "" if reading.quality == Quality.GOOD else Quality(reading.quality).name.lower().replace("_", " ")
    return PointCheck(device, point, address, reading.value, reading.quality, at, name)
