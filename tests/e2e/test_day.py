"""A full day in the demo plant, at the pages: from an order to a lot that is released, shipped and found again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e import rehearsal
from tests.e2e.conftest import running, wait_for
from tests.e2e.day import LEAD, LINE, ROOM, Day, excursion_that_is, fail, shown, sign, watched
from tests.e2e.desks import desks
from tests.e2e.dispatch import KEEPER, plan_shipment, plan_trip
from tests.e2e.judging import accept, close_major, escalate, label, record, review_trail, row, sign_act, take
from tests.e2e.line import Operation
from tests.e2e.weighing import weigh

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
PENS = "6000"
INSULIN, CRESOL, CARTRIDGES, BODIES = "INS-2609-03", "CRE-2609-02", "CAR-2610-01", "BOD-2610-01"
OLDER, HOSPITAL, PHARMACIST = "PEN-2610-07", "HOSP-01", "pharmacist on duty"


@pytest.fixture(scope="module")
def day() -> Iterator[Day]:
    with (
        tempfile.TemporaryDirectory(prefix="isotherm-day-") as name,
        running(Path(name), "--scenario", "none") as demo,
        desks(lambda: demo.url, demo.password) as people,
    ):
        yield Day(demo, people)


def test_a_planner_plans_and_releases_an_order(day: Day) -> None:
    lead = day.desks.at(LEAD)
    lead.go("/orders")
    lead.page.get_by_test_id("plan-open").locator("summary").click()
    lead.choose("plan-item", "FG-PEN")
    lead.write("plan-quantity", PENS)
    lead.click("plan-submit")
    lead.page.wait_for_url("**/orders/*")
    day.order_id = int(lead.page.url.rsplit("/", 1)[1].split("?")[0])
    lead.click("work-order-release")
    expect(lead.page.get_by_test_id("work-order-status")).to_have_attribute("data-status", "released")
    lead.picture("6-order")


def test_the_batch_before_leaves_the_line(day: Day) -> None:
    kit = next(
        each for each in day.demo.get("/api/orders")["items"] if each["item"]["code"] == "FG-KIT" and each["batch"]
    )
    (number,) = [each["id"] for each in day.record(kit["batch"]["id"])["operations"] if each["status"] == "running"]
    filling = Operation(day.desks, number)
    filling.open()
    filling.complete()


def test_insulin_and_cresol_are_weighed_and_dispensed(day: Day) -> None:
    dispense = day.operation("dispense")
    dispense.clean()
    dispense.start()
    dispense.report(1)
    weighed = [weigh(day, INSULIN, tare="12.0", gross="222.0"), weigh(day, CRESOL, tare="12.0", gross="552.0")]
    dispense.open()
    for container in weighed:
        dispense.issue(container)
    dispense.report(2)
    dispense.verify(2)
    dispense.comment("typed from the display, seen by two")
    dispense.complete()


def test_the_solution_is_made(day: Day) -> None:
    compound = day.operation("compound")
    compound.start()
    compound.report(1)
    compound.report(2, "7.75", note="measured twice")
    compound.verify(2)
    compound.report(3, "clear")
    compound.comment("in its limits, near the upper alert limit")
    compound.complete()


def test_cartridges_are_filled_while_the_sensors_watch_the_room(day: Day) -> None:
    fill = day.operation("fill")
    fill.clean()
    fill.clear()
    fill.start()
    fail(day, ROOM)
    fill.report(1, LINE)
    fill.issue(CARTRIDGES)
    fill.report(2)
    fill.report(6, "3.01", "3.02", "2.99", "3.00", "3.03")
    fill.verify(6)
    for number, measure in enumerate(("room-temperature", "room-pressure", "fill-weight"), start=3):
        watched(day, fill, measure)
        fill.report(number)
    fill.report(7, "5990", "40", "20")
    fill.crew.picture("7-operation")
    fill.comment("seen on the line")
    fill.complete()


def test_cartridges_are_inspected_while_the_compressor_is_mended(day: Day) -> None:
    wait_for(lambda: excursion_that_is(day, "active"), "an excursion of cold room 1", 120)
    fail(day, ROOM, "--clear")
    inspect = day.operation("inspect")
    inspect.start()
    inspect.report(1, "12")
    inspect.report(2, "5970", "12", "8")
    inspect.complete()


def test_pens_are_assembled_while_their_torque_is_watched(day: Day) -> None:
    assemble = day.operation("assemble")
    assemble.clear()
    assemble.start()
    assemble.issue(BODIES)
    assemble.report(1)
    assemble.report(3, "0.100", "0.101", "0.099")


def test_the_excursion_in_the_middle_of_the_day_is_judged(day: Day) -> None:
    """Cold room 1 was out of its limits while the line filled: its lots are held until QA has signed."""
    excursion = wait_for(lambda: excursion_that_is(day, "cleared"), "cold room 1 to be cold again", 240)
    held = [lot["number"] for lot in excursion["lots"]]
    assert INSULIN in held
    qa = day.desks.at("qa")
    qa.go(f"/excursions/{excursion['id']}")
    qa.choose("disposition-all", "no_impact")
    qa.write("disposition-reason-all", "short, and within the products' stability data")
    sign(qa, "sign", day.demo.password("qa"), "peak and duration judged")
    qa.click("sign-submit")
    expect(qa.page.get_by_test_id("excursion-status")).to_have_attribute("data-status", "dispositioned")
    qa.go(f"/deviations/{excursion['deviation']['id']}")
    qa.click("deviation-open-classify")
    qa.choose("deviation-severity", "minor")
    take(qa, "classify", "classified")
    shown(qa, "deviation-open-close", "sign-password")
    sign(qa, "sign", day.demo.password("qa"), "compressor mended, lots judged")
    qa.click("deviation-close")
    expect(qa.page.get_by_test_id("deviation-status")).to_have_attribute("data-status", "closed")


def test_the_last_pen_leaves_the_assembly(day: Day) -> None:
    """The window is closed now: on a line that stands still its values come a minute apart."""
    assemble = day.operation("assemble")
    watched(day, assemble, "torque")
    assemble.open()
    assemble.report(2)
    assemble.comment("seen on the line")
    assemble.complete()


def test_pens_are_packed_and_the_order_is_complete(day: Day) -> None:
    pack = day.operation("pack")
    pack.clear()
    pack.start()
    pack.report(1, f"{day.batch['number']}, two years")
    pack.verify(1)
    pack.report(2, "5940", "6", "20")
    pack.complete()
    lead = day.desks.at(LEAD)
    lead.go(f"/orders/{day.order_id}")
    lead.click("work-order-open-complete")
    form = lead.page.locator("form[action$='/complete']")
    form.locator("input[name=quantity]").fill("5940")
    form.locator("select[name=zone_id]").select_option(label="Cold room 2")
    lead.click("work-order-complete")
    expect(lead.page.get_by_test_id("work-order-status")).to_have_attribute("data-status", "completed")


def test_production_says_what_happened_and_signs_its_record(day: Day) -> None:
    lead = day.desks.at(LEAD)
    lead.go(f"/batches/{day.batch['id']}")
    for each in day.exceptions("open"):
        lead.write(f"exception-comment-{each['id']}", "typed from the display, seen by two people")
        lead.click(f"exception-say-{each['id']}")
        expect(row(lead, each)).to_have_attribute("data-status", "commented")
    sign_act(day, LEAD, "review_production", "complete, every exception explained")


def test_quality_judges_what_departs_from_the_record(day: Day) -> None:
    """What was typed by hand is major: it goes into a deviation, which holds the new lot until it is closed."""
    qa = day.desks.at("qa")
    qa.go(f"/batches/{day.batch['id']}")
    qa.picture("8-review")
    for each in day.exceptions("commented"):
        accept(qa, each, day.demo.password("qa")) if each["severity"] == "minor" else escalate(qa, each)
    assert {each["status"] for each in day.exceptions()} == {"accepted", "escalated"}
    (deviation,) = {each["deviation_id"] for each in day.exceptions() if each["deviation_id"]}
    close_major(day, deviation)
    qa.go(f"/batches/{day.batch['id']}")
    for each in day.exceptions("escalated"):
        qa.page.locator(f"#exception-{each['id']} summary").last.click()
        sign(qa, f"close-{each['id']}", day.demo.password("qa"), "judged in its deviation")
        qa.click(f"exception-close-{each['id']}")
        expect(row(qa, each)).to_have_attribute("data-status", "closed")


def test_the_batch_is_released_when_every_gate_is_open(day: Day) -> None:
    record(day, "qc", "laboratory", {"laboratory-certificate": "COA-1"}, "all results verified")
    record(day, LEAD, "label", {"label-text": label(day)}, "first label of the run")
    review_trail(day)
    sign_act(day, "qa", "review_quality", "record reviewed by exception")
    qp = day.desks.at("qp")
    qp.go(f"/batches/{day.batch['id']}")
    qp.picture("10-gate")
    sign_act(day, "qp", "certify", "made and checked as registered")
    expect(qp.page.get_by_test_id("batch-status")).to_have_attribute("data-status", "released")
    assert day.demo.get(f"/api/lots/{day.batch['lot_id']}")["quality_status"] == "released"


def test_pens_are_picked_by_scan_for_a_hospital(day: Day) -> None:
    """The lot that expires first goes first; who takes another one is a line lead, and says why."""
    new = day.batch["number"]
    day.trip_id = plan_trip(day.desks, "Haikou")
    day.shipment_id = plan_shipment(day.desks, HOSPITAL, "FG-PEN", "1500", day.trip_id)
    keeper = day.shipment.pick(new, "500")
    expect(keeper.page.get_by_test_id("message").first).to_contain_text("Another lot expires earlier")
    day.shipment.pick(OLDER, "1000").find(f"picked-{OLDER}")
    day.shipment.pick(new, "500", by=LEAD, override="the hospital asked for pens of today").find(f"picked-{new}")
    day.shipment.open().picture("11-shipment")
    day.shipment.step("finish_picking", "picked")
    day.trip.begin_loading()
    day.shipment.step("load", "loaded")
    day.shipment.step("ship", "shipped")
    day.trip.step("depart", "under_way")


def test_the_hospital_takes_them_over_after_a_cold_road(day: Day) -> None:
    keeper = day.trip.step("arrive", "arrived")
    expect(keeper.page.get_by_test_id("record-conforms")).to_have_attribute("data-conforms", "true")
    day.shipment.step("deliver", "delivered", receiver=PHARMACIST, proof="DN-000002")
    went = day.demo.get("/api/shipments/deliveries", lot=day.batch["number"])["items"]
    assert [(each["quantity"], each["status"]) for each in went] == [("500", "delivered")]
    assert Decimal(day.demo.get(f"/api/lots/{day.batch['lot_id']}")["quantity"]) == 5440


def test_a_rehearsal_finds_every_pen_of_the_insulin(day: Day) -> None:
    """From a raw lot to the pharmacy's shelf, in the time that the rule allows, signed by those who answer for it."""
    recall = rehearsal.begin(day.desks, INSULIN, "rehearsal: the supplier calls insulin back", by=LEAD)
    lead = day.desks.at(LEAD)
    for there in (INSULIN, day.batch["number"]):
        expect(lead.page.get_by_test_id("recall-line").filter(has_text=there).first).to_be_visible()
    recall.sign("sign_scope", "scoped", by="qa", reason="every lot and customer seen")
    recall.step("apply_holds", "hold_applied", by=KEEPER)
    assert day.demo.get(f"/api/lots/{day.batch['lot_id']}")["active_holds"] == 0, "a rehearsal holds nothing"
    recall.tell("sent", by=KEEPER, person=PHARMACIST)
    recall.step("notify", "notified", by=KEEPER)
    recall.locate_all(by=KEEPER, note="counted where it is")
    recall.tell("confirmed", by=KEEPER, person=PHARMACIST)
    qa = recall.open("qa")
    expect(qa.page.get_by_test_id("recall-missing")).to_have_count(0)
    qa.page.locator("#recovery").evaluate("each => each.scrollIntoView({block: 'center'})")
    qa.picture("12-recall")
    recall.step("reconcile", "reconciled", by="qa")
    recall.step("evaluate", "evaluated", by="qa", note="every pen was found, and the hospital answered at once")
    recall.sign("close", "closed", by="qp", reason="the rehearsal is complete")
    qp = day.desks.at("qp")
    expect(qp.page.get_by_test_id("recall-recovered").first).to_have_text("100.0 %")
    expect(qp.page.get_by_test_id("recall-clock").first).to_have_attribute("data-overdue", "no")
    qp.go(f"/recalls/{recall.id}/report")
    expect(qp.page.get_by_text("The record is as it was signed.")).to_have_count(2)
