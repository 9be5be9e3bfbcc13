"""Gauges of the cold store: used while they are calibrated, told of before their day, gone through when they failed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from mes.alarms import service as alarms
from mes.alarms.model import Kind
from mes.gauges import due, resting, service
from mes.gauges.model import Gauge, GaugeKind, GaugeStatus
from mes.gauges.service import GaugeKnown, GaugeNotFound, GaugeReasonMissing, GaugeUnsound
from mes.people.model import Meaning
from mes.rounds.walking import GaugeMissing
from mes.sensors import certificates, instruments
from mes.sensors import service as sensors
from mes.sensors.certificates import Line, Paper
from mes.transitions import Refused, StaleVersion
from telemetry.work import Work, begin
from tests.integration.rounds.walk import ROOM, a_round, say, scan
from tests.plugins.cold_room import NINE, ColdStore, signed_by

TODAY = date(2026, 1, 15)


async def a_gauge(cold_store: ColdStore, serial: str = "T-7", **said: Any) -> Gauge:
    facts: dict[str, Any] = {
        "kind": GaugeKind.THERMOMETER,
        "name_en": "Hand thermometer",
        "name_zh": "手持温度计",
        "unit": "Cel",
    }
    limits = {"interval_months": 12, "low": Decimal(-30), "high": Decimal(50)}
    async with cold_store.work("maintenance") as work:
        return await service.register(work, serial=serial, **(facts | limits | said))


async def calibrate(
    cold_store: ColdStore, gauge: Gauge, on: date, until: date, *, found: str | None = "0.1", signed: bool = True
) -> int:
    lines = [Line(Decimal(5), None if found is None else Decimal(found), Decimal("0.1"), Decimal("0.05"))]
    paper = Paper(
        number=f"C-{on}",
        laboratory="Metrology institute",
        instrument_id=gauge.instrument_id,
        calibrated_on=on,
        due_on=until,
        tolerance=Decimal("0.5"),
        lines=lines,
    )
    async with cold_store.work("maintenance") as work:
        made, _ = await sensors.enter_certificate(work, paper)
    if signed:
        async with cold_store.work() as work:
            await certificates.sign_certificate(
                work, made.id, credentials=signed_by(), meaning=Meaning.APPROVED, reason="as the paper says"
            )
    return made.id


async def measure(cold_store: ColdStore, gauge: Gauge, label: str = "cold room 2", **said: Any) -> None:
    async with cold_store.work("operator") as work:
        about: dict[str, Any] = {"record_type": "other", "record_id": "1", "label": label}
        await service.measure(work, gauge.id, **(about | said))


@asynccontextmanager
async def on_day(cold_store: ColdStore, day: date) -> AsyncIterator[Work]:
    """Nine o'clock of another day."""
    cold_store.clock.at = NINE + (day - TODAY)
    async with begin(cold_store.pool, "watch", cold_store.clock.at) as work:
        yield work


async def test_until_its_certificate_is_signed_nothing_is_measured_with_it(cold_store: ColdStore) -> None:
    gauge = await a_gauge(cold_store)
    with pytest.raises(Refused) as refused:
        await measure(cold_store, gauge)
    assert refused.value.failed == ("gauge_is_in_calibration",)
    await calibrate(cold_store, gauge, TODAY, date(2027, 1, 14), signed=False)
    with pytest.raises(Refused):
        await measure(cold_store, gauge)
    async with cold_store.work() as work:
        [paper] = await certificates.certificates(work, [gauge.instrument_id])
        await certificates.sign_certificate(
            work, paper.id, credentials=signed_by(), meaning=Meaning.APPROVED, reason="as the paper says"
        )
    await measure(cold_store, gauge, value=Decimal(5))
    async with cold_store.work() as work:
        [use] = await service.uses(work, gauge.id)
    assert (use.actor, use.value, use.used_at) == ("operator", Decimal(5), cold_store.clock.at)


