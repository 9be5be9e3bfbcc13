"""An edge was offline for a day: what it kept comes in behind what is live, all of it, once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from edge.buffer.buffer import Buffer
from telemetry.batch import MAX_READINGS, BatchBuilder
from telemetry.clock import HeldClock, to_us
from tests.faults.conftest import Tell
from tests.faults.fates import Excused, Fate
from tests.faults.laying import EDGE, Wishes, a_line
from tests.faults.line import Line
from tests.faults.numbered import Point, value_of

DAY = timedelta(days=1)
POINTS = tuple(Point(f"hainan/faults/day/n{k}", 301 + k) for k in range(20))
GOOD = 192
DRAINS_WITHIN_S = 300.0


def a_day_offline(folder: Path, period: timedelta) -> int:
    """Fill a buffer as an edge without a network does; answers how many numbers of each point it holds."""
    clock = HeldClock(datetime.now(UTC) - DAY)
    buffer = Buffer(folder, EDGE, clock, max_bytes=1 << 30, max_age_us=30 * 86_400_000_000)
    builder, numbers = BatchBuilder(), DAY // period
    for number in range(1, numbers + 1):
        clock.advance(period)
        now_us = to_us(clock.now())
        for point in POINTS:
            builder.add(point.name, now_us, now_us, value_of(point.place, number), GOOD)
        if len(builder) >= MAX_READINGS or number == numbers:
            buffer.append([("process", builder.take())])
    buffer.close()
    return numbers


async def drained(line: Line, numbers: int) -> dict[str, int]:
    """Wait until the whole day is in the database, but not for ever."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + DRAINS_WITHIN_S
    while True:
        found = await asyncio.to_thread(line.counter.count, POINTS, 1, numbers, Excused())
        if not found["unexcused"] or loop.time() > until_s:
            return found
        await asyncio.sleep(0.2)  # the database tells nobody that it has stored something


def live_came_before_the_end_of_the_backlog(dsn: str) -> bool:
    with psycopg.connect(dsn) as connection:
        query = """select (select min(ingested_at) from ingest_batch where lane = 'live')
                        < (select max(ingested_at) from ingest_batch where lane = 'backlog')"""
        return connection.execute(query).fetchone() == (True,)


async def test_a_day_without_the_network_comes_in_behind_what_is_live(
    tmp_path: Path, database: tuple[str, str], full: bool, tell: Tell
) -> None:
    buffer, loop = tmp_path / "buffer", asyncio.get_running_loop()
    numbers = await asyncio.to_thread(a_day_offline, buffer, timedelta(seconds=1 if full else 30))
    began_s = loop.time()
    async with a_line(tmp_path, database, wishes=Wishes(buffer=buffer)) as line:
        live_s = loop.time() - began_s
        found = await drained(line, numbers)
        fault = f"backlog of 24 h, drained {loop.time() - began_s:.0f} s after the start"
        back_s = dict.fromkeys((device.protocol for device in line.devices), live_s)
        rows = [Fate(fault, "24 h", "buffer", bound=0, back_s=round(live_s, 1), why="", **found)]
        tell([*rows, *await line.last_fates(fault, "24 h", back_s)])
    assert live_came_before_the_end_of_the_backlog(database[0])
