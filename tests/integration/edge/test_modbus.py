"""Modbus devices and the edge: few requests, values under their names, a rhythm that holds, a plan that changes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from edge.drivers.modbus.config import ModbusDevice
from edge.drivers.modbus.driver import ModbusDriver
from edge.strict import Group
from telemetry.batch import Batch
from telemetry.clock import SystemClock
from telemetry.quality import Quality
from tests.plugins.waiting import until

from .conftest import Notebook, running
from .modbus_plc import GROUPS, a_bare_plc, a_device, a_driver, name, planned
from .modbus_plc import Plc as Plc
from .modbus_plc import a_plc as a_plc

FRAMINGS = pytest.mark.parametrize("framing", ["tcp", "rtu"])


@FRAMINGS
async def test_a_thousand_registers_keep_their_names_and_come_in_eight_requests(
    notebook: Notebook, framing: str
) -> None:
    async with a_plc(size=1000, framing=framing) as plc:
        registers = [(1, k) for k in range(1000)]
        driver, device = a_driver(plc.port, registers, framing=framing)
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: len(notebook.readings) >= 2000)
        assert {(r.point, r.value) for r in notebook.readings} == {(name(u, k), 100.0 + k) for u, k in registers}
        assert set(plc.requests) == {(1, k, 125) for k in range(0, 1000, 125)}
        assert plc.connections == 1
        assert driver.health().requests_planned == 8
        assert driver.health().requests_done >= 16


async def test_a_gap_is_read_along_and_what_is_forbidden_never(notebook: Notebook) -> None:
    async with a_plc() as plc:
        registers = [(1, k) for k in (*range(10), *range(15, 20), *range(23, 30))]
        forbidden = [{"area": "input", "first": 20, "last": 21}]
        driver, device = a_driver(plc.port, registers, limits={"forbidden": forbidden})
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: len(notebook.readings) >= 50)
        assert {(r.point, r.value) for r in notebook.readings} == {(name(u, k), 100.0 + k) for u, k in registers}
        assert set(plc.requests) == {(1, 0, 20), (1, 23, 7)}


async def test_all_four_areas_are_read_by_their_functions_and_nothing_else_leaves(notebook: Notebook) -> None:
    async with a_bare_plc() as plc:
        areas = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
        points = [
            {"point": f"a/b/{area}/n{k}", "area": area, "address": k, "group": "fast"}
            | ({"type": "uint16"} if area in {"holding", "input"} else {})
            for area in areas
            for k in (3, 4)
        ]
        driver, device = a_driver(plc.port, [], points=points)
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: len(notebook.readings) >= 16)
        values = {r.point: r.value for r in notebook.readings}
        assert [values[f"a/b/{area}/n{k}"] for area in areas for k in (3, 4)] == [1, 0, 1, 0, 3, 4, 3, 4]
        assert {asked.function for asked in plc.asked} == set(areas.values())


async def test_the_schedule_does_not_drift(notebook: Notebook) -> None:
    async with a_plc() as plc:
        plc.asleep_s = 0.05
        driver, device = a_driver(plc.port, [(1, 0)])
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: len(notebook.readings) >= 21)
        took_us = notebook.readings[20].received_us - notebook.readings[0].received_us
        assert 1_900_000 < took_us < 2_600_000  # 20 periods of 100 ms, though each answer takes 50 ms


async def test_a_slow_disk_does_not_slow_the_rhythm_and_keeps_the_order(notebook: Notebook) -> None:
    """A sink that collects readings for a second must not make a device's tenth of a second a whole one."""
    async with a_plc() as plc:
        driver, device = a_driver(plc.port, [(1, 0)])
        notebook.open.clear()
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: notebook.asked >= 5)
            notebook.open.set()
            await until(lambda: len(notebook.readings) >= 8)
        times = [r.received_us for r in notebook.readings]
        assert times == sorted(times)
        assert times[4] - times[0] < 900_000


async def test_a_sink_that_fails_ends_the_driver_with_its_reason(notebook: Notebook) -> None:
    async def refuse(_: Batch) -> None:
        raise OSError("no space left")

    async with a_plc() as plc:
        driver, device = a_driver(plc.port, [(1, 0)])
        with pytest.raises(OSError, match="no space left"):
            async with asyncio.timeout(10):
                await driver.run(planned(driver, device), refuse)


