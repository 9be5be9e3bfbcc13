"""What became of a line: never more than there was, taken back but never changed; of two at once one wins."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from mes.recall import recovering
from mes.recall.accounts import Fate
from mes.recall.recovering import RecallLineNotFound, RecoveryNotFound
from mes.transitions import Refused
from tests.integration.recall.story import Story

SENT = "SHP-2026-0001"


async def test_of_two_people_who_enter_the_last_units_one_wins(story: Story) -> None:
    found = await story.notified()
    await story.recover(found, "P1", Fate.RETURNED, "30", shipment=SENT)
    both = await asyncio.gather(
        story.recover(found, "P1", Fate.RETURNED, "10", shipment=SENT),
        story.recover(found, "P1", Fate.DESTROYED, "10", shipment=SENT),
        return_exceptions=True,
    )
    [lost] = [each for each in both if isinstance(each, BaseException)]
    assert isinstance(lost, Refused)
    assert lost.failed == ("within_what_is_left",)
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
