"""One TCP connection to a Modbus device, one request at a time.

After a time-out the connection is dropped: a late answer on it could be taken for the answer to the next request.
"""

from __future__ import annotations

import asyncio
from typing import Any

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException

from edge.drivers.modbus.planner import Request
from telemetry.errors import Unavailable

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE, DEVICE_FAILURE = 1, 2, 3, 4
GATEWAY_CODES = frozenset({10, 11})
"""A gateway's word that the unit behind it does not answer."""


class Unreachable(Unavailable):
    """The device does not accept a connection."""


class NoAnswer(Unavailable):
    """The unit did not answer in time."""


class Refused(Unavailable):
    """The unit answered with an exception."""

    def __init__(self, request: Request, exception: int) -> None:
        self.exception = exception
        super().__init__(request=request, exception=exception)


class Line:
    """A connection that is made when it is needed."""

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        self._address = (host, port)
        self._timeout_s = timeout_s
        self._client: AsyncModbusTcpClient | None = None
        self._lock = asyncio.Lock()

    async def read(self, request: Request) -> list[int] | list[bool]:
        """Registers or bits of a request. Raises Unreachable, NoAnswer or Refused."""
        async with self._lock:
            client = await self._connected()
            try:
                async with asyncio.timeout(self._timeout_s * 2):
                    answer = await _ask(client, request)
            except (ModbusException, TimeoutError, OSError) as error:
                self.drop()
                raise NoAnswer(request=request, reason=error) from error
            except asyncio.CancelledError:
                self.drop()  # its answer would come to whoever asks next
                raise
        if answer.isError():
            raise Refused(request, answer.exception_code)
        values: list[int] | list[bool] = answer.registers or answer.bits
        return values[: request.count]

    async def _connected(self) -> AsyncModbusTcpClient:
        if self._client is None or not self._client.connected:
            self.drop()
            host, port = self._address
            # no retries and no reconnecting of its own: the schedule decides when to ask again
            client = AsyncModbusTcpClient(host, port=port, timeout=self._timeout_s, retries=0, reconnect_delay=0)
            self._client = client
            if not await client.connect():
                self.drop()
                raise Unreachable(host=host, port=port)
        return self._client

    def drop(self) -> None:
        """Close the connection; the next read makes another."""
        if self._client is not None:
            self._client.close()
            self._client = None


async def _ask(client: AsyncModbusTcpClient, request: Request) -> Any:
    ask = {
        "input": client.read_input_registers,
        "holding": client.read_holding_registers,
        "discrete": client.read_discrete_inputs,
        "coil": client.read_coils,
    }[request.area]
    return await ask(request.address, count=request.count, device_id=request.unit)
