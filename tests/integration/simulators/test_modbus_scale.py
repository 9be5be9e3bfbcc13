"""The weighing terminal, read over the wire as the edge reads it."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator
from math import isnan

import pytest
import pytest_asyncio
from pymodbus.client import AsyncModbusTcpClient

from simulators import control
from tests.integration.simulators.conftest import Running, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")
GROSS = "hainan/filling/scale-1/weight"


@pytest_asyncio.fixture(loop_scope="module")
async def client(plant: Running) -> AsyncIterator[AsyncModbusTcpClient]:
    client = AsyncModbusTcpClient("127.0.0.1", port=plant.ready["scale"]["port"], timeout=0.5, retries=0)
    assert await client.connect()
    yield client
    client.close()


async def shown(client: AsyncModbusTcpClient) -> tuple[float, bool, bool]:
    """Weight, settled, overload."""
    words = await client.read_input_registers(0, count=2, device_id=1)
    switches = await client.read_discrete_inputs(0, count=2, device_id=1)
    return struct.unpack(">f", struct.pack(">HH", *words.registers))[0], *switches.bits[:2]


async def test_what_is_put_on_it_is_shown_once_it_is_at_rest(client: AsyncModbusTcpClient, plant: Running) -> None:
    async def look() -> tuple[float, bool, bool]:
        return await shown(client)

    await plant.ask(control.put, "scale-1", 222.26)
    at_rest = await eventually(look, lambda seen: seen[1] and seen[0] > 222.25)  # two requests: a tick may lie between
    assert at_rest == (pytest.approx(222.3, abs=0.05), True, False)
    assert (await plant.readings())[GROSS] == pytest.approx(222.3)
    await plant.ask(control.put, "scale-1", 9000.0)
    assert isnan((await eventually(look, lambda seen: seen[2]))[0])
    assert (await plant.readings())[GROSS] is None
    await plant.ask(control.put, "scale-1", 0.0)
    assert await eventually(look, lambda seen: seen[1] and not seen[0]) == (0.0, True, False)


@pytest.mark.parametrize(
    ("ask", "address", "count", "unit", "exception"),
    [
        ("read_input_registers", 1, 2, 1, 2),
        ("read_discrete_inputs", 0, 3, 1, 2),
        ("read_holding_registers", 0, 1, 1, 2),
        ("read_input_registers", 0, 2, 2, 11),
    ],
)
async def test_what_it_has_not_answers_an_exception(
    client: AsyncModbusTcpClient, ask: str, address: int, count: int, unit: int, exception: int
) -> None:
    answer = await getattr(client, ask)(address, count=count, device_id=unit)
    assert answer.isError()
    assert answer.exception_code == exception
