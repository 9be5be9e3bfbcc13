"""A Modbus TCP station whose units can only be read: input registers (FC4) and discrete inputs (FC2).

What lies outside a unit's registers or switches answers exception 2, a unit that is not there exception 11. A unit may
be cut off: then it answers nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from pymodbus.constants import ExcCodes
from pymodbus.pdu import ModbusPDU
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

READ_SWITCHES, READ_REGISTERS = 2, 4
OUTSIDE, BEYOND = 0xFF00, 0xFFF0


@dataclass(slots=True)
class Unit:
    """What a unit answers now."""

    size: int  # how many input registers it has from address 0 on
    further: tuple[tuple[int, int], ...] = ()  # first address and number of those beyond a hole
    words: list[int] = field(default_factory=list)
    bits: list[bool] = field(default_factory=list)


class Station:
    """The server, and which of its units are cut off. All units have the same number of switches."""

    def __init__(self, host: str, port: int, units: Mapping[int, Unit], switches: int) -> None:
        self._host, self.port = host, port
        self.units, self._switches = units, switches
        self.silent: set[int] = set()
        self._server: ModbusTcpServer | None = None

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        devices = [self._device(number, unit) for number, unit in self.units.items()]
        server = ModbusTcpServer(
            [*devices, _nobody()],
            address=(self._host, self.port),
            trace_pdu=self._trace_pdu,
            trace_packet=self._trace_packet,
        )
        try:
            await server.serve_forever(background=True)
        except RuntimeError as error:
            raise OSError(f"Modbus can't listen on {self._host}:{self.port}") from error
        self._server = server
        self.port = cast("asyncio.Server", server.transport).sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.shutdown()  # type: ignore[no-untyped-call]
            self._server = None

    @staticmethod
    def _device(number: int, unit: Unit) -> SimDevice:
        async def refresh(code: int, _start: int, _address: int, _count: int, current: list[int], _new: object) -> None:
            if code == READ_REGISTERS:
                current[:] = unit.words
            elif code == READ_SWITCHES:
                current[0] = sum(bit << k for k, bit in enumerate(unit.bits))

        none = [SimData(0, datatype=DataType.INVALID)]
        no_bits = [SimData(OUTSIDE, values=[False] * 16, datatype=DataType.BITS, readonly=True)]
        switches = [SimData(0, values=[False] * 16, datatype=DataType.BITS, readonly=True)]
        words = [
            SimData(first, count=count, values=0, datatype=DataType.REGISTERS, readonly=True)
            for first, count in ((0, unit.size), *unit.further)
        ]
        return SimDevice(number, (no_bits, switches, none, words), action=refresh)

    def _trace_packet(self, sending: bool, packet: bytes) -> bytes:
        """Byte 6 of a Modbus TCP frame is the unit; an answer without bytes is no answer."""
        return b"" if sending and len(packet) > 6 and packet[6] in self.silent else packet

    def _trace_pdu(self, sending: bool, pdu: ModbusPDU) -> ModbusPDU:
        """pymodbus keeps bits in words of 16; a request that goes beyond our switches is sent where nothing is."""
        if not sending and pdu.function_code == READ_SWITCHES and pdu.address + pdu.count > self._switches:
            pdu.address = BEYOND
        return pdu


def _nobody() -> SimDevice:
    """Any other unit: the gateway in front of the controllers gets no response (exception 11)."""

    async def no_response(*_request: object) -> ExcCodes:
        return ExcCodes.GATEWAY_NO_RESPONSE

    return SimDevice(0, [SimData(0, count=65_536, values=0, datatype=DataType.REGISTERS)], action=no_response)
