"""A kept report stays: versions, signatures, the calendar, makers that die. The database itself refuses changes."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

import psycopg
import pytest

from dashboards.reports.kinds import KINDS
from dashboards.reports.making import make
from dashboards.reports.worker import look_after
from mes.people import service as people
from mes.people.model import Meaning
from mes.people.refusals import SignerRoleMissing, WrongPassword
from mes.reports import queue, service
from mes.reports.model import MOST_TRIES, Report, Status, Wish
from mes.reports.sql import SQL
from mes.transitions import Refused, StaleVersion
from telemetry.work import begin
from tests.integration.reports.conftest import Press
from tests.plugins.cold_room import minute, signed_by
from tests.plugins.database import Database

QUEUED = "select args from queue.procrastinate_jobs where status = 'todo' order by id"


async def test_a_report_made_again_is_a_new_version_and_what_is_kept_is_refused_to_all(
    press: Press, database: Database
) -> None:
    first, second = [await press.ask("trail", "", minute(-60), minute(60)) for _ in range(2)]
    other = await press.ask("trail", "", minute(-60), minute(61))
    numbers = [(r.number, r.version) for r in (first, second, other)]
    assert numbers == [("RPT-2026-0001", 1), ("RPT-2026-0001", 2), ("RPT-2026-0002", 1)]
    kept = await press.make(second)
    assert ((await press.state(second)).status, (await press.state(first)).status) == (Status.READY, Status.WAITING)
    assert await press.read(kept)
    for change in ("update kept_report set made_by = 'me'", "delete from kept_report", "truncate kept_report cascade"):
        with psycopg.connect(database.app) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(change.encode())
        with psycopg.connect(database.owner) as owner, pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute(change.encode())
    async with press.store.work() as work:
        assert await service.kept_as(work, await service.file(work, kept.id)) == kept
        assert await service.kept_as(work, b"%PDF changed") is None


async def test_qa_signs_and_the_signed_copy_shows_who_when_what_and_why(press: Press) -> None:
    kept = await press.make(await press.ask("trail", "", minute(-60), minute(60)))
    assert "Not signed." in await press.read(kept)
    signed = {"meaning": Meaning.APPROVED, "reason": "all gaps are explained"}
    for who, refusal in ((signed_by(password="wrong"), WrongPassword), (signed_by("operator"), SignerRoleMissing)):
        async with press.store.work() as work:
            with pytest.raises(refusal):
                await service.sign(work, kept.id, credentials=who, **signed)
    press.store.clock.at = minute(30)
    async with press.store.work() as work:
        asked = await service.sign(work, kept.id, credentials=signed_by(), **signed)
    copy = await press.make(asked)
    told = await press.read(copy)
    assert "Printed name QA, Quality assurance Meaning Approved Date and time 2026-01-15 09:30:00 (UTC+0800)" in told
    assert "Reason all gaps are explained" in told
    assert "Not signed." not in told
    assert (copy.copy_of, copy.content_sha256) == (kept.id, kept.content_sha256)
    assert (asked.number, asked.version) == ("RPT-2026-0001", 1)
    assert sha256(await press.pdf(kept)).hexdigest() == kept.file_sha256 != copy.file_sha256
    async with press.store.work() as work:
        [signature] = await people.signatures_of(work, "kept_report", kept.id)
        facts = {"number": asked.number, "version": 1, "content_sha256": kept.content_sha256}
        assert await people.verify_signature(work, signature.id, facts | {"file_sha256": kept.file_sha256})


async def test_every_month_is_reported_once_and_what_was_missed_is_made_up_for(press: Press) -> None:
    """The machine is off from January to April; three workers come back at once."""
    store = press.store
    store.clock.at = datetime(2026, 1, 20, tzinfo=UTC)
    assert await look_after(store.pool, store.clock) == []  # the schedules begin
    store.clock.at = datetime(2026, 1, 31, 21, 59, tzinfo=UTC)  # 05:59 in the plant
    assert await look_after(store.pool, store.clock) == []
    store.clock.at = datetime(2026, 4, 2, tzinfo=UTC)
    asked = await look_after(store.pool, store.clock)
    rooms = [(r.subject, r.period_start, r.period_end) for r in asked if r.kind == "room"]
    months = [month(1), month(2), month(3)]
    assert rooms == [(room, *each) for each in months for room in ("cold-room-1", "cold-room-2")]
    assert [(r.period_start, r.period_end) for r in asked if r.kind == "alarms"] == months
    assert {r.kind for r in asked} == {code for code, kind in KINDS.items() if kind.monthly}
    assert await look_after(store.pool, store.clock) == []
    store.clock.at = datetime(2026, 4, 30, 22, tzinfo=UTC)
    assert {r.period_start for r in await look_after(store.pool, store.clock)} == {month(4)[0]}
    queued = await store.rows(QUEUED)
    assert len(queued) == len({args["report_id"] for (args,) in queued}) == await store.count("report")


def month(number: int) -> tuple[datetime, datetime]:
    """A month of 2026 in the plant."""
    zone = ZoneInfo("Asia/Shanghai")
    return datetime(2026, number, 1, tzinfo=zone), datetime(2026, number + 1, 1, tzinfo=zone)


async def test_what_a_dead_maker_dropped_is_taken_up_and_not_made_twice(press: Press) -> None:
    store = press.store
    report = await press.ask("trail", "", minute(-60), minute(60))
    async with store.work() as work:
        await work.run(SQL["look_into_queue"])
        await work.run("delete from procrastinate_jobs")  # the queue lost it
    async with begin(store.pool, "worker", store.clock.now()) as work:
        await service.begin_making(work, report.id)  # its maker died after this
    async with begin(store.pool, "worker", store.clock.now()) as alive:
        assert await service.hold(alive, report.id) is not None
        await look_after(store.pool, store.clock)
        assert await store.rows(QUEUED) == []  # somebody makes it
        assert await press_again(press, report) is None
    await look_after(store.pool, store.clock)
    assert await store.rows(QUEUED) == [({"report_id": report.id},)]
    kept = await press.make(report)
    assert await press_again(press, report) is None
    assert await store.rows("select id from kept_report") == [(kept.id,)]
    await look_after(store.pool, store.clock)
    assert (await press.state(report)).status is Status.READY


async def press_again(press: Press, report: Report) -> object:
    return await make(press.store.pool, press.store.clock, report.id)


async def test_what_kills_its_maker_is_given_up_until_somebody_tries_again(press: Press) -> None:
    report = await press.ask("trail", "", minute(-60), minute(60))
    for _ in range(MOST_TRIES + 1):
        async with begin(press.store.pool, "worker", press.store.clock.now()) as work:
            await service.begin_making(work, report.id)
    failed = await press.state(report)
    assert (failed.status, failed.failure) == (Status.FAILED, "MakingGivenUp")
    async with press.store.work() as work:
        with pytest.raises(StaleVersion):
            await service.retry(work, report.id, changes=failed.changes - 1)
        again = await service.retry(work, report.id, changes=failed.changes)
        with pytest.raises(Refused):
            await service.retry(work, report.id, changes=again.changes)
        assert not await queue.defer(work, report.id)  # it waits already


async def test_a_refusal_leaves_neither_report_nor_job(press: Press) -> None:
    with pytest.raises(RuntimeError, match="the rest of the request"):
        await ask_and_fail(press)
    assert await press.store.count("report") == 0
    assert await press.store.rows(QUEUED) == []


async def ask_and_fail(press: Press) -> None:
    async with press.store.work() as work:
        wish = Wish(kind="trail", subject="", period_start=minute(0), period_end=minute(1), language="en")
        await service.ask(work, wish)
        raise RuntimeError("the rest of the request")
