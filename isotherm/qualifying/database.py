"""The vectors through the plant's own database: stored as readings are, read back, judged. Nothing of it stays.

All is done in one transaction, which is undone at its end, under names that no plant has.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from isotherm.qualifying.answers import Answer, Part
from isotherm.qualifying.courses import ADAPTIVE, BUFFERED, EPISODES, LATE_EPISODE, LIVE, MINUTE_US, Read, Told, told
from isotherm.qualifying.installed import SQL
from models.columns import Columns
from models.kinetics import mean_kinetic
from telemetry import store
from telemetry.batch import Reading, batch_of
from telemetry.clock import to_us
from telemetry.quality import Quality
from telemetry.wire import Message
from telemetry.work import Pool, Work, begin

ACTOR = "qualification"
BEFORE = timedelta(days=2)
"""The vectors lie so far back: what is stored is never of the future, and its week has a chunk."""
LONGEST_MIN = 800


async def database_answers(pool: Pool, now: datetime) -> list[Answer]:
    """E1 to E6, M14 and b4 from the store; the same batch twice; bit by bit; and that nothing stays."""
    found: list[Answer] = []
    async with begin(pool, ACTOR, now) as work, work.db.transaction(force_rollback=True):
        found += await _answers(work)
    async with begin(pool, ACTOR, now) as work:
        left = await work.scalar(SQL["left_behind"])
    return [*found, Answer(id="OQ nothing stays", part=Part.DATABASE, expected=0, found=left)]


async def _answers(work: Work) -> list[Answer]:
    zero_us = to_us((work.now - BEFORE).replace(second=0, microsecond=0))
    found = []
    for number, (id_, (course, expected)) in enumerate(EPISODES.items(), 1):
        await _store(work, id_, course, zero_us, number)
        until_us = zero_us + round(max(m for m, _ in course) * MINUTE_US)
        found.append(_answer(f"OQ {id_}", expected, await _judged(work, id_, zero_us, until_us)))
    return [*found, *await _late(work, zero_us), await _mean(work, zero_us), await _bits(work, zero_us)]


async def _late(work: Work, zero_us: int) -> list[Answer]:
    """Live first; at minute 90 a buffer delivers what lay between; then the same batch comes again."""
    until_us = zero_us + 90 * MINUTE_US
    await _store(work, "b4", LIVE, zero_us, 11)
    before = await _judged(work, "b4", zero_us, until_us)
    await _store(work, "b4", BUFFERED, zero_us, 12)
    after = await _judged(work, "b4", zero_us, until_us)
    again = await _store(work, "b4", BUFFERED, zero_us, 12)
    same = len((await _read(work, "b4", zero_us)).value)
    return [
        _answer("OQ b4 live", [], before),
        _answer("OQ b4 late", LATE_EPISODE, after),
        _answer("OQ b4 twice", ("duplicate", len(LIVE) + len(BUFFERED)), (again, same)),
    ]


async def _mean(work: Work, zero_us: int) -> Answer:
    await _store(work, "m14", ADAPTIVE, zero_us, 21)
    readings = await _read(work, "m14", zero_us)
    parts = readings.time_us, readings.value, readings.quality
    mean = mean_kinetic(*parts, stale_s=1800, from_us=zero_us, until_us=zero_us + 102 * MINUTE_US)
    return Answer(id="OQ M14", part=Part.DATABASE, expected=6.0101, found=mean.kinetic_c, tolerance=5e-5)


async def _bits(work: Work, zero_us: int) -> Answer:
    """A number comes back as it went in, to its last bit, at its microsecond."""
    values = (0.1 + 0.2, 3 * 2.7, -0.0, 5e-324, -273.15, 1e9 / 3)
    course = [(n + 1 / MINUTE_US, value) for n, value in enumerate(values)]
    await _store(work, "bits", course, zero_us, 31)
    readings = await _read(work, "bits", zero_us)
    sent = [[zero_us + round(m * MINUTE_US), float(v).hex()] for m, v in course]
    back = [[int(t), float(v).hex()] for t, v in zip(readings.time_us, readings.value, strict=True)]
    return _answer("OQ bit by bit", sent, back)


def _answer(id_: str, expected: object, found: object) -> Answer:
    return Answer(id=id_, part=Part.DATABASE, expected=expected, found=found)


def _name(id_: str) -> str:
    return f"qualification/vectors/{id_.lower()}/air"


async def _store(work: Work, id_: str, course: Sequence[Read], zero_us: int, number: int) -> str:
    """Store readings as one batch of an edge; answers what became of it."""
    times = [zero_us + round(minute * MINUTE_US) for minute, _ in course]
    readings = [Reading(_name(id_), at, at, value, Quality.GOOD) for at, (_, value) in zip(times, course, strict=True)]
    message = Message(ACTOR, 1, number, batch_of(readings))
    [receipt] = await store.append(work, [store.arrival(message)])
    return str(receipt.fate)


async def _read(work: Work, id_: str, zero_us: int) -> Columns:
    name = _name(id_)
    point_id = (await store.point_ids(work, [name]))[name]
    raw = await store.series(work, [point_id], zero_us, zero_us + LONGEST_MIN * MINUTE_US)
    time, quality = np.array(raw.time_us, dtype=np.int64), np.array(raw.quality, dtype=np.uint8)
    return Columns(time, np.array(raw.value, dtype=np.float64), quality)


async def _judged(work: Work, id_: str, zero_us: int, until_us: int) -> list[Told]:
    return told(await _read(work, id_, zero_us), until_us=until_us, zero_us=zero_us)
