"""OPC UA servers that revise what they are asked for, bear little, or answer with less than was asked."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asyncua import ua
from asyncua.server.uaprocessor import UaProcessor

from telemetry.quality import is_good
from tests.plugins.opcua_server import GROUPS, Line, a_driver, a_line, name
from tests.plugins.waiting import until

from .conftest import Notebook, running


def revise(line: Line, monkeypatch: pytest.MonkeyPatch, interval_ms: float, keep_alives: int) -> None:
    """Whatever is asked for, the server publishes and keeps alive as it likes."""
    service = line.server.iserver.subscription_service
    create = service.create_subscription

    async def create_otherwise(asked: ua.CreateSubscriptionParameters, *rest: Any, **more: Any) -> object:
        asked.RequestedPublishingInterval = interval_ms
        asked.RequestedMaxKeepAliveCount = keep_alives
        return await create(asked, *rest, **more)

    monkeypatch.setattr(service, "create_subscription", create_otherwise)


@pytest.mark.parametrize(("interval_ms", "keep_alives"), [(50.0, 50), (1250.0, 2)])
async def test_a_server_that_keeps_alive_more_rarely_than_it_was_asked_to_is_not_taken_for_silent(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch, interval_ms: float, keep_alives: int
) -> None:
    monkeypatch.setattr("edge.drivers.opcua.subscription.KEEP_ALIVE_S", 0.3)
    async with a_line(range(1)) as line:
        revise(line, monkeypatch, interval_ms, keep_alives)
        driver, device = a_driver(line.port, range(1))
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
            await until(lambda: notebook.of(name(0)) != [])
            heard = driver.health().requests_done
            await until(lambda: driver.health().requests_done > heard or driver.health().link == "lost")
            assert driver.health().link == "connected"
        assert all(is_good(reading.quality) for reading in notebook.of(name(0)))


async def test_a_server_that_takes_few_publish_requests_is_not_flooded_with_them(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = 0
    evict = UaProcessor._evict_publish_request

    def count(processor: UaProcessor) -> None:
        nonlocal refused
        refused += 1
        evict(processor)

    monkeypatch.setattr(UaProcessor, "publish_request_limit", lambda _processor, _count: 1)
    monkeypatch.setattr(UaProcessor, "_evict_publish_request", count)
    async with a_line(range(1)) as line:
        driver, device = a_driver(line.port, range(1))
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)):
            await until(lambda: notebook.of(name(0)) != [])
            for value in range(10):
                await line.write(0, float(value))
                await asyncio.sleep(0.1)  # a publishing interval
            await until(lambda: notebook.last(name(0)).value == 9.0)
    assert refused <= 10


async def test_a_server_that_answers_for_fewer_items_than_it_was_asked_ends_no_driver(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_line(range(3)) as line:
        service = line.server.iserver.subscription_service
        create = service.create_monitored_items

        async def create_and_tell_less(asked: ua.CreateMonitoredItemsParameters) -> Any:
            return (await create(asked))[:-1]

        monkeypatch.setattr(service, "create_monitored_items", create_and_tell_less)
        driver, device = a_driver(line.port, range(3))
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)) as reading:
            await until(lambda: reading.done() or driver.health().link == "lost")
            assert not reading.done()
            assert "3" in driver.health().reason
            monkeypatch.undo()
            await until(lambda: all(notebook.of(name(k)) and is_good(notebook.last(name(k)).quality) for k in range(3)))
        assert [notebook.last(name(k)).value for k in range(3)] == [0.0, 1.0, 2.0]


async def test_a_server_that_answers_a_read_with_nothing_ends_no_driver(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_line(range(1)) as line:
        service: Any = line.server.iserver.attribute_service
        monkeypatch.setattr(service, "read", lambda _asked: [])
        driver, device = a_driver(line.port, range(1))
        async with running(driver.run(driver.plan(device.points, GROUPS), notebook.sink)) as reading:
            await until(lambda: reading.done() or driver.health().link == "lost")
            assert not reading.done()
            monkeypatch.undo()
            await until(lambda: bool(notebook.of(name(0))) and is_good(notebook.last(name(0)).quality))
