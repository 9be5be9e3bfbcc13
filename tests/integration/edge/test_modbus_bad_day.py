"""A bad day on a bus: faults at random, plans that change between them, and no value under a wrong name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from random import Random

import pytest

from edge.drivers.modbus import probes, refusals
from edge.drivers.modbus.config import ModbusPoint
from edge.drivers.modbus.driver import ModbusDriver
from edge.drivers.modbus.plan import ModbusPlan
from edge.strict import Group
from simulators.cable import Cable
from telemetry.quality import Quality
from tests.plugins.waiting import until

from .conftest import Notebook, running
from .modbus_plc import Asked, BarePlc, a_bare_plc, a_driver, name, own_addresses

GROUPS = {"fast": Group(period_s=0.1), "faster": Group(period_s=0.07, phase_s=0.03)}
REGISTERS = [(unit, k) for unit in (1, 2, 3) for k in (*range(10), 30, 31, 200)]
FAULTS = ("cut", "hole", "late", "dead", "refuse", "change")
LONGEST_S = 0.25
"""Of one fault. Well below twice the time-out: beyond that a serial line's answers can't be told apart."""


@dataclass
class BadDay:
    """What happens to a bus, drawn from a seed."""

    plc: BarePlc
    cable: Cable
    chance: Random
    refused: set[int] = field(default_factory=set)
    dead: set[int] = field(default_factory=set)

    def answer(self, asked: Asked) -> bytes | None:
        if asked.unit in self.dead:
            return None
        if self.refused.intersection(range(asked.address, asked.address + asked.count)):
            return bytes([asked.function | 0x80, 2])
        return own_addresses(asked)

    async def faults(self, n: int) -> AsyncIterator[str]:
        """Each fault while it lasts, and a pause after it."""
        for _ in range(n):
            fault = self.chance.choice(FAULTS)
            self.begin(fault)
            yield fault
            await asyncio.sleep(self.chance.uniform(0, LONGEST_S))  # the fault's own length: nothing to wait for
            self.end(fault)
            await asyncio.sleep(self.chance.uniform(LONGEST_S / 2, LONGEST_S))  # what was held back comes in this time

    def begin(self, fault: str) -> None:
        match fault:
            case "cut":
                self.cable.cut("day")
            case "hole":
                self.cable.hole("day")
            case "late":
                self.plc.go.clear()
            case "dead":
                self.dead = {self.chance.choice((1, 2, 3))}
            case "refuse":
                self.refused = {self.chance.randrange(10) for _ in range(2)}

    def end(self, fault: str) -> None:
        match fault:
            case "cut":
                self.cable.mend("day")
            case "hole":
                self.cable.fill("day")
            case "late":
                self.plc.go.set()

    def plan(self, driver: ModbusDriver, points: tuple[ModbusPoint, ...], share: float) -> ModbusPlan:
        """A share of the points, each in a group by chance."""
        chosen = [point for point in points if self.chance.random() < share]
        grouped = [point.model_copy(update={"group": self.chance.choice(list(GROUPS))}) for point in chosen]
        return driver.plan(grouped, GROUPS)


@pytest.mark.parametrize("framing", ["tcp", "rtu"])
async def test_on_a_bad_day_no_value_stands_under_a_wrong_name_and_afterwards_all_are_read(
    notebook: Notebook, cable: Cable, framing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "FIRST_S", 0.2)
    monkeypatch.setattr(probes, "LONGEST_S", 0.5)
    monkeypatch.setattr(refusals, "ASK_AGAIN_S", 0.5)
    async with a_bare_plc(framing) as plc:
        cable.lead_to("127.0.0.1", plc.port)
        day = BadDay(plc, cable, Random(7))
        plc.answer = day.answer
        driver, device = a_driver(cable.port, REGISTERS, framing=framing, timeout_s=0.3, degrade_after=2)
        async with running(driver.run(day.plan(driver, device.points, 1.0), notebook.sink)) as task:
            async for fault in day.faults(10):
                if fault == "change":
                    await driver.change(day.plan(driver, device.points, 0.9))
            day.refused, day.dead = set(), set()
            await driver.change(day.plan(driver, device.points, 1.0))
            seen = len(notebook.readings)

            def all_are_read() -> bool:
                last = {r.point: r.quality for r in notebook.readings[seen:]}
                return all(last.get(name(*register)) == Quality.GOOD for register in REGISTERS)

            await until(all_are_read)
            assert not task.done()
    expected = {name(unit, k): float(k) for unit, k in REGISTERS}
    assert [r for r in notebook.readings if r.quality == Quality.GOOD and r.value != expected[r.point]] == []
    assert {r.quality for r in notebook.readings} >= {Quality.GOOD, Quality.BAD_NO_COMMUNICATION}
