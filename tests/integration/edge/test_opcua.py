"""An OPC UA server and the edge: every value under its own name, none lost without a word."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from simulators.cable import Cable
from telemetry.batch import Batch
from telemetry.clock import SystemClock
from telemetry.quality import Quality
from tests.plugins.opcua_server import GROUPS, a_driver, a_line, name
from tests.plugins.waiting import until

from .conftest import Notebook, running


class SetForward(SystemClock):
    """The system's clock, set forward by so much."""

    by = timedelta()

    def now(self) -> datetime:
        return super().now() + self.by


async def test_each_of_a_thousand_values_keeps_its_name_when_the_server_takes_a_hundred_a_call(
    notebook: Notebook,
) -> None:
    numbers = range(1000)
    async with a_line(numbers) as line:
        await line.limit_items_per_call(100)
        driver, device = a_driver(line.port, numbers)
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
            await until(lambda: len(notebook.readings) >= 1000, 60)
        assert {reading.point: reading.value for reading in notebook.readings} == {name(k): float(k) for k in numbers}
        assert line.calls == [100] * 10


async def test_a_node_that_does_not_exist_is_told_and_holds_nobody_up(notebook: Notebook) -> None:
    async with a_line(range(3)) as line:
        driver, device = a_driver(line.port, range(4))
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
            await until(lambda: len(notebook.readings) >= 4)
        assert notebook.last(name(3)).quality == Quality.BAD_CONFIGURATION
        assert [notebook.last(name(k)).value for k in range(3)] == [0.0, 1.0, 2.0]
        assert driver.health().point_reasons == {name(3): "BadNodeIdUnknown"}


async def test_a_publish_is_acknowledged_only_after_its_readings_are_on_disk(notebook: Notebook) -> None:
    """Holds the hook into asyncua: an update of it that acknowledges earlier fails here."""
    async with a_line(range(1)) as line:
        driver, device = a_driver(line.port, range(1))
        notebook.open.clear()
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
            await until(lambda: notebook.asked == 1)
            (subscription,) = line.server.iserver.subscription_service.subscriptions.values()
            await line.write(0, 5.0)
            await asyncio.sleep(0.5)  # five publishing intervals in which nothing may happen
            assert sorted(subscription._not_acknowledged_results) == [1, 2]  # both sent, and neither on disk
            assert notebook.asked == 1
            notebook.open.set()
            await until(lambda: [r.value for r in notebook.readings] == [0.0, 5.0])
            await line.write(0, 6.0)
            await until(lambda: not {1, 2} & set(subscription._not_acknowledged_results))


async def test_a_slow_lane_holds_up_nobody_and_is_not_acknowledged_by_the_others(notebook: Notebook) -> None:
    """Acknowledgements ride on whichever request goes next, so one that is ready too early would go with another's."""
    groups = {"line": GROUPS["line"], "slow": GROUPS["line"]}
    points = [{"point": name(k), "node": f"s=N{k}", "group": group} for k, group in enumerate(("line", "slow"))]
    async with a_line(range(2)) as line:
        driver, device = a_driver(line.port, range(0), points=points)
        disk = asyncio.Event()

        async def sink(batch: Batch) -> None:
            if name(1) in batch.points:
                await disk.wait()
            await notebook.sink(batch)

        async with running(driver.run(driver.plan(device.points, groups), sink)):
            await until(lambda: len(notebook.readings) == 1)
            _, slow = line.server.iserver.subscription_service.subscriptions.values()
            for value in range(1, 6):
                await line.write(0, float(value))
                await until(lambda value=value: notebook.last(name(0)).value == value)  # type: ignore[misc]
            assert list(slow._not_acknowledged_results) == [1]
            disk.set()
            await until(lambda: not slow._not_acknowledged_results)
        assert notebook.last(name(1)).value == 1.0


async def test_a_value_that_does_not_change_is_told_again_after_a_minute(notebook: Notebook) -> None:
    """Else nobody could tell a tank that stays at 5 degrees from a probe that fell silent."""
    async with a_line(range(2)) as line:
        clock = SetForward()
        driver, device = a_driver(line.port, range(2), clock=clock)
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
            await until(lambda: len(notebook.readings) == 2)
            clock.by = timedelta(seconds=59)
            await line.write(1, 5.0)
            await until(lambda: len(notebook.readings) == 3)
            clock.by = timedelta(seconds=61)
            await line.write(1, 6.0)
            await until(lambda: len(notebook.readings) == 5)
        assert [(r.point, r.value) for r in notebook.readings[2:]] == [(name(1), 5.0), (name(1), 6.0), (name(0), 0.0)]
        first, again = notebook.readings[0], notebook.readings[-1]
        assert again.device_us > first.device_us
        assert again.quality == Quality.GOOD


async def test_values_that_change_between_two_publishes_all_arrive(notebook: Notebook) -> None:
    async with a_line(range(1)) as line:
        driver, device = a_driver(line.port, range(1), outage_s=60)
        notebook.open.clear()
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
            await until(lambda: notebook.asked == 1)
            for value in range(1, 21):
                await line.write(0, float(value))
            notebook.open.set()
            await until(lambda: len(notebook.readings) >= 21)
        assert [reading.value for reading in notebook.readings] == [float(v) for v in range(21)]


async def test_after_a_cut_every_point_is_bad_once_and_then_comes_back(notebook: Notebook, cable: Cable) -> None:
    async with a_line(range(3)) as line:
        cable.lead_to("127.0.0.1", line.port)
        driver, device = a_driver(cable.port, range(3))
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
            await until(lambda: len(notebook.readings) >= 3)
            cable.cut("story")
            await until(lambda: len(notebook.readings) >= 6)
            refused = cable.refused
            await until(lambda: cable.refused >= refused + 2, 20)  # it tries, and tells nothing twice
            assert len(notebook.readings) == 6
            assert driver.health().link == "lost"
            cable.mend("story")
            await until(lambda: len(notebook.readings) >= 9, 30)
        qualities = [[reading.quality for reading in notebook.of(name(k))] for k in range(3)]
        assert qualities == [[Quality.GOOD, Quality.BAD_NO_COMMUNICATION, Quality.GOOD]] * 3
        assert driver.health().link == "connected"


async def test_a_sink_that_fails_leads_to_a_new_connection_and_not_to_an_acknowledgement(notebook: Notebook) -> None:
    async with a_line(range(1)) as line:
        driver, device = a_driver(line.port, range(1))
        failures = [OSError("no space left")]

        async def sink(batch: Batch) -> None:
            if failures:
                raise failures.pop()
            await notebook.sink(batch)

        async with running(driver.run(driver.plan(device.points, GROUPS), sink)):
            await until(lambda: any(r.quality == Quality.GOOD for r in notebook.readings))
        assert [r.quality for r in notebook.readings] == [Quality.BAD_NO_COMMUNICATION, Quality.GOOD]


async def test_a_server_without_the_namespace_is_told_for_each_point(notebook: Notebook) -> None:
    async with a_line(range(1)) as line:
        driver, device = a_driver(line.port, range(2), namespace="urn:other:machine")
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
            await until(lambda: len(notebook.readings) >= 2)
        assert {r.quality for r in notebook.readings} == {Quality.BAD_CONFIGURATION}
        assert "urn:other:machine" in driver.health().point_reasons[name(0)]
