"""Sensors and mapping on pages, in the demo plant's own records: what people see, enter and sign without a script."""

from __future__ import annotations

import re

import pytest

from isotherm.demo_sensors import calibrate_demo
from isotherm.first_entry import FirstEntry
from telemetry.work import begin
from tests.integration.dashboards.furnish import PASSWORD
from tests.integration.dashboards.visitor import SIGNATURE, Page, Plant
from tests.plugins.database import NOW

AIR = "hainan/cold-store/cold-room-2/air-1"
QA = FirstEntry(username="qa", password=PASSWORD, printed_name="qa (demo)", roles=("qa",))


@pytest.fixture
async def calibrated(plant: Plant) -> Plant:
    """The furnished plant with the demo's sensors and study."""
    async with begin(plant.pool, "demo", NOW) as work:
        await calibrate_demo(work, NOW, [QA])
    return plant


def standings(page: Page) -> list[str]:
    return [e.attributes["data-standing"] for e in page.elements if "data-standing" in e.attributes]


def links(page: Page, start: str) -> list[str]:
    return [e.attributes["href"] for e in page.elements if e.attributes.get("href", "").startswith(start)]


async def test_what_presses_comes_first(calibrated: Plant) -> None:
    person = await calibrated.visit("qa")
    page = await person.open("/sensors")
    found = standings(page)
    assert found[:2] == ["overdue", "due"]
    assert {"valid", "unknown"} <= set(found)
    assert set(standings(await person.open("/sensors?show=due"))) == {"overdue", "due"}
    assert standings(await person.open("/sensors?show=overdue")) == ["overdue"]
    for language in ("zh", "en"):
        reader = await calibrated.visit("qa", language)
        shown = await reader.open(f"/sensors/{calibrated.facts.point_ids[AIR]}")
        assert shown.status == 200
        assert shown.marked("sensor-serial").text.startswith("PT-24")


async def test_a_certificate_is_entered_looked_back_from_and_signed(calibrated: Plant) -> None:
    address = f"/sensors/{calibrated.facts.point_ids[AIR]}"
    engineer = await calibrated.visit("engineer")
    page = await engineer.open(address)
    [instrument] = {e.attributes["value"] for e in page.elements if e.attributes.get("name") == "instrument_id"}
    told = {
        "instrument_id": instrument,
        "number": "X-1",
        "laboratory": "CNAS L0001",
        "calibrated_on": "2026-01-15",
        "due_on": "2027-01-14",
        "tolerance": "0,5",
        "applied": "5",
        "as_found": "-1.4",
        "as_left": "0",
        "uncertainty": "0.1",
    }
    page = await engineer.send(f"{address}/certificates", **told)
    assert page.code == "certificate.looked_back"
    assert page.marked("look-back-errors").text.strip() == "-1.4 °C"
    look_back = page.url.removeprefix("http://plant").split("?")[0]
    page = await engineer.send(f"{look_back}/conclude", version=1, conclusion="none", username="engineer", **SIGNATURE)
    assert page.status in {401, 403, 200}
    qa = await calibrated.visit("qa")
    assert (await qa.open("/sensors")).has("open-look-back")
    await qa.open(address)
    [sign] = [e.form for e in qa.page.elements if e.form.endswith("/sign") and e.attributes.get("name") == "password"]
    page = await qa.send(sign, username="qa", **SIGNATURE)
    assert page.code == "certificate.signed"
    await qa.open(look_back)
    page = await qa.send(
        f"{look_back}/conclude", version=1, conclusion="No lot is affected.", username="qa", **SIGNATURE
    )
    assert page.code == "look_back.concluded"
    assert page.marked("look-back-conclusion").text == "No lot is affected."


