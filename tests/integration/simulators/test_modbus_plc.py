"""The cold store's PLC, read over the wire as the edge reads it."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusIOException

from simulators import control
from tests.integration.simulators.conftest import Running, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def client(plant: Running) -> AsyncIterator[AsyncModbusTcpClient]:
    client = AsyncModbusTcpClient("127.0.0.1", port=plant.ready["modbus"]["port"], timeout=0.5, retries=0)
    assert await client.connect()
    yield client
    client.close()


def signed(word: int) -> int:
    return word - 65_536 if word > 32_767 else word


async def words(client: AsyncModbusTcpClient, unit: int, count: int = 7) -> list[int]:
    answer = await client.read_input_registers(0, count=count, device_id=unit)
    assert not answer.isError()
    return list(answer.registers)


@pytest.mark.parametrize(("unit", "low", "high"), [(1, 2.0, 8.0), (2, 2.0, 8.0), (3, -25.0, -15.0)])
async def test_each_room_reads_cold_in_tenths_of_a_degree(
    client: AsyncModbusTcpClient, unit: int, low: float, high: float
) -> None:
    registers = await words(client, unit)
    for word in registers[:3]:
        assert low < signed(word) / 10 < high
    assert 20 < registers[4] / 10 <= 100


async def test_registers_are_what_the_plant_says(client: AsyncModbusTcpClient, plant: Running) -> None:
    registers, said = await words(client, 1, 8), await plant.readings()
    room, unit = "hainan/cold-store/cold-room-1", "hainan/cold-store/cold-room-1-compressor"
    assert abs(signed(registers[0]) / 10 - said[f"{room}/air-1"]) < 0.5
    assert abs(signed(registers[7]) / 10 - said["hainan/cold-store/outdoor/ambient"]) < 0.5
    switches = (await client.read_discrete_inputs(0, count=4, device_id=1)).bits[:4]
    assert switches[3]
    current = struct.unpack(">f", struct.pack(">HH", *registers[5:7]))[0]
    if bool(said[f"{unit}/running"]) == switches[1]:
        assert (current > 3) == switches[1]


async def test_power_suction_pressure_and_fans_have_registers_of_their_own(
    client: AsyncModbusTcpClient, plant: Running
) -> None:
    answer = await client.read_input_registers(10, count=4, device_id=3)
    assert not answer.isError()
    high, low, suction, fan = answer.registers
    power = struct.unpack(">f", struct.pack(">HH", high, low))[0]
    assert power == 0 or 4 < power < 12
    assert 0.8 < suction / 100 < 4.5
    assert fan / 100 == pytest.approx(1.2, abs=0.1) or fan == 0, "fans stand while the coil is heated"


@pytest.mark.parametrize(
    ("ask", "address", "count", "unit"),
    [
        ("read_input_registers", 7, 1, 2),
        ("read_input_registers", 0, 9, 1),
        ("read_input_registers", 40, 1, 3),
        ("read_input_registers", 9, 2, 1),
        ("read_input_registers", 14, 1, 2),
        ("read_discrete_inputs", 0, 5, 1),
        ("read_discrete_inputs", 4, 1, 1),
        ("read_holding_registers", 0, 1, 1),
        ("read_coils", 0, 1, 1),
    ],
)
async def test_a_read_outside_answers_exception_2(
    client: AsyncModbusTcpClient, ask: str, address: int, count: int, unit: int
) -> None:
    answer = await getattr(client, ask)(address, count=count, device_id=unit)
    assert answer.isError()
    assert answer.exception_code == 2


async def test_nothing_can_be_written(client: AsyncModbusTcpClient) -> None:
    before = await words(client, 2)
    assert (await client.write_register(0, 1234, device_id=2)).exception_code == 2
    assert (await client.write_coil(0, True, device_id=2)).exception_code == 2
    assert abs(signed((await words(client, 2))[0]) - signed(before[0])) < 10


async def test_a_unit_that_is_not_there_is_told_by_the_gateway(client: AsyncModbusTcpClient) -> None:
    assert (await client.read_input_registers(0, count=1, device_id=9)).exception_code == 11


async def test_a_broken_probe_reads_minus_32768_and_its_neighbours_read_on(
    client: AsyncModbusTcpClient, plant: Running
) -> None:
    await plant.ask(control.switch_on, "cold-room-2", "probe-loss")
    registers = await eventually(lambda: words(client, 2), lambda seen: signed(seen[0]) == -32_768)
    assert 20 < signed(registers[1]) < 80
    await plant.ask(control.switch_off, "cold-room-2")
    await eventually(lambda: words(client, 2), lambda seen: 20 < signed(seen[0]) < 80)


async def test_mains_lost_and_door_left_open_show_as_switches(client: AsyncModbusTcpClient, plant: Running) -> None:
    async def switches() -> list[bool]:
        return list((await client.read_discrete_inputs(0, count=4, device_id=3)).bits[:4])

    assert (await switches())[3]
    await plant.ask(control.switch_on, "freezer-1", "mains-lost")
    await plant.ask(control.switch_on, "freezer-1", "door-left-open")
    await eventually(switches, lambda seen: seen == [True, False, False, False])


async def test_a_room_without_network_does_not_answer_and_the_others_do(
    client: AsyncModbusTcpClient, plant: Running
) -> None:
    await plant.ask(control.switch_on, "cold-room-1", "network-lost")
    with pytest.raises(ModbusIOException):
        await words(client, 1)
    await client.connect()
    assert await words(client, 2)
    await plant.ask(control.switch_off, "cold-room-1", "network-lost")
    assert await words(client, 1)
