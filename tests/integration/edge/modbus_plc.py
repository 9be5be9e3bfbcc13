"""Modbus devices for the edge's stories: pymodbus's server, and a bare one that does what no good server would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from pymodbus.constants import ExcCodes
from pymodbus.framer import FramerType
from pymodbus.framer.rtu import FramerRTU
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from edge.drivers.modbus.config import ModbusDevice
from edge.drivers.modbus.driver import ModbusDriver
from edge.drivers.modbus.plan import ModbusPlan
from edge.strict import Group
from edge.tasks import end
from telemetry.clock import SystemClock

GROUPS = {"fast": Group(period_s=0.1)}
ROOM = "hainan/cold-store/cold-room"
READING_FUNCTIONS = {1, 2, 3, 4}


def name(unit: int, register: int) -> str:
    return f"{ROOM}-{unit}/r{register}"


def a_device(port: int, registers: Sequence[tuple[int, int]], **settings: Any) -> ModbusDevice:
    """A device of registers (unit, address), in one group unless the points say otherwise."""
    points = [
        {"point": name(u, k), "unit": u, "area": "input", "address": k, "type": "uint16", "group": "fast"}
        for u, k in registers
    ]
    told = {"name": "plc", "driver": "modbus", "host": "127.0.0.1", "port": port, "timeout_s": 0.3, "points": points}
    return ModbusDevice.model_validate({**told, **settings})


def a_driver(port: int, registers: Sequence[tuple[int, int]], **settings: Any) -> tuple[ModbusDriver, ModbusDevice]:
    device = a_device(port, registers, **settings)
    return ModbusDriver(device, SystemClock(), False), device


def planned(driver: ModbusDriver, device: ModbusDevice) -> ModbusPlan:
    return driver.plan(device.points, GROUPS)


@dataclass
class Plc:
    """A server whose register k of unit u holds 100 u + k. It notes requests, refuses some, and may fall asleep."""

    size: int = 40  # registers of a unit; what is beyond is refused
    port: int = 0
    requests: list[tuple[int, int, int]] = field(default_factory=list)  # unit, address, count
    refuses: set[int] = field(default_factory=set)
    refuses_with: ExcCodes = ExcCodes.ILLEGAL_ADDRESS
    longest: int = 125  # the most registers that it gives at once
    asleep_s: float = 0.0
    dead: set[int] = field(default_factory=set)  # units that answer after all patience
    gateway_says: ExcCodes | None = None  # in place of being silent for dead units
    functions: set[int] = field(default_factory=set)  # all that came over the wire
    connections: int = 0  # ever made
    open: int = 0  # of them

    def unit(self, number: int) -> SimDevice:
        async def look(
            function: int, start: int, address: int, count: int, now: list[int], new: object
        ) -> ExcCodes | None:
            self.requests.append((number, address, count))
            if self.refuses.intersection(range(address, address + count)):
                return self.refuses_with
            if count > self.longest:
                return ExcCodes.ILLEGAL_VALUE
            if number in self.dead and self.gateway_says is not None:
                return self.gateway_says
            await asyncio.sleep(2.0 if number in self.dead else self.asleep_s)
            return None

        values = [100 * number + k for k in range(self.size)]
        return SimDevice(number, simdata=[SimData(0, values=values, datatype=DataType.REGISTERS)], action=look)

    def note_connection(self, is_connected: bool) -> None:
        self.connections += is_connected
        self.open += 1 if is_connected else -1

    def note_function(self, at: int) -> Callable[[bool, bytes], bytes]:
        def note(sending: bool, packet: bytes) -> bytes:
            if not sending and len(packet) > at:
                self.functions.add(packet[at])
            return packet

        return note


@asynccontextmanager
async def a_plc(units: Sequence[int] = (1,), size: int = 40, framing: str = "tcp") -> AsyncIterator[Plc]:
    """A running server; at its end nothing but the functions that read may have come over the wire."""
    plc = Plc(size)
    server = ModbusTcpServer(
        [plc.unit(u) for u in units],
        framer=FramerType.RTU if framing == "rtu" else FramerType.SOCKET,
        address=("127.0.0.1", 0),
        trace_connect=plc.note_connection,
        trace_packet=plc.note_function(1 if framing == "rtu" else 7),
    )
    await server.serve_forever(background=True)
    listening: Any = server.transport
    plc.port = listening.sockets[0].getsockname()[1]
    try:
        yield plc
    finally:
        await server.shutdown()  # type: ignore[no-untyped-call]
    assert plc.functions <= READING_FUNCTIONS


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    unit: int
    function: int
    address: int
    count: int


def own_addresses(asked: Asked) -> bytes | None:
    """The honest answer of a device in which each register holds its own address, and each bit whether it is odd."""
    numbers = range(asked.address, asked.address + asked.count)
    if asked.function in {1, 2}:
        data = sum((k & 1) << i for i, k in enumerate(numbers)).to_bytes((asked.count + 7) // 8, "little")
    else:
        data = b"".join(k.to_bytes(2, "big") for k in numbers)
    return bytes([asked.function, len(data)]) + data


@dataclass
class BarePlc:
    """A socket that understands requests and says whatever it is told to, when it is told to.

    With serial framing it is like a converter: what comes down its line goes to whoever connected last.
    """

    framing: str = "tcp"
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    answer: Callable[[Asked], bytes | None] = own_addresses  # function and data; None: no word
    raw: Callable[[bytes], bytes] = bytes  # what becomes of a whole frame on its way out
    most: int = 100  # connections at a time; more are closed at once
    hangs_up: Callable[[Asked], bool] = lambda _asked: False  # requests that are met by the end of their connection
    patience: int | None = None  # requests of a connection; the next one is met by its end
    go: asyncio.Event = field(default_factory=asyncio.Event)  # answers wait for it
    sent: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _newest: asyncio.StreamWriter | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.go.set()

    def take(self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        self.connections += 1
        if len(self._open) >= self.most:
            near_out.close()
            return
        self._newest = near_out
        self._start(self._listen(near_in, near_out))

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _listen(self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        heard = 0
        self._open.add(near_out)
        try:
            while len(frame := await near_in.read(4096)) >= 8 and heard != self.patience:
                heard += 1
                head, pdu = (frame[:7], frame[6:12]) if self.framing == "tcp" else (frame[:1], frame[:6])
                asked = Asked(pdu[0], pdu[1], int.from_bytes(pdu[2:4], "big"), int.from_bytes(pdu[4:6], "big"))
                self.asked.append(asked)
                if self.hangs_up(asked):
                    return
                self._start(self._say(head, asked, near_out))
        except ConnectionError:
            pass  # the edge has dropped it, which is what some stories want
        finally:
            self._open.discard(near_out)
            near_out.close()

    async def _say(self, head: bytes, asked: Asked, near_out: asyncio.StreamWriter) -> None:
        if not self.go.is_set():
            await self.go.wait()
        pdu = self.answer(asked)
        to = self._newest if self.framing == "rtu" else near_out
        if pdu is None or to is None or to.is_closing():
            return
        to.write(self.raw(self._framed(head, pdu)))
        self.sent += 1

    def _framed(self, head: bytes, pdu: bytes) -> bytes:
        if self.framing == "tcp":
            return head[:4] + (len(pdu) + 1).to_bytes(2, "big") + head[6:7] + pdu
        return head + pdu + FramerRTU.compute_CRC(head + pdu).to_bytes(2, "big")

    async def hush(self) -> None:
        await end(list(self._tasks))


@asynccontextmanager
async def a_bare_plc(framing: str = "tcp") -> AsyncIterator[BarePlc]:
    """A running one; at its end nothing but the functions that read may have come over the wire."""
    plc = BarePlc(framing)
    server = await asyncio.start_server(plc.take, "127.0.0.1", 0)
    plc.port = server.sockets[0].getsockname()[1]
    try:
        yield plc
    finally:
        server.close()
        await plc.hush()
        await server.wait_closed()
        await asyncio.sleep(0)  # closed connections leave the loop in its next round
    assert {asked.function for asked in plc.asked} <= READING_FUNCTIONS
