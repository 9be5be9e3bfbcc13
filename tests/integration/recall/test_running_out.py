"""A recall's clock that ran out calls quality assurance, until somebody has answered it."""

from __future__ import annotations

from datetime import timedelta

from mes.alarms import service as alarms
from mes.alarms.model import Alarm, Kind, Priority
from mes.recall import recovering
from mes.recall.model import Kind as RecallKind
from mes.recall.model import Recall, RecallClass
from tests.integration.recall.story import Story
from tests.plugins.cold_room import NINE

HOUR = timedelta(hours=1)


async def looked(story: Story, after: timedelta) -> dict[str, Alarm]:
    """What stands after the watch looked, so long after nine of the first day."""
    story.plant.clock.at = NINE + after
    await story.plant.watch.tick()
    async with story.plant.work() as work:
        return await alarms.standing(work, Kind.RECALL_LATE)


async def report(story: Story, found: Recall) -> None:
    async with story.plant.work("qa") as work:
        await recovering.report_progress(work, found.id, reference="R-1")


async def test_a_notice_that_is_late_is_an_alarm_and_over_when_everyone_is_told(story: Story) -> None:
    found = await story.open("R1")
    assert await looked(story, 24 * HOUR) == {}
    stands = await looked(story, 24 * HOUR + timedelta(minutes=2))
    notice = stands[f"{found.number} notify"]
    assert notice.priority is Priority.CRITICAL
    assert notice.raised_at == found.opened_at + 24 * HOUR
    assert "had to be told by 2026-01-16 09:00" in notice.message_en
    assert "2026-01-16 09:00 前通知" in notice.message_zh
    await story.sign(found, "sign_scope", "qa")
    await story.step(found, "apply_holds")
    await story.tell(found)
    await story.step(found, "notify")
    assert (await looked(story, 25 * HOUR)).keys() == {f"{found.number} progress 1"}


async def test_each_report_that_is_late_is_an_alarm_of_its_own(story: Story) -> None:
    found = await story.notified(recall_class=RecallClass.II)
    assert await looked(story, timedelta(days=3)) == {}
    stands = await looked(story, timedelta(days=6, minutes=2))
    assert stands.keys() == {f"{found.number} progress 1", f"{found.number} progress 2"}
    assert {each.priority for each in stands.values()} == {Priority.HIGH}
    await report(story, found)
    stands = await looked(story, timedelta(days=6, minutes=4))
    assert stands.keys() == {f"{found.number} progress 2"}


async def test_a_rehearsal_calls_more_softly_and_reports_to_nobody(story: Story) -> None:
    found = await story.open("R1", kind=RecallKind.MOCK)
    stands = await looked(story, timedelta(days=9))
    assert {source: each.priority for source, each in stands.items()} == {f"{found.number} notify": Priority.MEDIUM}


async def test_what_was_called_off_calls_nobody(story: Story) -> None:
    found = await story.open("R1")
    assert await looked(story, timedelta(days=2))
    await story.sign(found, "call_off", "qa")
    assert await looked(story, timedelta(days=2, minutes=2)) == {}
