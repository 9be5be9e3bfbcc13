"""Weighing at the pages: a lot is reserved, weighed, verified by a second person and staged at the line."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.day import Day, sign
from tests.e2e.line import OPERATOR, SECOND


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
