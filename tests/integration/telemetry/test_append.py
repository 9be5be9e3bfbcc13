"""Readings enter the store once, whole, unchanged, and every one of them is accounted for."""

from __future__ import annotations

from math import inf, nan

import psycopg
import pytest

from telemetry.batch import Reading, batch_of
from telemetry.clock import to_us
from telemetry.quality import Quality
from telemetry.store import Memory, append, arrival, last_values, series
from telemetry.store.arrival import Fate
from telemetry.wire import Message, decode
from telemetry.work import Work
from tests.plugins.database import NOW

T0 = to_us(NOW)
AIR = "hainan/cold-store/cold-room-2/air-1"


def a_message(*readings: Reading, sequence: int = 1, edge: str = "edge-cold-store") -> Message:
    return Message(edge, 1_767_225_600_000, sequence, batch_of(readings or [a_reading()]))


def a_reading(at_s: float = 0, value: float = 5.1, quality: int = Quality.GOOD, point: str = AIR) -> Reading:
    at = T0 + round(at_s * 1_000_000)
    return Reading(point, at, at + 3_000, value, quality)


async def test_what_comes_is_stored_as_it_came(work: Work, memory: Memory) -> None:
    broken = a_reading(1, nan, Quality.BAD_SENSOR_FAILURE)
    (receipt,) = await append(work, [arrival(a_message(a_reading(), broken, a_reading(2, 5.3, 64)))], memory=memory)
    assert (receipt.fate, receipt.stored, receipt.rejected) == (Fate.STORED, 3, 0)
    ids = [row.point_id for row in await last_values(work)]
    columns = await series(work, ids, T0, T0 + 10_000_000)
    assert list(columns.time_us) == [T0, T0 + 1_000_000, T0 + 2_000_000]
    assert [str(v) for v in columns.value] == ["5.1", "nan", "5.3"]
    assert list(columns.quality) == [Quality.GOOD, Quality.BAD_SENSOR_FAILURE, Quality.UNCERTAIN]


async def test_a_message_that_comes_again_is_found_in_the_ledger(work: Work, memory: Memory) -> None:
    message = a_message(a_reading(), a_reading(1))
    (first,) = await append(work, [arrival(message)], memory=memory)
    again = await append(work, [arrival(message), arrival(message)], memory=memory)
    assert [r.fate for r in again] == [Fate.DUPLICATE, Fate.DUPLICATE]
    assert {r.batch_id for r in again} == {first.batch_id}
    assert await fates(work) == (6, 2, 4, 0)
    assert await work.scalar("select count(*) from reading") == 2


async def test_a_message_that_comes_twice_at_once_is_stored_once(work: Work, memory: Memory) -> None:
    message = a_message()
    receipts = await append(work, [arrival(message), arrival(message)], memory=memory)
    assert [r.fate for r in receipts] == [Fate.STORED, Fate.DUPLICATE]
    assert await work.scalar("select count(*) from reading") == 1


async def test_a_sequence_used_again_for_other_readings_is_set_aside(work: Work, memory: Memory) -> None:
    await append(work, [arrival(a_message(a_reading(value=5.0)))], memory=memory)
    (receipt,) = await append(work, [arrival(a_message(a_reading(value=9.9)))], memory=memory)
    assert receipt.fate is Fate.REJECTED
    assert await work.scalar("select code from ingest_rejected") == "SequenceReused"
    assert await fates(work) == (2, 1, 0, 1)


@pytest.mark.parametrize(
    ("faulty", "code"),
    [
        (a_reading(value=inf), "BadValue"),
        (a_reading(value=nan), "BadValue"),
        (a_reading(value=-1e101), "BadValue"),
        (a_reading(-60 * 366 * 86400), "BadTimestamp"),
        (a_reading(86400 + 1), "BadTimestamp"),
        (Reading(AIR, 2**63 - 1, T0, 5.0, 192), "BadTimestamp"),
        (Reading(AIR, T0, -(2**63), 5.0, 192), "BadTimestamp"),
    ],
)
async def test_a_reading_that_cannot_be_is_set_aside_and_holds_up_nothing(
    work: Work, memory: Memory, faulty: Reading, code: str
) -> None:
    (receipt,) = await append(work, [arrival(a_message(a_reading(), faulty, a_reading(2)))], memory=memory)
    assert (receipt.fate, receipt.stored, receipt.rejected) == (Fate.STORED, 2, 1)
    answer = await work.db.execute("select code, payload, edge, n from ingest_rejected")
    row = await answer.fetchone()
    assert row is not None
    assert (row[0], row[2], row[3]) == (code, "edge-cold-store", 1)
    (kept,) = decode(row[1]).batch
    assert repr(kept) == repr(faulty._replace(quality=192))
    assert await fates(work) == (3, 2, 0, 1)


async def test_a_number_beside_a_bad_quality_is_no_value(work: Work, memory: Memory) -> None:
    batch = batch_of([a_reading(quality=Quality.BAD_DEVICE_FAILURE), a_reading(1)])
    batch.value[0] = 850.0
    await append(work, [arrival(Message("edge-line", 1, 1, batch))], memory=memory)
    assert await work.scalar("select count(*) from reading where value is null") == 1


async def test_points_of_any_name_become_known(work: Work, memory: Memory) -> None:
    names = [f"hainan/cold-store/room-{n}/air-1" for n in range(3)]
    await append(work, [arrival(a_message(*[a_reading(point=name) for name in names]))], memory=memory)
    await append(work, [arrival(a_message(*[a_reading(1, point=name) for name in names], sequence=2))], memory=memory)
    assert [row.name for row in await last_values(work)] == names


async def test_an_empty_message_is_covered_all_the_same(work: Work, memory: Memory) -> None:
    (receipt,) = await append(work, [arrival(Message("edge-line", 1, 1, batch_of([])))], memory=memory)
    assert receipt.fate is Fate.STORED
    assert receipt.batch_id is not None


@pytest.mark.parametrize("change", ["update reading set value = 5", "delete from reading"])
async def test_no_program_changes_a_raw_reading(work: Work, memory: Memory, change: str) -> None:
    await append(work, [arrival(a_message())], memory=memory)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await work.db.execute(change.encode())


async def fates(work: Work) -> tuple[int, ...]:
    """Taken, stored, duplicate, rejected, summed over edges."""
    answer = await work.db.execute("select sum(taken), sum(stored), sum(duplicate), sum(rejected) from ingest_fate")
    row = await answer.fetchone()
    assert row is not None
    return tuple(map(int, row))
