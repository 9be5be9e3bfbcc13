"""The plan of a running OPC UA driver changes: only the difference is asked for, and nothing reconnects."""

from __future__ import annotations

from typing import Any

import pytest

from edge.strict import Group
from simulators.cable import Cable
from tests.plugins.opcua_server import Line, a_driver, a_line, name
from tests.plugins.waiting import until

from .conftest import Notebook, running

FAST, SLOW = Group(period_s=0.1), Group(period_s=0.2)


def points(groups: dict[int, str]) -> list[dict[str, str]]:
    return [{"point": name(k), "node": f"s=N{k}", "group": group} for k, group in groups.items()]


def items(line: Line) -> list[int]:
    """How many items each subscription of the server has, in the order in which they were made."""
    subscriptions = line.server.iserver.subscription_service.subscriptions
    return [len(each.monitored_item_srv._monitored_items) for _, each in sorted(subscriptions.items())]


def sessions(line: Line) -> list[object]:
    return list(line.server.iserver._external_sessions)


async def test_points_come_go_and_move_to_another_group_within_the_session_that_is_there(notebook: Notebook) -> None:
    async with a_line(range(6)) as line:
        driver, device = a_driver(line.port, range(0), points=points({0: "fast", 1: "fast", 2: "slow", 3: "slow"}))
        groups = {"fast": FAST, "slow": SLOW}
        async with running(driver.run(driver.plan(device.points, groups), notebook.sink)):
            await until(lambda: len(notebook.readings) == 4)
            began, numbers = sessions(line), sorted(line.server.iserver.subscription_service.subscriptions)
            _, wanted = a_driver(line.port, range(0), points=points({0: "fast", 2: "fast", 3: "slow", 4: "slow"}))
            await driver.change(driver.plan(wanted.points, groups))
            assert items(line) == [2, 2]
            await until(lambda: len(notebook.readings) == 6)  # the new one, and the one that moved
            for k in range(6):
                await line.write(k, 10.0 + k)
            await until(lambda: len(notebook.readings) == 10)
            assert sessions(line) == began
            assert sorted(line.server.iserver.subscription_service.subscriptions) == numbers
        assert {r.point: r.value for r in notebook.readings[6:]} == {name(k): 10.0 + k for k in (0, 2, 3, 4)}
        assert notebook.last(name(1)).value == 1.0


async def test_groups_come_and_go_and_a_new_period_makes_a_new_subscription(notebook: Notebook) -> None:
    async with a_line(range(3)) as line:
        driver, device = a_driver(line.port, range(0), points=points({0: "fast", 1: "slow"}))
        async with running(driver.run(driver.plan(device.points, {"fast": FAST, "slow": SLOW}), notebook.sink)):
            await until(lambda: len(notebook.readings) == 2)
            began, first = sessions(line), sorted(line.server.iserver.subscription_service.subscriptions)
            _, wanted = a_driver(line.port, range(0), points=points({0: "fast", 1: "other", 2: "polled"}))
            now = {"fast": SLOW, "other": FAST, "polled": Group(period_s=0.1, mode="poll")}
            await driver.change(driver.plan(wanted.points, now))
            assert items(line) == [1, 1]
            assert not set(first) & set(line.server.iserver.subscription_service.subscriptions)
            await until(lambda: len(notebook.of(name(2))) >= 2)
            await line.write(0, 5.0)
            await line.write(1, 6.0)
            await until(lambda: notebook.last(name(0)).value == 5.0 and notebook.last(name(1)).value == 6.0)
            await driver.change(driver.plan(wanted.points[:2], now))
            polled = len(notebook.of(name(2)))
            await line.write(0, 7.0)
            await until(lambda: notebook.last(name(0)).value == 7.0)
            assert len(notebook.of(name(2))) == polled
            assert sessions(line) == began


async def test_a_change_that_is_cut_off_half_way_is_made_whole_with_the_next_connection(
    notebook: Notebook, cable: Cable, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_line(range(3)) as line:
        cable.lead_to("127.0.0.1", line.port)
        driver, device = a_driver(cable.port, range(0), points=points({0: "fast"}))
        async with running(driver.run(driver.plan(device.points, {"fast": FAST}), notebook.sink)):
            await until(lambda: len(notebook.readings) == 1)
            service = line.server.iserver.subscription_service
            create = service.create_monitored_items

            async def create_and_fall_silent(params: Any) -> object:
                cable.cut("story")
                return await create(params)

            monkeypatch.setattr(service, "create_monitored_items", create_and_fall_silent)
            _, wanted = a_driver(cable.port, range(0), points=points({0: "fast", 1: "fast"}))
            await driver.change(driver.plan(wanted.points, {"fast": FAST}))
            await until(lambda: driver.health().link == "lost")
            monkeypatch.undo()
            cable.mend("story")
            await until(lambda: driver.health().gaps == 1 and items(line) == [2], 30)
            for k in range(2):
                await line.write(k, 9.0 + k)
            await until(lambda: [notebook.last(name(k)).value for k in range(2)] == [9.0, 10.0])


async def test_a_plan_that_changes_while_there_is_no_connection_is_taken_up_with_the_next(
    notebook: Notebook, cable: Cable
) -> None:
    async with a_line(range(3)) as line:
        cable.lead_to("127.0.0.1", line.port)
        driver, device = a_driver(cable.port, range(0), points=points({0: "fast", 1: "fast"}))
        async with running(driver.run(driver.plan(device.points, {"fast": FAST}), notebook.sink)):
            await until(lambda: len(notebook.readings) == 2)
            began = sessions(line)
            cable.cut("story")
            await until(lambda: driver.health().link == "lost")
            _, wanted = a_driver(cable.port, range(0), points=points({0: "fast", 2: "fast"}))
            await driver.change(driver.plan(wanted.points, {"fast": FAST}))
            cable.mend("story")
            await until(lambda: len(notebook.of(name(2))) == 1, 30)
            await line.write(0, 9.0)
            await until(lambda: notebook.last(name(0)).value == 9.0)
            assert (items(line), sessions(line)) == ([2], began)