async def test_a_correction_is_refused_where_gsp_holds(calibrated: Plant) -> None:
    address = f"/sensors/{calibrated.facts.point_ids[AIR]}"
    qa = await calibrated.visit("qa")
    page = await qa.open(address)
    fields = {
        e.attributes["name"]: e.attributes.get("value", "")
        for e in page.elements
        if e.form == f"{address}/correct" and "name" in e.attributes
    }
    [paper] = [
        e.attributes["value"]
        for e in page.elements
        if e.tag == "option" and e.form == f"{address}/correct" and e.text.startswith("CAL-")
    ]
    page = await qa.send(
        f"{address}/correct",
        instrument_id=fields["instrument_id"],
        certificate_id=paper,
        correction="0.1",
        effective_from="2026-01-15T09:00",
        username="qa",
        **SIGNATURE,
    )
    assert page.code == "CorrectionForbidden"


async def test_a_sensor_is_swapped_and_a_point_moved_late(calibrated: Plant) -> None:
    address = f"/sensors/{calibrated.facts.point_ids[AIR]}"
    engineer = await calibrated.visit("engineer")
    await engineer.open(address)
    page = await engineer.send(f"{address}/install", serial="NEW-1", at="2026-01-15T08:00", reason="swapped")
    assert page.code == "sensor.installed"
    assert page.marked("sensor-serial").text.startswith("NEW-1")
    assert standings(page)[0] == "unknown"
    page = await engineer.send(f"{address}/install", serial="NEW-1", reason="again")
    assert page.code == "ServesThereAlready"
    await engineer.open(address)
    zone = next(e.attributes["value"] for e in engineer.page.elements if e.tag == "option" and e.text == "Freezer 1")
    page = await engineer.send(f"{address}/move", zone_id=zone, at="2026-01-15T08:30", reason="rack moved")
    assert page.code == "point.moved"
    assert page.marked("sensor-zone").text == "Freezer 1"
    [withdraw] = {e.form for e in page.elements if re.search(r"/moves/\d+/withdraw$", e.form)}
    page = await engineer.send(withdraw, reason="it was the other one")
    assert page.marked("sensor-zone").text == "Cold room 2"


async def test_a_study_is_a_picture_and_frozen(calibrated: Plant) -> None:
    person = await calibrated.visit("qa")
    page = await person.open("/mapping")
    holds = {
        e.text.split("\n")[0].strip(): e.attributes["data-holds"] for e in page.elements if "data-holds" in e.attributes
    }
    assert list(holds.values()).count("False") == 1
    [address] = list(links(page, "/mapping/"))
    for language in ("zh", "en"):
        reader = await calibrated.visit("qa", language)
        page = await reader.open(f"{address}?by=max")
        assert page.marked("study-status").attributes["data-status"] == "approved"
        assert page.has("mapping-plan")
        assert page.has("mapping-curves")
        assert [e.attributes["data-rule"] for e in page.elements if e.attributes.get("data-holds") == "False"] == []
        assert not page.has("positions-form")
    assert page.marked("hot-spot").text.startswith("D1")


async def test_a_study_is_planned_on_the_page(calibrated: Plant) -> None:
    engineer = await calibrated.visit("engineer")
    page = await engineer.open("/mapping")
    zone = next(e.attributes["value"] for e in page.elements if e.tag == "option" and e.text == "Freezer 1")
    asked = {
        "rules": "who_suppl_8",
        "kind": "periodic",
        "season": "cold",
        "load": "loaded",
        "low": "-25",
        "high": "-15",
    }
    page = await engineer.send("/mapping/studies", zone_id=zone, **asked)
    assert page.code == "study.planned"
    address = page.url.removeprefix("http://plant").split("?")[0]
    csv = {"files": ("G1.csv", b"time,value\n2026-01-15T08:00:00+08:00,-20\nx,y\n", "text/csv")}
    data = page.hidden(f"{address}/files")
    answer = await engineer.client.post(f"{address}/files", data=data, files=csv, follow_redirects=True)
    assert "1 lines not readable" in answer.text or "1 行无法读取" in answer.text
    page = await engineer.open(address)
    answer = await engineer.client.post(
        f"{address}/files",
        data=page.hidden(f"{address}/files"),
        files={"files": ("Z9.csv", b"a", "text/csv")},
        headers={"referer": page.url},
        follow_redirects=True,
    )
    assert "FileOfNoPosition" in answer.text
