"""What an edge costs: processor time a value, from an OPC UA server to the commit in the database.

A machine of 1,000 nodes writes 4,000 values a second; the edge's agent, a nats-server, the gateway and PostgreSQL are
those of a plant, each in its own process. The processor time (user and system) of the edge's process alone is divided
by the readings that were committed meanwhile.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
from psycopg import AsyncConnection

from isotherm.bench.machine import Task, Variable
from isotherm.bench.throwaway import SITE, edge_config, plant_for, process_of, start_machine, start_programs
from isotherm.engines import postgres
from isotherm.progress import step
from isotherm.running import Plant
from telemetry import queries

SQL = queries.load(Path(__file__).with_name("queries.sql"))
EDGE = "edge-bench"
FLOW_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Load:
    """How long and how much."""

    nodes: int = 1000
    period_s: float = 0.25  # of writing a node, of sampling and of publishing
    warm_up_s: float = 4.0
    windows: int = 3
    window_s: float = 5.0
    idle_s: float = 10.0


SHORT = Load(warm_up_s=2.0, windows=2, window_s=2.5, idle_s=3.0)


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where the edge stands at a moment."""

    at_s: float
    cpu_s: float
    stored: int


async def measure(load: Load) -> dict[str, Any]:
    """CPU µs a value (all, and of each window), values/s, idle CPU in % of a core, and memory in MB."""
    nodes = {f"{SITE}/bench/machine/value-{i}": f"Value{i}" for i in range(load.nodes)}
    config = edge_config(EDGE, nodes, period_s=load.period_s, lane="process")
    task = Task(load.period_s, tuple(Variable(node, 20.0) for node in nodes.values()))
    async with plant_for(EDGE, config) as plant:
        await plant.start_database()
        await plant.start_stream()
        await start_programs(plant, "gateway")
        await plant.start_edges({"OPCUA_URL": await start_machine(plant, task)})
        async with await AsyncConnection.connect(plant.cluster.dsn(postgres.APP), autocommit=True) as database:
            return await _measured(plant, database, load)


async def _measured(plant: Plant, database: AsyncConnection[Any], load: Load) -> dict[str, Any]:
    with step("Waiting for readings"):
        await _flow(plant, database, 3 * load.nodes)
        await asyncio.sleep(load.warm_up_s)
    process = process_of(plant, EDGE)
    with step(f"Measuring the edge for {load.windows * load.window_s:g} s"):
        marks = [await _mark(process, database)]
        for _ in range(load.windows):
            await asyncio.sleep(load.window_s)
            marks.append(await _mark(process, database))
    busy_mb = process.memory_info().rss / 1e6
    return {
        **cost(marks),
        "nodes": load.nodes,
        "rss_mb": round(busy_mb, 1),
        **await _idle(plant, process, load),
    }


def cost(marks: Sequence[_Mark]) -> dict[str, Any]:
    """CPU µs a value over all marks and between neighbours, and values/s."""
    first, last = marks[0], marks[-1]
    return {
        "cpu_us_per_value": _us_per_value(first, last),
        "cpu_us_per_value_by_window": [_us_per_value(a, b) for a, b in pairwise(marks)],
        "values_per_s": round((last.stored - first.stored) / (last.at_s - first.at_s)),
        "cpu_percent": round(100 * (last.cpu_s - first.cpu_s) / (last.at_s - first.at_s), 1),
    }


def _us_per_value(first: _Mark, last: _Mark) -> float:
    return round((last.cpu_s - first.cpu_s) * 1e6 / (last.stored - first.stored), 1)


async def _flow(plant: Plant, database: AsyncConnection[Any], readings: int) -> None:
    """Return when so many readings are committed. Raises TimeoutError."""

    async def flows() -> bool:
        return await _stored(database) >= readings

    async with asyncio.timeout(FLOW_WITHIN_S):
        await plant.answers(flows)


async def _idle(plant: Plant, process: psutil.Process, load: Load) -> dict[str, float]:
    """The machine rests, its subscriptions stay: what the edge uses then, in % of a core."""
    with step(f"Measuring the idle edge for {load.idle_s:g} s"):
        process_of(plant, "machine").send_signal(signal.SIGUSR1)
        await asyncio.sleep(load.warm_up_s)
        began, loop = _cpu_s(process), asyncio.get_running_loop()
        at_s = loop.time()
        await asyncio.sleep(load.idle_s)
        percent = 100 * (_cpu_s(process) - began) / (loop.time() - at_s)
    return {"idle_cpu_percent": round(percent, 2)}


async def _mark(process: psutil.Process, database: AsyncConnection[Any]) -> _Mark:
    stored = await _stored(database)
    return _Mark(asyncio.get_running_loop().time(), _cpu_s(process), stored)


async def _stored(database: AsyncConnection[Any]) -> int:
    answer = await database.execute(SQL["stored"], {"edge": EDGE})
    row = await answer.fetchone()
    return int(row[0]) if row else 0


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
