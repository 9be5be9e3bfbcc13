"""An edge without a plant, for stories: what it takes stays in its buffer, where the story reads it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge.agent import Agent
from edge.buffer.disk import Disk
from edge.config import load
from edge.config_file import ConfigFile
from simulators.cable import Cable
from telemetry.batch import Reading
from telemetry.clock import Clock, SystemClock
from telemetry.quality import Quality
from telemetry.wire import decode
from tests.plugins.mosquitto import Mosquitto

from .conftest import running

PERIOD_S = 0.1
ROOM = "hainan/cold-store/cold-room-1"
OWN = "hainan/edges/edge-cold-store"


@contextmanager
def a_broker(folder: Path) -> Iterator[Mosquitto]:
    """Debian's mosquitto."""
    (folder / "mosquitto").mkdir()
    broker = Mosquitto(folder / "mosquitto")
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


class CountingCable(Cable):
    """A cable that counts the connections it was asked for."""

    carried = 0

    def _carry(self, *ends: Any) -> None:
        self.carried += 1
        super()._carry(*ends)


@asynccontextmanager
async def counted(port: int) -> AsyncIterator[CountingCable]:
    cable = CountingCable("127.0.0.1")
    await cable.lay()
    cable.lead_to("127.0.0.1", port)
    try:
        yield cable
    finally:
        await cable.close()


def device(name: str, port: int, registers: Sequence[int], **more: object) -> dict[str, Any]:
    points = [
        {"point": point(name, k), "area": "input", "address": k, "type": "uint16", "group": "fast"} for k in registers
    ]
    plain = {"name": name, "driver": "modbus", "host": "127.0.0.1", "port": port, "timeout_s": 0.5, "points": points}
    return {**plain, **more}


def point(name: str, register: int) -> str:
    return f"{ROOM}/{name}-{register}"


@dataclass
class Edge:
    """A running edge without a plant: what it takes stays in its buffer, where the story reads it."""

    folder: Path
    agent: Agent
    hup: asyncio.Event = field(default_factory=asyncio.Event)
    readings: list[Reading] = field(default_factory=list)
    sequences: list[int] = field(default_factory=list)
    _read_to: int = 0

    @property
    def path(self) -> Path:
        return self.folder / "edge.yaml"

    async def read(self) -> None:
        blocks = await self.agent.disk.run(lambda buffer: buffer.read(self._read_to + 1, 10**9, 10**6))
        for block in blocks:
            self._read_to = block.sequence
            self.sequences.append(block.sequence)
            self.readings += decode(block.data).batch

    def of(self, name: str) -> list[Reading]:
        return [reading for reading in self.readings if reading.point == name]

    async def has(self, name: str, n: int = 1, quality: int = Quality.GOOD) -> None:
        """Return when so many more readings of a point are on disk."""

        def count() -> int:
            return sum(reading.quality == quality for reading in self.of(name))

        wanted = count() + n
        await self.until(lambda: count() >= wanted)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return when it holds of what is on disk."""
        async with asyncio.timeout(20):
            while not holds():
                await asyncio.sleep(PERIOD_S / 2)
                await self.read()


def written(folder: Path, *devices: dict[str, Any], **more: object) -> Path:
    config = {
        "edge": "edge-cold-store",
        "site": "hainan",
        "uplink": {"url": "nats://127.0.0.1:1"},
        "buffer": {"folder": str(folder / "buffer")},
        "groups": {"fast": {"period_s": PERIOD_S, "class": "cold-chain"}},
        "devices": list(devices),
    }
    path = folder / "edge.yaml"
    path.write_text(json.dumps(config | more))  # JSON is YAML
    return path


@asynccontextmanager
async def an_edge(
    folder: Path, *devices: dict[str, Any], clock: Clock | None = None, **more: object
) -> AsyncIterator[Edge]:
    path = written(folder, *devices, **more)
    config, clock, stop = load(path), clock or SystemClock(), asyncio.Event()
    disk = await Disk.open(config, clock)
    try:
        edge = Edge(folder, Agent(config, disk, clock))
        file = ConfigFile(path, edge.agent.reload, edge.agent.refused)
        async with running(edge.agent.run(stop, file, edge.hup)) as task:
            yield edge
            stop.set()
            await task
    finally:
        await disk.close()


RUN = """
import asyncio, sys
from pathlib import Path
from edge.agent import run_until_signal
from edge.config import load
path = Path(sys.argv[1])
asyncio.run(run_until_signal(load(path), path))
"""


def started(path: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", RUN, str(path)], env=os.environ | {"PYTHONWARNINGS": "error"})
