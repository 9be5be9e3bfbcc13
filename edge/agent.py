"""An edge, running: drivers fill the buffer through screening and collector, the uplink empties it.

It follows another config while it runs (`reload`), and does nothing that such a change does not ask for.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edge.buffer.disk import Disk
from edge.catalogue import Catalogue
from edge.clocks import StepWatch
from edge.collector import Collector
from edge.config import EdgeConfig
from edge.config_file import ConfigFile
from edge.devices import Devices, Running
from edge.driver import without_value
from edge.drivers import DRIVERS
from edge.intake import Intake
from edge.memory import Memory, forget_others, memory_path
from edge.once import Once
from edge.reload import Difference, difference
from edge.screening.screening import Screen
from edge.state import told
from edge.strict import DeviceConfig
from edge.tasks import end
from edge.telling import Teller
from edge.uplink.uplink import Uplink
from telemetry.batch import Batch
from telemetry.clock import Clock, SystemClock, to_us
from telemetry.errors import PlantError
from telemetry.quality import Quality

log = logging.getLogger(__name__)

STOP_S = 2.5


class Agent:
    """All parts of one edge."""

    def __init__(self, config: EdgeConfig, disk: Disk, clock: Clock) -> None:
        self.config = config
        self.digest = config.digest
        self.version: int | None = None  # of a config that came from afar
        self.disk = disk
        self.clock = clock
        self.steps = StepWatch(clock)
        self.catalogue = Catalogue(config)
        self.collector = Collector(disk, self.catalogue.lanes)
        self.screen = Screen(self.collector.sink, self.catalogue.rule_of)
        self.intake = Intake(self.screen, self.catalogue)
        self.devices = Devices(clock, self.intake.sink_of, self._memory_of)
        self.uplink = Uplink(config, disk, self.collector, clock)
        self.reloads = 0
        self.refusals = 0
        self.refusal = ""  # why the last config was refused; empty since one was taken
        self._reloading = asyncio.Lock()
        self._teller = Teller(self)

    async def run(self, stop: asyncio.Event, file: ConfigFile | None = None, hup: asyncio.Event | None = None) -> None:
        """Run until `stop` is set; then what is in hand goes to disk, and all ends within three seconds.

        With a config file its changes are followed, and all of it whenever `hup` is set.
        """
        self._teller.offer_metrics()
        forget_others(Path(self.config.buffer.folder), [device.name for device in self.config.devices])
        for device in self.config.devices:
            await self._start(self.devices.made(device, self.config.groups))
        collecting = asyncio.create_task(self.collector.run())
        works = [self.uplink.run(), self._teller.run()]
        if file is not None:
            works.append(file.follow(hup or asyncio.Event()))
        others = [asyncio.create_task(work) for work in works]
        ending = asyncio.create_task(stop.wait())
        try:
            done, _ = await asyncio.wait({ending, collecting, *others}, return_when=asyncio.FIRST_COMPLETED)
            for task in done - {ending}:
                task.result()  # none of them ends by itself unless it is broken
        finally:
            await self._stop(others, collecting)
            ending.cancel()

    async def _stop(self, others: list[asyncio.Task[None]], collecting: asyncio.Task[None]) -> None:
        try:
            async with asyncio.timeout(STOP_S):
                await self.collector.drain()  # so that drivers still acknowledge what is on disk now
                await self.devices.stop_all()
                await end(others)
                await asyncio.gather(self.screen.begin_anew(), self.collector.drain())
                await self._teller.write()
        except TimeoutError:
            log.error("not all readings in hand went to disk in %s s", STOP_S)  # noqa: TRY400 - its words say it all
        except (sqlite3.Error, OSError) as error:
            log.error("the buffer does not answer at the end: %s", error)  # noqa: TRY400 - likewise
        await end([*others, collecting])  # then nobody waits for the disk any more
        await self.devices.stop_all()
        await self._teller.close()

    async def reload(self, config: EdgeConfig, version: int | None = None) -> Difference:
        """Follow another config, all of it or nothing. `version`: of one that came from afar.

        What is the same in both goes on undisturbed. Raises NotWhileRunning, and what a driver finds wrong; then
        nothing has changed, and the refusal is counted and told.
        """
        async with self._reloading:
            try:
                asked = difference(self.config, config)
                started = [self.devices.made(device, config.groups) for device in (*asked.again, *asked.added)]
                plans = [self.devices[device.name].planned(device, config.groups) for device in asked.changed]
            except PlantError as error:
                self.refused(error)
                raise
            learned = self.catalogue.learned()
            self.catalogue.change(config)
            await self.screen.change()
            await self._stop_devices([*asked.removed, *(device.name for device in asked.again)])
            for device, plan in zip(asked.changed, plans, strict=True):
                if not await self.devices[device.name].change(device, config.groups, plan):
                    await self._stop_devices([device.name])
                    started.append(self.devices.made(device, config.groups))
            for running in started:
                await self._start(running)
            await self._tell_gone([*asked.gone, *self._no_longer_expected(learned)])
            self.config, self.digest, self.version = config, config.digest, version
            self.reloads, self.refusal = self.reloads + 1, ""
            log.info("another config counts, %s: %s", self.digest, asked)
            return asked

    def refused(self, error: PlantError) -> None:
        """A config can't be followed: the old one goes on, and it is told."""
        self.refusals, self.refusal = self.refusals + 1, str(error)
        log.error("a config is refused, the old one goes on: %s", error)

    async def health(self) -> Mapping[str, Any]:
        """The whole state, for people and programs: see edge/state.py."""
        return told(await self._teller.state())

    async def _start(self, running: Running) -> None:
        await self._remember(running.device)
        self.devices.start(running)

    async def _remember(self, device: DeviceConfig) -> None:
        """Where a protocol delivers again what it has delivered, what was taken before must be known."""
        if DRIVERS[device.driver].repeats and device.name not in self.intake.onces:
            self.intake.onces[device.name] = Once(self.screen.sink, await self._taken_before())

    def _memory_of(self, device: str) -> Memory:
        return Memory(memory_path(Path(self.config.buffer.folder), device), self._taken_before)

    async def _taken_before(self) -> list[Batch]:
        try:
            return await self.disk.taken_before()
        except (sqlite3.Error, OSError) as error:  # no reason to read nothing
            log.error("what a device delivers again may be taken twice: %s", error)  # noqa: TRY400 - all is said
            return []

    async def _stop_devices(self, names: list[str]) -> None:
        """What they handed in is on disk first, so that their protocols hear of it."""
        if names:
            await self.collector.drain()
            await self.devices.stop(names)

    def _no_longer_expected(self, learned: Mapping[str, str]) -> list[str]:
        """Points that appeared at run time, and that no plan leads to since the change."""
        names = [
            name
            for name, device in learned.items()
            if not self.catalogue.is_named(name)
            and (device not in self.devices or not self.devices[device].leads_to(name))
        ]
        self.catalogue.forget(names)
        return names

    async def _tell_gone(self, points: list[str]) -> None:
        """A point that is read no longer says so once, and then is silent for a reason."""
        for point in points:
            self.intake.forget(point)
        if points:
            last_words = without_value(points, to_us(self.clock.now()), Quality.BAD_OUT_OF_SERVICE)
            await self.intake.own(last_words)


async def run(config: EdgeConfig, stop: asyncio.Event | None = None, clock: Clock | None = None) -> None:
    """Run an edge until `stop` is set, or for ever. Raises BufferUnusable."""
    clock = clock or SystemClock()
    disk = await Disk.open(config, clock)
    try:
        await Agent(config, disk, clock).run(stop or asyncio.Event())
    finally:
        await disk.close()


async def run_until_signal(config: EdgeConfig, path: Path | None = None) -> None:
    """Run an edge until SIGTERM or SIGINT; it has ended three seconds later.

    With the path of its config file it follows what changes there, and reads it again at SIGHUP.
    """
    stop, hup = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number, event in ((signal.SIGTERM, stop), (signal.SIGINT, stop), (signal.SIGHUP, hup)):
        loop.add_signal_handler(number, event.set)
    quiet()
    clock = SystemClock()
    disk = await Disk.open(config, clock)
    try:
        agent = Agent(config, disk, clock)
        file = None if path is None else ConfigFile(path, agent.reload, agent.refused)
        await agent.run(stop, file, hup)
    finally:
        await disk.close()


def quiet() -> None:
    """The protocol libraries log what the drivers tell in their own words."""
    for name in ("asyncua", "pymodbus.logging", "nats"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
