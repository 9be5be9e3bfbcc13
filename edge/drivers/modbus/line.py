"""One TCP connection to a Modbus device, one request at a time: bytes of values out of it, or the reason why not.

After a time-out the connection is dropped: a late answer on it could be taken for the answer to the next request.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerType

from edge.backoff import Backoff
from edge.drivers.modbus.answers import ANSWERS, pdu_for
from edge.drivers.modbus.config import ModbusDevice
from edge.drivers.modbus.planner import Request
from edge.drivers.modbus.types import FUNCTIONS
from telemetry.errors import Unavailable

_FRAMERS = {"tcp": FramerType.SOCKET, "rtu": FramerType.RTU}

ILLEGAL = frozenset({1, 2, 3})
"""Function, address or value: the device does not have what was asked for."""

GATEWAY = frozenset({10, 11})
"""A gateway's word that the unit behind it does not answer."""

_WORDS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledge",
    6: "device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target does not answer",
}


class Unreachable(Unavailable):
    """The device takes no connection, or closes it."""


class HungUp(Unreachable):
    """The device takes the connection, and meets this request by closing it."""


class NoAnswer(Unavailable):
    """The unit did not answer in time."""


class Nonsense(Unavailable):
    """The unit's answer does not fit the question."""


class Refused(Unavailable):
    """The unit answered with an exception."""

    def __init__(self, request: Request, code: int) -> None:
        self.exception = code
        super().__init__(request=request, exception=f"{code} {_WORDS.get(code, 'unknown')}")


class Line:
    """A connection that is made when it is needed, and kept."""

    def __init__(self, device: ModbusDevice) -> None:
        self._device = device
        self.round_trip_s: float | None = None  # of the last request that was answered
        self._client: AsyncModbusTcpClient | None = None
        self._lock = asyncio.Lock()
        self._patience: asyncio.Timeout | None = None
        self._connecting = Backoff(1, 10)
        self._connect_again_at = 0.0  # loop time
        self._free_at = 0.0  # loop time of the last answer
        self._late_until = 0.0  # loop time until which an answer given up may still come down a serial line

    async def read(self, request: Request) -> bytes:
        """Bytes of the values of a request. Raises Unreachable, HungUp, NoAnswer, Nonsense or Refused."""
        async with self._lock:
            if self._client is not None and self._client.connected:
                with suppress(Unreachable):  # a device may close a connection that rested: it is made once more
                    return await self._read(request)
            if asyncio.get_running_loop().time() < self._connect_again_at:
                raise Unreachable(host=self._device.host, port=self._device.port)
            try:
                return await self._read(request)
            except HungUp:
                raise  # other requests may fare better
            except Unreachable:
                self._connect_again_at = asyncio.get_running_loop().time() + self._connecting.next_s()
                raise

    async def _read(self, request: Request) -> bytes:
        client = await self._connected()
        await self._pause(request)
        try:
            answer = await self._ask(client, request)
        except (ModbusException, TimeoutError, OSError) as error:
            gone = not client.connected
            self._give_up()
            if gone:
                raise HungUp(request=request) from error
            if isinstance(error, TimeoutError):
                raise NoAnswer(request=request) from error
            raise Nonsense(request=request, reason=error) from error
        except asyncio.CancelledError:
            self._give_up()  # its answer would come to whoever asks next
            raise
        finally:
            self._free_at = asyncio.get_running_loop().time()
        self._connecting.reset()
        return self._payload(request, answer)

    async def _ask(self, client: AsyncModbusTcpClient, request: Request) -> Any:
        asked_s = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(self._device.timeout_s) as self._patience:
                answer = await client.execute(False, pdu_for(request))
        finally:
            self._patience = None
        self.round_trip_s = asyncio.get_running_loop().time() - asked_s
        return answer

    def _payload(self, request: Request, answer: Any) -> bytes:
        if answer.function_code & 0x7F != FUNCTIONS[request.area]:
            self._give_up()
            raise Nonsense(request=request, function=answer.function_code)
        if answer.isError():
            raise Refused(request, answer.exception_code)
        data: bytes = answer.data
        if len(data) != request.bytes_due:
            self._give_up()
            raise Nonsense(request=request, bytes=len(data), due=request.bytes_due)
        return data

    async def _connected(self) -> AsyncModbusTcpClient:
        if self._client is None or not self._client.connected:
            self.drop()
            self._client = client = self._new_client()
            if not await client.connect():
                self.drop()
                raise Unreachable(host=self._device.host, port=self._device.port)
        return self._client

    def _new_client(self) -> AsyncModbusTcpClient:
        """A client without retries and reconnecting of its own: the schedule decides when to ask again."""
        client = AsyncModbusTcpClient(
            self._device.host,
            port=self._device.port,
            framer=_FRAMERS[self._device.framing],
            timeout=self._device.timeout_s + 1,  # ours is the first to run out
            retries=0,
            reconnect_delay=0,
            trace_connect=self._connection_changed,
        )
        for answer in ANSWERS:
            client.register(answer)
        return client

    def _connection_changed(self, is_connected: bool) -> None:
        """Whoever waits for an answer on a connection that the device has closed waits for nothing."""
        if not is_connected and self._patience is not None and not self._patience.expired():
            self._patience.reschedule(asyncio.get_running_loop().time())

    async def _pause(self, request: Request) -> None:
        """Silence that the unit needs; and on a serial line, where answers bear no number, that of a late answer."""
        until = max(self._free_at + self._device.limits_of(request.unit).pause_s, self._late_until)
        await asyncio.sleep(max(0.0, until - asyncio.get_running_loop().time()))

    def _give_up(self) -> None:
        self.drop()
        if self._device.framing == "rtu":
            self._late_until = asyncio.get_running_loop().time() + self._device.timeout_s

    def drop(self) -> None:
        """Close the connection; the next read makes another."""
        if self._client is not None:
            self._client.close()
            self._client = None
