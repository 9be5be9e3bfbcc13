"""A Modbus TCP device in a process of its own: 1,000 holding registers, each of which changes with every answer."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from random import Random
from typing import Any

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

REGISTERS = 1000
READY = "ready.json"


class Device:
    """The registers, and what they hold next."""

    def __init__(self) -> None:
        self._chance = Random(1)  # noqa: S311 - the same course in every run
        self._shift = 0

    async def look(self, _code: int, _start: int, address: int, n: int, now: list[int], _new: object) -> None:
        """Before an answer: the registers asked for move on by some tenths around a level of each one's own."""
        self._shift = (self._shift + self._chance.randrange(1, 50)) % 50
        now[address : address + n] = [200 + k % 83 * 7 + (k + self._shift) % 50 for k in range(address, address + n)]

    async def serve(self, folder: Path) -> None:
        """Answer for ever; the port goes to the file READY."""
        words = SimData(0, count=REGISTERS, values=0, datatype=DataType.REGISTERS)
        server = ModbusTcpServer([SimDevice(1, simdata=[words], action=self.look)], address=("127.0.0.1", 0))
        await server.serve_forever(background=True)
        listening: Any = server.transport
        port = listening.sockets[0].getsockname()[1]
        (folder / "half.json").write_text(json.dumps({"port": port}), "utf-8")
        (folder / "half.json").replace(folder / READY)
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(Device().serve(Path(sys.argv[1])))
