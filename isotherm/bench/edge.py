"""What an edge costs: processor time a value, from a device of one protocol to the commit in the database.

A device of 1,000 points gives 4,000 values a second; the edge's agent, a nats-server, the gateway and PostgreSQL are
those of a plant, each in its own process. The processor time (user and system) of the edge's process alone is divided
by the readings that were committed meanwhile. What a reading takes on the wire is counted on the stream.
"""

from __future__ import annotations

import asyncio
import signal
from functools import partial
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection

from isotherm.bench.cost import Load, cost, idle_percent, marks
from isotherm.bench.fields import FIELDS, Environment
from isotherm.bench.throwaway import edge_config, plant_for, process_of, start_programs
from isotherm.bench.wire import Weight, weighing
from isotherm.engines import postgres
from isotherm.progress import step
from isotherm.running import Plant
from telemetry import queries

SQL = queries.load(Path(__file__).with_name("queries.sql"))
EDGE = "edge-bench"
FLOW_WITHIN_S = 60.0


async def measure(protocol: str, load: Load) -> dict[str, Any]:
    """CPU µs a value, values/s, bytes a reading, memory in MB; of OPC UA also the idle CPU in % of a core."""
    field = FIELDS[protocol](load.points)
    config = edge_config(EDGE, field.device, period_s=load.period_s, lane="process")
    async with plant_for(EDGE, config) as plant:
        await plant.start_database()
        await plant.start_stream()
        await start_programs(plant, "gateway")
        found = await _measured(plant, await field.start(plant, load.period_s), load)
        if protocol == "opcua":  # a machine that is asked is never idle
            found |= await _idle(plant, load)
        return found


async def _measured(plant: Plant, environment: Environment, load: Load) -> dict[str, Any]:
    dsn = plant.cluster.dsn(postgres.APP)
    async with await AsyncConnection.connect(dsn, autocommit=True) as database, weighing(plant) as weight:
        stored = partial(_stored, database)
        await plant.start_edges(environment)
        with step("Waiting for readings"):
            await _flow(plant, database, 3 * load.points)
            await asyncio.sleep(load.warm_up_s)
        process = process_of(plant, EDGE)
        with step(f"Measuring the edge for {load.windows * load.window_s:g} s"):
            before = weight.copy()
            found = cost(await marks(load, process, stored))
        memory_mb = round(process.memory_info().rss / 1e6, 1)
        return {**found, "points": load.points, "rss_mb": memory_mb, **_wire(before, weight)}


def _wire(before: Weight, after: Weight) -> dict[str, float]:
    return {
        "bytes_per_reading": round((after.bytes - before.bytes) / max(1, after.readings - before.readings), 2),
        "readings_per_message": round((after.readings - before.readings) / max(1, after.messages - before.messages), 1),
    }


async def _flow(plant: Plant, database: AsyncConnection[Any], readings: int) -> None:
    """Return when so many readings are committed. Raises TimeoutError."""

    async def flows() -> bool:
        return await _stored(database) >= readings

    async with asyncio.timeout(FLOW_WITHIN_S):
        await plant.answers(flows)


async def _idle(plant: Plant, load: Load) -> dict[str, float]:
    """The machine rests, its subscriptions stay."""
    with step(f"Measuring the idle edge for {load.idle_s:g} s"):
        process_of(plant, "machine").send_signal(signal.SIGUSR1)
        await asyncio.sleep(load.warm_up_s)
        return {"idle_cpu_percent": await idle_percent(process_of(plant, EDGE), load.idle_s)}


async def _stored(database: AsyncConnection[Any]) -> int:
    answer = await database.execute(SQL["stored"], {"edge": EDGE})
    row = await answer.fetchone()
    return int(row[0]) if row else 0
