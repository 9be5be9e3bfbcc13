"""Forecasts at the pages: what is still to come is told with its time, and what has come is no forecast any more."""

from __future__ import annotations

import pytest

from mes.watch.loop import Watch
from mes.watch.settings import WatchSettings
from telemetry.clock import HeldClock
from telemetry.work import begin
from tests.integration.dashboards.furnish import measure
from tests.integration.dashboards.visitor import Plant

PROBE = "hainan/cold-store/cold-room-2/air-1"
OUT = {"en": "out of limits", "zh": "超限"}
RESTS = {"en": "not in sight", "zh": "暂无超限趋势"}


async def told_of(plant: Plant, clock: HeldClock, value_c: float, language: str) -> tuple[str, str]:
    """What the list and the room's own page say of cold room 2 when its probe tells this."""
    await measure(plant.pool, clock.now(), 30_000, {PROBE: value_c})
    await Watch(plant.pool, clock, WatchSettings(dsn="")).tick()
    async with begin(plant.pool, "test", clock.now()) as work:
        zone = await work.scalar("select id from zone where code = 'cold-room-2'")
    qa = await plant.visit("qa", language)
    row = (await qa.open("/forecasts")).marked("forecast-cold-room-2").text
    return row, (await qa.open(f"/forecasts/{zone}")).marked("forecast-now").text


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_room_that_is_out_is_said_to_be_out_and_not_to_leave_soon(
    plant: Plant, clock: HeldClock, language: str
) -> None:
    row, page = await told_of(plant, clock, 9.2, language)
    for told in (row, page):
        assert OUT[language] in told
        assert RESTS[language] not in told


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_room_at_rest_is_not(plant: Plant, clock: HeldClock, language: str) -> None:
    row, page = await told_of(plant, clock, 5.0, language)
    assert RESTS[language] in row
    assert RESTS[language] in page
