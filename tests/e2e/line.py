"""Work on a line, done on the operation's page as a crew does it: scans, values, signatures, a second person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, expect

from tests.e2e.browser import Person
from tests.e2e.desks import Desks

OPERATOR, SECOND = "operator", "qc"
CLEAR = "No material, label or document of the batch before is left on the line."
CLEANED = "SOP-301, purified water and 70 % isopropanol"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a batch, and the people who work on it."""

    desks: Desks
    id: int

    @property
    def crew(self) -> Person:
        return self.desks.at(OPERATOR)

    def open(self, username: str = OPERATOR) -> Person:
        person = self.desks.at(username)
        person.go(f"/operations/{self.id}")
        return person

    def status(self, wanted: str) -> None:
        expect(self.crew.page.get_by_test_id("operation-status")).to_have_attribute("data-status", wanted)

    def clean(self) -> None:
        """The line, by the operator, checked by the second."""
        crew = self.open()
        crew.page.get_by_text("Start cleaning").first.click()
        crew.page.locator("input[name=method]").fill(CLEANED)
        crew.page.locator("form[action$='/clean/start'] button").click()
        crew.write("clean-password", self.desks.password(OPERATOR))
        crew.page.get_by_role("button", name="Cleaning is done").click()
        expect(crew.page.get_by_text("Cleaning is done")).to_have_count(0)
        second = self.open(SECOND)
        second.write("clean-check-password", self.desks.password(SECOND))
        second.page.get_by_role("button", name="It is clean").click()
        expect(second.page.get_by_test_id("machine-label")).to_contain_text("clean since")

    def clear(self) -> None:
        """Line clearance, and the second pair of eyes."""
        crew = self.open()
        crew.write("clear-found", CLEAR)
        crew.write("clear-password", self.desks.password(OPERATOR))
        crew.click("clear-submit")
        expect(crew.page.get_by_test_id("clear-submit")).to_have_count(0)
        second = self.open(SECOND)
        second.write("clear-check-password", self.desks.password(SECOND))
        second.click("clear-passed")
        expect(second.page.get_by_test_id("clear-passed")).to_have_count(0)

    def start(self) -> None:
        crew = self.open()
        crew.click("operation-start")
        self.status("running")

    def step(self, number: int) -> Locator:
        return self.crew.page.get_by_test_id("step").nth(number - 1)

    def report(self, number: int, *values: str, note: str = "") -> None:
        """Fill in what the step asks for, sign where it is critical, and have it verified."""
        step = self.step(number)
        for field, value in zip(step.get_by_test_id("step-value").all(), values, strict=True):
            is_list = field.evaluate("each => each.tagName") == "SELECT"
            field.select_option(value) if is_list else field.fill(value)
        if note:
            step.locator("input[name=note]").fill(note)
        password = step.get_by_test_id("step-password")
        if password.count():
            password.fill(self.desks.password(OPERATOR))
        step.get_by_test_id("step-report").click()
        expect(step).to_have_attribute("data-status", "done")

    def verify(self, number: int) -> None:
        second = self.open(SECOND)
        step = second.page.get_by_test_id("step").nth(number - 1)
        step.get_by_test_id("verify-password").fill(self.desks.password(SECOND))
        step.get_by_test_id("step-verify").click()
        expect(step.get_by_test_id("verified")).to_be_visible()
        self.open()

    def issue(self, code: str, quantity: str = "") -> None:
        """Scan material into the batch."""
        crew = self.crew
        crew.write("issue-code", code)
        if quantity:
            crew.write("issue-quantity", quantity)
        crew.click("issue-submit")
        expect(crew.page.get_by_test_id("issue-code")).to_have_value("")

    def comment(self, text: str) -> None:
        """Say at each exception what happened."""
        forms = self.crew.page.locator("form[action*='/exceptions/']")
        while left := forms.count():
            forms.first.get_by_test_id("exception-comment").fill(text)
            forms.first.get_by_test_id("exception-submit").click()
            expect(forms).to_have_count(left - 1)

    def complete(self) -> None:
        crew = self.crew
        crew.write("complete-password", self.desks.password(OPERATOR))
        crew.click("operation-complete")
        self.status("done")


def operations(facts: list[dict[str, Any]], desks: Desks) -> dict[str, Operation]:
    """Of a batch, by code."""
    return {each["code"]: Operation(desks, each["id"]) for each in facts}
