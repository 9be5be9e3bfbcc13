"""The ladder against a real mail server: who is told, again or no more, and what a message says."""

from __future__ import annotations

from datetime import timedelta

from mes.alarms import service as alarms
from mes.alarms import suppression
from mes.alarms.model import Act, Kind, Priority
from tests.integration.notify.conftest import LINK, DutyRoom
from tests.plugins.cold_room import minute


async def test_unacknowledged_it_climbs_acknowledged_it_is_silent(duty: DutyRoom) -> None:
    await duty.store.put_lot("B2601A")
    await duty.store.warm_up(until=30)
    await duty.notify(30, 35, 39.9)
    assert duty.mail.receivers == ["operator"]
    await duty.notify(40)
    assert sorted(duty.mail.receivers) == ["maintenance", "operator"]
    await duty.acknowledge(await duty.alarm())
    await duty.notify(41, 60)
    assert sorted(duty.mail.receivers) == ["maintenance", "operator", "operator"]
    assert "已确认" in str(duty.mail.to("operator")[1]["Subject"])


async def test_a_message_says_what_where_since_when_and_what_to_do(duty: DutyRoom) -> None:
    await duty.store.put_lot("B2601A")
    await duty.store.warm_up(until=30)
    await duty.notify(30)
    [mail] = duty.mail.mails
    alarm = await duty.alarm()
    assert str(mail["Subject"]) == f"[高] {alarm.message_zh}"
    assert b"Subject: =?utf-8?" in duty.mail.raw[0].replace(b"UTF-8", b"utf-8")
    part = mail.get_body(("plain",)) or mail
    text = part.get_content()
    for told in ("2号冷库", "air-1", "2026-01-15 09:30:00 (Asia/Shanghai)", "8.6 °C", "B2601A", "不得移动或放行"):
        assert told in text, told
    assert f"{LINK}/alarms/{alarm.id}" in text
    assert str(mail["X-Isotherm-Message"]) in text


async def test_worse_is_told_again_from_the_first_rung(duty: DutyRoom) -> None:
    await duty.store.warm_up(until=31)
    await duty.notify(31)
    await duty.acknowledge(await duty.alarm(), by="operator")
    await duty.notify(31.5)
    assert duty.mail.receivers == ["operator"]
    await duty.store.read((32, 15.6))
    await duty.notify(33)
    assert duty.mail.receivers == ["operator", "operator"]
    assert "紧急" in str(duty.mail.mails[1]["Subject"])
    async with duty.store.work() as work:
        [alarm] = await alarms.alarms(work)
        told = (await alarms.journal(work, [alarm.id]))[alarm.id]
    assert [(each.act, each.call) for each in told] == [(Act.RAISED, 1), (Act.ACKNOWLEDGED, 1), (Act.UPGRADED, 2)]
    assert (alarm.acked_by, told[1].actor, told[1].comment) == (None, "operator", "door closed")


async def test_acknowledged_and_still_so_it_calls_again(duty: DutyRoom) -> None:
    await duty.store.warm_up(until=30)
    await duty.notify(30)
    await duty.acknowledge(await duty.alarm(), by="operator")
    await duty.notify(89.9)
    assert duty.mail.receivers == ["operator"]
    await duty.notify(90, 91)
    assert duty.mail.receivers == ["operator", "operator"]
    alarm = await duty.alarm()
    assert (alarm.calls, alarm.isa_state) == (2, "UNACK")


async def test_shelved_it_is_silent_and_recorded_and_calls_when_the_shelf_ends(duty: DutyRoom) -> None:
    await duty.store.warm_up(until=30)
    async with duty.store.work("qa") as work:
        [alarm] = await alarms.alarms(work)
        await suppression.shelve(work, alarm, reason="probe in a bucket", until=minute(60))
    await duty.notify(30, 45)
    assert duty.mail.mails == []
    assert (await duty.alarm()).isa_state == "SHLVD"
    assert await duty.store.count("excursion") == 1
    async with duty.store.work() as work:
        counts = await alarms.counts(work)
        [shelf] = await suppression.shelves(work)
    assert (counts.active_unacked, counts.suppressed, shelf.reason) == (0, 1, "probe in a bucket")
    await duty.notify(60)
    assert duty.mail.receivers == ["operator"]
    await duty.notify(69.9)
    assert len(duty.mail.mails) == 1
    await duty.notify(70)
    assert duty.mail.receivers[1:] == ["maintenance"]


async def test_worse_takes_it_from_the_shelf(duty: DutyRoom) -> None:
    await duty.store.warm_up(until=30)
    async with duty.store.work("qa") as work:
        [alarm] = await alarms.alarms(work)
        await suppression.shelve(work, alarm, reason="probe in a bucket", until=minute(60))
    await duty.store.read((32, 15.6))
    await duty.notify(32)
    assert duty.mail.receivers == ["operator"]
    async with duty.store.work() as work:
        assert await suppression.shelves(work) == []
        [ended] = await suppression.shelves(work, in_force=False)
    assert (ended.end_reason, ended.ended_by) == ("worse", "watch")


async def test_out_of_service_is_silent_for_what_comes_later_too(duty: DutyRoom) -> None:
    async with duty.store.work("engineer") as work:
        shelf = await suppression.take_out_of_service(work, Kind.TEMPERATURE, duty.store.name(), reason="room is empty")
    await duty.store.warm_up(until=30)
    await duty.store.read((31, 16.0))
    await duty.notify(31, 90)
    assert duty.mail.mails == []
    assert (await duty.alarm()).isa_state == "OOSRV"
    async with duty.store.work("engineer") as work:
        await suppression.bring_back(work, shelf.id, reason="lots come back")
    await duty.notify(91)
    assert duty.mail.receivers == ["operator"]


async def test_forty_probes_of_one_room_are_one_message(duty: DutyRoom) -> None:
    for n in range(40):
        await duty.raise_one(Kind.STALE, f"probe-{n}", zone_id=duty.store.rooms["cold-room-2"])
    await duty.notify(0, 1, 5)
    [mail] = duty.mail.mails
    assert "同时 40 个报警" in str(mail["Subject"])
    assert await duty.store.count("alarm") == 40
    assert await duty.store.count("notification_occasion") == 40


async def test_a_fold_window_holds_back_what_comes_right_after(duty: DutyRoom) -> None:
    await duty.store.warm_up(until=30)
    await duty.notify(30)
    await duty.raise_one(Kind.DOOR, "door", priority=Priority.MEDIUM)
    await duty.notify(30.5)
    assert len(duty.mail.mails) == 1
    await duty.notify(31)
    assert len(duty.mail.mails) == 2


async def test_the_night_shift_is_told_after_the_plants_midnight_too(duty: DutyRoom) -> None:
    rungs = [{"after_s": 0, "people": ["operator", "maintenance"], "on_shift": True}]
    await duty.put_ladder(rungs=rungs)
    await duty.put_shift(start="08:00", end="20:00", people=["operator"])
    await duty.put_shift(code="night", start="20:00", end="08:00", people=["maintenance"])
    duty.store.clock.at = minute(0) + timedelta(hours=15, minutes=5)  # 00:05 in the plant
    await duty.raise_one(Kind.EDGE_LOST, "edge-cold-store")
    await duty.notify(15 * 60 + 5)
    assert duty.mail.receivers == ["maintenance"]
    await duty.notify(23 * 60)  # 08:00: who comes is told of what nobody has acknowledged
    assert duty.mail.receivers == ["maintenance", "operator"]
