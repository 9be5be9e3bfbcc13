"""Goods on their way to a customer, done at the pages: picked by scan, loaded, on the road, taken over."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.e2e.browser import Person
from tests.e2e.desks import Desks

KEEPER = "warehouse"
TRUCK = "truck-2"


def number_in(page: Page) -> int:
    """Of the record whose page this is."""
    return int(page.url.rsplit("/", 1)[1].split("?")[0].split("#")[0])


@dataclass
class Trip:
    """A vehicle of ours and its way."""

    desks: Desks
    id: int

    def open(self, username: str = KEEPER) -> Person:
        person = self.desks.at(username)
        person.go(f"/trips/{self.id}")
        return person

    def step(self, step: str, status: str) -> Person:
        keeper = self.open()
        keeper.click(f"trip-{step}")
        self._is(keeper, status)
        return keeper

    def begin_loading(self) -> None:
        """Once it was cold for half an hour. Of the minutes in which the plant was started nothing may be known: QA
        signs for those.
        """
        keeper = self.open()
        if "not pre-cooled" not in keeper.page.get_by_test_id("readiness").inner_text():
            self.step("begin_loading", "loading")
            return
        qa = self.open("qa")
        if not qa.page.get_by_test_id("override_readiness-password").is_visible():
            qa.click("trip-open-override_readiness")
        qa.write("override_readiness-password", self.desks.password("qa"))
        qa.write("override_readiness-reason", "cold at every moment that is known")
        qa.click("trip-override_readiness")
        self._is(qa, "loading")

    def _is(self, person: Person, status: str) -> None:
        expect(person.page.get_by_test_id("trip-status")).to_have_attribute("data-status", status)


@dataclass
class Shipment:
    """A shipment, and those who work on it."""

    desks: Desks
    id: int

    def open(self, username: str = KEEPER) -> Person:
        person = self.desks.at(username)
        person.go(f"/shipments/{self.id}")
        return person

    def pick(self, code: str, quantity: str = "", *, by: str = KEEPER, override: str = "") -> Person:
        """Scan what is taken."""
        person = self.open(by)
        person.write("scan-code", code)
        person.page.get_by_text("Only a part of it").click()
        person.write("scan-quantity", quantity)
        if override:
            person.write("scan-override", override)
        person.click("scan-send")
        return person

    def step(self, step: str, status: str, **texts: str) -> None:
        keeper = self.open()
        for name, text in texts.items():
            keeper.write(f"{step.replace('_', '-')}-{name}", text)
        keeper.click(f"shipment-{step.replace('_', '-')}")
        expect(keeper.page.get_by_test_id("shipment-status")).to_have_attribute("data-status", status)


def plan_trip(desks: Desks, destination: str) -> int:
    """For the truck, today; answers its id."""
    keeper = desks.at(KEEPER)
    keeper.go("/trips")
    if not keeper.page.get_by_test_id("trip-vehicle").is_visible():
        keeper.click("trip-open-plan")
    keeper.choose("trip-vehicle", TRUCK)
    keeper.write("trip-origin", "Hainan plant")
    keeper.write("trip-destination", destination)
    today = keeper.page.evaluate("new Date().toISOString().slice(0, 10)")
    keeper.write("trip-departure", f"{today}T00:00")
    keeper.write("trip-arrival", f"{today}T23:00")
    keeper.click("trip-plan")
    keeper.find("trip-status")
    return number_in(keeper.page)


def plan_shipment(desks: Desks, customer: str, item: str, quantity: str, trip_id: int) -> int:
    """To a customer, with the truck; answers its id."""
    keeper = desks.at(KEEPER)
    keeper.go("/shipments")
    if not keeper.page.get_by_test_id("shipment-customer").is_visible():
        keeper.click("shipment-open-plan")
    keeper.choose("shipment-customer", customer)
    keeper.choose("shipment-item", item)
    keeper.write("shipment-quantity", quantity)
    keeper.choose("shipment-trip", str(trip_id))
    keeper.click("shipment-plan")
    keeper.find("shipment-status")
    return number_in(keeper.page)
