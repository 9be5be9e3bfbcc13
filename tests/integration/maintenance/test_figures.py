"""Stops that the plant shows, verdicts on advice, and the figures that come of what was written down."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from mes.alarms import service as alarms
from mes.alarms.model import Alarm, Kind, Occurrence, Priority
from mes.maintenance import planning, reckoning, stops, verdicts
from mes.maintenance import service as maintenance
from mes.maintenance.applying import CareRow, PlanRow, put
from mes.maintenance.figures import Verdict
from mes.maintenance.model import Order, Status
from mes.maintenance.proving import Signing
from mes.maintenance.service import Told
from mes.maintenance.stops import Source, Stop, StopReason
from mes.maintenance.verdicts import NotAdvice
from mes.maintenance.words import CareWords, PlanWords
from mes.plant import service as plant
from telemetry.work import begin
from tests.plugins.cold_room import ColdStore, minute, signed_by

PATH, PLACE = "hainan/cold-store/cold-room-2-compressor", "cold-store/cold-room-2-compressor"
CODES: dict[str, Any] = {"problem_code": "noise", "cause_code": "wear", "remedy_code": "replaced"}
SEEN = Signing(credentials=signed_by("maintenance-2"), meaning="verified", reason="seen at the machine")


async def machine_id(cold_store: ColdStore) -> int:
    async with cold_store.work() as work:
        return (await plant.machine_named(work, PATH)).id


async def advice(cold_store: ColdStore, kind: Kind = Kind.EQUIPMENT, source: str = PATH) -> Alarm:
    found = Occurrence(
        kind=kind,
        source=source,
        priority=Priority.MEDIUM,
        message_en="Current above its normal",
        message_zh="电流偏高",
        raised_at=cold_store.clock.at,
    )
    async with cold_store.work("watch") as work:
        return await alarms.raise_alarm(work, found)


async def repaired(cold_store: ColdStore, downtime_min: int, **more: Any) -> Order:
    of = await machine_id(cold_store)
    async with cold_store.work("operator") as work:
        order = await maintenance.open_order(work, equipment_id=of, title_en="It howls", title_zh="异响")
    done = Told(
        findings="worn", labour_min=Decimal(30), no_parts=True, downtime_min=Decimal(downtime_min), **(CODES | more)
    )
    steps = {"approve": Told(), "start": Told(), "done": done}
    for name, told in steps.items():
        async with cold_store.work("maintenance") as work:
            order = await maintenance.take_step(work, order.id, name, version=order.version, told=told)
    for name, told in {"verify": Told(check_result="quiet"), "close": Told()}.items():
        async with cold_store.work("maintenance-2") as work:
            signing = SEEN if name == "verify" else None
            order = await maintenance.take_step(work, order.id, name, version=order.version, told=told, signing=signing)
    return order


async def look_for_stops(cold_store: ColdStore, at: float) -> list[Stop]:
    cold_store.clock.at = minute(at)
    async with begin(cold_store.pool, "watch", cold_store.clock.at) as work:
        await stops.look_for_stops(work)
        return await stops.stops(work, (await plant.machine_named(work, PATH)).id)


async def test_the_known_answer_out_of_orders(cold_store: ColdStore) -> None:
    """Thirty days, three failures that took 2, 4 and 6 hours; what was no fault is no failure."""
    of = await machine_id(cold_store)
    for minutes in (120, 240, 360):
        await repaired(cold_store, minutes)
    await repaired(cold_store, 60, problem_code="no_fault_found")
    cold_store.clock.at = minute(10)
    async with cold_store.work() as work:
        found = await reckoning.reliability_of(work, of, 30)
    assert (found.failures, found.mtbf_h, found.mttr_h) == (3, Decimal(236), Decimal(4))
    assert found.availability == Decimal("0.983333")


async def test_a_machine_that_is_worked_on_stands_and_somebody_says_why(cold_store: ColdStore) -> None:
    of = await machine_id(cold_store)
    async with cold_store.work("operator") as work:
        order = await maintenance.open_order(work, equipment_id=of, title_en="It howls", title_zh="异响")
    for name in ("approve", "start"):
        async with cold_store.work("maintenance") as work:
            order = await maintenance.take_step(work, order.id, name, version=order.version)
    [stop] = await look_for_stops(cold_store, 10)
    assert (stop.source, stop.starts_at, stop.ends_at) == (Source.MAINTENANCE, minute(0), None)
    assert stop.order_id == order.id
    assert len(await look_for_stops(cold_store, 12)) == 1
    async with cold_store.work("maintenance") as work:
        await stops.say_reason(work, stop.id, StopReason.OTHER)
        said = await stops.say_reason(work, stop.id, StopReason.FAILURE, "bearing")
    assert (said.reason, said.told) == ("failure", "bearing")
    assert await cold_store.count("stop_reason") == 2


async def test_silence_of_all_its_points_is_a_stop_until_one_speaks(cold_store: ColdStore) -> None:
    await cold_store.read((0, 6.0), probe="current", room="cold-room-2-compressor")
    assert await look_for_stops(cold_store, 4) == []
    [stop] = await look_for_stops(cold_store, 20)
    assert (stop.source, stop.starts_at) == (Source.SILENCE, minute(0))
    await cold_store.read((30, 6.0), probe="current", room="cold-room-2-compressor")
    [stop] = await look_for_stops(cold_store, 31)
    assert stop.ends_at == minute(30)
    assert stop.lasted(minute(99)) == timedelta(minutes=30)


async def test_its_state_says_that_it_is_down(cold_store: ColdStore) -> None:
    words = CareWords(equipment=PLACE, down=(2.0,))
    async with cold_store.work("plant") as work:
        await put(work, CareRow(equipment=PATH, definition=words.model_dump_json()))
        await work.db.execute("update measuring_point set role = 'state' where measure = 'running'")
    await cold_store.read((0, 1.0), probe="running", room="cold-room-2-compressor")
    assert await look_for_stops(cold_store, 1) == []
    await cold_store.read((2, 2.0), probe="running", room="cold-room-2-compressor")
    [stop] = await look_for_stops(cold_store, 3)
    assert (stop.source, stop.starts_at) == (Source.STATE, minute(2))
    await cold_store.read((6, 1.0), probe="running", room="cold-room-2-compressor")
    [stop] = await look_for_stops(cold_store, 7)
    assert stop.ends_at == minute(6)


async def test_the_last_verdict_counts_and_every_one_stays(cold_store: ColdStore) -> None:
    right, wrong = await advice(cold_store), await advice(cold_store, source="another machine")
    await advice(cold_store, source="a third machine")
    for alarm, said in ((right, Verdict.UNSURE), (wrong, Verdict.FALSE), (right, Verdict.CONFIRMED)):
        async with cold_store.work("maintenance") as work:
            await verdicts.judge_advice(work, alarm.id, said)
    async with cold_store.work() as work:
        found = await reckoning.alert_precision(work, 30)
        words = [each.verdict for each in await verdicts.verdicts(work, right.id)]
    assert (found.share, found.unjudged) == (Decimal("0.5000"), 1)
    assert words == [Verdict.UNSURE, Verdict.CONFIRMED]
    door = await advice(cold_store, Kind.DOOR)
    with pytest.raises(NotAdvice):
        async with cold_store.work("maintenance") as work:
            await verdicts.judge_advice(work, door.id, Verdict.CONFIRMED)


async def test_adherence_counts_in_time_late_skipped_and_open(cold_store: ColdStore) -> None:
    for code in ("in-time", "skipped", "open"):
        said = {"code": code, "equipment": PLACE, "name": {"en": code, "zh": code}}
        words = PlanWords.model_validate(said | {"calendar": {"first": "2026-01-15", "months": 1}})
        async with cold_store.work("plant") as work:
            await put(work, PlanRow(code=code, equipment=PATH, definition=words.model_dump_json()))
    async with begin(cold_store.pool, "watch", cold_store.clock.at) as work:
        done, _, skipped = await planning.look_at_plans(work)
    told = {"findings": "ok", "labour_min": Decimal(5), "no_parts": True}
    for order, step, said_ in ((skipped, "skip", {"note": "no"}), (done, "start", {}), (done, "done", told)):
        async with cold_store.work("maintenance") as work:
            now = await maintenance.order(work, order.id)
            await maintenance.take_step(work, order.id, step, version=now.version, told=Told(**said_))
    cold_store.clock.at = minute(2 * 24 * 60)
    async with cold_store.work() as work:
        found = await reckoning.adherence(work, 30)
        assert (await maintenance.order(work, skipped.id)).status is Status.SKIPPED
    assert (found.due, found.in_time, found.late, found.skipped, found.open) == (3, 1, 0, 1, 1)
    assert found.share == Decimal("0.3333")
