"""Pages in a real browser: values that move, a stream that stops, work by keyboard alone, a phone's width."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.async_api import BrowserContext, Page, async_playwright, expect

from dashboards.app import build
from isotherm.engines.ports import free_port
from mes.alarms import service as alarms
from mes.alarms.model import Kind, Occurrence, Priority
from mes.border import Doors
from mes.plant import service as plant_model
from telemetry.clock import SystemClock
from telemetry.work import Pool, begin
from tests import machine
from tests.integration.dashboards.furnish import PASSWORD, Furnished, measure
from tests.plugins.database import Database
from tests.plugins.web import UNHURRIED

AIR = "hainan/cold-store/cold-room-1/air-1"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUIET += ["--disable-component-update", "--disable-sync"]
PAGES = [
    "/",
    "/trends",
    "/alarms",
    "/excursions",
    "/excursions/1",
    "/deviations/1",
    "/lots",
    "/maintenance/1",
    "/edges",
    "/edges/edge-fleet",
    "/edges/set-aside/1",
]
ARTEFACTS = Path(__file__).parents[2] / "artefacts"
pytestmark = pytest.mark.parametrize("furnished_database", ["at_present"], indirect=True)
_sequences = count(1)


@dataclass(slots=True)
class Served:
    """The pages on a port of this machine; can be stopped and started again, as a server is."""

    app: Callable[[], FastAPI]
    port: int = field(default_factory=free_port)
    _running: tuple[uvicorn.Server, FastAPI, asyncio.Task[None]] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        app = self.app()
        config = uvicorn.Config(app, port=self.port, log_config=None, ws="none", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        self._running = server, app, asyncio.create_task(server.serve())
        async with asyncio.timeout(10):
            while not server.started:  # noqa: ASYNC110 - the server gives no event to await
                await asyncio.sleep(0.02)

    async def stop(self) -> None:
        if self._running is not None:
            server, app, task = self._running
            app.state.live.close()
            server.should_exit = True
            await task
            self._running = None


@pytest.fixture
async def served(furnished_pool: Pool) -> AsyncIterator[Served]:
    made = Served(lambda: build(Doors(furnished_pool, SystemClock()), rates=UNHURRIED))
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def context(served: Served) -> AsyncIterator[BrowserContext]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=machine.browser(), args=QUIET)
        context = await browser.new_context(base_url=served.url)
        await context.add_cookies([{"name": "language", "value": "en", "url": served.url}])
        yield context
        await browser.close()


@pytest.fixture
async def qa(context: BrowserContext) -> Page:
    """QA's browser, signed in by keyboard alone."""
    page = await context.new_page()
    await page.goto("/sign-in")
    await expect(page.get_by_test_id("username")).to_be_focused()
    await page.keyboard.type("qa")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("who")).to_have_text("qa (demo)")
    return page


@pytest.fixture
def read(furnished_pool: Pool) -> Callable[[float], Awaitable[None]]:
    """A new reading of cold room 1's first probe."""

    async def read(value: float) -> None:
        await measure(furnished_pool, datetime.now(UTC), next(_sequences), {AIR: value})

    return read


@pytest.fixture
def shown(furnished_database: tuple[Database, Furnished]) -> str:
    """Selector of the probe's value in its card."""
    point = furnished_database[1].point_ids[AIR]
    return f"[data-testid=zone-card-cold-room-1] .gauge .reading[data-point='{point}']"


async def test_values_move_without_loading_anew(qa: Page, read: Callable[[float], Awaitable[None]], shown: str) -> None:
    await expect(qa.get_by_test_id("live")).to_be_visible()
    await read(6.3)
    await expect(qa.locator(f"{shown} .v")).to_have_text("6.3")
    await expect(qa.get_by_test_id("live")).to_have_attribute("data-state", "live")
    await read(9.4)
    await expect(qa.locator(shown)).to_have_attribute("data-state", "out")
    await expect(qa.locator(f"{shown} .flag-out")).to_be_visible()


async def test_a_picture_that_stopped_does_not_look_live(
    qa: Page, served: Served, read: Callable[[float], Awaitable[None]]
) -> None:
    live = qa.get_by_test_id("live")
    await read(5.0)
    await expect(live).to_have_attribute("data-state", "live")
    await served.stop()
    await expect(live).to_have_attribute("data-state", "stale", timeout=15_000)
    await expect(live).to_contain_text("stale since")
    await served.start()
    async with asyncio.timeout(20):
        while await live.get_attribute("data-state") != "live":
            await read(5.0)
            await asyncio.sleep(0.5)


async def test_an_alarm_reaches_an_open_overview(qa: Page, furnished_pool: Pool) -> None:
    card = qa.get_by_test_id("zone-card-cold-room-1")
    await expect(card).to_have_attribute("data-state", "normal")
    now = datetime.now(UTC)
    async with begin(furnished_pool, "watch", now) as work:
        zone = await plant_model.zone_named(work, "cold-room-1")
        found = Occurrence(
            kind=Kind.EQUIPMENT,
            source="test",
            priority=Priority.CRITICAL,
            message_en="Cold room 1: mains lost",
            message_zh="1 号冷库：断电",
            raised_at=now,
            zone_id=zone.id,
        )
        await alarms.raise_alarm(work, found)
    await expect(card).to_have_attribute("data-state", "abnormal")
    await expect(card).to_have_attribute("data-tone", "critical")
    await expect(qa.get_by_test_id("why-cold-room-1")).to_contain_text("mains lost")
    count = qa.locator("#nav-alarm-count")
    await expect(count).to_have_attribute("data-tone", "critical")
    await expect(count).to_have_text(await qa.locator(".summary a[href='/alarms'] .n").inner_text())


