"""Many edges in one process: each with an agent, buffer and uplink of its own, and devices that say what they are told.

Each edge reads its points once a second, at a moment of its own. A few points in turn go out of limits for a while;
each such step is noted with the device's time of its first reading out.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from array import array
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random
from typing import TextIO

from edge.agent import Agent, quiet
from edge.buffer.disk import Disk
from edge.config import load
from telemetry.batch import Batch
from telemetry.clock import SystemClock, to_us
from telemetry.quality import Quality

STEPS = "steps.jsonl"
READY = "ready.json"
INSIDE, OUTSIDE = 5.0, 9.5


@dataclass(frozen=True, slots=True)
class Task:
    """Which edges run, what they read, and how many points are out at any moment, for how long."""

    edges: tuple[str, ...]
    keys: tuple[str, ...]  # each edge's key file
    points_per_edge: int
    out: int
    out_s: int
    nats_url: str

    def write(self, path: Path) -> None:
        """Keep it for the process."""
        path.write_text(json.dumps(asdict(self)), "utf-8")

    @classmethod
    def read(cls, path: Path) -> Task:
        """What `write` kept."""
        facts = json.loads(path.read_text("utf-8"))
        return cls(tuple(facts.pop("edges")), tuple(facts.pop("keys")), **facts)


def point(edge: int, n: int) -> str:
    """The n-th point of an edge."""
    return f"hainan/bench/room-{edge}-{n // 4}/air-{n % 4 + 1}"


class Devices:
    """What all edges read, a second at a time."""

    def __init__(self, task: Task, steps: TextIO) -> None:
        self._task, self._steps = task, steps
        self._names = [tuple(point(e, n) for n in range(task.points_per_edge)) for e in range(len(task.edges))]
        self._chance = Random(1)  # noqa: S311 - the same course in every run
        self._out: dict[tuple[int, int], int] = {}  # edge and point: seconds it stays out
        self._every = max(1, round(len(task.edges) * task.out_s / max(task.out, 1)))
        self._turn = 0

    def read(self, edge: int, at_us: int) -> Batch:
        """All points of an edge at a moment."""
        n = self._task.points_per_edge
        values = array("d", [INSIDE + self._chance.randrange(-40, 40) / 100 for _ in range(n)])
        self._step(edge, at_us)
        for (whose, k), left in list(self._out.items()):
            if whose == edge:
                values[k] = OUTSIDE
                self._out[whose, k] = left - 1
                if left <= 1:
                    del self._out[whose, k]
        times = array("q", [at_us]) * n
        return Batch(self._names[edge], array("H", range(n)), times, times, values, array("B", [Quality.GOOD]) * n)

    def _step(self, edge: int, at_us: int) -> None:
        """Now and then, so that as many as asked for are out at any moment, another point goes out."""
        self._turn += 1
        if not self._task.out or self._turn % self._every:
            return
        k = self._chance.randrange(self._task.points_per_edge)
        if (edge, k) not in self._out:
            self._out[edge, k] = self._task.out_s
            step = {"point": self._names[edge][k], "at_us": at_us}
            print(json.dumps(step), file=self._steps, flush=True)


async def run(folder: Path) -> None:
    """For ever."""
    task = Task.read(folder / "task.json")
    quiet()
    with (folder / STEPS).open("w", encoding="utf-8") as steps:
        devices = Devices(task, steps)
        agents = [await _agent(task, n, folder) for n in range(len(task.edges))]
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for n, agent in enumerate(agents):
                agent.catalogue.lanes.update(dict.fromkeys(devices.read(n, 0).points, "cold-chain"))
                group.create_task(agent.run(stop))
                group.create_task(_read(agent, devices, n, n / len(agents)))
            (folder / READY).touch()


async def _agent(task: Task, n: int, folder: Path) -> Agent:
    environ = {"NATS_URL": task.nats_url, "VAR": str(folder), "ISOTHERM_EDGE_KEY": task.keys[n], "MODBUS_PORT": "1"}
    config = load(folder.parent / "plant" / "edges" / f"{task.edges[n]}.yaml", os.environ | environ)
    config, clock = replace(config, devices=()), SystemClock()
    return Agent(config, await Disk.open(config, clock), clock)


async def _read(agent: Agent, devices: Devices, edge: int, phase_s: float) -> None:
    """Once a second of the wall clock; a second that is missed is left out."""
    loop = asyncio.get_running_loop()
    began = loop.time() + phase_s
    n = 0
    while True:
        n = max(n + 1, int(loop.time() - began))
        await asyncio.sleep(max(0.0, began + n - loop.time()))
        await agent.screen.sink(devices.read(edge, to_us(SystemClock().now())))


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1])))
