"""Modbus devices and the edge: few requests, and nobody held up by a register or a unit that is not there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from edge.drivers.modbus.config import ModbusDevice
from edge.drivers.modbus.driver import ModbusDriver
from edge.strict import Group
from simulators.cable import Cable
from telemetry.clock import SystemClock
from telemetry.quality import Quality
from tests.plugins.waiting import until

from .conftest import Notebook, running

GROUPS = {"fast": Group(period_s=0.1)}
ROOM = "hainan/cold-store/cold-room"


@dataclass
class Plc:
    """A server whose register k of unit u holds 100 u + k. It notes requests, refuses some, and may fall asleep."""

    port: int = 0
    requests: list[tuple[int, int, int]] = field(default_factory=list)  # unit, address, count
    refuses: set[int] = field(default_factory=set)
    asleep_s: float = 0.0
    dead: set[int] = field(default_factory=set)  # units that answer after all patience

    def unit(self, number: int) -> SimDevice:
        async def look(
            function: int, start: int, address: int, count: int, now: list[int], new: object
        ) -> ExcCodes | None:
            self.requests.append((number, address, count))
            if self.refuses.intersection(range(address, address + count)):
                return ExcCodes.ILLEGAL_ADDRESS
            await asyncio.sleep(2.0 if number in self.dead else self.asleep_s)
            return None

        values = [100 * number + k for k in range(40)]
        return SimDevice(number, simdata=[SimData(0, values=values, datatype=DataType.REGISTERS)], action=look)


@asynccontextmanager
async def a_plc(units: Sequence[int] = (1,)) -> AsyncIterator[Plc]:
    plc = Plc()
    server = ModbusTcpServer([plc.unit(u) for u in units], address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    listening: Any = server.transport
    plc.port = listening.sockets[0].getsockname()[1]
    try:
        yield plc
    finally:
        await server.shutdown()  # type: ignore[no-untyped-call]


def a_driver(port: int, registers: Sequence[tuple[int, int]], **settings: object) -> tuple[ModbusDriver, ModbusDevice]:
    points = [
        {"point": name(u, k), "unit": u, "area": "input", "address": k, "type": "uint16", "group": "fast"}
        for u, k in registers
    ]
    told = {"name": "plc", "driver": "modbus", "host": "127.0.0.1", "port": port, "timeout_s": 0.3, "points": points}
    device = ModbusDevice.model_validate({**told, **settings})
    return ModbusDriver(device, SystemClock(), False), device


def name(unit: int, register: int) -> str:
    return f"{ROOM}-{unit}/r{register}"


async def test_each_register_keeps_its_name_and_all_come_in_one_request(notebook: Notebook) -> None:
    async with a_plc() as plc:
        registers = [(1, k) for k in (*range(10), *range(15, 30))]
        driver, device = a_driver(plc.port, registers)
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
            await until(lambda: len(notebook.readings) >= 50)
        assert {(r.point, r.value) for r in notebook.readings} == {(name(u, k), 100.0 + k) for u, k in registers}
        assert set(plc.requests) == {(1, 0, 30)}


async def test_a_register_that_the_device_refuses_is_found_and_the_others_are_read(notebook: Notebook) -> None:
    async with a_plc() as plc:
        plc.refuses = {7}
        driver, device = a_driver(plc.port, [(1, k) for k in range(16)])
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
            await until(lambda: all(notebook.of(name(1, k)) for k in range(16)))
        assert {r.quality for r in notebook.of(name(1, 7))} == {Quality.BAD_CONFIGURATION}
        assert {r.point for r in notebook.readings if r.quality == Quality.GOOD} == {
            name(1, k) for k in range(16) if k != 7
        }
        assert driver.health().point_reasons.keys() == {name(1, 7)}


async def test_a_register_that_is_refused_is_not_asked_for_again_and_again(notebook: Notebook) -> None:
    async with a_plc() as plc:
        plc.refuses = {1}
        driver, device = a_driver(plc.port, [(1, 0), (1, 1)])
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
            await until(lambda: len(notebook.of(name(1, 0))) >= 5)
        assert [asked for asked in plc.requests if asked == (1, 1, 1)] == [(1, 1, 1)]


async def test_a_dead_unit_on_the_bus_goes_bad_once_and_does_not_delay_the_others(notebook: Notebook) -> None:
    async with a_plc(units=(1, 2, 3)) as plc:
        plc.dead = {2}
        driver, device = a_driver(plc.port, [(1, 0), (2, 0), (3, 0)], timeout_s=1)
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
            await until(lambda: len(notebook.of(name(3, 0))) >= 10)
            steps = [b.received_us - a.received_us for a, b in pairwise(notebook.of(name(3, 0)))]
            assert max(steps) < 900_000  # a time-out is a second: none fell between two rounds
            assert [r.quality for r in notebook.of(name(2, 0))] == [Quality.BAD_NO_COMMUNICATION]
            assert {r.quality for r in notebook.of(name(1, 0))} == {Quality.GOOD}
            assert driver.health().link == "degraded"
            plc.dead = set()
            await until(lambda: notebook.last(name(2, 0)).quality == Quality.GOOD)
        assert driver.health().link == "connected"


async def test_after_a_cut_every_point_is_bad_once_and_then_comes_back(notebook: Notebook, cable: Cable) -> None:
    async with a_plc() as plc:
        cable.lead_to("127.0.0.1", plc.port)
        driver, device = a_driver(cable.port, [(1, 0), (1, 30)])
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
            await until(lambda: len(notebook.readings) >= 4)
            cable.cut("story")
            refused = cable.refused
            await until(lambda: cable.refused >= refused + 2, 20)
            good = len([r for r in notebook.readings if r.quality == Quality.GOOD])
            cable.mend("story")
            await until(lambda: len([r for r in notebook.readings if r.quality == Quality.GOOD]) >= good + 4, 30)
        for register in (0, 30):
            bad = [r for r in notebook.of(name(1, register)) if r.quality != Quality.GOOD]
            assert [r.quality for r in bad] == [Quality.BAD_NO_COMMUNICATION]


async def test_an_answer_that_comes_after_its_time_out_is_never_taken_for_the_next(notebook: Notebook) -> None:
    async with a_plc() as plc:
        plc.asleep_s = 0.4
        driver, device = a_driver(plc.port, [(1, 0), (1, 30)])
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
            await until(lambda: len(plc.requests) >= 2)
            plc.asleep_s = 0.0
            await until(lambda: len([r for r in notebook.readings if r.quality == Quality.GOOD]) >= 6, 30)
        for register in (0, 30):
            values = {r.value for r in notebook.of(name(1, register)) if r.quality == Quality.GOOD}
            assert values == {100.0 + register}


async def test_the_schedule_does_not_drift(notebook: Notebook) -> None:
    async with a_plc() as plc:
        plc.asleep_s = 0.05
        driver, device = a_driver(plc.port, [(1, 0)])
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
            await until(lambda: len(notebook.readings) >= 21)
        took_us = notebook.readings[20].received_us - notebook.readings[0].received_us
        assert 1_900_000 < took_us < 2_600_000  # 20 periods of 100 ms, though each answer takes 50 ms
