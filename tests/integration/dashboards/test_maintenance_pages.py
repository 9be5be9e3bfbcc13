"""Maintenance on pages: report a fault at the machine, work and hand over, parts, a plan's order, a verdict."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mes.alarms import service as alarms
from mes.alarms.model import Kind, Occurrence, Priority
from mes.maintenance import parts, planning
from mes.plant import service as plant_model
from mes.sensors import certificates
from telemetry.work import begin
from tests.integration.dashboards.furnish import PASSWORD
from tests.integration.dashboards.visitor import Plant
from tests.plugins.database import NOW

DONE: dict[str, object] = {"findings": "oil was low, filled up", "labour_min": 30, "no_parts": "true", "clean": "false"}
DONE |= {"calibrate": "false", "requalify": "false"}


async def machine_id(plant: Plant, path: str) -> int:
    async with begin(plant.pool, "test", NOW) as work:
        return (await plant_model.machine_named(work, path)).id


async def open_due(plant: Plant) -> int:
    """The watch opens what plans ask for; answers the first order."""
    async with begin(plant.pool, "watch", NOW + timedelta(days=40)) as work:
        return (await planning.look_at_plans(work))[0].id


async def test_who_stands_before_a_machine_reports_its_fault(plant: Plant) -> None:
    at = f"/maintenance/machines/{await machine_id(plant, 'hainan/filling/line-1')}"
    operator = await plant.visit("operator")
    page = await operator.open(at)
    assert page.has("status-label")
    page = await operator.send(f"{at}/report", told="the torque head slips", failure_mode="other", priority="high")
    assert page.code == "order.reported"
    assert "the torque head slips" in page.html
    page = await operator.open("/maintenance")
    assert "the torque head slips" in page.html


async def test_a_machine_shows_the_papers_that_it_is_run_by(plant: Plant) -> None:
    """Those that its plant folder names; one that is in force leads to its text."""
    line = await machine_id(plant, "hainan/filling/line-1")
    author, qa = await plant.visit("engineer"), await plant.visit("qa")
    await author.open("/documents")
    await author.send(
        "/documents", code="SOP-201", title_en="Filling", title_zh="灌装", text="Fill.", change_reason="new"
    )
    for place in (f"/maintenance/machines/{line}", f"/machine-health/{line}"):
        papers = (await qa.open(place)).marked("machine-papers").text
        assert "SOP-201" in papers
        assert papers.count("no version is in force") == 2  # a draft is none
    await author.open("/documents/SOP-201")
    await author.send("/documents/versions/1/submit")
    await qa.open("/documents/SOP-201")
    signed = {"username": "qa", "password": PASSWORD, "meaning": "approved", "reason": "as the line is run"}
    assert (await qa.send("/documents/versions/1/approve", **signed)).code == "document.approved"
    papers = (await qa.open(f"/maintenance/machines/{line}")).marked("machine-papers").text
    assert "Filling" in papers
    assert papers.count("no version is in force") == 1


async def test_parts_are_taken_in_and_used_within_the_order(plant: Plant) -> None:
    crew = await plant.visit("maintenance")
    page = await crew.open("/maintenance/parts")
    at = next(e.attributes["action"] for e in page.elements if e.tag == "form" and "receive" in e.attributes["action"])
    part = at.split("/")[-2]
    page = await crew.send(at, quantity="2")
    assert page.code == "part.booked"
    await crew.open("/maintenance/1")
    await crew.send("/maintenance/1/approve")
    await crew.send("/maintenance/1/start")
    page = await crew.send("/maintenance/1/part", part_id=part, quantity="1")
    assert page.code == "order.part"
    async with begin(plant.pool, "test", NOW) as work:
        assert (await parts.part(work, int(part))).number in page.marked("order-parts").text
    page = await crew.send("/maintenance/1/part", part_id=part, quantity="5")
    assert page.code == "PartShort"


async def test_the_next_shift_reads_what_it_must_know(plant: Plant) -> None:
    crew = await plant.visit("maintenance")
    await crew.open("/maintenance/1")
    await crew.send("/maintenance/1/approve")
    await crew.send("/maintenance/1/start")
    page = await crew.send("/maintenance/1/hand-over", to="lead", note="oil is drained, do not start it")
    assert page.code == "order.handed_over"
    lead = await plant.visit("lead")
    page = await lead.open("/maintenance?whose=mine")
    assert page.has("order-row")
    page = await lead.open("/maintenance/1")
    assert "oil is drained" in page.marked("order-log").text
    page = await (await plant.visit("maintenance")).open("/maintenance?whose=mine")
    assert not page.has("order-row")


async def test_a_planned_order_shows_its_steps_and_needs_no_failure_code(plant: Plant) -> None:
    order_id = await open_due(plant)
    crew = await plant.visit("maintenance")
    page = await crew.open(f"/maintenance/{order_id}")
    assert "Read the oil level" in page.marked("plan").text
    await crew.send(f"/maintenance/{order_id}/start")
    page = await crew.send(f"/maintenance/{order_id}/done", **DONE)
    assert page.marked("order-status").attributes["data-status"] == "done"
    assert page.has("plan")


@pytest.mark.parametrize(("role", "may"), [("operator", False), ("qa", False), ("maintenance", True), ("lead", True)])
async def test_only_the_crew_takes_steps_and_judges_advice(plant: Plant, role: str, may: bool) -> None:
    found = Occurrence(
        kind=Kind.EQUIPMENT,
        source="hainan/filling/line-1",
        priority=Priority.MEDIUM,
        message_en="Bearing wears",
        message_zh="轴承磨损",
        raised_at=NOW,
    )
    async with begin(plant.pool, "watch", NOW) as work:
        alarm = await alarms.raise_alarm(work, found)
    visitor = await plant.visit(role)
    page = await visitor.open("/maintenance/figures")
    assert page.has("unjudged")
    form = f"/maintenance/advice/{alarm.id}"
    assert any(e.attributes.get("action") == form for e in page.elements) is may
    if may:
        page = await visitor.send(form, verdict="confirmed")
        assert page.code == "advice.judged"
        assert not page.has("unjudged")


PNG = b"\x89PNG\r\n\x1a\n" + b"a picture of a burnt relay"


async def test_a_picture_of_the_fault_is_kept_as_it_came(plant: Plant) -> None:
    at = f"/maintenance/machines/{await machine_id(plant, 'hainan/filling/line-1')}"
    operator = await plant.visit("operator")
    page = await operator.open(at)
    data = page.hidden(f"{at}/report") | {"told": "burnt smell"}
    files = {"photo": ("fault.png", PNG, "image/png")}
    answer = await operator.client.post(f"{at}/report", data=data, files=files, follow_redirects=True)
    assert answer.status_code == 200
    page = await operator.open(answer.url.path)
    assert page.has("photos")
    picture = await operator.client.get("/maintenance/machines/photos/1")
    assert (picture.content, picture.headers["content-type"]) == (PNG, "image/png")


async def test_what_is_no_picture_is_refused_with_the_report(plant: Plant) -> None:
    at = f"/maintenance/machines/{await machine_id(plant, 'hainan/filling/line-1')}"
    operator = await plant.visit("operator")
    page = await operator.open(at)
    data = page.hidden(f"{at}/report") | {"told": "burnt smell"}
    files = {"photo": ("fault.svg", b"<svg onload='x()'/>", "image/svg+xml")}
    await operator.client.post(f"{at}/report", data=data, files=files)
    page = await operator.open("/maintenance?status=all")
    assert "burnt smell" not in page.html


async def test_a_gauge_is_taken_in_calibrated_signed_and_set_aside(plant: Plant) -> None:
    engineer = await plant.visit("engineer")
    await engineer.open("/gauges")
    told: dict[str, object] = {
        "serial": "TW-1",
        "kind": "torque",
        "name_en": "Wrench",
        "name_zh": "扳手",
        "unit": "N.m",
    }
    page = await engineer.send("/gauges", **told, interval_months=12, low="1", high="10")
    assert page.code == "gauge.registered"
    assert page.has("gauge-unfit")
    at = page.url.partition("?")[0].removeprefix("http://plant")
    paper = {
        "number": "C-1",
        "laboratory": "L",
        "calibrated_on": "2026-01-02",
        "due_on": "2026-01-31",
        "tolerance": "0.2",
    }
    row = {"applied": "5", "as_found": "0.3", "as_left": "0.1", "uncertainty": "0.05"}
    page = await engineer.send(f"{at}/certificates", **paper, **row)
    assert page.code == "certificate.looked_back"
    assert page.has("impact")
    qa = await plant.visit("qa")
    await qa.open(at)
    signature = {"password": PASSWORD, "meaning": "approved", "reason": "as on paper"}
    page = await qa.send(f"{at}/certificates/{await last_paper(plant)}/sign", **signature)
    assert page.code == "certificate.signed"
    assert not page.has("gauge-unfit")
    page = await qa.open("/gauges?show=due")
    assert "TW-1" in page.html
    page = await (await plant.visit("engineer")).open(at)
    await engineer.open(at)
    page = await engineer.send(f"{at}/status", status="lost", reason="not in its drawer")
    assert (page.code, "Lost" in page.marked("gauge-status").text) == ("gauge.status", True)


async def last_paper(plant: Plant) -> int:
    async with begin(plant.pool, "test", NOW) as work:
        return max(paper.id for paper in await certificates.certificates(work))


async def test_who_verifies_signs_on_the_page(plant: Plant) -> None:
    """A form without a password changes nothing; with it the signature stands on the order."""
    order_id = await open_due(plant)
    at = f"/maintenance/{order_id}"
    crew, lead = await plant.visit("maintenance"), await plant.visit("lead")
    await crew.open(at)
    await crew.send(f"{at}/start")
    await crew.send(f"{at}/done", **DONE)
    await lead.open(at)
    page = await lead.send(f"{at}/verify", check_result="runs quietly", meaning="verified", reason="seen")
    assert page.code == "ReauthRequired"
    await lead.open(at)
    signature = {"password": PASSWORD, "meaning": "verified", "reason": "seen at the machine"}
    page = await lead.send(f"{at}/verify", check_result="runs quietly", **signature)
    assert page.marked("order-status").attributes["data-status"] == "verified"
    assert page.marked("signature").attributes["data-valid"] == "yes"
