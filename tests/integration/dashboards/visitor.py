"""A person without JavaScript: opens pages, fills the forms that stand there, follows where they lead."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

from telemetry.work import Pool
from tests.integration.dashboards.furnish import PASSWORD, Furnished

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass(slots=True)
class Element:
    tag: str
    attributes: dict[str, str]
    form: str  # action of the form that it stands in
    text: str = ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        form = next((e.attributes.get("action", "") for e in reversed(self._open) if e.tag == "form"), "")
        element = Element(tag, told, form)
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data


@dataclass(slots=True)
class Page:
    """What came back."""

    status: int
    url: str
    html: str
    elements: list[Element] = field(default_factory=list)

    def marked(self, testid: str) -> Element:
        """The element with this data-testid."""
        found = [e for e in self.elements if e.attributes.get("data-testid") == testid]
        assert found, f"nothing is marked {testid} on {self.url}"
        return found[0]

    def has(self, testid: str) -> bool:
        return any(e.attributes.get("data-testid") == testid for e in self.elements)

    def hidden(self, action: str) -> dict[str, str]:
        """Fields that a form brings along by itself."""
        inside = [e.attributes for e in self.elements if e.tag == "input" and e.form == action]
        return {a["name"]: a.get("value", "") for a in inside if a.get("type") == "hidden"}

    @property
    def refused(self) -> set[str]:
        """Guards that the message names."""
        marks = (e.attributes.get("data-testid", "") for e in self.elements)
        return {mark.removeprefix("guard-") for mark in marks if mark.startswith("guard-")}

    @property
    def code(self) -> str:
        """Of the message on the page."""
        return self.marked("message").attributes["data-code"]


@dataclass(slots=True)
class Visitor:
    client: httpx.AsyncClient
    page: Page = field(default_factory=lambda: Page(0, "", ""))

    async def sign_in(self, username: str, password: str = PASSWORD) -> Page:
        return await self._took(
            await self.client.post("/sign-in", data={"username": username, "password": password}, follow_redirects=True)
        )

    async def open(self, path: str) -> Page:
        return await self._took(await self.client.get(path, follow_redirects=True))

    async def send(self, action: str, **fields: object) -> Page:
        """Submit the form of the present page that has this action."""
        data = self.page.hidden(action) | {name: str(value) for name, value in fields.items()}
        referer = {"referer": self.page.url}
        return await self._took(await self.client.post(action, data=data, headers=referer, follow_redirects=True))

    async def _took(self, answer: httpx.Response) -> Page:
        reader = _Reader()
        reader.feed(answer.text)
        self.page = Page(answer.status_code, str(answer.url), answer.text, reader.elements)
        return self.page


@dataclass(frozen=True, slots=True)
class Plant:
    """The plant of a story."""

    facts: Furnished
    pool: Pool
    visit: Callable[..., Awaitable[Visitor]]


SIGNATURE = {"password": PASSWORD, "meaning": "approved", "reason": "seen the curve and the exposure"}
