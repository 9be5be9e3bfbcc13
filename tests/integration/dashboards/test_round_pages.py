"""Rounds on pages: walked without JavaScript; on a phone without a network, kept and sent once when it is back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, async_playwright, expect

from dashboards.app import build
from mes.border import Doors
from mes.rounds import applying, service
from mes.rounds.model import RoundEntry, RoundStatus
from mes.rounds.words import RoundWords
from telemetry.clock import SystemClock
from telemetry.work import Pool, begin
from tests import machine
from tests.integration.dashboards.furnish import PASSWORD
from tests.integration.dashboards.test_browser import ARTEFACTS, QUIET, Served
from tests.integration.dashboards.visitor import Plant
from tests.integration.rounds.walk import COMPRESSOR, ITEMS, JPEG, ROOM
from tests.plugins.database import NOW
from tests.plugins.web import UNHURRIED

NAME = {"en": "Morning round", "zh": "早班巡检"}
ALL_DAY = [{"start": "00:00", "end": "00:00"}]


async def set_down(pool: Pool, now: datetime, **said: Any) -> int:
    """A round that is open all day; its id."""
    stops = [
        {"equipment": ROOM, "items": ITEMS},
        {"equipment": COMPRESSOR, "items": [{"code": "noise", "name": {"en": "Runs quietly", "zh": "运行无异响"}}]},
    ]
    told = {"code": "morning", "name": NAME, "windows": ALL_DAY, "stops": stops}
    words = RoundWords.model_validate(told | said)
    async with begin(pool, "plant", now) as work:
        await applying.put(work, applying.RoundRow(code="morning", definition=words.model_dump_json()))
    async with begin(pool, "watch", now) as work:
        await service.look_at_rounds(work)
        found = [each for each in await service.rounds(work) if each.words.code == "morning"]
        return next(each.id for each in found if each.status is RoundStatus.OPEN)


async def seen(pool: Pool, round_id: int) -> list[RoundEntry]:
    async with begin(pool, "test", NOW) as work:
        return await service.entries(work, [round_id])


async def test_a_round_is_walked_without_a_script_and_reviewed(plant: Plant) -> None:
    round_id = await set_down(plant.pool, NOW)
    at = f"/rounds/{round_id}"
    crew = await plant.visit("maintenance")
    page = await crew.open("/rounds")
    assert page.has("round-card")
    await crew.open(at)
    page = await crew.send(f"{at}/starts", stop=0, text="cold-store/cold-room-1")
    assert page.code == "LabelOfAnother"
    await crew.open(at)
    page = await crew.send(f"{at}/starts", stop=0, text=ROOM)
    assert page.code == "round.started"
    page = await crew.send(f"{at}/entries", stop=0, item="door", value="ok")
    page = await crew.send(f"{at}/entries", stop=0, item="shown", value="9,5", note="door was open")
    assert "not in order" in page.marked("item-0-shown").text
    assert "maintenance asked for" in page.marked("item-0-shown").text
    page = await crew.send(f"{at}/submit")
    assert page.refused == {"every_item_is_looked_at"}
    await crew.send(f"{at}/starts", stop=1, reason="label is torn off")
    await crew.send(f"{at}/entries", stop=1, item="noise", value="ok")
    page = await crew.send(f"{at}/submit")
    assert page.marked("round-status").attributes["data-status"] == "submitted"
    assert "without a label: label is torn off" in page.html
    lead = await plant.visit("lead")
    await lead.open(f"{at}/report")
    page = await lead.send(f"{at}/review", remark="")
    assert page.marked("round-status").attributes["data-status"] == "reviewed"


async def test_a_picture_comes_with_the_form_and_stands_in_the_report(plant: Plant) -> None:
    items = [{"code": "coil", "kind": "photo", "name": {"en": "Coil", "zh": "蒸发器"}}]
    round_id = await set_down(plant.pool, NOW, stops=[{"equipment": ROOM, "items": items}])
    at = f"/rounds/{round_id}"
    crew = await plant.visit("maintenance")
    await crew.open(at)
    page = await crew.send(f"{at}/starts", stop=0, text=ROOM)
    fields = page.hidden(f"{at}/entries") | {"stop": "0", "item": "coil", "value": "not_ok"}
    answer = await crew.client.post(f"{at}/entries", data=fields, files={"photo": ("a.jpg", JPEG, "image/jpeg")})
    assert answer.status_code == 303
    [entry] = await seen(plant.pool, round_id)
    picture = await crew.client.get(f"/rounds/photos/{entry.photo_id}")
    assert (picture.content, picture.headers["content-type"]) == (JPEG, "image/jpeg")
    page = await crew.open(f"{at}/report")
    assert f"/rounds/photos/{entry.photo_id}" in page.html
    page = await crew.open(f"/maintenance/{entry.order_id}")
    assert page.has("photos")


async def test_who_does_not_walk_it_is_told_so(plant: Plant) -> None:
    round_id = await set_down(plant.pool, NOW, roles=["maintenance"])
    page = await (await plant.visit("qa")).open(f"/rounds/{round_id}")
    assert "Another team walks this round." in page.html
    assert not page.has("start-0")


async def test_the_worker_serves_the_rounds_and_nothing_else(plant: Plant) -> None:
    visitor = await plant.visit("maintenance")
    answer = await visitor.client.get("/rounds/worker.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["service-worker-allowed"] == "/rounds"
    manifest = (await visitor.client.get("/rounds/app.webmanifest")).json()
    assert (manifest["start_url"], manifest["scope"]) == ("/rounds", "/rounds")


@pytest.fixture
async def served(furnished_pool: Pool) -> AsyncIterator[Served]:
    made = Served(lambda: build(Doors(furnished_pool, SystemClock()), rates=UNHURRIED))
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def phone(served: Served) -> AsyncIterator[BrowserContext]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=machine.browser(), args=QUIET)
        size: Any = {"width": 390, "height": 844}
        context = await browser.new_context(base_url=served.url, viewport=size, has_touch=True)
        context.set_default_timeout(30_000)
        await context.add_cookies([{"name": "language", "value": "en", "url": served.url}])
        yield context
        await browser.close()


async def walker(phone: BrowserContext, round_id: int) -> Page:
    """A mechanic whose phone has the round."""
    page = await phone.new_page()
    await sign_in(page, "maintenance")
    await page.goto(f"/rounds/{round_id}")
    await page.evaluate("() => navigator.serviceWorker.ready.then(() => undefined)")
    await page.reload()
    await expect(page.locator("round-walk")).to_have_attribute("data-state", "sent")
    kept = "async (path) => (await caches.match(path)) !== undefined"
    async with asyncio.timeout(20):
        while not await page.evaluate(kept, f"/rounds/{round_id}"):  # noqa: ASYNC110 - a cache gives no event to await
            await asyncio.sleep(0.1)
    return page


async def sign_in(page: Page, username: str) -> None:
    await page.goto("/sign-in")
    await page.get_by_test_id("username").fill(username)
    await page.get_by_test_id("password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("who")).to_have_text(f"{username} (demo)")


async def walk_offline(page: Page) -> None:
    """Three things are seen where there is no network."""
    await page.get_by_test_id("scan-0").fill(ROOM)
    await page.get_by_test_id("start-0").click()
    await expect(page.locator("round-walk")).to_have_attribute("data-count", "1")
    await page.get_by_test_id("ok-0-door").click()
    await expect(page.locator("round-walk")).to_have_attribute("data-count", "2")
    await page.get_by_test_id("value-0-shown").fill("5.1")
    await page.get_by_test_id("keep-0-shown").click()


@pytest.mark.parametrize("furnished_database", ["at_present"], indirect=True)
async def test_what_is_seen_without_a_network_is_sent_once_when_it_is_back(
    phone: BrowserContext, furnished_pool: Pool
) -> None:
    round_id = await set_down(furnished_pool, datetime.now(UTC))
    page = await walker(phone, round_id)
    bar = page.locator("round-walk")
    await phone.set_offline(True)
    await walk_offline(page)
    await expect(bar).to_have_text("3 waiting to be sent")
    assert await seen(furnished_pool, round_id) == []
    await page.reload()
    await expect(bar).to_have_text("3 waiting to be sent")
    await expect(page.get_by_test_id("item-0-door")).to_contain_text("kept in this phone, to be sent")
    await picture(page, "round-offline")
    began = datetime.now(UTC)
    await phone.set_offline(False)
    await expect(bar).to_have_attribute("data-state", "sent")
    await expect(bar).to_have_text("Everything is sent.")
    await expect(page.get_by_test_id("item-0-shown")).to_have_attribute("data-state", "on_time")
    entries = await seen(furnished_pool, round_id)
    assert [(each.item, each.value, each.late) for each in entries] == [("door", "ok", False), ("shown", "5.1", False)]
    assert all(each.seen_at < began < each.received_at for each in entries), "both times stand in the record"
    assert await overflow(page) == 0


@pytest.mark.parametrize("furnished_database", ["at_present"], indirect=True)
async def test_nobody_sends_what_another_saw(phone: BrowserContext, furnished_pool: Pool) -> None:
    """The phone changes hands while there is no network: what the first saw waits until the first signs in again."""
    round_id = await set_down(furnished_pool, datetime.now(UTC))
    page = await walker(phone, round_id)
    await phone.set_offline(True)
    await page.get_by_test_id("scan-0").fill(ROOM)
    await page.get_by_test_id("start-0").click()
    await expect(page.locator("round-walk")).to_have_attribute("data-count", "1")
    await page.goto("about:blank")
    await phone.set_offline(False)
    await phone.clear_cookies(name="isotherm_session")
    await sign_in(page, "lead")
    await page.goto(f"/rounds/{round_id}")
    await expect(page.locator("round-walk")).to_contain_text("of another person")
    async with begin(furnished_pool, "test", NOW) as work:
        assert await service.starts(work, round_id) == []
    await phone.clear_cookies(name="isotherm_session")
    await sign_in(page, "maintenance")
    await page.goto(f"/rounds/{round_id}")
    await expect(page.locator("round-walk")).to_have_attribute("data-state", "sent")
    async with begin(furnished_pool, "test", NOW) as work:
        assert [each.actor for each in await service.starts(work, round_id)] == ["maintenance"]


@pytest.mark.parametrize("furnished_database", ["at_present"], indirect=True)
async def test_the_phone_says_at_the_machine_what_the_server_would_refuse(
    phone: BrowserContext, furnished_pool: Pool
) -> None:
    round_id = await set_down(furnished_pool, datetime.now(UTC))
    page = await walker(phone, round_id)
    await phone.set_offline(True)
    bar = page.locator("round-walk")
    await page.get_by_test_id("scan-0").fill("cold-store/cold-room-1")
    await page.get_by_test_id("start-0").click()
    message = "node => node.validationMessage"
    assert "another machine" in await page.get_by_test_id("scan-0").evaluate(message)
    await page.get_by_test_id("scan-0").fill(ROOM)
    await page.get_by_test_id("start-0").click()
    await expect(bar).to_have_attribute("data-count", "1")
    await page.get_by_test_id("not-ok-0-door").click()
    note = page.get_by_test_id("item-0-door").locator('[name="note"]')
    assert "note or a picture" in await note.evaluate(message)
    await note.fill("seal is torn")
    await page.get_by_test_id("not-ok-0-door").click()
    await expect(bar).to_have_attribute("data-count", "2")
    await phone.set_offline(False)
    await expect(bar).to_have_attribute("data-state", "sent")
    [entry] = await seen(furnished_pool, round_id)
    assert (entry.passed, entry.note) == (False, "seal is torn")
    assert entry.order_id is not None


async def overflow(page: Page) -> int:
    """Pixels by which the page is wider than the screen."""
    wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return int(await page.evaluate(wide))


async def picture(page: Page, name: str) -> None:
    """For whoever looks."""
    folder = Path(ARTEFACTS) / "rounds"
    folder.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=folder / f"{name}.png", full_page=True)
