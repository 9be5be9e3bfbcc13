"""How fast the store is: messages decoded and appended against bare COPY in the same run, and what people ask it.

All write the same number of readings a transaction into the same table with its index and chunks, in turns, so that
whatever else the machine does meets them alike. A gateway is a process with two connections, as in the plant.
"""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median, quantiles
from typing import Any

import psycopg

from isotherm.bench.door import Done, Door, door
from isotherm.bench.load import MESSAGES, NAMES, NOW, PER_MESSAGE, SECOND_US, copied
from telemetry.batch import Batch
from telemetry.clock import to_us
from telemetry.store import append, arrival, last_values, point_ids, refresh_rollups, trend
from telemetry.store.append import SQL, Memory
from telemetry.wire import Message
from telemetry.work import Work

TURNS, PER_TURN = 14, 10
"""Turns, and transactions of each in one of them."""
ROWS = PER_TURN * MESSAGES * PER_MESSAGE
ASKED = 7
FOUR_WEEKS = timedelta(days=28)
TREND_POINTS, TREND_STEP_S, PIXELS = 4, 20, 1200


@dataclass(frozen=True, slots=True)
class Turn:
    """Seconds for the same number of readings, and the processor time of the one gateway."""

    bare_s: float
    one: Done
    two_s: float  # by two gateways, each with half of them


def measure(dsn: str) -> dict[str, Any]:
    """Figures of a migrated PostgreSQL, which is full afterwards: rows/s and their ratio, milliseconds of queries."""
    return asyncio.run(_measure(dsn))


async def _measure(dsn: str) -> dict[str, Any]:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        work = Work("bench", NOW, connection)
        async with door(dsn) as left, door(dsn) as right:
            figures = ingest_figures([await _turn(work, (left, right), n) for n in range(TURNS + 1)][1:])
        await _fill_four_weeks(work)
        figures["rollup_s"] = await seconds(lambda: refresh_rollups(work))
        await connection.execute(b"analyze")  # what autovacuum does sooner or later
        return figures | await _queries(work)


async def _turn(work: Work, doors: tuple[Door, Door], turn: int) -> Turn:
    """Each writes the same number of readings; who begins changes from turn to turn."""
    left, right = doors
    first = turn * 3 * PER_TURN * MESSAGES
    await left.prepare(first, PER_TURN)
    one = await left.go()
    ids = await point_ids(work, NAMES)
    rows = copied(first + PER_TURN * MESSAGES, PER_TURN, ids)
    bare_s = await seconds(lambda: copy_all(work, rows))
    for place, each in enumerate(doors):
        await each.prepare(first + 2 * PER_TURN * MESSAGES + place * PER_TURN * MESSAGES // 2, PER_TURN // 2)
    two_s = await seconds(lambda: asyncio.gather(left.go(), right.go()))
    return Turn(bare_s, one, two_s)


def ingest_figures(turns: Sequence[Turn]) -> dict[str, Any]:
    """Medians over the turns, each held against its neighbour; the quartiles say how far they scatter."""
    one = [turn.bare_s / turn.one.seconds for turn in turns]
    two = [turn.bare_s / turn.two_s for turn in turns]
    return {
        "ingest_rows_per_s": round(ROWS / median(turn.one.seconds for turn in turns)),
        "copy_rows_per_s": round(ROWS / median(turn.bare_s for turn in turns)),
        "ingest_to_copy_ratio": round(median(one), 3),
        "ingest_to_copy_quartiles": [round(q, 3) for q in quantiles(one)],
        "two_gateways_rows_per_s": round(ROWS / median(turn.two_s for turn in turns)),
        "two_gateways_to_copy_ratio": round(median(two), 3),
        "two_gateways_to_copy_quartiles": [round(q, 3) for q in quantiles(two)],
        "ingest_cpu_us_per_row": round(1e6 * median(turn.one.cpu_s for turn in turns) / ROWS, 3),
    }


async def copy_all(work: Work, blocks: Sequence[bytes]) -> None:
    """Bare COPY, a block a transaction."""
    for block in blocks:
        async with work.db.transaction(), work.db.cursor() as cursor, cursor.copy(SQL["copy_readings"]) as copy:
            await copy.write(block)


async def _fill_four_weeks(work: Work) -> None:
    """A reading every 20 s of four points, an hour a message."""
    names, memory = tuple(f"hainan/bench/room-{n}/air-1" for n in range(TREND_POINTS)), Memory()
    start, steps = to_us(NOW - FOUR_WEEKS), 3600 // TREND_STEP_S
    arrivals = []
    for hour in range(28 * 24):
        times = array("q", [start + (hour * 3600 + i * TREND_STEP_S) * SECOND_US for i in range(steps)] * TREND_POINTS)
        point = array("H", [p for p in range(TREND_POINTS) for _ in range(steps)])
        value = array("d", [5 + i % 30 / 10 for i in range(len(times))])
        batch = Batch(names, point, times, times, value, array("B", bytes([192]) * len(times)))
        arrivals.append(arrival(Message("edge-history", 1, hour, batch)))
    for first in range(0, len(arrivals), MESSAGES):
        async with work.db.transaction():
            await append(work, arrivals[first : first + MESSAGES], memory=memory)


async def _queries(work: Work) -> dict[str, float]:
    known = {row.name: row.point_id for row in await last_values(work)}
    machines = [known[name] for name in NAMES]
    rooms = [id_ for name, id_ in known.items() if name.endswith("/air-1")]
    asked: dict[str, Callable[[], Awaitable[Any]]] = {
        "last_1000": lambda: last_values(work, machines),
        "trend_28d_4": lambda: trend(work, rooms, NOW - FOUR_WEEKS, NOW, PIXELS),
        "trend_7d_4": lambda: trend(work, rooms, NOW - FOUR_WEEKS / 4, NOW, PIXELS),
    }
    return {f"{name}_ms": round(1000 * await _median(question), 1) for name, question in asked.items()}


async def _median(step: Callable[[], Awaitable[Any]]) -> float:
    return median([await seconds(step) for _ in range(ASKED)])


async def seconds(step: Callable[[], Awaitable[Any]]) -> float:
    """How long the step takes."""
    began = time.perf_counter()
    await step()
    return time.perf_counter() - began
