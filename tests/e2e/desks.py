"""Browsers of several people in one plant, each at a desk or tablet of their own that stays signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, expect, sync_playwright

from tests import machine
from tests.e2e.browser import ARGUMENTS, Person

PATIENCE_MS = 20_000
TABLET = {"width": 1024, "height": 1180}


@dataclass
class Desks:
    """Whoever is asked for sits down and signs in; whoever sits there already goes on."""

    browser: Browser
    url: Callable[[], str]
    password: Callable[[str], str]
    taken: dict[str, Person] = field(default_factory=dict)

    def at(self, username: str) -> Person:
        if username not in self.taken:
            self.taken[username] = self._sit_down(username)
        return self.taken[username]

    def _sit_down(self, username: str) -> Person:
        page = self.browser.new_context(viewport=TABLET).new_page()  # type: ignore[arg-type]
        page.set_default_timeout(PATIENCE_MS)
        person = Person(page, self.url())
        person.go("/sign-in")
        person.write("username", username)
        person.write("password", self.password(username))
        person.click("sign-in")
        person.find("who")
        person.click("language-en")
        expect(page.locator("html")).to_have_attribute("lang", "en")
        return person


@contextmanager
def desks(url: Callable[[], str], password: Callable[[str], str]) -> Iterator[Desks]:
    """Desks in one browser, cleared at the end."""
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        browser = playwright.chromium.launch(executable_path=machine.browser(), args=ARGUMENTS)
        yield Desks(browser, url, password)
        browser.close()
