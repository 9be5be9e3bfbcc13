"""The pages that prove the records: people, documents, training, suppliers, the audit trail, as people use them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta

import httpx
import psycopg
import pytest

from dashboards.app import build
from mes.audit.checkpoints import keep_daily
from mes.audit.reviews import reviewed
from mes.border import Doors
from mes.inventory import service as inventory
from mes.people.service import create_person, people
from telemetry.clock import HeldClock
from telemetry.work import Pool, begin
from tests.integration.dashboards.visitor import Visitor
from tests.plugins.database import NOW, Database
from tests.plugins.web import UNHURRIED

PASSWORD = "a password of the tests"
STAFF = ("admin", "qa", "qp", "engineer", "operator", "warehouse")
SIGNED = {"password": PASSWORD, "reason": "read line by line"}
Visit = Callable[[str], Awaitable[Visitor]]


@pytest.fixture
async def visit(pool: Pool, clock: HeldClock) -> AsyncIterator[Visit]:
    """A plant with its staff and one raw material, and no records yet."""
    async with begin(pool, "plant", NOW) as work:
        for role in STAFF:
            await create_person(work, role, f"{role} (demo)", [role], PASSWORD)
        await inventory.put_item(
            work,
            code="RM-INSULIN", kind="raw", name_en="Insulin", name_zh="胰岛素", unit="g", policy=None, expires=True,
        )  # fmt: skip
    app = build(Doors(pool, clock), rates=UNHURRIED)
    async with AsyncExitStack() as stack:

        async def opened(username: str) -> Visitor:
            transport = httpx.ASGITransport(app)
            client = httpx.AsyncClient(transport=transport, base_url="http://plant", cookies={"language": "en"})
            stack.push_async_callback(client.aclose)
            visitor = Visitor(client)
            await visitor.sign_in(username, PASSWORD)
            return visitor

        yield opened


async def a_document_in_force(visit: Visit) -> Visitor:
    """SOP-FILL-001, written by the engineer and approved by QA; the page of QA."""
    author = await visit("engineer")
    await author.open("/documents")
    titles = {"title_en": "Filling a pen", "title_zh": "笔芯灌装"}
    page = await author.send(
        "/documents", code="SOP-FILL-001", text="1. Clear the line.", change_reason="first version", **titles
    )
    assert (page.code, page.marked("document-standing").attributes["data-standing"]) == ("document.drafted", "draft")
    await author.send("/documents/versions/1/submit")
    refused = await author.send("/documents/versions/1/approve", meaning="approved", username="engineer", **SIGNED)
    assert refused.refused == {"approver_is_not_author"}
    qa = await visit("qa")
    await qa.open("/documents/SOP-FILL-001")
    page = await qa.send("/documents/versions/1/approve", meaning="approved", username="qa", **SIGNED)
    assert page.marked("document-standing").attributes["data-standing"] == "effective"
    return qa


async def test_who_wrote_on_in_anothers_draft_does_not_approve_it(visit: Visit) -> None:
    author, qa, admin = await visit("engineer"), await visit("qa"), await visit("admin")
    await author.open("/documents")
    titles = {"title_en": "Filling a pen", "title_zh": "笔芯灌装"}
    await author.send("/documents", code="SOP-FILL-001", text="1. Clear the line.", change_reason="first", **titles)
    await qa.open("/documents/SOP-FILL-001")
    assert (await qa.send("/documents/versions/1/edit", text="1. Clear it. 2. Sign.", url="")).code == "document.edited"
    await qa.send("/documents/versions/1/submit")
    refused = await qa.send("/documents/versions/1/approve", meaning="approved", username="qa", **SIGNED)
    assert refused.refused == {"approver_is_not_author"}
    await admin.open("/people")
    told = {"username": "qa-2", "printed_name": "QA 2", "roles": "qa", "password": PASSWORD}
    assert (await admin.send("/people", **told)).code == "person.created"
    await qa.open("/documents/SOP-FILL-001")
    page = await qa.send("/documents/versions/1/approve", meaning="approved", username="qa-2", **SIGNED)
    assert page.marked("document-standing").attributes["data-standing"] == "effective"


async def test_a_document_edited_behind_its_signature_says_that_it_no_longer_matches(
    visit: Visit, database: Database
) -> None:
    qa = await a_document_in_force(visit)
    assert qa.page.marked("signature").attributes["data-valid"] == "yes"
    with psycopg.connect(database.owner) as owner:
        owner.execute("update document_version set text = '1. Skip the clearance.'")
    page = await qa.open("/documents/SOP-FILL-001")
    assert page.marked("signature").attributes["data-valid"] == "no"
    assert "Signature no longer matches the record" in page.html
    await qa.client.post("/language", data={"language": "zh", "to": "/", **page.hidden("/language")})
    assert "签名与记录不再一致" in (await qa.open("/documents/SOP-FILL-001")).html


async def test_reading_and_signing_closes_the_gap_until_the_next_version(visit: Visit, clock: HeldClock) -> None:
    qa = await a_document_in_force(visit)
    await qa.open("/training")
    page = await qa.send("/training/needs", code="SOP-FILL-001", role="operator", valid_days=365, reason="line work")
    assert page.marked("training-gaps").text == "1 training is missing"
    operator = await visit("operator")
    await operator.open("/training")
    page = await operator.send("/training/read", version_id=1, meaning="acknowledged", reason="read", password="")
    assert page.code == "ReauthRequired"
    page = await operator.send("/training/read", version_id=1, meaning="acknowledged", **SIGNED)
    assert page.code == "training.read"
    assert page.marked("training-state").attributes["data-state"] == "trained"
    assert page.marked("training-gaps").text == "0 trainings are missing"
    clock.advance(timedelta(days=366))
    await operator.sign_in("operator", PASSWORD)
    assert (await operator.open("/training")).marked("training-state").attributes["data-state"] == "expired"


async def test_a_supplier_is_approved_for_one_item_and_taken_back(visit: Visit) -> None:
    buyer = await visit("warehouse")
    await buyer.open("/suppliers")
    page = await buyer.send("/suppliers", code="S-001", name="Hainan Biochem", country="CN")
    assert page.code == "supplier.added"
    terms = {"item": "RM-INSULIN", "valid_from": "2026-01-01", "valid_until": "2026-12-31", "basis": "audit 2025-11"}
    page = await buyer.send("/suppliers/S-001/approvals", meaning="approved", username="warehouse", **terms, **SIGNED)
    assert page.code == "SignerRoleMissing"
    page = await buyer.send("/suppliers/S-001/approvals", meaning="approved", username="qa", **terms, **SIGNED)
    assert page.code == "supplier.approved"  # QA came to the warehouse's screen and signed there
    assert page.marked("signature").attributes["data-valid"] == "yes"
    qa = await visit("qa")
    await qa.open("/suppliers/S-001")
    page = await qa.send("/suppliers/approvals/1/end", reason="a failed audit")
    assert (page.code, "taken back" in page.html) == ("supplier.approval_ended", True)


async def test_an_administrator_lets_people_in_unlocks_them_and_sees_no_records_rights(visit: Visit) -> None:
    admin = await visit("admin")
    await admin.open("/people")
    page = await admin.send(
        "/people", username="li.si", printed_name="李四", password=PASSWORD, roles="operator", language="zh"
    )
    assert page.code == "person.created"
    for _ in range(5):
        stranger = Visitor(httpx.AsyncClient(transport=admin.client._transport, base_url="http://plant"))
        await stranger.sign_in("li.si", "a guess")
    page = await admin.open(page.url)
    assert page.marked("person-status").attributes["data-status"] == "locked"
    path = httpx.URL(page.url).path
    page = await admin.send(f"{path}/unlock", reason="it was them")
    assert (page.code, page.marked("person-status").attributes["data-status"]) == ("person.unlocked", "in")
    await admin.open("/people")
    page = await admin.send("/people/keys", name="erp", roles="warehouse")
    assert "iso_" in page.marked("key-secret").text
    assert "iso_" not in (await admin.open("/people")).html
    assert page.marked("duty-certify").text.count("●") == 1
    operator = await visit("operator")
    assert (await operator.open("/people")).status == 403


async def test_the_trail_is_found_proven_and_reviewed_by_who_took_no_part(visit: Visit, pool: Pool) -> None:
    qa = await a_document_in_force(visit)
    async with begin(pool, "notifier", NOW) as work:
        assert await keep_daily(work) is not None
        assert await keep_daily(work) is None  # once a day
    page = await qa.open("/audit?verify=true")
    assert page.marked("chain-verdict").attributes["data-bad"] == ""
    page = await qa.open("/audit?entity=document&entity_id=SOP-FILL-001")
    assert {"Document approved", "Document drafted"} <= {e.text for e in page.elements if e.tag == "span"}
    review = {"conclusion": "no_findings", "meaning": "reviewed", "findings": ""}
    page = await qa.send("/audit/reviews", username="qa", **review, **SIGNED)
    assert page.code == "ReviewOfOwnWork"
    qp = await visit("qp")
    await qp.open("/audit?entity=document&entity_id=SOP-FILL-001")
    page = await qp.send("/audit/reviews", username="qp", **review, **SIGNED)
    assert (page.code, page.marked("signature").attributes["data-valid"]) == ("audit.reviewed", "yes")
    async with begin(pool, "qa", NOW) as work:
        assert (await reviewed(work, "document", "SOP-FILL-001")) is not None
    await qa.open("/documents/SOP-FILL-001")
    await qa.send("/documents/versions/1/withdraw", meaning="approved", username="qa", **SIGNED)
    async with begin(pool, "qa", NOW) as work:
        assert await reviewed(work, "document", "SOP-FILL-001") is None  # somebody worked on it since
        assert {each.username for each in await people(work)} == set(STAFF)
