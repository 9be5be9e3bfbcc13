"""A full day in the demo plant, at the pages: from an order to a lot that is released, shipped and found again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.browser import Person
from tests.e2e.conftest import Demo, running, wait_for
from tests.e2e.desks import Desks, desks
from tests.e2e.line import OPERATOR, SECOND, Operation

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
LEAD = "lead"
PENS, LINE, ROOM = "6000", "hainan/filling/line-1", "cold-room-1"
INSULIN, CRESOL, CARTRIDGES, BODIES = "INS-2609-03", "CRE-2609-02", "CAR-2610-01", "BOD-2610-01"


@dataclass
class Day:
    """The plant on this day, its people at their desks, and the order that goes through it."""

    demo: Demo
    desks: Desks
    order_id: int = 0

    @property
    def order(self) -> dict[str, Any]:
        return dict(self.demo.get(f"/api/orders/{self.order_id}"))

    @property
    def batch(self) -> dict[str, Any]:
        return dict(self.order["batch"])

    def record(self, batch_id: int) -> dict[str, Any]:
        return dict(self.demo.get(f"/api/batches/{batch_id}/record"))

    def exceptions(self, status: str = "") -> list[dict[str, Any]]:
        found = self.demo.get(f"/api/batches/{self.batch['id']}/exceptions")["items"]
        return [each for each in found if status in ("", each["status"])]

    def operation(self, code: str) -> Operation:
        found = self.record(self.batch["id"])["operations"]
        return Operation(self.desks, next(each["id"] for each in found if each["code"] == code))


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


def weigh(day: Day, lot: str, *, tare: str, gross: str) -> str:
    """Reserve the lot, weigh it, have it verified, put it beside the line; the number of its container."""
    crew = day.desks.at(OPERATOR)
    crew.go("/dispense")
    line = crew.page.get_by_test_id("dispense-line").filter(has_text=f"{day.batch['number']} ").filter(has_text=lot)
    line.get_by_test_id("dispense-code").fill(lot)
    line.get_by_role("button", name="Reserve and weigh").click()
    crew.page.wait_for_url("**/dispense/*")
    crew.page.get_by_text("Type the weights by hand").click()
    by_hand = crew.page.locator("form[action$='/type']")
    for name, text in {"code": lot, "place": "line-1", "tare": tare, "gross": gross, "reason": "no scale here"}.items():
        by_hand.locator(f"input[name={name}]").fill(text)
    by_hand.get_by_role("button").click()
    expect(crew.page.get_by_test_id("dispensing-net")).not_to_have_text("–")
    second = day.desks.at(SECOND)
    second.go(crew.page.url.removeprefix(day.demo.url))
    sign(second, "verify", day.demo.password(SECOND), "read the display beside the operator")
    second.click("verify-send")
    expect(second.page.get_by_test_id("verify-send")).to_have_count(0)
    crew.page.reload()
    crew.write("stage-place", "line-1")
    crew.page.get_by_role("button", name="Put it there").click()
    expect(crew.page.get_by_text("Staged for the batch")).to_be_visible()
    return crew.page.get_by_role("heading", level=1).inner_text()


def sign(person: Person, prefix: str, password: str, reason: str) -> None:
    person.write(f"{prefix}-password", password)
    person.write(f"{prefix}-reason", reason)


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


def watched(day: Day, operation: Operation, measure: str) -> None:
    """A room is watched for hours; here the window stays open until it knows something."""
    taken = (
        f"select 1 from reading r join point p on p.id = r.point_id where p.name = '{LINE}/{measure}'"
        f" and r.time > (select opened_at from batch_step where operation_id = {operation.id} and code = '{measure}')"
        " limit 1"
    )
    wait_for(lambda: day.demo.sql(taken), f"a reading of {measure}", 90)


def fail(day: Day, room: str, *options: str) -> None:
    """Make the room's compressor fail, or work again."""
    done = day.demo.command("sim", "fault", room, "compressor-failure", *options)
    assert done.returncode == 0, done.stdout


def test_cartridges_are_inspected_and_pens_assembled(day: Day) -> None:
    inspect = day.operation("inspect")
    inspect.start()
    inspect.report(1, "12")
    inspect.report(2, "5970", "12", "8")
    inspect.complete()
    assemble = day.operation("assemble")
    assemble.clear()
    assemble.start()
    assemble.issue(BODIES)
    assemble.report(1)
    assemble.report(3, "0.100", "0.101", "0.099")
    watched(day, assemble, "torque")
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


def test_the_excursion_in_the_middle_of_the_day_is_judged(day: Day) -> None:
    """Cold room 1 was out of its limits while the line filled: its lots are held until QA has signed."""
    wait_for(lambda: excursion_that_is(day, "active"), "an excursion of cold room 1", 120)
    fail(day, ROOM, "--clear")
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


def excursion_that_is(day: Day, condition: str) -> dict[str, Any] | None:
    """The excursion of the room that failed, once it has come so far."""
    for each in day.demo.get("/api/excursions")["items"]:
        if each["zone"]["code"] == ROOM and each["condition"] == condition:
            return dict(day.demo.get(f"/api/excursions/{each['id']}"))
    return None


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


