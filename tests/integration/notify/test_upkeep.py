"""Tests of the ladders, people who can't be reached, the message that all is well, and the trail that was altered."""

from __future__ import annotations

import psycopg
import pytest

from mes.alarms import service as alarms
from mes.alarms.model import Alarm, Kind, State
from mes.notifications.rehearsal import RehearsalRunning, rehearsals, rehearse
from tests.integration.notify.conftest import DutyRoom
from tests.plugins.cold_room import ColdStore
from tests.plugins.database import Database

DAY = 24 * 60.0


async def test_a_test_calls_everybody_and_is_kept_with_who_was_reached_and_who_knew(duty: DutyRoom) -> None:
    async with duty.store.work("qa") as work:
        await rehearse(work, "cold")
    with pytest.raises(RehearsalRunning):
        async with duty.store.work("qa") as work:
            await rehearse(work, "cold")
    await duty.notify(0)
    assert sorted(duty.mail.receivers) == ["maintenance", "operator", "qa"]
    assert all("[测试]" in str(mail["Subject"]) for mail in duty.mail.mails)
    await duty.acknowledge(await duty.alarm(), by="operator")
    await duty.notify(1, 30)
    assert len(duty.mail.mails) == 3
    async with duty.store.work() as work:
        [test] = await rehearsals(work, "cold")
    assert (test.asked_by, test.people, test.reached, test.acked_by) == ("qa", 4, 3, "operator")
    assert (await duty.alarm()).state is State.NORMAL


async def test_a_test_starts_on_its_day_and_is_an_alarm_when_nobody_knows(duty: DutyRoom) -> None:
    await duty.put_ladder(test_day=16, test_at="09:30")
    await duty.notify(DAY + 29)
    assert duty.mail.mails == []
    await duty.notify(DAY + 30, DAY + 31)
    assert len(duty.mail.mails) == 3
    test = await duty.alarm()
    await duty.notify(2 * DAY + 29)
    assert await _wrong(duty.store) == []
    await duty.notify(2 * DAY + 30)
    assert await _wrong(duty.store) == ["test:cold"]
    await duty.acknowledge(test)
    await duty.notify(2 * DAY + 31)
    assert await _wrong(duty.store) == []


async def test_every_morning_the_first_rung_hears_that_the_calling_works(duty: DutyRoom) -> None:
    await duty.put_ladder(alive_at="09:30")
    await duty.notify(29)
    assert duty.mail.mails == []
    await duty.notify(30, 31, 600)
    assert duty.mail.receivers == ["operator"]
    assert "运行正常" in str(duty.mail.mails[0]["Subject"])
    await duty.notify(DAY + 30)
    assert duty.mail.receivers == ["operator", "operator"]


async def test_an_altered_trail_is_a_critical_alarm_that_nobody_may_silence(duty: DutyRoom, database: Database) -> None:
    await duty.notify(0)
    assert not await _standing(duty.store, Kind.AUDIT_TAMPER)
    with psycopg.connect(database.owner) as owner:
        owner.execute("alter table audit disable trigger user")  # as who owns the database could
        kept = owner.execute("select actor from audit where seq = 3").fetchone()
        owner.execute("update audit set actor = 'somebody else' where seq = 3")
    await duty.notify(1, 2)
    [alarm] = (await _standing(duty.store, Kind.AUDIT_TAMPER)).values()
    assert (alarm.priority, "row 3" in alarm.message_en) == ("critical", True)
    assert len(duty.mail.mails) == 1
    assert kept is not None
    with psycopg.connect(database.owner) as owner:
        owner.execute("update audit set actor = %s where seq = 3", kept)
    await duty.notify(3, 4)
    assert not await _standing(duty.store, Kind.AUDIT_TAMPER)


async def test_rows_that_were_cut_off_are_missed(duty: DutyRoom, database: Database) -> None:
    await duty.notify(0)
    with psycopg.connect(database.owner) as owner:
        owner.execute("alter table audit disable trigger user")
        owner.execute("delete from audit where seq = (select max(seq) from audit)")
    await duty.notify(1)
    assert await _standing(duty.store, Kind.AUDIT_TAMPER)


async def _standing(store: ColdStore, kind: Kind) -> dict[str, Alarm]:
    async with store.work() as work:
        return await alarms.standing(work, kind)


async def _wrong(store: ColdStore) -> list[str]:
    return sorted(await _standing(store, Kind.CONFIGURATION))
