"""How long the chain takes: from a device's timestamp of the first reading out of limits to the committed episode.

The demo plant's points are nodes of an OPC UA server, published once a second; its air probes step out of limits and
back in turn, while its lots stand there to be held. Edge, nats-server, gateway, PostgreSQL and watch are those of a
plant, each in its own process. Committed is an episode when another connection sees it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection

from isotherm.bench.fields import opcua_device, start_opcua
from isotherm.bench.machine import STEPS, Task, Variable
from isotherm.bench.throwaway import edge_config, folder_of_machine, plant_for, start_programs
from isotherm.connection import connected
from isotherm.demo import FOLDER
from isotherm.demo_stock import stock_demo
from isotherm.engines import postgres
from isotherm.progress import step
from isotherm.running import Plant
from mes.plant import service as plant_model
from mes.plant.apply import apply
from mes.plant.check import PlantModel, read_plant
from mes.plant.model import MeasuringPoint, RuleVersion
from telemetry import queries
from telemetry.clock import SystemClock, to_us
from telemetry.work import begin

SQL = queries.load(Path(__file__).with_name("queries.sql"))
EDGE = "edge-bench"
PERIOD_S = 1.0
WRITE_PERIOD_S = 1.07
"""Not the period of publishing: so each write waits for its publish another time, from nothing to a whole period."""
LOOK_S = 0.005
FIRST_WITHIN_S = 60.0
STEP_OUT = 1.5
"""How far beyond its upper limit a stepping point goes: above the alarm's limit, below the critical one."""

Step = tuple[str, int]
"""A point, and the device's time in µs at which it went out."""


@dataclass(frozen=True, slots=True)
class Span:
    """How long steps are counted, and how long at most their episodes are waited for after that."""

    steps_s: float = 60.0
    wait_s: float = 30.0


SHORT = Span(steps_s=6.0)


@dataclass(slots=True)
class Seen:
    """Episodes and the moment, in µs, at which each was first seen committed."""

    at_us: dict[Step, int] = field(default_factory=dict)

    def note(self, steps: Iterable[Step], now_us: int) -> None:
        """These are committed now."""
        for each in steps:
            self.at_us.setdefault(each, now_us)


async def measure(span: Span) -> dict[str, Any]:
    """Seconds from device timestamp to committed episode: p50, p99, longest; how many, and how many never came."""
    model = read_plant(FOLDER)
    names = [f"{model.site.code}/{m.path}/{p.measure}" for m in model.equipment for p in m.points]
    config = edge_config(EDGE, opcua_device({name: name for name in names}), period_s=PERIOD_S, lane="cold-chain")
    async with plant_for(EDGE, config) as plant:
        await plant.start_database()
        variables = await _prepare(plant, model)
        await plant.start_stream()
        await start_programs(plant, "gateway", "watch")
        await plant.start_edges(await start_opcua(plant, Task(WRITE_PERIOD_S, variables)))
        async with await AsyncConnection.connect(plant.cluster.dsn(postgres.APP), autocommit=True) as database:
            return await _measured(plant, database, span)


async def _prepare(plant: Plant, model: PlantModel) -> tuple[Variable, ...]:
    """Apply and stock the demo plant, with limits that wait for nothing; answers what the machine serves."""
    async with connected(plant.cluster.dsn(postgres.APP), largest=2) as pool:
        async with begin(pool, "bench", SystemClock().now()) as work:
            await apply(work, model, reason="measurement")
            await stock_demo(work, work.now)
        async with begin(pool, "bench", SystemClock().now()) as work:
            rules = await plant_model.rules_in_force(work, work.now)
            for rule in rules.values():
                at_once = replace(rule.terms, delay_s=0.0, critical_delay_s=0.0)
                await plant_model.add_rule_version(
                    work, rule.code, at_once, effective_from=work.now, reason="measurement: no delay"
                )
            return tuple(_variable(point, rules) for point in await plant_model.points(work))


def _variable(point: MeasuringPoint, rules: Mapping[str, RuleVersion]) -> Variable:
    rule = rules.get(point.policy or "")
    if rule is None or rule.high is None or rule.low is None:
        return Variable(point.name, 1.0)
    return Variable(point.name, (rule.low + rule.high) / 2, rule.high + STEP_OUT)


async def _measured(plant: Plant, database: AsyncConnection[Any], span: Span) -> dict[str, Any]:
    seen = Seen()
    async with watching(database, seen) as looking:
        with step("Waiting for the first episodes"):
            await _first(plant, seen)
        with step(f"Watching steps out of limits for {span.steps_s:g} s"):
            began_us = to_us(SystemClock().now())
            await asyncio.wait({looking}, timeout=span.steps_s)
            steps = [each for each in _steps(plant) if each[1] >= began_us]
        with step("Waiting for the last episodes"):
            await _last(looking, steps, seen, span.wait_s)
    return figures(steps, seen.at_us)


@asynccontextmanager
async def watching(database: AsyncConnection[Any], seen: Seen) -> AsyncIterator[asyncio.Task[None]]:
    """Episodes are noted in `seen` as they are committed, until the block ends."""
    looking = asyncio.create_task(_look(database, seen))
    try:
        yield looking
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def _look(database: AsyncConnection[Any], seen: Seen) -> None:
    while True:
        answer = await database.execute(SQL["episodes"])
        found = [(name, to_us(started_at)) for name, started_at in await answer.fetchall()]
        seen.note(found, to_us(SystemClock().now()))
        await asyncio.sleep(LOOK_S)


async def _first(plant: Plant, seen: Seen) -> None:
    async def some() -> bool:
        return len(seen.at_us) >= 2

    async with asyncio.timeout(FIRST_WITHIN_S):
        await plant.answers(some)


async def _last(looking: asyncio.Task[None], steps: Sequence[Step], seen: Seen, wait_s: float) -> None:
    """Return when every step has its episode, or when the wait is over: what is missing then is counted."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + wait_s
    while loop.time() < until_s and not seen.at_us.keys() >= set(steps):
        await asyncio.wait({looking}, timeout=LOOK_S)
        if looking.done():
            looking.result()


def _steps(plant: Plant) -> list[Step]:
    lines = (folder_of_machine(plant) / STEPS).read_text("utf-8").splitlines()
    noted = [json.loads(line) for line in lines]
    return [(each["point"], each["at_us"]) for each in noted]


def figures(steps: Sequence[Step], seen_us: Mapping[Step, int]) -> dict[str, Any]:
    """Nearest-rank percentiles in seconds of the steps whose episode was seen; `missing` counts the others."""
    waits = sorted((seen_us[each] - each[1]) / 1e6 for each in steps if each in seen_us)
    if not waits:
        return {"n": 0, "missing": len(steps)}
    return {
        "p50_s": round(_percentile(waits, 50), 3),
        "p99_s": round(_percentile(waits, 99), 3),
        "longest_s": round(waits[-1], 3),
        "n": len(waits),
        "missing": len(steps) - len(waits),
    }


def _percentile(ordered: Sequence[float], percent: int) -> float:
    return ordered[-(-len(ordered) * percent // 100) - 1]
