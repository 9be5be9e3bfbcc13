"""A recall on its pages, without JavaScript: scanned, looked at before it is signed, held, told, counted, closed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta

import httpx
import pytest

from dashboards.app import build
from mes.border import Doors
from mes.people import service as people
from mes.recall.model import Kind
from telemetry.work import begin
from tests.integration.dashboards.visitor import Page, Visitor
from tests.integration.recall.story import HOSPITAL_NAME, Story, story_of
from tests.integration.shipments.dispatch import dispatch_of
from tests.plugins.cold_room import PASSWORD, ColdStore
from tests.plugins.web import UNHURRIED

SIGNED = {"password": PASSWORD, "meaning": "approved", "reason": "looked through"}
Visit = Callable[..., Awaitable[Visitor]]


@pytest.fixture
async def story(cold_store: ColdStore) -> Story:
    return await story_of(await dispatch_of(cold_store))


@pytest.fixture
async def visit(story: Story) -> AsyncIterator[Visit]:
    app = build(Doors(story.plant.pool, story.plant.clock), rates=UNHURRIED)
    async with AsyncExitStack() as stack:

        async def opened(username: str, language: str = "en") -> Visitor:
            transport = httpx.ASGITransport(app)
            client = httpx.AsyncClient(transport=transport, base_url="http://plant", cookies={"language": language})
            stack.push_async_callback(client.aclose)
            visitor = Visitor(client)
            await visitor.sign_in(username, PASSWORD)
            return visitor

        yield opened


async def begun(visit: Visit, kind: str = "real") -> Visitor:
    """Scanned, previewed and begun by QA."""
    qa = await visit("qa")
    page = await qa.open(f"/recalls/new?kind={kind}")
    assert "No lot chosen yet" in page.html
    page = await qa.send("/recalls/new/lot", text="R1")
    assert page.marked("recall-lots").text.startswith("3")
    assert [each.attributes.get("data-testid") for each in page.elements].count("recall-line") == 4
    page = await qa.send("/recalls", lot=story_lot(page.url), kind=kind, recall_class="I", reason="glass")
    assert page.code == "recall.open"
    return qa


def story_lot(url: str) -> str:
    return url.rpartition("lot=")[2]


def told_of(page: Page, attribute: str) -> set[str]:
    """What is missing for the next step; which shares the recovery has."""
    return {each.attributes[attribute] for each in page.elements if attribute in each.attributes}


async def recovered(qa: Visitor, at: str, lots: dict[str, int]) -> Page:
    """All that went out or stands here is back or destroyed."""
    await qa.open(at)
    for lot, shipment, quantity in (
        ("R1", "", "12"),
        ("P1", "", "60"),
        ("P2", "", "100"),
        ("P1", "SHP-2026-0001", "40"),
    ):
        fate = "returned" if shipment else "destroyed"
        page = await qa.send(f"{at}/recoveries", line=f"{lots[lot]}:{shipment}", fate=fate, quantity=quantity)
        assert page.code == "recall.recover_line"
    return page


async def test_from_the_scan_to_the_signature_that_closes_it(story: Story, visit: Visit) -> None:
    qa = await begun(visit)
    at = qa.page.url.partition("?")[0].removeprefix("http://plant")
    assert qa.page.marked("recall-clock").attributes["data-overdue"] == "no"
    page = await qa.send(f"{at}/sign_scope", username="qa", **SIGNED)
    assert (page.code, page.marked("recall-status").attributes["data-status"]) == ("recall.sign_scope", "scoped")
    page = await qa.send(f"{at}/apply_holds")
    assert page.code == "recall.apply_holds"
    assert await story.plant.held() == {"R1", "P1", "P2"}
    assert told_of(page, "data-guard") == {"consignees_notified"}
    page = await qa.send(f"{at}/notify")
    assert page.refused == {"consignees_notified"}
    await qa.open(at)
    told = {"consignee": HOSPITAL_NAME, "channel": "telephone"}
    assert (await qa.send(f"{at}/notices", event="sent", **told)).code == "recall.notice_sent"
    assert (await qa.send(f"{at}/notices", event="confirmed", person="nurse", **told)).code == "recall.notice_confirmed"
    assert (await qa.send(f"{at}/notify")).code == "recall.notify"
    page = await qa.send(f"{at}/recoveries", line=f"{story.lots['P1']}:SHP-2026-0001", fate="returned", quantity="41")
    assert page.refused == {"within_what_is_left"}
    page = await recovered(qa, at, story.lots)
    assert page.marked("recall-recovered").text == "100.0 %"
    assert told_of(page, "data-share") == {"recovered"}
    assert (await qa.send(f"{at}/reconcile")).code == "recall.reconcile"
    assert (await qa.send(f"{at}/evaluate", note="all of it within an hour")).code == "recall.evaluate"
    page = await qa.send(f"{at}/close", username="qa", **SIGNED)
    assert page.code == "SignerRoleMissing"
    await qa.open(at)
    page = await qa.send(f"{at}/close", username="qp", **SIGNED)  # the qualified person comes to QA's screen
    assert (page.code, page.marked("recall-status").attributes["data-status"]) == ("recall.close", "closed")
    marks = [
        each.attributes["data-valid"] for each in page.elements if each.attributes.get("data-testid") == "signature"
    ]
    assert marks == ["yes", "yes"]
    assert "all of it within an hour" in (await qa.open(f"{at}/report")).html


async def test_papers_in_both_languages(story: Story, visit: Visit) -> None:
    found = await story.notified()
    qa = await visit("qa")
    page = await qa.open(f"/recalls/{found.id}/notice?consignee={HOSPITAL_NAME}&language=zh")
    assert ("召回通知" in page.html, "P1" in page.html, HOSPITAL_NAME in page.html) == (True, True, True)
    assert (
        "Notice of recall" in (await qa.open(f"/recalls/{found.id}/notice?consignee={HOSPITAL_NAME}&language=en")).html
    )
    assert (await qa.open(f"/recalls/{found.id}/notice?consignee=nobody")).status == 404
    for paper in (f"notice?consignee={HOSPITAL_NAME}&form=pdf", "report?form=pdf"):
        answer = await qa.client.get(f"/recalls/{found.id}/{paper}")
        assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")
    rehearsal = await story.notified(Kind.MOCK)
    page = await qa.open(f"/recalls/{rehearsal.id}/notice?consignee={HOSPITAL_NAME}&language=en")
    assert "send nothing back" in page.html
    assert "Stop selling" not in page.html


async def test_clocks_that_run_out_are_seen_in_the_list_and_on_the_page(story: Story, visit: Visit) -> None:
    found = await story.open("R1")
    story.plant.clock.advance(timedelta(hours=25))
    qa = await visit("qa")
    assert "2 overdue" in (await qa.open("/recalls")).html  # the notice to everyone, and the first report
    page = await qa.open(f"/recalls/{found.id}")
    assert page.marked("recall-clock").attributes["data-overdue"] == "yes"
    assert "overdue by 1 h" in page.html


async def test_old_pages_twice_sent_forms_and_strangers(story: Story, visit: Visit) -> None:
    qa = await begun(visit, "mock")
    at = qa.page.url.partition("?")[0].removeprefix("http://plant")
    other = await visit("lead")
    await other.open(at)
    await qa.send(f"{at}/sign_scope", username="qa", **SIGNED)
    page = await other.send(f"{at}/sign_scope", username="qa", **SIGNED)
    assert page.code == "StaleVersion"
    found = await story.notified()
    await qa.open(f"/recalls/{found.id}")
    fields = qa.page.hidden(f"/recalls/{found.id}/recoveries")
    data = fields | {"line": f"{story.lots['P2']}:", "fate": "destroyed", "quantity": "10"}
    for _ in range(2):  # a double tap
        await qa.client.post(f"/recalls/{found.id}/recoveries", data=data)
    assert (await story.line(found, "P2")).left == 90
    async with begin(story.plant.pool, "admin", story.plant.clock.now()) as work:
        await people.create_person(work, "eng", "Engineer", ["engineer"], PASSWORD)
    stranger = await visit("eng")
    assert not (await stranger.open(f"/recalls/{found.id}")).has("recall-entry")
    assert (await stranger.open("/recalls/new")).status == 403
    for path in ("/recalls/999", "/recalls/0", "/recalls/new?lot=999999"):
        assert (await qa.open(path)).status in {404, 422}