async def test_an_overdue_gauge_is_calibrated_and_nothing_else(cold_store: ColdStore) -> None:
    """Good through its last day; on the next a use is refused, a calibration never."""
    gauge = await a_gauge(cold_store)
    await calibrate(cold_store, gauge, date(2025, 1, 15), TODAY)
    await measure(cold_store, gauge, value=Decimal(5))
    cold_store.clock.at = NINE + timedelta(days=1)
    with pytest.raises(Refused) as refused:
        await measure(cold_store, gauge, value=Decimal(5))
    assert refused.value.failed == ("gauge_is_in_calibration",)
    refusals = await cold_store.rows("select count(*) from audit where action = 'gauge.measure.refused'")
    assert refusals == [(1,)], "the attempt stays on the trail"
    await calibrate(cold_store, gauge, date(2026, 1, 16), date(2027, 1, 15))
    await measure(cold_store, gauge, value=Decimal(5))


async def test_one_that_is_lost_or_does_not_reach_so_far_is_not_measured_with(cold_store: ColdStore) -> None:
    gauge = await a_gauge(cold_store)
    await calibrate(cold_store, gauge, date(2026, 1, 5), date(2027, 1, 4))
    with pytest.raises(Refused) as refused:
        await measure(cold_store, gauge, value=Decimal(80))
    assert refused.value.failed == ("value_is_in_gauge_range",)
    async with cold_store.work("maintenance") as work:
        lost = await service.set_status(work, gauge.id, GaugeStatus.LOST, reason="not in its drawer", version=1)
    assert (lost.status, lost.reason) == (GaugeStatus.LOST, "not in its drawer")
    with pytest.raises(Refused) as refused:
        await measure(cold_store, gauge)
    assert refused.value.failed == ("gauge_is_in_service",)
    with pytest.raises(StaleVersion):
        async with cold_store.work("maintenance") as work:
            await service.set_status(work, gauge.id, GaugeStatus.IN_SERVICE, reason="found", version=1)
    with pytest.raises(GaugeReasonMissing):
        async with cold_store.work("maintenance") as work:
            await service.set_status(work, gauge.id, GaugeStatus.IN_SERVICE, reason=" ", version=2)


async def test_a_gauge_is_in_the_register_once_with_what_it_needs(cold_store: ColdStore) -> None:
    await a_gauge(cold_store)
    with pytest.raises(GaugeKnown):
        await a_gauge(cold_store)
    for wrong in ({"name_zh": " "}, {"interval_months": 0}, {"low": Decimal(9), "high": Decimal(1)}):
        with pytest.raises(GaugeUnsound):
            await a_gauge(cold_store, "T-8", **wrong)


async def test_a_failed_calibration_lists_exactly_what_was_measured_since_the_last_good_one(
    cold_store: ColdStore,
) -> None:
    """Of five uses: before the last good calibration, on its day, in between, on the day it failed, and after it."""
    gauge = await a_gauge(cold_store)
    days = [date(2026, 1, 1), date(2026, 1, 5), date(2026, 1, 9), date(2026, 1, 12), date(2026, 1, 14)]
    await calibrate(cold_store, gauge, date(2025, 6, 1), date(2026, 6, 1))
    await calibrate(cold_store, gauge, date(2026, 1, 5), date(2027, 1, 4))
    for day in days:
        at = NINE + (day - TODAY)
        await measure(cold_store, gauge, label=str(day), value=Decimal(5), used_at=at)
    await calibrate(cold_store, gauge, date(2026, 1, 12), date(2027, 1, 11), found="0.9", signed=False)
    async with cold_store.work() as work:
        [impact] = await resting.impacts(work, gauge)
    assert impact.good is not None
    assert (impact.good.number, [each.label for each in impact.found]) == ("C-2026-01-05", [str(d) for d in days[1:4]])
    assert impact.found[0].value == "5 Cel"


