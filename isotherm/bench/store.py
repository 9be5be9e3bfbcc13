"""How fast the store is: messages decoded and appended against bare COPY in the same run, and what people ask it.

Both write the same number of readings a transaction into the same table with its index and chunks, in turns, so that
whatever else the machine does meets both alike.
"""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import psycopg

from gateway.taking import TAKERS
from telemetry.batch import Batch
from telemetry.clock import to_us
from telemetry.store import append, arrival, last_values, refresh_rollups, trend
from telemetry.store.append import SQL, Memory
from telemetry.store.arrival import Arrival
from telemetry.store.copying import HEADER, TRAILER, Rows, pack
from telemetry.wire import Message, decode, encode
from telemetry.work import Work

POINTS, PER_MESSAGE, MESSAGES = 1000, 500, 20
"""A transaction is MESSAGES * PER_MESSAGE = 10,000 readings: 10 s of 1,000 points at 1 Hz."""
TURNS, PER_TURN = 6, 5 * MESSAGES
ASKED = 7
NOW = datetime(2026, 1, 15, 1, 20, tzinfo=UTC)
FOUR_WEEKS = timedelta(days=28)
TREND_POINTS, TREND_STEP_S, PIXELS = 4, 20, 1200
SECOND_US = 1_000_000
_NAMES = tuple(f"hainan/bench/machine-{n}/torque" for n in range(POINTS))


def measure(dsn: str) -> dict[str, float]:
    """Figures of a migrated PostgreSQL, which is full afterwards: rows/s and their ratio, milliseconds of queries."""
    return asyncio.run(_measure(dsn))


async def _measure(dsn: str) -> dict[str, float]:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        work = Work("bench", NOW, connection)
        figures = await _ingest(work)
        await _fill_four_weeks(work)
        figures["rollup_s"] = await _seconds(lambda: refresh_rollups(work))
        await _analyze(connection)
        return figures | await _queries(work)


async def _ingest(work: Work) -> dict[str, float]:
    """Transactions of ours and of bare COPY in turns, a few of each; the first turn only warms up."""
    memory = Memory()
    ours, bare, cpu = [], [], []
    for turn in range(TURNS + 1):
        numbers = [range(first, first + MESSAGES) for first in range(turn * PER_TURN, (turn + 1) * PER_TURN, MESSAGES)]
        payloads = [[encode(_message(i)) for i in some] for some in numbers]
        rows = [HEADER + b"".join(pack(_rows(i, memory)) for i in some) + TRAILER for some in numbers]
        began = time.process_time()
        ours.append(await _seconds(lambda payloads=payloads: _take_in_all(work, payloads, memory)))  # type: ignore[misc]
        cpu.append(time.process_time() - began)
        bare.append(await _seconds(lambda rows=rows: _copy_all(work, rows)))  # type: ignore[misc]
    n = PER_TURN * PER_MESSAGE
    ingest, copy = n / median(ours[1:]), n / median(bare[1:])
    return {
        "ingest_rows_per_s": round(ingest),
        "copy_rows_per_s": round(copy),
        "ingest_to_copy_ratio": round(ingest / copy, 3),
        "ingest_cpu_us_per_row": round(1e6 * median(cpu[1:]) / n, 3),
    }


async def _take_in_all(work: Work, payloads: list[list[bytes]], memory: Memory) -> None:
    """What a gateway does on one connection: its takers decode and, in turn, write ledger and readings and commit."""
    turn, waiting = asyncio.Lock(), iter(payloads)

    async def taker() -> None:
        for some in waiting:
            arrivals = [await _read(payload) for payload in some]
            async with turn, work.db.transaction():
                await append(work, arrivals, memory=memory)

    await asyncio.gather(*(taker() for _ in range(TAKERS)))


async def _read(payload: bytes) -> Arrival:
    await asyncio.sleep(0)
    return Arrival(decode(payload), payload, "live", "readings.hainan.edge-bench")


async def _copy_all(work: Work, rows: list[bytes]) -> None:
    for data in rows:
        async with work.db.transaction(), work.db.cursor() as cursor, cursor.copy(SQL["copy_readings"]) as copy:
            await copy.write(data)


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
    machines = [known[name] for name in _NAMES]
    rooms = [id_ for name, id_ in known.items() if name.endswith("/air-1")]
    asked: dict[str, Callable[[], Awaitable[Any]]] = {
        "last_1000": lambda: last_values(work, machines),
        "trend_28d_4": lambda: trend(work, rooms, NOW - FOUR_WEEKS, NOW, PIXELS),
        "trend_7d_4": lambda: trend(work, rooms, NOW - FOUR_WEEKS / 4, NOW, PIXELS),
    }
    return {f"{name}_ms": round(1000 * await _median(question), 1) for name, question in asked.items()}


async def _analyze(connection: psycopg.AsyncConnection[Any]) -> None:
    """What autovacuum does sooner or later."""
    await connection.execute(b"analyze")


async def _median(step: Callable[[], Awaitable[Any]]) -> float:
    return median([await _seconds(step) for _ in range(ASKED)])


async def _seconds(step: Callable[[], Awaitable[Any]]) -> float:
    began = time.perf_counter()
    await step()
    return time.perf_counter() - began


def _message(number: int) -> Message:
    """Half a second of the plant: 500 of its 1,000 points, one reading each."""
    start = to_us(NOW) + number * SECOND_US // 2
    points = array("H", range(PER_MESSAGE))
    times = array("q", [start + i * 900 for i in range(PER_MESSAGE)])
    received = array("q", [t + 3000 + t % 7 for t in times])
    value = array("d", [40 + (number + i) % 50 / 10 for i in range(PER_MESSAGE)])
    half = PER_MESSAGE * (number % 2)
    quality = array("B", bytes([192]) * PER_MESSAGE)
    return Message(
        "edge-bench", 1, number, Batch(_NAMES[half : half + PER_MESSAGE], points, times, received, value, quality)
    )


def _rows(number: int, memory: Memory) -> Rows:
    """The same readings as they lie in the table."""
    batch = _message(number).batch
    ids = array("i", [memory.point_ids.get(name, 0) for name in batch.points])
    return Rows(ids, batch.device_us, batch.received_us, batch.value, batch.quality, 0)
