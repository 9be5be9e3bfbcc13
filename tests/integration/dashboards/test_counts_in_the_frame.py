"""What the frame of every page counts, and a page of a room of which little is known."""

from __future__ import annotations

from dashboards.frame import unacknowledged
from mes.alarms import service as alarms
from mes.alarms.model import Kind, Occurrence, Priority
from telemetry.clock import HeldClock
from telemetry.work import begin
from tests.integration.dashboards.visitor import Plant


def an_alarm(source: str, priority: Priority, clock: HeldClock) -> Occurrence:
    told = {"message_en": source, "message_zh": source, "raised_at": clock.now()}
    return Occurrence(kind=Kind.DOOR, source=source, priority=priority, **told)  # type: ignore[arg-type]


async def test_the_frame_counts_alarms_that_nobody_knows_of_and_names_the_worst(plant: Plant, clock: HeldClock) -> None:
    async with begin(plant.pool, "watch", clock.now()) as work:
        before, _ = await unacknowledged(work)
        critical = await alarms.raise_alarm(work, an_alarm("door-1", Priority.CRITICAL, clock))
        low = await alarms.raise_alarm(work, an_alarm("door-2", Priority.LOW, clock))
    qa = await plant.visit("qa")
    assert (await qa.open("/")).marked("rail-menu").text.split()[-1] == str(before + 2)
    async with begin(plant.pool, "qa", clock.now()) as work:
        assert await unacknowledged(work) == (before + 2, Priority.CRITICAL)
        await alarms.acknowledge(work, critical.id, version=critical.version, comment="closed")
        count, worst = await unacknowledged(work)
        assert count == before + 1
        assert worst is not Priority.CRITICAL
        await alarms.clear(work, Kind.DOOR, low.source, at=clock.now())  # over, and still nobody has seen it
        assert (await unacknowledged(work))[0] == before + 1
        cleared = await alarms.alarm(work, low.id)
        await alarms.acknowledge(work, low.id, version=cleared.version, comment="seen")
    assert (await qa.open("/")).marked("rail-menu").text.split()[-1] == (str(before) if before else "Overview")


async def test_a_room_without_a_fitted_model_says_so_and_how_to_get_one(plant: Plant) -> None:
    qa = await plant.visit("qa")
    page = await qa.open("/forecasts/1")
    assert page.status == 200
    assert "No thermal model yet" in page.html
    assert "a straight line is taken" in page.html
    assert (await qa.open("/forecasts/4711")).status == 404