def record(day: Day, username: str, kind: str, texts: dict[str, str], reason: str) -> None:
    """The laboratory's verdict, or a label that was printed."""
    person = day.desks.at(username)
    person.go(f"/batches/{day.batch['id']}")
    shown(person, f"proof-open-{kind}", f"{kind}-password")
    for name, text in texts.items():
        person.write(name, text)
    sign(person, kind, day.demo.password(username), reason)
    person.click(f"proof-{kind}")
    expect(person.page.locator(f"#{kind}")).to_contain_text(reason)


def review_trail(day: Day) -> None:
    """Every change of the batch, its order, its lot and its steps was looked through by one who had no hand in it."""
    qa = day.desks.at("qa")
    qa.go(f"/audit?entity=batch&entity_id={day.batch['id']}")
    sign(qa, "review", day.demo.password("qa"), "all changes looked through")
    qa.click("review-sign")
    expect(qa.page.get_by_test_id("review-row").first).to_be_visible()


def label(day: Day) -> str:
    """What a scanner reads from the label of the batch."""
    warehouse = day.desks.at("warehouse")
    warehouse.go(f"/labels?kind=LOT&code={day.batch['number']}")
    return warehouse.page.locator(".label-below").first.inner_text()


def row(person: Person, exception: dict[str, Any]) -> Locator:
    return person.page.get_by_test_id(f"exception-{exception['id']}")


def accept(qa: Person, exception: dict[str, Any], password: str) -> None:
    qa.click(f"exception-open-accept-{exception['id']}")
    sign(qa, f"accept-{exception['id']}", password, "within the limits of the registration")
    qa.click(f"exception-accept-{exception['id']}")
    expect(row(qa, exception)).to_have_attribute("data-status", "accepted")


def escalate(qa: Person, exception: dict[str, Any]) -> None:
    """Into the deviation that is open for this batch, or a new one."""
    qa.click(f"exception-open-escalate-{exception['id']}")
    known = row(qa, exception).locator("select[name=deviation] option", has_text="B-2026")
    if known.count():
        value = known.first.get_attribute("value")
        row(qa, exception).locator("select[name=deviation]").select_option(value)
    qa.write(f"exception-reason-{exception['id']}", "weights are typed only where no scale stands")
    qa.click(f"exception-escalate-{exception['id']}")
    expect(row(qa, exception)).to_have_attribute("data-status", "escalated")


def close_major(day: Day, number: int) -> None:
    """Reported by production; classified, investigated, its lot judged and closed with a signature by quality."""
    lead, qa = day.desks.at(LEAD), day.desks.at("qa")
    lead.go(f"/deviations/{number}")
    take(lead, "report", "reported", description="Both weights of the batch were typed by hand")
    qa.go(f"/deviations/{number}")
    qa.click("deviation-open-classify")
    qa.choose("deviation-severity", "major")
    take(qa, "classify", "classified")
    take(qa, "investigate", "investigating")
    qa.click("deviation-open-submit")
    for department in ("production", "quality"):
        qa.page.get_by_test_id(f"deviation-department-{department}").check()
    told = {"root_cause": "no scale stands in the filling room", "other_batches": "none: the first of this order"}
    told |= {"investigation": "both displays were read by two people", "extra_tests": "assay of the solution, passed"}
    take(qa, "submit", "qa_review", **told)
    lot = day.batch["lot_id"]
    qa.choose(f"deviation-disposition-{lot}", "no_impact")
    qa.write(f"deviation-lot-reason-{lot}", "assay of the batch is in its limits")
    qa.click(f"deviation-decide-{lot}")
    expect(qa.page.get_by_test_id(f"deviation-lot-{lot}")).to_contain_text("in its limits")
    shown(qa, "deviation-open-close", "deviation-no-capa-why")
    qa.write("deviation-no-capa-why", "a scale is ordered under change control")
    sign(qa, "sign", day.demo.password("qa"), "investigated, lot judged")
    qa.picture("9-deviation")
    qa.click("deviation-close")
    expect(qa.page.get_by_test_id("deviation-status")).to_have_attribute("data-status", "closed")


def shown(person: Person, summary: str, field: str) -> None:
    """Unfold what holds a field."""
    if not person.page.get_by_test_id(field).first.is_visible():
        person.click(summary)


def take(qa: Person, step: str, status: str, **texts: str) -> None:
    """A step of a deviation, and the status that it leads to."""
    shown(qa, f"deviation-open-{step}", f"deviation-{step}")
    for name, text in texts.items():
        form = qa.page.get_by_test_id(f"deviation-step-{step}")
        form.get_by_test_id(f"deviation-{name.replace('_', '-')}").fill(text)
    qa.click(f"deviation-{step}")
    expect(qa.page.get_by_test_id("deviation-status")).to_have_attribute("data-status", status)


def sign_act(day: Day, username: str, act: str, reason: str) -> None:
    """Sign the whole record of the batch."""
    person = day.desks.at(username)
    person.go(f"/batches/{day.batch['id']}")
    if not person.page.get_by_test_id(f"{act}-password").is_visible():
        person.click(f"batch-open-{act}")
    sign(person, act, day.demo.password(username), reason)
    person.click(f"batch-{act}")
    expect(person.page.get_by_test_id("message").first).not_to_have_attribute("data-kind", "refused")
