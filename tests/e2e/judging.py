"""What quality does at the pages: exceptions, deviations, the laboratory's verdict, the look through the trail."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, expect

from tests.e2e.browser import Person
from tests.e2e.day import LEAD, Day, shown, sign


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
