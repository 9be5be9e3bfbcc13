"""A room that is about to leave its limits is told of before it does, by its own thermal model."""

from __future__ import annotations

from datetime import timedelta
from math import exp, log

import pytest

from mes.forecast import service
from mes.forecast.service import FitTooPoor
from models.forecast import Method
from telemetry.errors import Invalid
from telemetry.store import refresh_rollups
from telemetry.work import begin
from tests.plugins.cold_room import ColdStore, minute

TAU_MIN, REST_C = 60.0, 20.0


def warmed(minutes: float, begin_c: float = 5.0) -> float:
    """An uncooled room after so many minutes."""
    return round(REST_C + (begin_c - REST_C) * exp(-minutes / TAU_MIN), 2)


async def a_week_of_ordinary_days(store: ColdStore) -> None:
    """Between 4.6 and 5.4 °C, a reading each ten minutes, for the two days before nine."""
    course = [(float(-m), 5.0 + 0.4 * (-1) ** (m // 10)) for m in range(2 * 1440, 0, -10) if not 560 < m <= 610]
    await store.store(store.message(course))
    async with begin(store.pool, "gateway", store.clock.now()) as work:
        await refresh_rollups(work)


async def commissioned(store: ColdStore) -> None:
    """A power-fail test ten hours ago, and its model in force."""
    await store.store(store.message([(-600.0 + m / 2, warmed(m / 2)) for m in range(60)]))
    async with store.work("engineer") as work:
        [point] = [p for p in (await point_ids(store)) if p]
        found = await service.fit_window(work, store.rooms["cold-room-2"], point, minute(-600), minute(-570))
        await service.put_in_force(work, found, reason="power-fail test before use")


async def point_ids(store: ColdStore) -> list[int]:
    rows = await store.rows("select id from point where name = 'hainan/cold-store/cold-room-2/air-1'")
    return [int(row[0]) for row in rows]


async def fails_from_nine(store: ColdStore, until: int) -> None:
    """Nothing cools any more from nine on: two readings a minute."""
    await store.read(*[(m / 2, warmed(m / 2)) for m in range(2 * until + 1)])


async def test_a_room_without_cooling_is_told_of_before_it_is_out(cold_store: ColdStore) -> None:
    await a_week_of_ordinary_days(cold_store)
    await commissioned(cold_store)
    await cold_store.put_lot("A-1", at=-60)  # after the test
    await fails_from_nine(cold_store, 4)
    [(priority, text, zone)] = await cold_store.rows(
        "select priority, message_en, zone_id from alarm where cleared_at is null and kind = 'forecast'"
    )
    out_after = TAU_MIN * log((REST_C - 5.0) / (REST_C - 8.0))  # 13.39 min
    assert text == f"Cold room 2 leaves 2–8 °C in {round(out_after - 4)} min, 1 lot"
    assert (priority, zone) == ("medium", cold_store.rooms["cold-room-2"])
    async with cold_store.work() as work:
        told = (await service.forecasts(work))[cold_store.rooms["cold-room-2"]]
    assert told.method is Method.THERMAL
    assert told.eta_s == pytest.approx((out_after - 4) * 60, abs=20)
    assert await cold_store.held() == set()  # advice holds no lot


async def test_the_forecast_ends_when_the_limit_is_passed_and_the_room_is_out(cold_store: ColdStore) -> None:
    await a_week_of_ordinary_days(cold_store)
    await commissioned(cold_store)
    await fails_from_nine(cold_store, 6)
    await fails_from_nine(cold_store, 26)
    rows = await cold_store.rows(
        "select kind, cleared_at is null from alarm where kind in ('forecast', 'temperature') and raised_at > %s",
        minute(0),
    )
    assert sorted(rows) == [("forecast", False), ("temperature", True)]


async def test_an_ordinary_day_and_a_room_on_its_way_back_raise_nothing(cold_store: ColdStore) -> None:
    await a_week_of_ordinary_days(cold_store)
    await commissioned(cold_store)
    swing = [(m / 2, 5.0 + 0.4 * (m % 12 - 6) / 6) for m in range(41)]  # within what is usual
    await cold_store.read(*swing)
    back = [(21 + m / 2, 6.5 - 0.1 * m) for m in range(10)]  # unusually warm, and cooling down
    await cold_store.read(*back)
    assert await cold_store.rows("select 1 from alarm where kind = 'forecast'") == []


async def test_a_course_that_is_no_power_fail_test_is_not_put_in_force(cold_store: ColdStore) -> None:
    await cold_store.store(cold_store.message([(m / 2, 5.0 + 0.4 * (-1) ** m) for m in range(-120, 0)]))
    async with cold_store.work("engineer") as work:
        [point] = await point_ids(cold_store)
        found = await service.fit_window(work, cold_store.rooms["cold-room-2"], point, minute(-60), minute(0))
        with pytest.raises(FitTooPoor):
            await service.put_in_force(work, found, reason="no test at all")
        with pytest.raises(Invalid):
            await service.fit_window(work, cold_store.rooms["cold-room-1"], point, minute(-60), minute(0))


async def test_a_new_model_takes_the_place_of_the_old_one_and_both_are_kept(cold_store: ColdStore) -> None:
    await commissioned(cold_store)
    cold_store.clock.at += timedelta(minutes=1)
    await cold_store.store(cold_store.message([(-300.0 + m / 2, warmed(m / 2, 4.0)) for m in range(80)]))
    async with cold_store.work("engineer") as work:
        [point] = await point_ids(cold_store)
        zone = cold_store.rooms["cold-room-2"]
        found = await service.fit_window(work, zone, point, minute(-300), minute(-260), rest_c=REST_C)
        await service.put_in_force(work, found, reason="after the new door seal")
        versions = await service.models_of(work, zone)
    assert [(m.version, m.retired_at is None) for m in versions] == [(2, True), (1, False)]
    assert all(m.tau_s == pytest.approx(TAU_MIN * 60, rel=0.02) for m in versions)
    audit = await cold_store.rows("select count(*) from audit where action = 'thermal_model.put'")
    assert audit == [(2,)]