async def test_a_refused_form_keeps_what_was_typed(qa: Page) -> None:
    await qa.goto("/excursions/1")
    await qa.get_by_test_id("disposition-P2601C").select_option("no_impact")
    await qa.get_by_test_id("disposition-reason-P2601C").fill("within its stability data")
    await qa.get_by_test_id("sign-password").fill(PASSWORD)
    await qa.get_by_test_id("sign-reason").fill("seen")
    await qa.get_by_test_id("sign-submit").click()
    await expect(qa.get_by_test_id("guard-every_lot_has_a_disposition")).to_be_in_viewport()
    assert qa.url.endswith("/excursions/1")  # not the form's target, which can't be loaded again
    await expect(qa.get_by_test_id("disposition-reason-P2601C")).to_have_value("within its stability data")
    await qa.get_by_test_id("disposition-all").select_option("retest")
    await qa.get_by_test_id("disposition-reason-all").fill("to the laboratory")
    await qa.get_by_test_id("sign-submit").click()
    await expect(qa.get_by_test_id("excursion-status")).to_have_attribute("data-status", "dispositioned")
    await expect(qa.get_by_test_id("affected-lot-P2601D")).to_have_attribute("data-disposition", "retest")
    await expect(qa.get_by_test_id("message")).to_be_in_viewport()
    await expect(qa).to_have_url(re.compile(r"/excursions/1$"))  # loaded again it does not tell it again
    clock = qa.locator("[data-plant-clock]")
    await expect(clock).not_to_have_text(await clock.inner_text())


async def test_the_curve_is_drawn_with_its_figures(qa: Page) -> None:
    await qa.goto("/trends?window=1h")
    await expect(qa.locator("trend-chart canvas")).to_be_visible()
    await expect(qa.locator("trend-chart .readout li").first).to_contain_text("°C")


async def test_an_edge_that_falls_behind_shows_it_on_an_open_page(qa: Page, furnished_pool: Pool) -> None:
    await qa.goto("/edges")
    card = qa.get_by_test_id("edge-row-edge-test")
    own = "hainan/edges/edge-test/"
    await measure(furnished_pool, datetime.now(UTC), next(_sequences), {f"{own}backlog": 2, f"{own}link-plc": 2})
    await expect(card).to_have_attribute("data-state", "normal", timeout=15_000)
    await measure(furnished_pool, datetime.now(UTC), next(_sequences), {f"{own}backlog-age": 90, f"{own}link-plc": 0})
    await expect(card).to_have_attribute("data-tone", "high", timeout=15_000)
    await expect(qa.get_by_test_id("why-edge-test")).to_contain_text("plc: not reached")
    await qa.get_by_test_id("edge-link-edge-test").click()
    await expect(qa.get_by_test_id("own-backlog-age")).to_have_text("1 min 30 s")


async def test_the_keyboard_reaches_everything_and_shows_where_it_is(qa: Page) -> None:
    await qa.goto("/alarms")
    await qa.keyboard.press("Tab")
    await expect(qa.locator(".skip")).to_be_focused()
    await expect(qa.locator(".skip")).to_be_in_viewport()
    await qa.keyboard.press("Enter")
    await expect(qa.locator("#main")).to_be_focused()
    opener = qa.locator("[data-testid^=ack-open-]").first
    for _ in range(30):
        if await opener.evaluate("node => node === document.activeElement"):
            break
        await qa.keyboard.press("Tab")
    await expect(opener).to_be_focused()
    outline = await opener.evaluate("node => parseFloat(getComputedStyle(node).outlineWidth)")
    assert outline >= 2
    await qa.keyboard.press("Enter")
    await qa.keyboard.press("Tab")
    await qa.keyboard.type("seen on the way")
    await qa.keyboard.press("Enter")
    await expect(qa.get_by_test_id("message")).to_have_attribute("data-code", "alarm.acknowledged")


async def test_nothing_runs_off_a_phones_screen(qa: Page) -> None:
    await qa.set_viewport_size({"width": 390, "height": 844})
    wide = {}
    for path in PAGES:
        await qa.goto(path)
        width = await qa.evaluate("document.documentElement.scrollWidth")
        if width > 390:
            wide[path] = width
    assert wide == {}


async def test_what_is_pressed_is_large_enough_for_gloves(qa: Page) -> None:
    await qa.goto("/excursions/1")
    heights = await qa.locator("main form :is(button, input:not([type=hidden]), select)").evaluate_all(
        "nodes => nodes.filter(n => n.offsetParent).map(n => [n.name, n.getBoundingClientRect().height])"
    )
    assert heights
    assert [each for each in heights if each[1] < 48] == []


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_screens_are_kept_for_a_reviewer(qa: Page, language: str, served: Served) -> None:
    """No pixel is compared: a person looks at tests/artefacts. What breaks a page's script is found here."""
    broken: list[str] = []
    qa.on("pageerror", lambda error: broken.append(str(error)))
    await qa.context.add_cookies([{"name": "language", "value": language, "url": served.url}])
    await qa.set_viewport_size({"width": 1440, "height": 900})
    ARTEFACTS.mkdir(exist_ok=True)
    for path in PAGES:
        await qa.goto(path)
        for chart in await qa.locator("trend-chart").all():
            await expect(chart.locator("canvas")).to_be_visible()
        name = path.strip("/").replace("/", "-") or "overview"
        await qa.screenshot(path=ARTEFACTS / f"{name}.{language}.png", full_page=True)
    assert broken == []
