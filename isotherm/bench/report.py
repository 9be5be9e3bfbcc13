"""How long a room's report takes over 90 days: the facts from the store, the document, the PDF."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool

from dashboards.reports import making, room
from dashboards.reports.printing import print_html
from dashboards.reports.registry import Asked
from isotherm.demo import FOLDER
from isotherm.progress import console
from mes.plant import service as plant
from mes.plant.apply import apply
from mes.plant.check import read_plant
from mes.reports import service
from mes.reports.model import Wish
from telemetry import queries
from telemetry.clock import HeldClock
from telemetry.store import refresh_rollups
from telemetry.work import Pool, Work, begin

SQL = queries.load(Path(__file__).with_name("report.sql"))
ZONE, DAYS, TURNS = "cold-room-2", 90, 5
SHORT_DAYS = 5
END = datetime(2026, 9, 30, 16, tzinfo=UTC)
"""Midnight in the plant."""


def measure(dsn: str, days: int = DAYS, turns: int = TURNS) -> dict[str, Any]:
    """Figures of a migrated, empty PostgreSQL, connected to as the owner."""
    return asyncio.run(_measure(dsn, days, turns))


async def _measure(dsn: str, days: int, turns: int) -> dict[str, Any]:
    async with AsyncConnectionPool(dsn, min_size=1, max_size=4, open=False) as pool:
        readings = await _fill(pool, days)
        await _tidy(dsn)
        console.print(f"{readings:,} readings of a room in {days} days")
        taken = [await _one(pool, days) for _ in range(turns + 1)][1:]  # the first loads fonts and libraries
    return {
        "days": days,
        "readings": readings,
        **{f"{part}_s": round(median(each[part] for each in taken), 3) for part in taken[0]},
    }


async def _fill(pool: Pool, days: int) -> int:
    async with begin(pool, "bench", END) as work:
        await apply(work, read_plant(FOLDER), "bench")
        zone = (await plant.zone_named(work, ZONE)).id
        await work.run(SQL["make_room"], days=[END - timedelta(days=day) for day in range(days + 1)])
        count = 0
        for day in range(days):
            start = END - timedelta(days=days - day)
            end = start + timedelta(days=1, minutes=-1)
            count += await work.run(SQL["fill_day"], zone=zone, sequence=day, start=start, end=end)
    async with begin(pool, "bench", END + timedelta(minutes=5)) as work:
        await refresh_rollups(work)
    return count


async def _tidy(dsn: str) -> None:
    """What autovacuum does sooner or later."""
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await Work("bench", END, connection).run(SQL["tidy"])


async def _one(pool: Pool, days: int) -> dict[str, float]:
    """Seconds of one report, whole and in parts."""
    start = END - timedelta(days=days)
    clock = HeldClock(END + timedelta(hours=6))
    wish = Wish(kind="room", subject=ZONE, period_start=start, period_end=END, language="zh")
    async with begin(pool, "bench", clock.now()) as work:
        began = time.perf_counter()
        await room.gather(work, Asked(subject=ZONE, start=start, end=END))
        facts_s = time.perf_counter() - began
        asked = await service.ask(work, wish)
    began, used = time.perf_counter(), time.process_time()
    kept = await making.make(pool, clock, asked.id)
    whole_s, cpu_s = time.perf_counter() - began, time.process_time() - used
    if kept is None:
        raise RuntimeError("the report could not be made")
    async with begin(pool, "bench", clock.now()) as work:
        page = await service.page(work, kept.id)
    began = time.perf_counter()
    await asyncio.to_thread(print_html, page)
    return {"whole": whole_s, "cpu": cpu_s, "facts": facts_s, "print": time.perf_counter() - began}