async def test_a_picky_unit_has_silence_before_each_request(notebook: Notebook) -> None:
    async with a_plc(units=(1, 2)) as plc:
        units = {1: {"pause_s": 0.05, "one_request_a_field": True}}
        driver, device = a_driver(plc.port, [(1, 0), (1, 1), (2, 0), (2, 1)], units=units)
        async with running(driver.run(planned(driver, device), notebook.sink)):
            await until(lambda: len(notebook.of(name(2, 1))) >= 2)
        assert plc.requests[:3] == [(1, 0, 1), (1, 1, 1), (2, 0, 2)]
        first, second = (notebook.of(name(1, k))[0].received_us for k in (0, 1))
        assert second - first >= 50_000


def with_groups(port: int, groups: dict[str, Group], registers: Sequence[tuple[int, str]]) -> tuple[ModbusDriver, Any]:
    """A driver and how to plan other points of its device: (register, group)."""
    driver = ModbusDriver(a_device(port, [(1, 0)]), SystemClock(), False)

    def plan(chosen: Sequence[tuple[int, str]]) -> Any:
        points = [{**a_device(port, [(1, k)]).points[0].model_dump(), "group": group} for k, group in chosen]
        device = ModbusDevice.model_validate({**a_device(port, [(1, 0)]).model_dump(), "points": points})
        return driver.plan(device.points, groups)

    return driver, plan


async def test_a_plan_changes_while_it_runs_and_what_stays_keeps_its_rhythm_and_its_connection(
    notebook: Notebook,
) -> None:
    groups = {"fast": Group(period_s=0.1), "also-fast": Group(period_s=0.1), "slow": Group(period_s=0.3)}
    async with a_plc() as plc:
        driver, plan = with_groups(plc.port, groups, [])
        before = plan([(0, "fast"), (1, "also-fast"), (20, "slow")])
        async with running(driver.run(before, notebook.sink)):
            await until(lambda: len(notebook.of(name(1, 0))) >= 5 and notebook.of(name(1, 20)) != [])
            await driver.change(plan([(0, "fast"), (2, "fast"), (30, "slow")]))
            known = len(notebook.of(name(1, 0)))
            await until(lambda: len(notebook.of(name(1, 0))) >= known + 5 and notebook.of(name(1, 30)) != [])
            gone = len(notebook.of(name(1, 1))), len(notebook.of(name(1, 20)))
            more = len(notebook.of(name(1, 2)))
            await until(lambda: len(notebook.of(name(1, 2))) >= more + 3)
            assert (len(notebook.of(name(1, 1))), len(notebook.of(name(1, 20)))) == gone
        assert plc.connections == 1
        assert (0 + 1, 0, 2) in plc.requests  # two groups of one rhythm share a request
        assert_rhythm([r.received_us for r in notebook.of(name(1, 0))], 100_000)
        assert_rhythm([r.received_us for r in notebook.of(name(1, 0))[known:]], 100_000)
        assert {r.quality for r in notebook.readings} == {Quality.GOOD}
        assert driver.health().requests_planned == 2


def assert_rhythm(times_us: Sequence[int], period_us: int) -> None:
    """Once a period, and near a multiple of the period after the first, however busy the machine."""
    assert times_us[-1] - times_us[0] > 0.8 * period_us * (len(times_us) - 1)
    late = [(t - times_us[0]) % period_us for t in times_us]
    assert sorted(min(x, period_us - x) for x in late)[len(late) // 2] < period_us // 4


async def test_a_rhythm_that_comes_back_and_one_that_is_new_begin_with_their_phase(notebook: Notebook) -> None:
    groups = {"fast": Group(period_s=0.1), "later": Group(period_s=0.1, phase_s=0.45)}
    async with a_plc() as plc:
        driver, plan = with_groups(plc.port, groups, [])
        async with running(driver.run(plan([(0, "fast"), (20, "later")]), notebook.sink)):
            await until(lambda: len(notebook.of(name(1, 20))) >= 2)
            early = [r for r in notebook.of(name(1, 0)) if r.received_us < notebook.of(name(1, 20))[0].received_us]
            assert len(early) >= 3
            await driver.change(plan([(0, "fast")]))
            known = len(notebook.of(name(1, 0)))
            await until(lambda: len(notebook.of(name(1, 0))) >= known + 3)
            await driver.change(plan([(0, "fast"), (20, "later")]))
            again = len(notebook.of(name(1, 20)))
            await until(lambda: len(notebook.of(name(1, 20))) >= again + 2)
        assert plc.connections == 1
        assert GROUPS["fast"].phase_s == 0
