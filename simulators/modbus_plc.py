"""The cold store's PLC, Modbus TCP: readings in, registers out. Units 1, 2, 3 are cold-room-1, cold-room-2, freezer-1.

Input registers (FC4): 0 air-1, 1 air-2, 2 product, 3 coil-temperature as int16 in 0.1 °C (-32768: probe broken), 4
humidity as uint16 in 0.1 %, 5-6 compressor current as float32, high word first; 7, unit 1 only, ambient as int16 in
0.1 °C. Discrete inputs (FC2): 0 door, 1 compressor running, 2 defrost, 3 mains. Anything else answers exception 2.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping
from math import isnan
from typing import cast

from pymodbus.constants import ExcCodes
from pymodbus.pdu import ModbusPDU
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

UNITS = {"cold-room-1": 1, "cold-room-2": 2, "freezer-1": 3}
BROKEN = -32_768
TEMPERATURES = ("air-1", "air-2", "product", "coil-temperature")
SWITCHES = ("door", "running", "defrost", "mains")
READ_SWITCHES, READ_REGISTERS = 2, 4
OUTSIDE = 0xFF00


def tenths(value: float) -> int:
    """A temperature as the PLC keeps it, a two's complement word of tenths; NaN is a broken probe."""
    raw = BROKEN if isnan(value) else min(32_767, max(-32_767, round(value * 10)))
    return raw & 0xFFFF


def registers(readings: Mapping[str, float]) -> list[int]:
    """Input registers of a room; with `ambient` among the readings there are 8 of them, else 7."""
    words = [tenths(readings[measure]) for measure in TEMPERATURES]
    words.append(min(65_535, max(0, round(readings["humidity"] * 10))))
    words.extend(struct.unpack(">HH", struct.pack(">f", readings["current"])))
    if "ambient" in readings:
        words.append(tenths(readings["ambient"]))
    return words


class ColdStorePlc:
    """The server, and which of its units have lost their network."""

    def __init__(self, host: str, port: int = 0) -> None:
        self._host, self.port = host, port
        self._words: dict[int, list[int]] = {unit: [] for unit in UNITS.values()}
        self._bits: dict[int, list[bool]] = {unit: [False] * len(SWITCHES) for unit in UNITS.values()}
        self._silent: set[int] = set()
        self._server: ModbusTcpServer | None = None

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        devices = [self._device(unit) for unit in UNITS.values()]
        server = ModbusTcpServer(
            [*devices, _nobody()],
            address=(self._host, self.port),
            trace_pdu=_trace_pdu,
            trace_packet=self._trace_packet,
        )
        try:
            await server.serve_forever(background=True)
        except RuntimeError as error:
            raise OSError(f"Modbus can't listen on {self._host}:{self.port}") from error
        self._server = server
        self.port = cast("asyncio.Server", server.transport).sockets[0].getsockname()[1]

    def publish(self, room: str, readings: Mapping[str, float]) -> None:
        """Take over one reading of every measure of a room."""
        self._words[UNITS[room]] = registers(readings)
        self._bits[UNITS[room]] = [bool(readings[switch]) for switch in SWITCHES]

    def cut(self, room: str) -> None:
        """The room's controller answers nothing from now on."""
        self._silent.add(UNITS[room])

    def mend(self, room: str) -> None:
        self._silent.discard(UNITS[room])

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.shutdown()  # type: ignore[no-untyped-call]
            self._server = None

    def _device(self, unit: int) -> SimDevice:
        async def refresh(code: int, _start: int, _address: int, _count: int, current: list[int], _new: object) -> None:
            if code == READ_REGISTERS:
                current[:] = self._words[unit]
            elif code == READ_SWITCHES:
                current[0] = sum(bit << k for k, bit in enumerate(self._bits[unit]))

        size = 8 if unit == 1 else 7
        none = [SimData(0, datatype=DataType.INVALID)]
        no_bits = [SimData(OUTSIDE, values=[False] * 16, datatype=DataType.BITS, readonly=True)]
        switches = [SimData(0, values=[False] * 16, datatype=DataType.BITS, readonly=True)]
        words = [SimData(0, count=size, values=0, datatype=DataType.REGISTERS, readonly=True)]
        return SimDevice(unit, (no_bits, switches, none, words), action=refresh)

    def _trace_packet(self, sending: bool, packet: bytes) -> bytes:
        """Byte 6 of a Modbus TCP frame is the unit; an answer without bytes is no answer."""
        return b"" if sending and len(packet) > 6 and packet[6] in self._silent else packet


def _nobody() -> SimDevice:
    """Any other unit: the gateway in front of the controllers gets no response (exception 11)."""

    async def no_response(*_request: object) -> ExcCodes:
        return ExcCodes.GATEWAY_NO_RESPONSE

    return SimDevice(0, [SimData(0, count=65_536, values=0, datatype=DataType.REGISTERS)], action=no_response)


def _trace_pdu(sending: bool, pdu: ModbusPDU) -> ModbusPDU:
    """pymodbus keeps bits in words of 16; a request that goes beyond our four switches is sent where nothing is."""
    if not sending and pdu.function_code == READ_SWITCHES and pdu.address + pdu.count > len(SWITCHES):
        pdu.address = 0xFFF0
    return pdu
