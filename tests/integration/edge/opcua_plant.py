"""An OPC UA server that counts, and an edge beside it that is killed, stopped and started again."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from asyncua.server.internal_subscription import InternalSubscription

from edge.buffer.buffer import FILE, Buffer
from edge.memory import memory_path
from telemetry.clock import SystemClock
from telemetry.quality import is_good
from telemetry.wire import decode
from tests.plugins.opcua_server import URI, Line, a_line, name
from tests.plugins.waiting import until

from .conftest import running
from .lone_edge import started, written

NODES = range(3)
STILL = 3
"""A node whose value never changes."""
STEP_S = 0.05


class Plant:
    """A server that counts, and an edge that comes and goes."""

    def __init__(self, line: Line, folder: Path) -> None:
        self.line, self.folder, self.buffer = line, folder, folder / "buffer"
        self.counted = 0
        self._program: subprocess.Popen[bytes] | None = None

    async def count_for_ever(self) -> None:
        while True:
            for k in NODES:
                await self.line.write(k, 1000.0 * k + self.counted + 1)
            self.counted += 1
            await asyncio.sleep(STEP_S)

    async def count(self, n: int = 10) -> None:
        wanted = self.counted + n
        await until(lambda: self.counted >= wanted)

    @property
    def sessions(self) -> set[str]:
        return {str(token) for token in self.line.server.iserver._external_sessions}

    @property
    def subscriptions(self) -> set[int]:
        return set(self.line.server.iserver.subscription_service.subscriptions)

    @property
    def items(self) -> int:
        service = self.line.server.iserver.subscription_service
        return sum(len(each.monitored_item_srv._monitored_items) for each in service.subscriptions.values())

    @property
    def kept(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(memory_path(self.buffer, "line").read_text())
        return found

    def keeps_item(self, handle: int) -> bool:
        """Whether an item with this handle, or one that was made later, stands in what is kept of the session."""
        return any(item[0] >= handle for each in self.kept["subscriptions"] for item in each["items"])

    def has_settled(self, points: int) -> bool:
        path = memory_path(self.buffer, "line")
        return path.exists() and sum(len(each["items"]) for each in self.kept["subscriptions"]) == points

    def start(self, points: range = range(STILL + 1), **more: object) -> None:
        self._program = started(written(self.folder, device(self.line.port, points, **more)))

    async def end(self, how: signal.Signals) -> None:
        assert self._program is not None
        self._program.send_signal(how)
        assert await asyncio.to_thread(self._program.wait, 10) == (-how if how is signal.SIGKILL else 0)

    def clear_up(self) -> None:
        if self._program is not None and self._program.poll() is None:
            self._program.kill()
            self._program.wait()

    def is_cut_off(self) -> bool:
        """Whether the server knows that all its connections are gone, and is done with them."""
        server = self.line.server.bserver
        assert server is not None
        return not server.clients and all(task.done() for task in server.closing_tasks)

    async def is_heard(self) -> None:
        """Return when the server is asked for publishes again, and what it made is acknowledged."""
        (subscription, *_) = self.line.server.iserver.subscription_service.subscriptions.values()
        made = subscription._notification_seq
        await until(lambda: subscription._notification_seq > made + 2 and oldest(subscription) > made, 20)


def oldest(subscription: InternalSubscription) -> int:
    """The number of the oldest message that is not acknowledged."""
    return min(subscription._not_acknowledged_results, default=subscription._notification_seq)


def device(port: int, points: range, **more: object) -> dict[str, Any]:
    told = [{"point": name(k), "node": f"s=N{k}", "group": "fast"} for k in points]
    access = {"driver": "opcua", "url": f"opc.tcp://127.0.0.1:{port}/", "security": "none", "namespace": URI}
    return {"name": "line", **access, "timeout_s": 2, "outage_s": 60, "points": told, **more}


def stored(folder: Path) -> Mapping[str, list[tuple[int, float]]]:
    """Time and value of all good readings by point, as they are on disk."""
    assert (folder / FILE).exists()
    found: dict[str, list[tuple[int, float]]] = {}
    buffer = Buffer(folder, "edge-cold-store", SystemClock(), max_bytes=10**9, max_age_us=10**15)
    try:
        for block in buffer.read(1, 10**9, 10**6):
            for reading in decode(block.data).batch:
                if is_good(reading.quality):
                    found.setdefault(reading.point, []).append((reading.device_us, reading.value))
    finally:
        buffer.close()
    return found


@asynccontextmanager
async def a_plant(var: Path) -> AsyncIterator[Plant]:
    async with a_line(range(STILL + 1)) as line:
        plant = Plant(line, var)
        try:
            async with running(plant.count_for_ever()):
                yield plant
        finally:
            plant.clear_up()


def is_whole(plant: Plant, last: int, nodes: range = NODES) -> None:
    """Every number up to the last is there once; a value that still holds may be told again, at a later time."""
    found = stored(plant.buffer)
    for k in nodes:
        readings = found[name(k)]
        assert max(Counter(readings).values()) == 1
        numbers = {round(value - 1000 * k) for _, value in readings}
        first = min(numbers - {0})
        assert sorted(numbers - {0}) == list(range(first, max(numbers) + 1))
        assert max(numbers) >= last
        times_told = Counter(value for _, value in readings)
        assert sum(n - 1 for n in times_told.values()) <= 6, times_told
