"""A person at a browser: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests import machine

ARTEFACTS = Path(__file__).parents[1] / "artefacts" / "tour"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody signed in at the pages of a plant."""

    page: Page
    url: str

    def go(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")

    def find(self, test_id: str) -> None:
        """See it on the page."""
        expect(self.page.get_by_test_id(test_id).first).to_be_visible()

    def click(self, test_id: str) -> None:
        self.page.get_by_test_id(test_id).first.click()

    def write(self, test_id: str, text: str) -> None:
        self.page.get_by_test_id(test_id).first.fill(text)

    def choose(self, test_id: str, value: str) -> None:
        self.page.get_by_test_id(test_id).first.select_option(value)

    def picture(self, name: str) -> None:
        """Keep what is seen, for the tour and for whoever looks."""
        folder = Path(os.environ.get("ISOTHERM_TOUR", ARTEFACTS))
        folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=folder / f"{name}.png")


@contextmanager
def signed_in(url: str, username: str, password: str, *, language: str = "en") -> Iterator[Person]:
    """Sign in at a browser of one's own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=machine.browser(), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 1180})
        page.set_default_timeout(20_000)
        person = Person(page, url)
        person.go("/sign-in")
        person.write("username", username)
        person.write("password", password)
        person.click("sign-in")
        person.find("who")
        person.click(f"language-{language}")
        expect(page.get_by_test_id("live").first).to_have_attribute("data-state", "live")
        yield person
        browser.close()