async def test_without_a_good_calibration_all_of_it_is_in_doubt(cold_store: ColdStore) -> None:
    gauge = await a_gauge(cold_store)
    await calibrate(cold_store, gauge, date(2026, 1, 13), date(2027, 1, 12), found="0.9")
    await measure(cold_store, gauge, label="first", used_at=NINE - timedelta(days=1))
    await calibrate(cold_store, gauge, date(2026, 1, 14), date(2027, 1, 13), found="0.8")
    async with cold_store.work() as work:
        newest, first = await resting.impacts(work, gauge)
    assert (first.start, [each.label for each in first.found]) == (None, [])
    assert (newest.good, [each.label for each in newest.found]) == (first.paper, ["first"])


async def test_people_are_told_ninety_days_ahead_and_louder_on_the_day(cold_store: ColdStore) -> None:
    gauge = await a_gauge(cold_store)
    await calibrate(cold_store, gauge, TODAY, date(2026, 12, 31))
    told = []
    for day in (date(2026, 10, 1), date(2026, 10, 2), date(2026, 12, 31), date(2027, 1, 1)):
        async with on_day(cold_store, day) as work:
            await due.watch_gauges(work)
            alarm = (await alarms.standing(work, Kind.GAUGE)).get("gauge/T-7")
            told.append(None if alarm is None else str(alarm.priority))
            said = alarm.message_en if alarm else ""
    assert told == [None, "low", "medium", "medium"]
    assert said == "Hand thermometer T-7: calibration is due on 2026-12-31"
    await calibrate(cold_store, gauge, date(2027, 1, 1), date(2027, 12, 31))
    async with on_day(cold_store, date(2027, 1, 1)) as work:
        await due.watch_gauges(work)
        assert await alarms.standing(work, Kind.GAUGE) == {}


async def test_of_one_that_serves_a_point_the_point_tells(cold_store: ColdStore) -> None:
    gauge = await a_gauge(cold_store)
    await calibrate(cold_store, gauge, date(2025, 1, 1), date(2025, 12, 31))
    async with cold_store.work("maintenance") as work:
        [(point_id,)] = await cold_store.rows("select id from point where name = %s", cold_store.name())
        await instruments.install(work, gauge.instrument_id, point_id, reason="swapped")
    async with on_day(cold_store, TODAY) as work:
        await due.watch_gauges(work)
        assert await alarms.standing(work, Kind.GAUGE) == {}


async def test_a_round_measures_with_a_gauge_that_may_be_used_and_its_use_is_kept(cold_store: ColdStore) -> None:
    item = {"code": "air", "kind": "number", "name": {"en": "Air", "zh": "空气温度"}, "unit": "Cel", "gauge": True}
    found = await a_round(cold_store, stops=[{"equipment": ROOM, "items": [item]}])
    gauge = await a_gauge(cold_store)
    await scan(cold_store, found, 0)
    with pytest.raises(GaugeMissing):
        await say(cold_store, found, 0, "air", "5")
    with pytest.raises(GaugeNotFound):
        await say(cold_store, found, 0, "air", "5", gauge="T-9")
    with pytest.raises(Refused):
        await say(cold_store, found, 0, "air", "5", gauge="T-7")
    assert await cold_store.count("round_entry") == 0
    await calibrate(cold_store, gauge, date(2026, 1, 5), date(2027, 1, 4))
    entry = await say(cold_store, found, 0, "air", "5", gauge=" T-7 ")
    assert entry.gauge_id == gauge.id
    await calibrate(cold_store, gauge, TODAY, date(2027, 1, 14), found="0.9", signed=False)
    async with cold_store.work() as work:
        [impact] = await resting.impacts(work, gauge)
    [use] = impact.found
    assert (use.kind, use.href) == ("round", f"/rounds/{found.id}/report")
    assert use.label.startswith(found.number)


async def test_what_was_measured_only_grows(cold_store: ColdStore) -> None:
    gauge = await a_gauge(cold_store)
    await calibrate(cold_store, gauge, date(2026, 1, 5), date(2027, 1, 4))
    await measure(cold_store, gauge)
    with pytest.raises(Exception, match=r"append-only|permission denied"):
        await cold_store.rows("update gauge_use set label = 'x' returning 1")
