"""Reports on pages, without a script: asked for, made, opened, signed, retried; languages of the calendar's own."""

from __future__ import annotations

from hashlib import sha256

from dashboards.reports.making import make
from dashboards.reports.worker import look_after
from mes.reports import service
from mes.reports.model import Status
from telemetry.clock import HeldClock
from telemetry.work import begin
from tests.integration.dashboards.visitor import SIGNATURE, Plant
from tests.plugins.database import NOW


async def made(plant: Plant, clock: HeldClock) -> None:
    """A worker makes all that was asked for."""
    async with begin(plant.pool, "test", NOW) as work:
        asked = await service.reports(work, status=Status.WAITING)
    for each in asked:
        await make(plant.pool, clock, each.id)


async def test_a_report_is_asked_for_downloaded_and_signed(plant: Plant, clock: HeldClock) -> None:
    person = await plant.visit("qa")
    await person.open("/reports")
    page = await person.send("/reports", kind="room", subject="cold-room-2", month="2026-01", language="zh")
    assert page.code == "report.asked"
    assert page.marked("report-row").attributes["data-status"] == "waiting"
    await made(plant, clock)
    page = await person.open("/reports")
    assert page.marked("report-row").attributes["data-status"] == "ready"
    [kept] = [e.attributes["href"] for e in page.elements if e.attributes.get("href", "").startswith("/reports/kept/")][
        :1
    ]
    page = await person.open(kept)
    hashed, content = page.marked("file-sha256").text, page.marked("content-sha256").text
    file = await person.client.get(page.marked("report-download").attributes["href"])
    assert (file.headers["content-type"], file.content[:5]) == ("application/pdf", b"%PDF-")
    assert sha256(file.content).hexdigest() == hashed
    facts = await person.client.get(f"{kept}/content")
    assert sha256(facts.content).hexdigest() == content
    page = await person.send(f"{kept}/sign", **(SIGNATURE | {"password": "wrong"}))
    assert page.code != "report.signed"
    await person.open(kept)
    assert (await person.send(f"{kept}/sign", **SIGNATURE)).code == "report.signed"
    await made(plant, clock)
    page = await person.open("/reports")
    assert [e.attributes["data-status"] for e in page.elements if "data-status" in e.attributes][:2] == ["ready"] * 2


async def test_what_is_not_offered_is_refused_and_says_why(plant: Plant) -> None:
    person = await plant.visit("qa")
    for told, code in (
        ({"kind": "room", "subject": "moon", "month": "2026-01"}, "SubjectUnknown"),
        ({"kind": "room", "subject": "cold-room-2", "month": "2026-13"}, "PeriodUnreadable"),
        ({"kind": "trail", "first": "2026-01-16", "last": "2026-01-15"}, "PeriodUnreadable"),
        ({"kind": "weather", "month": "2026-01"}, "KindUnknown"),
    ):
        await person.open("/reports")
        assert (await person.send("/reports", language="en", **told)).code == code
    async with begin(plant.pool, "test", NOW) as work:
        assert await service.reports(work) == []


async def test_every_kind_is_offered_in_both_languages_and_no_page_lacks_a_word(plant: Plant) -> None:
    for language, empty in (("en", "No report yet"), ("zh", "尚无报告")):
        page = await (await plant.visit("qa", language)).open("/reports")
        assert (page.status, empty in page.html) == (200, True)
        for kind in ("excursion", "room", "trip", "alarms", "calibration_due", "mapping", "trail"):
            assert page.has(f"ask-{kind}")


async def test_qa_chooses_the_languages_of_monthly_reports(plant: Plant, clock: HeldClock) -> None:
    await look_after(plant.pool, clock)  # the worker begins with its schedules
    person, address = await plant.visit("qa"), "/reports/schedules/calibration_due"
    page = await person.open("/reports")
    assert page.has("languages-calibration_due")
    stale = person.page.hidden(address)["changes"]
    assert (await person.send(address, languages="both")).code == "report_schedule.changed"
    assert "中文 + English" in person.page.html
    assert (await person.send(address, languages="en", changes=stale)).code == "StaleVersion"
    reader = await plant.visit("operator")
    await reader.open("/reports")
    assert not reader.page.has("languages-calibration_due")
    secrets = reader.page.hidden("/sign-out")
    assert (await reader.send(address, **secrets, languages="en", changes=2)).code == "RoleMissing"
    clock.at = NOW.replace(month=2, day=2)
    asked = await look_after(plant.pool, clock)
    assert [(r.kind, r.language) for r in asked if r.kind in ("calibration_due", "alarms")] == [
        ("alarms", "zh"),
        ("calibration_due", "zh"),
        ("calibration_due", "en"),
    ]
