"""Fifty operators scan at once: each moves its lots by scan through the web server, over HTTP, with a key of its own.

A scan is a write with everything that belongs to it: idempotency key, locks, interval, ledger, audit row in the chain.
Counted is what an operator waits for, from the request to the answer. A few lots are scanned by everybody. Beside
them somebody writes one audit row and commits it, again and again: a busy machine makes both slow, their ratio stays.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import psutil

from isotherm.bench.throwaway import plant_for, process_of, start_programs
from isotherm.connection import connected
from isotherm.engines import postgres
from isotherm.progress import step
from isotherm.running import Plant
from mes.inventory import ledger, stock
from mes.inventory.model import QualityStatus
from mes.people import sessions
from mes.plant import service as plant_model
from telemetry import queries
from telemetry.clock import SystemClock
from telemetry.work import Pool, begin

SQL = queries.load(Path(__file__).with_name("watch.sql"))
CREATED, CONFLICT = 201, 409
_BARE_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Load:
    """How many scan, how often, and for how long; every `shared`-th scan is of a lot that all of them scan."""

    operators: int = 50
    pause_s: float = 3.0  # scan, look, walk
    window_s: float = 30.0
    shared: int = 5


SHORT = Load(operators=5, pause_s=1.0, window_s=3.0)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    took_s: float


async def measure(load: Load) -> dict[str, Any]:
    """Milliseconds from scan to answer, at the median and at p99; how many were refused, and how many failed."""
    async with plant_for("edge-bench", {}) as plant:
        await plant.start_database()
        keys, zones, lots = await _prepare(plant, load)
        await plant.start_stream()
        await start_programs(plant, "web")
        await plant.answers(lambda: _is_up(plant))
        web = process_of(plant, "web")
        before = _cpu_s(web)
        with step(f"{load.operators} operators scan for {load.window_s:g} s"):
            async with connected(plant.cluster.dsn(postgres.APP), largest=1) as pool, asyncio.TaskGroup() as group:
                bare = group.create_task(_write_bare(pool, load))
                tasks = [
                    group.create_task(_scan(plant, load, n, key, zones, [lots[n], lots[-1]]))
                    for n, key in enumerate(keys)
                ]
        found = [answer for task in tasks for answer in task.result()]
        cost = {"web_cpu_ms_per_scan": round((_cpu_s(web) - before) * 1000 / len(found), 2)}
        beside = _beside(bare.result(), found)
        return _figures(found, load) | beside | cost | {"differences": await _differences(plant)}


def _cpu_s(process: psutil.Process) -> float:
    """What a process has used so far: it says what a scan costs on a machine that others load too."""
    used = process.cpu_times()
    return used.user + used.system


async def _prepare(plant: Plant, load: Load) -> tuple[list[str], list[int], list[int]]:
    now = SystemClock().now()
    async with connected(plant.cluster.dsn(postgres.APP), largest=2) as pool:
        async with begin(pool, "bench", now) as work:
            await work.run(SQL["plant"], edges=1, rooms=2)
            await work.run(SQL["rule"])
            await work.run(SQL["item"])
        async with begin(pool, "bench", now) as work:
            zones = [zone.id for zone in await plant_model.zones(work)][:2]
            issued = [await sessions.issue_key(work, f"scanner-{n}", ["warehouse"]) for n in range(load.operators)]
            lots = [await _lot(work, n, zones[0]) for n in range(load.operators + 1)]
    return [each.secret for each in issued], zones, lots


async def _lot(work: Any, n: int, zone_id: int) -> int:
    made = await stock.receive_lot(
        work,
        number=f"SCAN-{n}",
        item="PEN",
        quantity=Decimal(1000),
        zone_id=zone_id,
        expires_on=None,
        decided=QualityStatus.RELEASED,
    )
    return made.id


async def _is_up(plant: Plant) -> bool:
    async with httpx.AsyncClient() as client:
        try:
            return (await client.get(f"{plant.url}/sign-in")).is_success
        except httpx.TransportError:
            return False


async def _scan(
    plant: Plant, load: Load, n: int, secret: str, zones: Sequence[int], lots: Sequence[int]
) -> list[Answer]:
    """One operator: its own lot to and fro, and now and then the lot of all."""
    answers: list[Answer] = []
    headers = {"Authorization": f"Bearer {secret}"}
    async with httpx.AsyncClient(base_url=plant.url, headers=headers, timeout=30) as client:
        await asyncio.sleep(load.pause_s * n / load.operators)
        until, scans, own = time.monotonic() + load.window_s, 0, 0
        while time.monotonic() < until:
            began = time.monotonic()
            scans += 1
            if scans % load.shared == 0:
                lot, body = lots[1], {"from_zone_id": zones[0], "to_zone_id": zones[1], "quantity": "1"}
            else:
                own += 1
                lot, body = lots[0], {"to_zone_id": zones[own % 2]}
            key = {"Idempotency-Key": f"scan-{n}-{scans}"}
            answer = await client.post(f"/api/lots/{lot}/moves", json=body, headers=key)
            answers.append(Answer(answer.status_code, time.monotonic() - began))
            await asyncio.sleep(max(0.0, load.pause_s - (time.monotonic() - began)))
    return answers


async def _write_bare(pool: Pool, load: Load) -> list[float]:
    """Seconds that the least of all writes takes: a transaction with one audit row, on a connection of its own."""
    took: list[float] = []
    until = time.monotonic() + load.window_s
    while (began := time.monotonic()) < until:
        async with begin(pool, "bench", SystemClock().now()) as work:
            work.audit("bench.write", "bench", len(took))
        took.append(time.monotonic() - began)
        await asyncio.sleep(_BARE_EVERY_S)
    return took


def _beside(bare: Sequence[float], found: Sequence[Answer]) -> dict[str, Any]:
    """The bare write's time at the median, and how many times as long a scan takes."""
    least, scan = _at(sorted(bare), 0.5), _at(sorted(answer.took_s for answer in found), 0.5)
    return {"bare_write_p50_ms": round(least * 1000, 1), "p50_to_bare_write": round(scan / least, 1)}


def _at(ordered: Sequence[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def _figures(found: Sequence[Answer], load: Load) -> dict[str, Any]:
    took = sorted(answer.took_s for answer in found)
    return {
        "operators": load.operators,
        "scans": len(found),
        "scans_per_s": round(len(found) / load.window_s, 1),
        "p50_ms": round(_at(took, 0.5) * 1000, 1),
        "p99_ms": round(_at(took, 0.99) * 1000, 1),
        "refused": sum(answer.status == CONFLICT for answer in found),
        "failed": sum(answer.status not in {CREATED, CONFLICT} for answer in found),
    }


async def _differences(plant: Plant) -> int:
    """Places, lots and containers whose stock is not the sum of the ledger afterwards."""
    async with (
        connected(plant.cluster.dsn(postgres.APP), largest=1) as pool,
        begin(pool, "bench", SystemClock().now()) as work,
    ):
        return len(await ledger.differences(work))
