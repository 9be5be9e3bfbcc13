"""A plant that has run for long: what ingest costs when the table is 10 and 100 times as large, and what questions do.

The same process of a gateway writes in turns into the large table and into that of a twin that is empty, so that
whatever else the machine does meets both alike. Questions are asked of random points, many times: the tail counts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from isotherm.bench.door import door
from isotherm.bench.history import FAST, FOUR_WEEKS, ROWS_AN_HOUR, fill, learn_names
from isotherm.bench.load import MESSAGES, NOW, PER_MESSAGE
from isotherm.progress import console
from telemetry import queries
from telemetry.store import last_values, refresh_rollups, trend
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("large.sql"))
STEPS = (0.01, 0.1, 1.0)
PIXELS, TOGETHER = 1200, 4


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured."""

    rows: int = 100_000_000  # in the end; the steps before have a hundredth and a tenth
    turns: int = 8  # at each step
    per_turn: int = 10  # transactions of 10,000 readings
    asked: int = 200  # times each question


SHORT = Extent(rows=500_000, turns=2, per_turn=2, asked=20)


def measure(dsn: str, extent: Extent | None = None) -> dict[str, Any]:
    """Figures of a migrated, empty PostgreSQL whose owner may make databases; the readings are in it afterwards."""
    return asyncio.run(_measure(dsn, extent or Extent()))


async def _measure(dsn: str, extent: Extent) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    empty = _beside(dsn, "empty")
    await _make(dsn, empty, like=dsn)  # while nobody is connected: who is copied must be left alone
    try:
        async with AsyncExitStack() as stack:
            connect = psycopg.AsyncConnection.connect
            connections = [await stack.enter_async_context(await connect(dsn, autocommit=True)) for _ in range(2)]
            works = [Work("bench", NOW + timedelta(hours=2), connection) for connection in connections]
            ids = await learn_names(works[0])
            async for step, readings in _growing(works, ids, extent.rows):
                name, first = f"ingest_x{10**step}", step * (extent.turns + 1) * extent.per_turn * MESSAGES
                cost = await _cost(dsn, empty, extent, first)
                figures[f"{name}_readings"] = readings
                figures |= {f"{name}_{figure}": value for figure, value in cost.items()}
            await refresh_rollups(works[0])
            figures["gb"] = round(int(await works[0].scalar(SQL["size"])) / 1e9, 1)
            return figures | await _questions(works[0], ids, extent.asked)
    finally:
        await _drop(dsn, empty)


async def _growing(works: list[Work], ids: list[int], rows: int) -> AsyncIterator[tuple[int, int]]:
    """Fill the table step by step; answers the step and how many readings there are."""
    filled = 0
    for step, part in enumerate(STEPS):
        hours = max(filled, 1, round(rows * part / ROWS_AN_HOUR))
        began = time.perf_counter()
        await fill(works, ids, range(filled, hours), NOW)
        await works[0].db.execute(SQL["tidy"])
        filled = hours
        console.print(f"{filled * ROWS_AN_HOUR:,} readings, the last of them in {time.perf_counter() - began:.0f} s")
        yield step, filled * ROWS_AN_HOUR


async def _cost(dsn: str, empty: str, extent: Extent, first: int) -> dict[str, Any]:
    """Ingest into the table as it is, held against the empty twin's in the same turn. `first`: message not used yet."""
    ratios, speeds = [], []
    async with _twin(dsn, empty) as twin, door(dsn) as large, door(twin) as small:
        for turn in range(extent.turns + 1):
            taken = []
            for each in (large, small):
                await each.prepare(first + turn * extent.per_turn * MESSAGES, extent.per_turn)
                taken.append((await each.go()).seconds)
            ratios.append(taken[0] / taken[1])
            speeds.append(extent.per_turn * MESSAGES * PER_MESSAGE / taken[0])
    return {
        "rows_per_s": round(median(speeds[1:])),
        "to_empty_cost": round(median(ratios[1:]), 3),
        "to_empty_quartiles": [round(q, 3) for q in quantiles(ratios[1:])],
    }


async def _questions(work: Work, ids: list[int], times: int) -> dict[str, Any]:
    chance = Random(7)  # noqa: S311 - the same questions in every run

    def some() -> list[int]:
        """Fast and slow points together."""
        return chance.sample(ids[:FAST], TOGETHER // 2) + chance.sample(ids[FAST:], TOGETHER // 2)

    def back(span: timedelta) -> Awaitable[Any]:
        end = NOW - timedelta(minutes=chance.randrange(24 * 60))
        return trend(work, some(), end - span, end, PIXELS)

    asked: dict[str, Callable[[], Awaitable[Any]]] = {
        "last_1000": lambda: last_values(work, ids),
        "trend_15min_raw_4": lambda: back(timedelta(minutes=15)),
        "trend_1d_4": lambda: back(timedelta(days=1)),
        "trend_28d_4": lambda: trend(work, some(), NOW - FOUR_WEEKS, NOW, PIXELS),
    }
    figures: dict[str, Any] = {}
    for name, question in asked.items():
        taken = sorted([await _seconds(question) for _ in range(times)])
        figures[f"{name}_p50_ms"] = round(1000 * median(taken), 1)
        figures[f"{name}_p99_ms"] = round(1000 * taken[ceil(times * 0.99) - 1], 1)
    return figures


async def _seconds(question: Callable[[], Awaitable[Any]]) -> float:
    began = time.perf_counter()
    await question()
    return time.perf_counter() - began


@asynccontextmanager
async def _twin(dsn: str, empty: str) -> AsyncIterator[str]:
    """A copy of the empty database for one comparison."""
    twin = _beside(dsn, "twin")
    await _make(dsn, twin, like=empty)
    try:
        yield twin
    finally:
        await _drop(dsn, twin)


async def _make(dsn: str, made: str, *, like: str) -> None:
    await _drop(dsn, made)
    await _as_owner(dsn, sql.SQL(SQL["make_twin"]).format(twin=_name(made), plant=_name(like)))


async def _drop(dsn: str, gone: str) -> None:
    await _as_owner(dsn, sql.SQL(SQL["drop_twin"]).format(twin=_name(gone)))


async def _as_owner(dsn: str, deed: sql.Composed) -> None:
    async with await psycopg.AsyncConnection.connect(make_conninfo(dsn, dbname="postgres"), autocommit=True) as owner:
        await owner.execute(deed)


def _beside(dsn: str, what: str) -> str:
    return make_conninfo(dsn, dbname=f"{conninfo_to_dict(dsn)['dbname']}_{what}")


def _name(dsn: str) -> sql.Identifier:
    return sql.Identifier(str(conninfo_to_dict(dsn)["dbname"]))
