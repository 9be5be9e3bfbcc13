"""Whatever happens to the watch, the same readings give the same advice, once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from mes.health.model import Alert, Cause, Sample
from telemetry.work import begin
from tests.integration.health.line import COMMISSIONING, WatchedLine, at, watched_line

FIRST, LAST = COMMISSIONING + 1, COMMISSIONING + 241


def told(alerts: list[Alert]) -> list[tuple[object, ...]]:
    """What an alert says, whenever and by whom it was found."""
    return [(each.cause, each.from_at, each.seen_at, each.score, each.contributions) for each in alerts]


def seen(samples: list[Sample]) -> list[tuple[object, ...]]:
    return [(each.at, each.health, each.stat, each.alarm, each.value, each.expected) for each in samples]


async def wear(line: WatchedLine, first: int = FIRST, last: int = LAST) -> None:
    await line.read(first, last, wear=(first - FIRST) / 400, worse=1 / 400)


async def test_a_watch_killed_at_any_moment_changes_nothing(line: WatchedLine) -> None:
    await line.commission()
    await wear(line)
    for minute in range(FIRST + 20, LAST + 1, 20):
        await line.look(minute, watch=line.another_watch())  # each remembers nothing of the one before
        with pytest.raises(asyncio.CancelledError):
            await _killed(line, minute)
    alerts, samples, orders = await line.alerts(), await line.samples(), await line.orders()
    async with begin(line.pool, "owner", line.clock.now()) as work:
        await work.run("update health_run set position = begun_at, state = null, model_id = null")
    await line.look(LAST, watch=line.another_watch())
    assert told(await line.alerts()) == told(alerts), "gone through again from the start: nothing twice"
    assert seen(await line.samples()) == seen(samples)
    assert [each.id for each in await line.orders()] == [each.id for each in orders]
    assert len(orders) == 1


async def _killed(line: WatchedLine, minute: int) -> None:
    """A look that is ended before it commits."""
    from mes.health import service
    from mes.health.watching import Memory, look_after

    line.clock.at = at(minute + 10)
    async with begin(line.pool, "health", line.clock.now()) as work:
        [each] = await service.watched(work)
        await look_after(work, each, line.settings, Memory())
        raise asyncio.CancelledError


async def test_two_watches_side_by_side_tell_once(line: WatchedLine) -> None:
    await line.commission()
    await wear(line)
    line.clock.at = at(LAST)
    await asyncio.gather(*(line.another_watch().look() for _ in range(3)))
    await line.look()
    alerts = await line.alerts()
    assert len({each.cause for each in alerts}) == len(alerts)
    assert len(await line.orders()) == 1


async def test_readings_that_come_late_give_what_they_would_have_given_in_time(
    line: WatchedLine, clock: object
) -> None:
    await line.commission()
    late = line.messages(FIRST + 60, FIRST + 120, wear=60 / 400, worse=1 / 400)
    await wear(line, FIRST, FIRST + 60)
    await wear(line, FIRST + 120, LAST)
    await line.look(LAST)
    without = seen(await line.samples())
    line.clock.at = at(LAST + 5)
    await line.store(late, at_=line.clock.now())
    line.clock.at += timedelta(seconds=20)
    await line.look()
    assert len(await line.samples()) > len(without), "the hole is filled"
    assert {each.cause for each in await line.alerts()} == {Cause.PATTERN, Cause.LEVEL}
    with_late, alerts = seen(await line.samples()), told(await line.alerts())
    await line.store(late, at_=line.clock.now())  # they come twice
    await line.look(LAST + 6)
    assert seen(await line.samples())[: len(with_late)] == with_late
    assert [each[:2] for each in told(await line.alerts())] == [each[:2] for each in alerts]
    assert len(await line.orders()) == 1


async def test_standing_still_is_no_fault(line: WatchedLine) -> None:
    await line.commission()
    await line.read(FIRST, FIRST + 120, state=0)
    await line.read(FIRST + 120, LAST)
    await line.look(LAST)
    assert await line.alerts() == []
    gaps = [each.at for each in await line.samples() if at(FIRST) <= each.at < at(FIRST + 120)]
    assert gaps == [], "a machine that stands still is not looked at"


async def test_before_anything_is_learned_fixed_limits_hold(pool, clock) -> None:  # type: ignore[no-untyped-def]
    line = await watched_line(pool, clock, commissioning_days=30)
    await line.read(0, 100, wear=0.95)
    await line.look(101)
    [alert] = await line.alerts()
    assert (alert.cause, alert.model_id) == (Cause.LIMIT, None)
    assert alert.contributions[0]["expected"] == 4.5
    [order] = await line.orders()
    assert order.priority == "high"
