"""What became of a line: never more than there was, taken back but never changed; of two at once one wins."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from mes.recall import recovering
from mes.recall.accounts import Fate
from mes.recall.recovering import Found, RecallLineNotFound, RecoveryNotFound
from mes.transitions import Refused
from tests.integration.recall.story import Story

SENT = "SHP-2026-0001"


async def somebody_waits(story: Story) -> bool:
    """Whether a connection of this plant's database waits for another one's lock."""
    waits = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    return bool(await story.plant.rows(waits))


async def test_of_two_people_who_enter_the_last_units_one_wins(story: Story) -> None:
    found = await story.notified()
    await story.recover(found, "P1", Fate.RETURNED, "30", shipment=SENT)
    last = Found(lot_id=story.lots["P1"], shipment=SENT, fate=Fate.RETURNED, quantity=Decimal(10))
    async with story.plant.work("warehouse") as work:
        await recovering.recover(work, found.id, last)
        second = asyncio.create_task(story.recover(found, "P1", Fate.DESTROYED, "10", shipment=SENT))
        async with asyncio.timeout(60):
            while not (await somebody_waits(story) or second.done()):  # noqa: ASYNC110 - no event tells it
                await asyncio.sleep(0.02)
        assert not second.done(), "the second did not wait for the first one's work to end"
    with pytest.raises(Refused) as lost:
        await second
    assert lost.value.failed == ("within_what_is_left",)
    assert (await story.line(found, "P1", sent=True)).left == Decimal(0)


async def test_an_entry_that_was_wrong_is_taken_back_once(story: Story) -> None:
    found = await story.notified()
    wrong = await story.recover(found, "P2", Fate.DESTROYED, "100")
    for name, reason in (("", "reason_given"), ("miscounted", "")):
        async with story.plant.work("warehouse") as work:
            if reason:
                with pytest.raises(Refused, match=reason):
                    await recovering.take_back(work, found.id, wrong.id, reason=name)
            else:
                await recovering.take_back(work, found.id, wrong.id, reason=name)
    assert (await story.line(found, "P2")).left == Decimal(100)
    async with story.plant.work("warehouse") as work:
        with pytest.raises(Refused, match="entry_counts"):
            await recovering.take_back(work, found.id, wrong.id, reason="again")
        with pytest.raises(RecoveryNotFound):
            await recovering.take_back(work, found.id, 10_000, reason="which?")
    await story.recover(found, "P2", Fate.LOCATED, "100")


async def test_what_nobody_can_find_is_said_with_the_reason(story: Story) -> None:
    found = await story.notified()
    with pytest.raises(Refused, match="loss_explained"):
        await story.recover(found, "P2", Fate.UNACCOUNTED, "1")
    with pytest.raises(RecallLineNotFound):
        await story.recover(found, "R2", Fate.LOCATED, "1")
    await story.recover(found, "P2", Fate.UNACCOUNTED, "1", note="fell behind the rack")
    assert (await story.line(found, "P2")).left == Decimal(99)
