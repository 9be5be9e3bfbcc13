"""A recall done at the pages: how far a lot went, who was told, where every quantity is, and who signs for it."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, expect

from tests.e2e.browser import Person
from tests.e2e.desks import Desks
from tests.e2e.dispatch import number_in


@dataclass
class RecallDesk:
    """One recall, and those who work on it."""

    desks: Desks
    id: int

    def open(self, username: str) -> Person:
        person = self.desks.at(username)
        person.go(f"/recalls/{self.id}")
        return person

    def step(self, step: str, status: str, *, by: str, note: str = "") -> None:
        person = self.open(by)
        if note:
            person.write(f"recall-{step}-note", note)
        person.click(f"recall-{step}")
        self._is(person, status)

    def sign(self, step: str, status: str, *, by: str, reason: str) -> None:
        person = self.open(by)
        person.write(f"recall-sign-{step}-password", self.desks.password(by))
        person.write(f"recall-sign-{step}-reason", reason)
        person.click(f"recall-{step}")
        self._is(person, status)

    def tell(self, event: str, *, by: str, person: str) -> None:
        """Everyone who has some of it: a notice was sent, or somebody there has confirmed it."""
        desk = self.open(by)
        for number in range(self.consignees(desk).count()):
            form = self.consignees(desk).nth(number)
            said = form.get_by_test_id("recall-notice").count()
            form.get_by_test_id("recall-event").select_option(event)
            form.get_by_test_id("recall-channel").select_option("telephone")
            form.get_by_test_id("recall-person").fill(person)
            form.get_by_test_id("recall-tell").click()
            expect(self.consignees(desk).nth(number).get_by_test_id("recall-notice")).to_have_count(said + 1)

    def consignees(self, person: Person) -> Locator:
        return person.page.get_by_test_id("recall-consignee")

    def locate_all(self, *, by: str, note: str) -> None:
        """Every line that is open: counted where it is."""
        desk = self.open(by)
        lines = desk.page.get_by_test_id("recall-entry-line").locator("option")
        while open_lines := lines.count():
            desk.choose("recall-entry-line", lines.first.get_attribute("value") or "")
            desk.choose("recall-entry-fate", "located")
            desk.write("recall-entry-quantity", lines.first.get_attribute("data-left") or "")
            desk.write("recall-entry-note", note)
            desk.click("recall-entry")
            expect(lines).to_have_count(open_lines - 1)

    def _is(self, person: Person, status: str) -> None:
        expect(person.page.get_by_test_id("recall-status")).to_have_attribute("data-status", status)


def begin(desks: Desks, lot: str, reason: str, *, by: str) -> RecallDesk:
    """A rehearsal, from a lot that is scanned."""
    desk = desks.at(by)
    desk.go("/recalls/new?kind=mock")
    desk.write("recall-scan", lot)
    desk.click("recall-add")
    expect(desk.page.get_by_test_id("recall-start")).to_contain_text(lot)
    desk.choose("recall-class", "II")
    desk.write("recall-reason", reason)
    desk.click("recall-open")
    desk.find("recall-status")
    return RecallDesk(desks, number_in(desk.page))
