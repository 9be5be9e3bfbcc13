"""An edge, running: drivers fill the buffer through the collector, the uplink empties it, and the health is told."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edge.backoff import Backoff
from edge.buffer import Buffer
from edge.collector import Collector
from edge.config import EdgeConfig
from edge.disk import Disk
from edge.driver import Driver, Sink
from edge.drivers import DRIVERS
from edge.once import Once
from edge.own_points import own_readings
from edge.strict import DeviceConfig
from edge.tasks import end
from edge.uplink import Uplink
from telemetry.clock import Clock, SystemClock, to_us

log = logging.getLogger(__name__)

HEALTH_S = 5.0
STOP_S = 2.5
HEALTH_FILE = "health.json"


class Agent:
    """All parts of one edge."""

    def __init__(self, config: EdgeConfig, disk: Disk, clock: Clock) -> None:
        self.config = config
        self.disk = disk
        self.clock = clock
        self.drivers: dict[str, Driver[Any, Any]] = {}
        lanes = {p.point: config.groups[p.group].lane for device in config.devices for p in device.points}
        self.collector = Collector(disk, lanes)
        self.uplink = Uplink(config, disk, self.collector, clock)

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set; then what is in hand goes to disk, and all ends within three seconds."""
        devices = [asyncio.create_task(self._drive(device)) for device in self.config.devices]
        collecting = asyncio.create_task(self.collector.run())
        others = [asyncio.create_task(self.uplink.run()), asyncio.create_task(self._tell_health())]
        ending = asyncio.create_task(stop.wait())
        try:
            done, _ = await asyncio.wait({ending, collecting, *others}, return_when=asyncio.FIRST_COMPLETED)
            for task in done - {ending}:
                task.result()  # none of them ends by itself unless it is broken
        finally:
            await self._stop([*devices, *others], collecting)
            ending.cancel()

    async def _stop(self, tasks: list[asyncio.Task[None]], collecting: asyncio.Task[None]) -> None:
        try:
            async with asyncio.timeout(STOP_S):
                await self.collector.drain()  # so that drivers still acknowledge what is on disk now
                await end(tasks)
                await self.collector.drain()
                await self._write_health()
        except TimeoutError:
            log.error("not all readings in hand went to disk in %s s", STOP_S)  # noqa: TRY400 - its words say it all
        await end([*tasks, collecting])

    async def _drive(self, device: DeviceConfig) -> None:
        """Run one driver for ever; its defect takes nobody else down."""
        backoff = Backoff(1, 60)
        sink = await self._sink_of(device)
        while True:
            driver = DRIVERS[device.driver].make(device, self.clock, False)
            plan = driver.plan(device.points, self.config.groups)
            self.drivers[device.name] = driver
            log.info("%s:\n%s", device.name, plan)
            try:
                await driver.run(plan, sink)
            except Exception:
                log.exception("driver of %s failed, and is started again", device.name)
            await asyncio.sleep(backoff.next_s())

    async def _sink_of(self, device: DeviceConfig) -> Sink:
        if not DRIVERS[device.driver].repeats:
            return self.collector.sink
        return Once(self.collector.sink, await self.disk.run(Buffer.last_readings)).sink

    async def _tell_health(self) -> None:
        while True:
            await asyncio.sleep(HEALTH_S)
            for gap in await self.disk.run(Buffer.expire):
                log.error("given up, too old: %s", gap)
            stats = await self.disk.run(Buffer.stats)
            devices = {name: driver.health() for name, driver in self.drivers.items()}
            now_us = to_us(self.clock.now())
            await self.collector.sink(own_readings(self.config.site, self.config.edge, stats, devices, now_us))
            await self._write_health()

    async def health(self) -> Mapping[str, Any]:
        """The whole state, for people and programs. Readings: taken, stored; blocks: sent, covered."""
        buffer = await self.disk.run(Buffer.stats)
        up = self.uplink.stats
        devices = {name: driver.health() for name, driver in self.drivers.items()}
        return {
            "edge": self.config.edge,
            "at": self.clock.now().isoformat(),
            "epoch": buffer.epoch,
            "readings": {"taken": self.collector.taken, "stored": self.collector.stored, "dropped": buffer.dropped},
            "blocks": {"backlog": buffer.blocks, "sent": up.sent, "sent_again": up.sent_again, "covered": up.covered},
            "buffer": {"bytes": buffer.bytes, "failed_writes": self.collector.failed_writes},
            "uplink": {"connected": up.connected, "refused": up.refused, "reason": up.reason},
            "devices": {
                name: {"link": d.link, "reason": d.reason, "points": dict(d.point_reasons)}
                for name, d in devices.items()
            },
        }

    async def _write_health(self) -> None:
        text = json.dumps(await self.health(), indent=1)
        readings = json.loads(text)["readings"]
        log.info("taken %(taken)s, stored %(stored)s, dropped %(dropped)s", readings)
        await asyncio.to_thread(_replace, self.config.buffer.folder / HEALTH_FILE, text)


async def run(config: EdgeConfig, stop: asyncio.Event | None = None, clock: Clock | None = None) -> None:
    """Run an edge until `stop` is set, or for ever. Raises BufferUnusable."""
    clock = clock or SystemClock()
    disk = await Disk.open(config, clock)
    try:
        await Agent(config, disk, clock).run(stop or asyncio.Event())
    finally:
        await disk.close()


async def run_until_signal(config: EdgeConfig) -> None:
    """Run an edge until SIGTERM or SIGINT; it has ended three seconds later."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    quiet()
    await run(config, stop)


def quiet() -> None:
    """The protocol libraries log what the drivers tell in their own words."""
    for name in ("asyncua", "pymodbus.logging", "nats"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _replace(path: Path, text: str) -> None:
    """Write a file so that a reader finds the old or the new one, never half."""
    half = path.with_suffix(".tmp")
    half.write_text(text, "utf-8")
    half.replace(path)
