"""Servers that take few nodes a call, few in all, or no subscriptions: every value under its own name all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.status_codes import StatusCodes

from edge.strict import Group
from telemetry.quality import Quality
from tests.plugins.opcua_server import GROUPS, a_driver, a_line, name
from tests.plugins.waiting import until

from .conftest import Notebook, running

POLLED = {"line": Group(period_s=0.5, mode="poll")}


def all_right(notebook: Notebook, numbers: range) -> bool:
    return {r.point: r.value for r in notebook.readings} == {name(k): float(k) for k in numbers}


async def test_each_of_a_thousand_polled_values_keeps_its_name_when_a_read_may_hold_a_hundred(
    notebook: Notebook,
) -> None:
    """thingsboard-gateway 3.8.5 filed 9,800 of such readings under wrong names."""
    numbers = range(1000)
    async with a_line(numbers) as line:
        await line.limit_nodes_per_read(100)
        driver, device = a_driver(line.port, numbers)
        async with running(driver.run(driver.plan(device.points, POLLED), notebook.sink)):
            await until(lambda: len(notebook.readings) >= 2000)
        assert all_right(notebook, numbers)
        assert line.calls[:20] == [100] * 20
        assert driver.health().requests_done >= 20


async def test_a_limit_that_a_server_keeps_to_itself_is_found_out(notebook: Notebook) -> None:
    numbers = range(300)
    async with a_line(numbers) as line:
        await line.limit_nodes_per_read(100, told=0)
        await line.limit_items_per_call(100, told=0)
        driver, device = a_driver(line.port, numbers)
        plan = driver.plan(device.points, {"line": Group(period_s=0.2)})
        async with running(driver.run(plan, notebook.sink)):
            await until(lambda: len(notebook.readings) >= 300)
            assert all_right(notebook, numbers)
            await driver.change(driver.plan(device.points, POLLED))
            await until(lambda: len(notebook.readings) >= 900)
        assert all_right(notebook, numbers)


async def test_a_polled_value_that_stays_the_same_is_told_each_time_as_of_then(notebook: Notebook) -> None:
    async with a_line(range(1)) as line:
        driver, device = a_driver(line.port, range(1))
        groups = {"line": Group(period_s=0.1, phase_s=0.2, mode="poll")}
        async with running(driver.run(driver.plan(device.points, groups), notebook.sink)):
            await until(lambda: len(notebook.readings) >= 4)
        times = [reading.device_us for reading in notebook.readings]
        assert times == sorted(set(times))
        assert {reading.value for reading in notebook.readings} == {0.0}


async def test_a_node_that_can_not_be_read_is_told_and_polling_goes_on(notebook: Notebook) -> None:
    async with a_line(range(2)) as line:
        driver, device = a_driver(line.port, range(3))
        async with running(driver.run(driver.plan(device.points, POLLED), notebook.sink)):
            await until(lambda: len(notebook.readings) >= 6)
        assert [notebook.last(name(k)).value for k in range(2)] == [0.0, 1.0]
        assert notebook.last(name(2)).quality == Quality.BAD_CONFIGURATION
        assert driver.health().point_reasons == {name(2): "BadNodeIdUnknown"}


async def test_a_server_that_refuses_subscriptions_is_polled_and_that_is_said(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise ServiceError(StatusCodes.BadServiceUnsupported)

    async with a_line(range(3)) as line:
        monkeypatch.setattr(line.server.iserver.subscription_service, "create_subscription", refuse)
        driver, device = a_driver(line.port, range(3))
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
            await until(lambda: len(notebook.readings) >= 9)
            assert driver.health().link == "degraded"
            assert "line is polled" in driver.health().reason
        assert all_right(notebook, range(3))


async def test_points_beyond_what_a_maker_s_server_takes_in_all_are_told_and_not_dropped(notebook: Notebook) -> None:
    numbers = range(1010)
    async with a_line(numbers) as line:
        driver, device = a_driver(line.port, numbers, profile="s7-1200")
        await line.limit_items_per_call(1000)
        plan = driver.plan(device.points, GROUPS)
        async with running(driver.run(plan, notebook.sink)):
            await until(lambda: len(notebook.readings) >= 1010)
        assert line.calls == [100] * 10
        assert [r.point for r in notebook.readings if r.quality == Quality.BAD_CONFIGURATION] == [
            name(k) for k in range(1000, 1010)
        ]
        assert "Siemens S7-1200 takes 1000 monitored items in all" in driver.health().point_reasons[name(1000)]
        assert "not asked for: 10 nodes" in str(plan)


async def test_values_have_the_status_that_the_server_gave(notebook: Notebook) -> None:
    async with a_line(range(2)) as line:
        driver, device = a_driver(line.port, range(2))
        statuses: dict[str, int] = {}

        async def sink(batch: Any) -> None:
            statuses.update({batch.points[batch.point[place]]: status for place, status in batch.status.items()})
            await notebook.sink(batch)

        async with running(driver.run(driver.plan(device.points, GROUPS), sink)):
            await until(lambda: len(notebook.readings) >= 2)
            doubtful = ua.StatusCode(ua.UInt32(StatusCodes.UncertainSensorNotAccurate))
            stamp: Any = datetime.now(UTC)
            await line.nodes[1].write_value(ua.DataValue(ua.Variant(7.5), doubtful, stamp, stamp))
            await until(lambda: len(notebook.readings) >= 3)
        assert statuses == {name(1): 0x4093_0000}
        assert (notebook.last(name(1)).value, notebook.last(name(1)).quality) == (7.5, Quality.UNCERTAIN_SENSOR)


async def test_five_thousand_items_are_subscribed_in_less_than_five_seconds(notebook: Notebook) -> None:
    numbers = range(5000)
    nodes: Mapping[int, str] = {k: f"s=N{k % 50}" for k in numbers}  # a node of asyncua's server takes 4 ms to make
    async with a_line(range(50)) as line:
        points = [{"point": name(k), "node": nodes[k], "group": "line"} for k in numbers]
        driver, device = a_driver(line.port, range(0), points=points)
        loop = asyncio.get_running_loop()
        async with running(driver.run(driver.plan(device.points, {"line": Group(period_s=1)}), notebook.sink)):
            await until(lambda: bool(line.server.iserver.subscription_service.subscriptions))
            began = loop.time()
            await until(lambda: driver.health().link == "connected")
            took_s = loop.time() - began
            await until(lambda: len(notebook.readings) >= 5000)
        assert {r.point: r.value for r in notebook.readings} == {name(k): float(k % 50) for k in numbers}
        assert took_s < 5  # the server's part of it included, which does all of its work in this process too


def test_a_plan_says_what_is_asked_for_and_why() -> None:
    driver, device = a_driver(1, range(250), profile="s7-1200", outage_s=30)
    groups = {"line": Group(period_s=2)}
    plan = driver.plan(device.points, groups)
    assert str(plan) == (
        "line: 250 nodes every 2 s, subscription, 15 values kept of each, in 3 calls of 100 and 50: one subscription a "
        "group; the queue outlasts 30 s (`outage_s: 30`); at most 100 a call (Siemens S7-1200), or fewer if the server "
        "says so"
    )
    (fact,) = plan.facts()
    assert (fact["kind"], fact["calls"], len(fact["points"])) == ("subscription", [100, 100, 50], 250)
    polled = driver.plan(device.points, {"line": Group(period_s=2, mode="poll")})
    assert (polled.requests, polled.groups[0].queue_size) == (3, 0)
