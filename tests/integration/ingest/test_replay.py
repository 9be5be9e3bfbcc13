"""What was set aside can be taken in later, once, and the counts still agree."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from gateway.door import look
from gateway.replay import NothingSetAside, ReplayedBefore, StillRefused, replay_rejected
from telemetry.batch import Reading, batch_of
from telemetry.clock import to_us
from telemetry.store import Arrival, Refusal, append, arrival
from telemetry.wire import Malformed, Message, encode
from telemetry.work import Pool, Work, begin
from tests.plugins.database import NOW
from tests.plugins.stream import SITE

POINT = f"{SITE}/filling/line-1/torque"


def a_reading(ahead: timedelta = timedelta(), value: float = 4.9) -> Reading:
    at = to_us(NOW + ahead)
    return Reading(POINT, at, at, value, 192)


async def take(work: Work, *readings: Reading, edge: str = "edge-line", subject: str = "edge-line") -> None:
    payload = encode(Message(edge, 1, 7, batch_of(readings)))
    seen = look(SITE, "live", f"readings.{SITE}.{subject}", None, payload)
    await append(work, *(([seen], []) if isinstance(seen, Arrival) else ([], [seen])))


async def number(work: Work) -> int:
    return int(await work.scalar("select max(id) from ingest_rejected"))


async def test_a_time_ahead_of_the_clock_is_taken_in_when_the_clock_has_come_there(pool: Pool) -> None:
    async with begin(pool, "gateway", NOW) as work:
        await take(work, a_reading(), a_reading(timedelta(days=2)))
        rejected = await number(work)
    with pytest.raises(StillRefused):
        async with begin(pool, "engineer", NOW) as work:
            await replay_rejected(work, rejected)
    async with begin(pool, "engineer", NOW + timedelta(days=2)) as work:
        receipt = await replay_rejected(work, rejected, reason="the logger's clock was ahead")
        assert receipt.stored == 1
    async with begin(pool, "engineer", NOW + timedelta(days=2)) as work:
        assert await work.scalar("select count(*) from reading") == 2
        assert await work.scalar("select row(taken, stored, rejected)::text from ingest_fate") == "(2,2,0)"
        assert await work.scalar("select reason from audit") == "the logger's clock was ahead"
        with pytest.raises(ReplayedBefore):
            await replay_rejected(work, rejected)


async def test_a_message_under_a_foreign_name_is_taken_in_when_a_person_says_so(work: Work) -> None:
    await take(work, a_reading(), edge="edge-spare", subject="edge-line")
    assert await work.scalar("select code from ingest_rejected") == "WrongEdge"
    receipt = await replay_rejected(work, await number(work), reason="the spare edge stood in")
    assert (receipt.key.edge, receipt.stored) == ("edge-spare", 1)
    assert await work.scalar("select sum(taken - stored - duplicate - rejected) from ingest_fate") == 0
    assert await work.scalar("select sum(stored) from ingest_fate") == 1


async def test_readings_of_a_buffer_that_was_restored_from_an_image_are_set_aside_and_can_be_taken_in(
    work: Work,
) -> None:
    await take(work, a_reading(value=4.9))
    await take(work, a_reading(timedelta(seconds=60), value=5.1))  # the same sequence again
    assert await work.scalar("select code from ingest_rejected") == "SequenceReused"
    receipt = await replay_rejected(work, await number(work), reason="the edge's disk was restored")
    assert receipt.stored == 1
    assert await work.scalar("select array_agg(value order by value) from reading") == [4.9, 5.1]
    assert await work.scalar("select row(taken, stored, duplicate, rejected)::text from ingest_fate") == "(2,2,0,0)"


async def test_what_can_never_be_read_stays_set_aside(work: Work) -> None:
    await append(work, [], [Refusal(subject="s", code="Malformed", detail="", payload=b"value=4.9")])
    with pytest.raises(Malformed):
        await replay_rejected(work, await number(work))
    with pytest.raises(NothingSetAside):
        await replay_rejected(work, 10**9)


async def test_the_same_rubbish_is_set_aside_once(work: Work) -> None:
    rubbish = Refusal(subject="s", code="Malformed", detail="", payload=b"value=4.9", edge="edge-line", n=3)
    for _ in range(2):
        await append(work, [], [rubbish])
    assert await work.scalar("select count(*) from ingest_rejected") == 1
    assert await work.scalar("select row(taken, duplicate, rejected)::text from ingest_fate") == "(6,3,3)"


async def test_gateways_side_by_side_store_a_message_once(pool: Pool) -> None:
    messages = [arrival(Message("edge-line", 1, n, batch_of([a_reading(timedelta(seconds=n))]))) for n in range(200)]

    async def gateway(mine: list[Arrival]) -> int:
        async with begin(pool, "gateway", NOW) as work:
            return sum(receipt.stored for receipt in await append(work, mine))

    turned = [messages[i:] + messages[:i] for i in (0, 50, 100, 150)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(gateway(mine)) for mine in turned]
    assert sum(task.result() for task in tasks) == 200
    async with begin(pool, "gateway", NOW) as work:
        assert await work.scalar("select row(taken, stored, duplicate)::text from ingest_fate") == "(800,200,600)"
