"""The devices of an edge, each with its driver running; one that fails takes nobody else down."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from edge.backoff import Backoff
from edge.driver import Driver, DriverHealth, Plan, ReachesFurther, Sink
from edge.drivers import DRIVERS
from edge.memory import Memory, Remembers
from edge.strict import DeviceConfig, Group
from edge.tasks import end
from telemetry.clock import Clock

log = logging.getLogger(__name__)

CHANGE_S = 15.0
"""A driver that has not gone over to another plan within this time is started again."""
Door = Callable[[str, Callable[[], Plan]], Sink]
"""Gives the sink of a device by its name."""
Memories = Callable[[str], Memory]
"""Gives the memory of a device by its name."""


class Running:
    """One device and its driver. Made, it has its plan; nothing has been connected yet."""

    def __init__(self, device: DeviceConfig, groups: Mapping[str, Group], clock: Clock) -> None:
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self._memory = Memory()
        self.device, self.groups = device, groups
        self.driver, self.plan = self._made()

    def planned(self, device: DeviceConfig, groups: Mapping[str, Group]) -> Plan:
        """What the same device would be read by with these points and groups. Pure."""
        plan: Plan = self.driver.plan(readable(device), unscreened(groups))
        return plan

    def leads_to(self, point: str) -> bool:
        """Whether it still delivers a point that no config names."""
        return isinstance(self.plan, ReachesFurther) and self.plan.group_of(point) is not None

    def start(self, door: Door, memory: Memory) -> None:
        """Read for ever, in the background."""
        self._memory = memory
        self._task = asyncio.create_task(self._run(door(self.device.name, lambda: self.plan)))

    async def stop(self, edge_ends: bool = False) -> None:
        """Returns when it has ended. `edge_ends`: with the edge, and it will be read again when that starts."""
        self._memory.edge_ends = edge_ends
        if self._task is not None:
            await end([self._task])

    async def change(self, device: DeviceConfig, groups: Mapping[str, Group], plan: Plan) -> bool:
        """Go over to another plan; False when the driver could not, and must be started again."""
        self.device, self.groups, self.plan = device, groups, plan
        log.info("%s changes:\n%s", device.name, plan)
        try:
            async with asyncio.timeout(CHANGE_S):
                await self.driver.change(plan)
        except TimeoutError:
            log.error("driver of %s did not change within %s s", device.name, CHANGE_S)  # noqa: TRY400 - all is said
            return False
        except Exception:
            log.exception("driver of %s can't change", device.name)
            return False
        return True

    def _made(self) -> tuple[Driver[Any, Any], Plan]:
        driver = DRIVERS[self.device.driver].make(self.device, self._clock, False)
        return driver, driver.plan(readable(self.device), unscreened(self.groups))

    async def _run(self, sink: Sink) -> None:
        backoff = Backoff(1, 60)
        while True:
            log.info("%s:\n%s", self.device.name, self.plan)
            if isinstance(self.driver, Remembers):
                self.driver.remember_in(self._memory)
            try:
                await self.driver.run(self.plan, sink)
            except Exception:
                log.exception("driver of %s failed, and is started again", self.device.name)
            await asyncio.sleep(backoff.next_s())
            self.driver, self.plan = self._made()


class Devices:
    """All that run, by name."""

    def __init__(self, clock: Clock, door: Door, memory_of: Memories) -> None:
        self._clock, self._door, self._memory_of = clock, door, memory_of
        self._running: dict[str, Running] = {}

    def __getitem__(self, name: str) -> Running:
        return self._running[name]

    def __contains__(self, name: str) -> bool:
        return name in self._running

    def health(self) -> dict[str, DriverHealth]:
        """How each stands now."""
        return {name: running.driver.health() for name, running in self._running.items()}

    def made(self, device: DeviceConfig, groups: Mapping[str, Group]) -> Running:
        """A device that could be started."""
        return Running(device, groups, self._clock)

    def start(self, running: Running) -> None:
        """Begin to read a device."""
        self._running[running.device.name] = running
        running.start(self._door, self._memory_of(running.device.name))

    async def stop(self, names: Sequence[str]) -> None:
        """Read these no longer; returns when all have ended."""
        await asyncio.gather(*(self._running[name].stop() for name in names))
        for name in names:
            del self._running[name]

    async def stop_all(self) -> None:
        """Read nothing any more. What each said last stays to be told."""
        await asyncio.gather(*(running.stop(edge_ends=True) for running in self._running.values()))


def readable(device: DeviceConfig) -> list[Any]:
    """A device's points as its driver may know them: how they are screened is none of its business, so that a change
    of that alone changes no plan."""
    return [point.model_copy(update={"screening": None, "limits": None}) for point in device.points]


def unscreened(groups: Mapping[str, Group]) -> dict[str, Group]:
    """Likewise for groups."""
    plain = {"screening": Group.model_fields["screening"].default, "limits": ()}
    return {name: group.model_copy(update=plain) for name, group in groups.items()}
