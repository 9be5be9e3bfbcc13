"""The filling line, read over the wire by a real OPC UA client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from asyncua import ua
from asyncua.client.client import Client
from asyncua.common.node import Node
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaError, UaStatusCodeError

from simulators import control
from simulators.opcua_line import NAMESPACE, node_name
from simulators.physics.line import FillingLine
from tests.integration.simulators.conftest import Running

TYPES = {"good-count": ua.VariantType.UInt32, "reject-count": ua.VariantType.UInt32, "state": ua.VariantType.Int32}

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def client(plant: Running) -> AsyncIterator[Client]:
    async with Client(plant.ready["opcua"]["url"]) as client:
        yield client


async def node(client: Client, measure: str) -> Node:
    index = await client.get_namespace_index(NAMESPACE)
    return client.get_node(f"ns={index};s={node_name(measure)}")


class Seen:
    """What a subscription delivers."""

    def __init__(self) -> None:
        self.values: asyncio.Queue[Any] = asyncio.Queue()

    def datachange_notification(self, _node: object, _value: object, data: Any) -> None:
        self.values.put_nowait(data.monitored_item.Value)


async def test_every_measure_has_its_node_type_and_source_time(client: Client) -> None:
    for measure in FillingLine.measures:
        read: Any = await (await node(client, measure)).read_data_value()
        assert read.StatusCode.is_good()
        assert read.Value.VariantType is TYPES.get(measure, ua.VariantType.Double)
        assert abs(read.SourceTimestamp - datetime.now(UTC)) < timedelta(seconds=5)


async def test_names_are_camel_case() -> None:
    assert node_name("supply-flow", "ahu-1") == "Ahu1.SupplyFlow"
    assert [node_name(m) for m in ("speed", "motor-current", "bearing-temperature")] == [
        "Line1.Speed",
        "Line1.MotorCurrent",
        "Line1.BearingTemperature",
    ]


async def test_a_subscription_gets_a_value_a_second_with_its_own_source_time(client: Client) -> None:
    seen = Seen()
    subscription = await client.create_subscription(100, seen)
    await subscription.subscribe_data_change(await node(client, "room-pressure"))
    values = [await asyncio.wait_for(seen.values.get(), 5) for _ in range(3)]
    await subscription.delete()
    stamps = [value.SourceTimestamp for value in values]
    assert stamps == sorted(set(stamps))
    ticks = (stamps[2] - stamps[1]) / timedelta(seconds=1)  # more than one where the value was the same again
    assert round(ticks) >= 1
    assert abs(ticks - round(ticks)) < 0.4


async def test_a_broken_probe_has_a_bad_status_and_no_value(client: Client, plant: Running) -> None:
    seen = Seen()
    subscription = await client.create_subscription(100, seen)
    await subscription.subscribe_data_change(await node(client, "room-temperature"))
    await plant.ask(control.switch_on, "line-1", "probe-loss")
    async with asyncio.timeout(5):
        while (value := await seen.values.get()).StatusCode.is_good():
            pass
    assert value.StatusCode.value == StatusCodes.BadSensorFailure
    assert value.Value.Value is None
    await plant.ask(control.switch_off, "line-1")
    async with asyncio.timeout(5):
        while not (value := await seen.values.get()).StatusCode.is_good():
            pass
    assert 15 < value.Value.Value < 27
    await subscription.delete()


async def test_nobody_can_write(client: Client) -> None:
    with pytest.raises(UaStatusCodeError):
        await (await node(client, "speed")).write_value(1.0)


async def test_a_lost_network_breaks_the_connection_until_it_is_back(plant: Running) -> None:
    url = plant.ready["opcua"]["url"]
    async with Client(url) as client:
        await plant.ask(control.switch_on, "line-1", "network-lost")
        with pytest.raises((ConnectionError, asyncio.TimeoutError, UaError)):
            await (await node(client, "speed")).read_value()
    refused = Client(url, timeout=1)
    with pytest.raises((OSError, asyncio.TimeoutError, UaError)):
        await refused.connect()
    await plant.ask(control.switch_off, "line-1", "network-lost")
    async with Client(url) as again:
        assert await (await node(again, "speed")).read_value() is not None
