"""What the watch costs in a large plant: 10,000 points once a second through 20 edges, stream, gateway and store.

Some points go out of limits in turn and come back; every episode, alarm, excursion and hold is written. Counted is the
processor time of the watch's process, and for each step the time from the device's first reading out to the episode
that another connection sees committed.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
from psycopg import AsyncConnection

from isotherm.bench import many_edges
from isotherm.bench.cost import cpu_s
from isotherm.bench.fields import modbus
from isotherm.bench.latency import Seen, Step, figures, watching
from isotherm.bench.throwaway import (
    edge_config,
    folder_of_machine,
    plant_of,
    process_of,
    start_in_folder,
    start_programs,
)
from isotherm.connection import connected
from isotherm.engines import postgres
from isotherm.progress import step
from isotherm.running import Plant
from mes.inventory import stock
from mes.inventory.model import QualityStatus
from mes.plant import service as plant_model
from telemetry import queries
from telemetry.clock import SystemClock, to_us
from telemetry.work import begin

SQL = queries.load(Path(__file__).with_name("watch.sql"))
LOTS = 200
"""Lots in as many rooms: some steps have a lot to hold, most have none."""


@dataclass(frozen=True, slots=True)
class Load:
    """How large the plant is, how much of it is out at any moment, and how long it is looked at."""

    edges: int = 20
    points_per_edge: int = 500
    out: int = 20
    out_s: int = 20
    warm_up_s: float = 20.0
    window_s: float = 60.0
    wait_s: float = 10.0


SHORT = Load(edges=4, out=4, out_s=5, warm_up_s=8.0, window_s=10.0)


async def measure(load: Load) -> dict[str, Any]:
    """The watch in % of a core, seconds to the committed episode, and what was read and written meanwhile."""
    names = [f"edge-{n}" for n in range(load.edges)]
    configs = {name: _config(name) for name in names}
    async with plant_of(configs) as plant:
        await plant.start_database()
        await _prepare(plant, load)
        await plant.start_stream()
        await start_programs(plant, "gateway", "watch")
        await _start_edges(plant, load, names)
        async with await AsyncConnection.connect(plant.cluster.dsn(postgres.APP), autocommit=True) as database:
            return await _measured(plant, database, load)


def _config(name: str) -> dict[str, Any]:
    """A config must name a device; this process puts its readings where that one's would come in."""
    config = edge_config(name, modbus(1).device, period_s=1.0, lane="cold-chain")
    return config | {"buffer": {"folder": f"${{VAR}}/{name}"}}


async def _prepare(plant: Plant, load: Load) -> None:
    async with connected(plant.cluster.dsn(postgres.APP), largest=2) as pool:
        async with begin(pool, "bench", SystemClock().now()) as work:
            await work.run(SQL["plant"], edges=load.edges, rooms=-(-load.points_per_edge // 4))
            await work.run(SQL["rule"])
            await work.run(SQL["item"])
        async with begin(pool, "bench", SystemClock().now()) as work:
            zones = await plant_model.zones(work)
            for n, zone in enumerate(zones[:: max(1, len(zones) // LOTS)]):
                await stock.receive_lot(
                    work,
                    number=f"BENCH-{n}",
                    item="PEN",
                    quantity=Decimal(1),
                    zone_id=zone.id,
                    expires_on=None,
                    received_at=work.now,
                    decided=QualityStatus.RELEASED,
                )


async def _start_edges(plant: Plant, load: Load, names: Sequence[str]) -> None:
    folder = folder_of_machine(plant)
    folder.mkdir()
    keys = tuple(str(plant.nats.keys[name].resolve()) for name in names)
    task = many_edges.Task(tuple(names), keys, load.points_per_edge, load.out, load.out_s, plant.nats.url)
    task.write(folder / "task.json")
    with step(f"Starting {load.edges} edges with {load.points_per_edge} points each"):
        await start_in_folder(plant, "isotherm.bench.many_edges", many_edges.READY)


async def _measured(plant: Plant, database: AsyncConnection[Any], load: Load) -> dict[str, Any]:
    seen = Seen()
    watch = process_of(plant, "watch")
    async with watching(database, seen) as looking:
        with step(f"Letting it run for {load.warm_up_s:g} s"):
            await asyncio.wait({looking}, timeout=load.warm_up_s)
        before, began_us = await _mark(database, watch), to_us(SystemClock().now())
        with step(f"Looking at it for {load.window_s:g} s"):
            await asyncio.wait({looking}, timeout=load.window_s)
        after, ended_us = await _mark(database, watch), to_us(SystemClock().now())
        with step("Waiting for the last episodes"):
            await asyncio.wait({looking}, timeout=load.wait_s)
        steps = [each for each in _steps(plant) if began_us <= each[1] < ended_us]
    lasted_s = after.at_s - before.at_s
    return {
        "points": load.edges * load.points_per_edge,
        "edges": load.edges,
        "points_out": load.out,
        "cpu_percent": round(100 * (after.cpu_s - before.cpu_s) / lasted_s, 1),
        "rss_mb": round(watch.memory_info().rss / 1e6),
        "readings_per_s": round((after.written[-1] - before.written[-1]) / lasted_s),
        **dict(zip(("episodes", "alarms", "excursions", "holds"), _less(after, before), strict=True)),
        **figures(steps, seen.at_us),
    }


@dataclass(frozen=True, slots=True)
class _Mark:
    at_s: float
    cpu_s: float
    written: tuple[int, ...]


async def _mark(database: AsyncConnection[Any], watch: psutil.Process) -> _Mark:
    written = await (await database.execute(SQL["written"])).fetchone()
    return _Mark(asyncio.get_running_loop().time(), cpu_s(watch), tuple(written or ()))


def _less(after: _Mark, before: _Mark) -> list[int]:
    return [a - b for a, b in zip(after.written[:-1], before.written[:-1], strict=True)]


def _steps(plant: Plant) -> list[Step]:
    lines = (folder_of_machine(plant) / many_edges.STEPS).read_text("utf-8").splitlines()
    return [(each["point"], each["at_us"]) for each in map(json.loads, lines)]
