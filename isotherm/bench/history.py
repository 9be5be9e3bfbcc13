"""Four weeks of a plant, as many readings as asked for, put into the store as fast as the database takes them.

36 points are read once a second, 964 once in three minutes. Rows are laid out by numpy and go in by COPY; the ledger
and what is due for the roll-ups are written by the store's own statement, a ledger row for 500 readings.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from isotherm.bench.load import NAMES, PER_MESSAGE
from telemetry.batch import Batch
from telemetry.clock import from_us, to_us
from telemetry.store import append, arrival, refresh_rollups
from telemetry.store.append import SQL
from telemetry.store.copying import HEADER, TRAILER, YEAR_2000_US
from telemetry.wire import Message
from telemetry.work import Work

FAST, SLOW_EVERY_S = 36, 180
FOUR_WEEKS = timedelta(days=28)
HOUR_S = 3600
ROWS_AN_HOUR = FAST * HOUR_S + (len(NAMES) - FAST) * HOUR_S // SLOW_EVERY_S
EDGE = "edge-history"
_ROW = np.dtype(
    [(name, kind) for name, kind in zip(
        ("fields", "n1", "point", "n2", "time", "n3", "received", "n4", "value", "n5", "quality", "n6", "batch"),
        (">i2", ">i4", ">i4", ">i4", ">i8", ">i4", ">i8", ">i4", ">f8", ">i4", ">i2", ">i4", ">i8"),
        strict=True,
    )]
)  # fmt: skip
_CONSTANT = {"fields": 6, "n1": 4, "n2": 8, "n3": 8, "n4": 8, "n5": 2, "n6": 8, "quality": 192}


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour's readings in order of time. `point` counts from 0."""

    number: int
    point: npt.NDArray[np.int64]
    time_us: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]


async def learn_names(work: Work) -> list[int]:
    """Make the plant's points known; answers their ids in order."""
    await append(work, [arrival(Message(EDGE, 0, 0, Batch(NAMES)))])
    answer = await work.db.execute(SQL["find_points"], {"names": list(NAMES)})
    ids = {name: id_ for id_, name in await answer.fetchall()}
    return [ids[name] for name in NAMES]


async def fill(works: list[Work], ids: list[int], hours: range, end: datetime) -> None:
    """Store these hours, counted back from `end`: 0 is the last. The roll-ups follow, a day at a time."""
    for first in range(hours.start, hours.stop, 24):
        waiting = iter(range(first, min(first + 24, hours.stop)))
        await asyncio.gather(*(_store_hours(work, ids, waiting, end) for work in works))
        async with works[0].db.transaction():
            await refresh_rollups(works[0])


async def _store_hours(work: Work, ids: list[int], waiting: Iterator[int], end: datetime) -> None:
    for number in waiting:
        await _store(work, ids, an_hour(number, to_us(end)))


def an_hour(number: int, end_us: int) -> Hour:
    """Readings of the hour that ends so many hours before the end."""
    chance = np.random.default_rng(number)
    seconds = np.arange(HOUR_S)
    slow = np.arange(FAST, len(NAMES))
    slow_s = np.add.outer(np.arange(0, HOUR_S, SLOW_EVERY_S), slow % SLOW_EVERY_S).ravel()
    point = np.concatenate([np.tile(np.arange(FAST), HOUR_S), np.tile(slow, HOUR_S // SLOW_EVERY_S)])
    at_s = np.concatenate([np.repeat(seconds, FAST), slow_s])
    order = np.argsort(at_s, kind="stable")
    point, at_s = point[order], at_s[order]
    start = end_us - (number + 1) * HOUR_S * 1_000_000
    time_us = start + at_s * 1_000_000 + chance.integers(0, 5, len(at_s)) * 1000
    value = np.round(chance.normal(20 + point % 60, 2.5), 2)
    return Hour(number, point, time_us, value)


async def _store(work: Work, ids: list[int], hour: Hour) -> None:
    """Ledger rows and readings in one transaction, as a gateway does."""
    n = len(hour.point)
    begins = range(0, n, PER_MESSAGE)
    point = np.asarray(ids)[hour.point]
    async with work.db.transaction():
        await work.db.execute(SQL["make_room"], {"weeks": [from_us(int(t)) for t in hour.time_us[:: n - 1]]})
        batch = await _ledger(work, point, hour, begins)
        rows = np.empty(n, _ROW)
        for name, constant in _CONSTANT.items():
            rows[name] = constant
        rows["point"], rows["time"], rows["value"] = point, hour.time_us - YEAR_2000_US, hour.value
        rows["received"] = rows["time"] + 3000
        rows["batch"] = np.repeat(batch, PER_MESSAGE)[:n]
        async with work.db.cursor() as cursor, cursor.copy(SQL["copy_readings"]) as copy:
            await copy.write(HEADER + rows.tobytes() + TRAILER)


async def _ledger(work: Work, point: npt.NDArray[np.int64], hour: Hour, begins: range) -> npt.NDArray[np.int64]:
    """Ids of a ledger row for each 500 readings."""
    lists = ["{" + ",".join(map(str, np.unique(point[b : b + PER_MESSAGE]))) + "}" for b in begins]
    spans = [hour.time_us[b : b + PER_MESSAGE] for b in begins]
    sequences = [hour.number * 1000 + i for i in range(len(lists))]
    values = {
        "edge": [EDGE] * len(lists),
        "epoch": [1] * len(lists),
        "sequence": sequences,
        "lane": ["import"] * len(lists),
        "n": [len(span) for span in spans],
        "list": list(range(1, len(lists) + 1)),
        "lists": lists,
        "first_time": [from_us(int(span.min())) for span in spans],
        "last_time": [from_us(int(span.max())) for span in spans],
        "digest": [bytes(32)] * len(lists),
        "now": work.now,
    }
    answer = await work.db.execute(SQL["insert_batches"], values)
    ids = {sequence: id_ for id_, _, _, sequence in await answer.fetchall()}
    return np.array([ids[sequence] for sequence in sequences])
