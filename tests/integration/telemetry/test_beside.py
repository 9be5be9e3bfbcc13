"""What edges say beside their readings is stored with them, once, and for ever, on both engines."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from telemetry.batch import Batch, BatchBuilder, Gap
from telemetry.clock import to_us
from telemetry.quality import Quality
from telemetry.store import Memory, append, arrival, readings
from telemetry.wire import Message, decode, encode
from telemetry.work import Work
from tests.plugins.database import NOW

T0 = to_us(NOW)
AIR = "hainan/cold-store/cold-room-2/air-1"
EPOCH = 1_767_225_600_000
GIVEN_UP = Gap("bulk", 3, 9, T0 - 7_000_000, T0 - 1_000_000, 3500, "full")
UNKNOWN = Gap("all", 0, 0, 0, 0, 0, "damaged", EPOCH - 1)
LONG_AGO_US = -11_644_473_600_000_000
"""1601: what Windows machines claim whose clock was never set."""


def with_claim_and_status() -> Batch:
    builder = BatchBuilder()
    builder.add(AIR, T0, T0, 5.1, Quality.GOOD)
    builder.add(AIR, T0 + 1, T0 + 1, 5.2, Quality.UNCERTAIN_TIME)
    builder.add(AIR, T0 + 2, T0 + 2, 0.0, Quality.BAD_SENSOR_FAILURE, 0x808C0000)
    return replace(builder.take(), claimed_us={1: LONG_AGO_US})


async def test_a_claim_and_a_status_are_shown_beside_the_reading_they_are_of(work: Work, memory: Memory) -> None:
    message = decode(encode(Message("edge-line", EPOCH, 1, with_claim_and_status())))
    await append(work, [arrival(message)], memory=memory)
    point = memory.point_ids[AIR]
    shown = await readings(work, point, NOW, NOW.replace(year=2100))
    assert [(r.value, r.claimed_us, r.status) for r in reversed(shown)] == [
        (5.1, None, None),
        (5.2, LONG_AGO_US, None),
        (None, None, 0x808C0000),
    ]


async def test_what_stands_aside_follows_its_reading_when_another_one_is_set_aside(work: Work, memory: Memory) -> None:
    builder = BatchBuilder()
    builder.add(AIR, 5, 5, 1.0, Quality.GOOD, 111)  # 1970: no time of a reading
    builder.extend_batch(with_claim_and_status())
    await append(work, [arrival(Message("edge-line", EPOCH, 1, builder.take()))], memory=memory)
    stored = await readings(work, memory.point_ids[AIR], NOW, NOW.replace(year=2100))
    assert [(r.claimed_us, r.status) for r in reversed(stored)] == [
        (None, None),
        (LONG_AGO_US, None),
        (None, 0x808C0000),
    ]
    (payload,) = [await work.scalar("select payload from ingest_rejected where code = 'BadTimestamp'")]
    assert decode(payload).batch.status == {0: 111}


async def test_what_was_given_up_is_stored_once_however_often_it_comes(work: Work, memory: Memory) -> None:
    message = Message("edge-line", EPOCH, 12, Batch(()), (GIVEN_UP, UNKNOWN))
    for _ in range(3):
        await append(work, [arrival(message), arrival(message)], memory=memory)
    answer = await work.db.execute(
        "select edge, epoch, sequence, lane, reason, n, of_epoch, first_sequence, last_sequence, first_time, last_time "
        "from ingest_gap order by id"
    )
    known, unknown = await answer.fetchall()
    assert known[:9] == ("edge-line", EPOCH, 12, "bulk", "full", 3500, EPOCH, 3, 9)
    assert [to_us(moment) for moment in known[9:]] == [T0 - 7_000_000, T0 - 1_000_000]
    assert unknown == ("edge-line", EPOCH, 12, "all", "damaged", None, EPOCH - 1, None, None, None, None)


async def test_no_time_that_an_edge_tells_of_a_gap_makes_the_message_unstorable(work: Work, memory: Memory) -> None:
    far = GIVEN_UP._replace(first_us=2**63 - 1, last_us=2**63 - 1, n=2**40 - 1, first_sequence=2**63 - 1)
    (receipt,) = await append(work, [arrival(Message("edge-line", EPOCH, 13, Batch(()), (far,)))], memory=memory)
    assert receipt.batch_id is not None
    assert await work.scalar("select last_time from ingest_gap where sequence = 13") is None


@pytest.mark.parametrize("statement", ["update ingest_gap set n = 0", "update reading_aside set status = 0"])
async def test_nobody_changes_what_was_told(work: Work, memory: Memory, statement: str) -> None:
    await append(work, [arrival(Message("edge-line", EPOCH, 1, with_claim_and_status(), (GIVEN_UP,)))], memory=memory)
    with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
        await work.db.execute(statement.encode())
