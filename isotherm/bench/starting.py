"""How fast an edge is there: 5,000 OPC UA items subscribed, and its first reading committed after its start.

The driver alone connects first, in this process, and is timed until every item has given its first value; then an
edge is started, and timed until readings are committed.
"""

from __future__ import annotations

import asyncio
from typing import Any

from psycopg import AsyncConnection

from edge.agent import quiet
from edge.drivers.opcua.config import OpcuaDevice
from edge.drivers.opcua.driver import OpcuaDriver
from edge.strict import Group
from edge.tasks import end
from isotherm.bench.edge import EDGE, SQL
from isotherm.bench.fields import Environment, opcua
from isotherm.bench.throwaway import edge_config, plant_for, start_programs
from isotherm.engines import postgres
from isotherm.progress import step
from isotherm.running import Plant
from telemetry.batch import Batch
from telemetry.clock import SystemClock
from telemetry.quality import Quality

ITEMS, SHORT_ITEMS = 5000, 500
WRITE_PERIOD_S = 20.0
PERIOD_S = 1.0
WITHIN_S = 60.0


async def measure(items: int) -> dict[str, Any]:
    """Seconds from connecting to the first value of every item; from the edge's start to stored ones."""
    field = opcua(items)
    config = edge_config(EDGE, field.device, period_s=PERIOD_S, lane="process")
    async with plant_for(EDGE, config) as plant:
        await plant.start_database()
        await plant.start_stream()
        await start_programs(plant, "gateway")
        environment = await field.start(plant, WRITE_PERIOD_S)
        with step(f"Subscribing to {items} items"):
            subscribed_s = await _subscribe({**field.device, "url": environment["OPCUA_URL"]}, items)
        with step("Starting an edge for them"):
            return {"items": items, "subscribed_s": subscribed_s, **await _start(plant, environment, items)}


async def _subscribe(facts: dict[str, Any], items: int) -> float:
    """Raises TimeoutError."""
    device, loop = OpcuaDevice.model_validate(facts), asyncio.get_running_loop()
    driver = OpcuaDriver(device, SystemClock(), False)
    plan = driver.plan(device.points, {"all": Group(period_s=PERIOD_S)})
    seen: set[str] = set()
    all_seen = asyncio.Event()

    async def sink(batch: Batch) -> None:
        seen.update(reading.point for reading in batch if reading.quality == Quality.GOOD)
        if len(seen) >= items:
            all_seen.set()

    quiet()
    began_s = loop.time()
    running = asyncio.create_task(driver.run(plan, sink))
    try:
        async with asyncio.timeout(WITHIN_S):
            await all_seen.wait()
        return round(loop.time() - began_s, 2)
    finally:
        await end([running])


async def _start(plant: Plant, environment: Environment, items: int) -> dict[str, float]:
    """Raises TimeoutError."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    await plant.start_edges(environment)
    async with await AsyncConnection.connect(plant.cluster.dsn(postgres.APP), autocommit=True) as database:
        first_s = await _until_known(database, 1) - began_s
        every_s = await _until_known(database, items) - began_s
    return {"first_stored_s": round(first_s, 2), "every_stored_s": round(every_s, 2)}


async def _until_known(database: AsyncConnection[Any], points: int) -> float:
    """The moment at which so many of the machine's points have a reading. Raises TimeoutError."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            row = await (await database.execute(SQL["points_of_the_machine"])).fetchone()
            if row is not None and row[0] >= points:
                return asyncio.get_running_loop().time()
            await asyncio.sleep(0.02)  # the database tells nobody that it has stored something
