"""A Modbus TCP device whose registers hold the number of the request: each answer is a number, given to all points."""

from __future__ import annotations

import asyncio
from typing import Any

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from tests.faults.numbered import PERIOD_S, points_of, value_of


class ModbusDevice:
    """It gives only when it is asked, and never again what it gave."""

    protocol = "modbus"

    def __init__(self, first_place: int) -> None:
        self.points = points_of(self.protocol, first_place)
        self.given = 0
        self._server: ModbusTcpServer | None = None

    async def start(self) -> int:
        words = SimData(0, count=2 * len(self.points), values=0, datatype=DataType.REGISTERS)
        self._server = ModbusTcpServer([SimDevice(1, simdata=[words], action=self._answer)], address=("127.0.0.1", 0))
        await self._server.serve_forever(background=True)
        listening: Any = self._server.transport
        port: int = listening.sockets[0].getsockname()[1]
        return port

    async def _answer(self, _code: int, _start: int, _address: int, _n: int, now: list[int], _new: object) -> None:
        self.given += 1
        numbers = [value_of(point.place, self.given) for point in self.points]
        now[:] = [word for number in numbers for word in (number >> 16, number & 0xFFFF)]

    def config(self, port: int) -> dict[str, Any]:
        at = [{"area": "input", "address": 2 * k, "type": "uint32"} for k in range(len(self.points))]
        points = [{"point": p.name, "group": "all", **where} for p, where in zip(self.points, at, strict=True)]
        return {"driver": "modbus", "host": "127.0.0.1", "port": port, "timeout_s": 20 * PERIOD_S, "points": points}

    async def awaited(self) -> None:
        """What is polled gives nothing before it is asked."""

    async def give_for_ever(self) -> None:
        await asyncio.get_running_loop().create_future()

    async def stop(self) -> None:
        assert self._server is not None
        await self._server.shutdown()  # type: ignore[no-untyped-call]
