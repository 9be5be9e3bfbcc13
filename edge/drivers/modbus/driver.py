"""Polls a Modbus device by its plan and hands on the readings; a silent unit or a refused register holds nobody up.

The readings carry the time of receipt: Modbus knows no time of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from edge.driver import DriverHealth, Mistake, Pulse, Sink
from edge.drivers.modbus.config import ModbusDevice, ModbusPoint
from edge.drivers.modbus.delivery import Delivery
from edge.drivers.modbus.mistakes import mistakes
from edge.drivers.modbus.plan import ModbusPlan, Rhythm, plan
from edge.drivers.modbus.reader import Reader
from edge.schedule import every
from edge.strict import Group
from edge.tasks import end
from telemetry.clock import Clock


class ModbusDriver:
    """Reads one Modbus device."""

    def __init__(self, device: ModbusDevice, clock: Clock, observing: bool) -> None:
        self._device = device
        self._pulse = Pulse()
        self._reader = Reader(device, clock, self._pulse)
        self._plan = ModbusPlan(())
        self._changed = asyncio.Event()

    def check(self) -> list[Mistake]:
        return mistakes(self._device)

    def plan(self, points: Sequence[ModbusPoint], groups: Mapping[str, Group]) -> ModbusPlan:
        return plan(points, groups, self._device.limits_of)

    def health(self) -> DriverHealth:
        return self._pulse.snapshot()

    async def run(self, plan: ModbusPlan, sink: Sink) -> None:
        delivery = Delivery(sink)
        polls: dict[Rhythm, asyncio.Task[None]] = {}
        self._take_up(plan)
        try:
            await self._keep_polling(polls, delivery)
        finally:
            await end(polls.values())
            await self._reader.stop()
            await delivery.stop()

    async def change(self, plan: ModbusPlan) -> None:
        self._take_up(plan)
        self._changed.set()

    def _take_up(self, plan: ModbusPlan) -> None:
        self._plan = plan
        self._reader.take_up(plan)
        self._pulse.requests_planned = plan.requests_a_round

    async def _keep_polling(self, polls: dict[Rhythm, asyncio.Task[None]], delivery: Delivery) -> None:
        """A task for each rhythm of the plan. One whose rhythm the plan has no longer ends at its next round."""
        while True:
            self._changed.clear()
            for poll in self._plan.polls:
                if poll.rhythm not in polls:
                    polls[poll.rhythm] = asyncio.create_task(self._poll(poll.rhythm, delivery))
            await self._until_something_ends(polls.values(), delivery)
            for rhythm in [rhythm for rhythm, task in polls.items() if task.done()]:
                polls.pop(rhythm).result()

    async def _until_something_ends(self, polls: Iterable[asyncio.Task[None]], delivery: Delivery) -> None:
        """Returns when the plan changed or a poll ended. Raises what the sink raised."""
        changed = asyncio.create_task(self._changed.wait())
        ends: set[asyncio.Future[Any]] = {changed, delivery.broken, *polls}
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            changed.cancel()
        if delivery.broken.done():
            delivery.broken.result()

    async def _poll(self, rhythm: Rhythm, delivery: Delivery) -> None:
        await asyncio.sleep(rhythm.phase_s)
        async for _ in every(rhythm.period_s):
            poll = self._plan.poll_at(rhythm)
            if poll is None:
                return
            await self._reader.round(poll, delivery.hand)
