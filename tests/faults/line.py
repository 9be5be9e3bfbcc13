"""The chain under test, and a fault in it: when it began and ended, and what became of the devices' numbers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from edge.tasks import end
from simulators.cable import Cable
from tests.faults.fates import Counter, Excused, Fate
from tests.faults.numbered import PERIOD_S, Device
from tests.faults.programs import Program

STORY = "story"
"""The reason for which cables fail here."""
FLOWS_WITHIN_S, BACK_WITHIN_S, SETTLES_WITHIN_S = 30.0, 60.0, 60.0
NOTHING = Excused()


async def lasting(seconds: float) -> None:
    """A fault of a fixed length is a wait by what it is; all other waiting is for an event."""
    await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Loss:
    """What a protocol does not give again after a fault."""

    why: str
    in_hand_s: float = 0.0  # how long before the fault a value may have been given and not be on the edge's disk yet


@dataclass
class Line:
    """Everything a story needs to break something and to count what became of the readings."""

    devices: Sequence[Device]
    cables: Mapping[str, Cable]  # by protocol, and `stream` where there is one
    counter: Counter
    edge: Program
    gateways: Sequence[Program]
    streams: Sequence[Program]
    counted: dict[str, int] = field(default_factory=dict)  # numbers that earlier rows have told
    began: dict[str, int] = field(default_factory=dict)  # the devices' numbers when the fault began
    ended: dict[str, int] = field(default_factory=dict)  # and when it had ended
    giving: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def field_cables(self) -> list[Cable]:
        return [self.cables[device.protocol] for device in self.devices]

    async def flow(self) -> None:
        """Devices begin to give when the edge is there to take; return when numbers of all are in the database."""
        for device in self.devices:
            await device.awaited()
        self.giving.extend(asyncio.create_task(device.give_for_ever()) for device in self.devices)
        for device in self.devices:
            await self._newest_reaches(device, 3, FLOWS_WITHIN_S)

    def fault_begins(self) -> None:
        """Note where the devices are."""
        self.began = self._numbers()

    async def fault_ended(self) -> dict[str, float]:
        """Wait until new numbers of every device arrive; how many seconds each took."""
        loop, taken = asyncio.get_running_loop(), {}
        began_s, self.ended = loop.time(), self._numbers()
        for device in self.devices:
            await self._newest_reaches(device, self.ended[device.protocol] + 1, BACK_WITHIN_S)
            taken[device.protocol] = loop.time() - began_s
        return taken

    async def last_fates(self, fault: str, lasts: str, back_s: Mapping[str, float], **losses: Loss) -> list[Fate]:
        """The devices rest, all is stored that must be, and the edge stops in order: nothing comes after this count."""
        await end(self.giving)
        settled = await self._settled(losses)
        assert await asyncio.to_thread(self.edge.stop) == 0, self.edge.tail()
        return await self._count(fault, lasts, back_s, *settled)

    async def fates(self, fault: str, lasts: str, back_s: Mapping[str, float], **losses: Loss) -> list[Fate]:
        """What became of the numbers since the last count. `losses`: what may be missing, by protocol."""
        return await self._count(fault, lasts, back_s, *await self._settled(losses))

    async def _settled(self, losses: Mapping[str, Loss]) -> tuple[dict[str, int], dict[str, Excused]]:
        """Wait until nothing is missing up to now, but not for ever: then the count tells what is."""
        last, excused = self._numbers(), {}
        until_s = asyncio.get_running_loop().time() + SETTLES_WITHIN_S
        for device in self.devices:
            name = device.protocol
            excused[name] = await self._excused(device, losses[name]) if name in losses else NOTHING
            await self._nothing_misses(device, last[name], excused[name], until_s)
        return last, excused

    async def _nothing_misses(self, device: Device, last: int, excused: Excused, until_s: float) -> None:
        loop, first = asyncio.get_running_loop(), self.counted.get(device.protocol, 0) + 1
        while loop.time() < until_s:
            found = await asyncio.to_thread(self.counter.count, device.points, first, last, excused)
            if not found["unexcused"]:
                return
            await asyncio.sleep(0.2)  # the database tells nobody that it has stored something

    async def _count(
        self,
        fault: str,
        lasts: str,
        back_s: Mapping[str, float],
        last: Mapping[str, int],
        excused: Mapping[str, Excused],
    ) -> list[Fate]:
        rows = []
        for device in self.devices:
            name, points = device.protocol, device.points
            first, allowed = self.counted.get(name, 0) + 1, excused[name]
            found = await asyncio.to_thread(self.counter.count, points, first, last[name], allowed)
            bound, back = len(allowed) * len(points), round(back_s[name], 1)
            rows.append(Fate(fault, lasts, name, bound=bound, back_s=back, why=allowed.why, **found))
            self.counted[name] = last[name]
        return rows

    async def _excused(self, device: Device, loss: Loss) -> Excused:
        """From what was in hand when the fault began to the first number that was given after it and is stored."""
        began, ended = self.began[device.protocol], self.ended[device.protocol]
        high = await asyncio.to_thread(self.counter.first_after, device.points, ended)
        return Excused(began - round(loss.in_hand_s / PERIOD_S), high - 1, loss.why)

    async def _newest_reaches(self, device: Device, number: int, within_s: float) -> None:
        try:
            async with asyncio.timeout(within_s):
                while await asyncio.to_thread(self.counter.newest, device.points) < number:
                    assert self.edge.runs, f"the edge has ended: {self.edge.tail()}"
                    await asyncio.sleep(0.1)  # as above
        except TimeoutError:
            said = [f"{program.name} says: {program.tail()}" for program in (self.edge, *self.gateways)]
            raise AssertionError("\n".join([f"{device.protocol} does not reach {number}", *said])) from None

    def _numbers(self) -> dict[str, int]:
        return {device.protocol: device.given for device in self.devices}
