"""What is expected, as people see it: a file taken over, goods received against a line by scan, the line closed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from dashboards.app import build
from mes.border import Doors
from mes.people.model import Credentials, Meaning
from mes.people.service import create_person
from mes.plant.apply import apply
from mes.plant.check import read_plant
from mes.suppliers import service as suppliers
from telemetry.clock import HeldClock
from telemetry.work import Pool, begin
from tests.integration.dashboards.visitor import Element, Page, Visitor
from tests.plugins.database import NOW
from tests.plugins.web import UNHURRIED

DEMO = Path(__file__).parents[3] / "isotherm" / "plants" / "demo"
PASSWORD = "a password of the tests"
TODAY = date(2026, 1, 15)
HEAD = "order number,line,item code,supplier code,quantity,unit,due date\n"
GOOD = f"{HEAD}PO-7,10,RM-INSULIN,ACME,100,g,2026-01-14\nPO-7,20,RM-CRESOL,ACME,5,ml,2026-02-01\n"


@pytest.fixture
async def keeper(pool: Pool, clock: HeldClock) -> AsyncIterator[Visitor]:
    """Somebody of the warehouse in the demo plant, with a supplier that may deliver insulin."""
    async with begin(pool, "plant", NOW) as work:
        await apply(work, read_plant(DEMO), "test")
        for role in ("warehouse", "qa"):
            await create_person(work, role, role.title(), [role], PASSWORD)
        await suppliers.add(work, "ACME", "Acme Insulin", country="DK")
        approving = suppliers.Approving(
            supplier="ACME", item="RM-INSULIN", valid_from=TODAY - timedelta(days=9), valid_until=TODAY, basis="audit 7"
        )
        signed = Credentials("qa", PASSWORD)
        await suppliers.approve(work, approving, credentials=signed, meaning=Meaning.APPROVED, reason="audit passed")
    app = build(Doors(pool, clock), rates=UNHURRIED)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://plant") as client:
        client.cookies.set("language", "en")
        visitor = Visitor(client)
        await visitor.sign_in("warehouse", PASSWORD)
        yield visitor


async def uploaded(who: Visitor, content: str) -> Page:
    """The file through the form that stands on the page."""
    page = await who.open("/expected")
    answer = await who.client.post(
        "/expected/import",
        data=page.hidden("/expected/import"),
        files={"file": ("orders.csv", content.encode(), "text/csv")},
        headers={"referer": page.url},
        follow_redirects=True,
    )
    return await who._took(answer)


def rows(page: Page) -> list[Element]:
    return [each for each in page.elements if each.attributes.get("data-testid") == "expected-row"]


def states(page: Page) -> dict[str, str]:
    return {each.attributes["data-line"]: each.attributes["data-state"] for each in rows(page)}


async def test_a_file_is_taken_over_or_its_mistakes_are_shown_by_row(keeper: Visitor) -> None:
    page = await uploaded(keeper, GOOD + "PO-8,1,NO-SUCH,ACME,1,g,2026-01-20\nPO-8,2,RM-INSULIN,ACME,x,g,2026-01-20\n")
    found = [e.attributes for e in page.elements if e.attributes.get("data-testid") == "import-mistake"]
    assert page.status == 422
    assert [(e["data-row"], e["data-fault"]) for e in found] == [("4", "unknown_item"), ("5", "not_a_quantity")]
    assert rows(await keeper.open("/expected?shown=all")) == []
    page = await uploaded(keeper, GOOD)
    assert page.code == "expected.imported"
    assert states(page) == {"PO-7/10": "due", "PO-7/20": "due"}
    [late, later] = [each.text for each in rows(page)]
    assert "late" in late
    assert "late" not in later
    assert "not approved for this item" in later
    assert (await uploaded(keeper, GOOD)).code == "expected.unchanged"
    assert (await uploaded(keeper, "line,quantity\n1,2\n")).code == "OrderColumnsMissing"


@pytest.mark.parametrize(("language", "noted"), [("en", "over a tenth more"), ("zh", "超出订购量一成")])
async def test_goods_are_received_against_a_scanned_line(keeper: Visitor, language: str, noted: str) -> None:
    await uploaded(keeper, GOOD)
    keeper.client.cookies.set("language", language)
    await keeper.open("/receive")
    assert (await keeper.send("/receive/expected", code="PO-9/1")).code == "ExpectedLineNotFound"
    assert (await keeper.send("/receive/expected", code="PO-7")).code == "ExpectedLineAmbiguous"
    page = await keeper.send("/receive/expected", code="PO-7/10")
    assert "PO-7/10" in page.marked("receive-line").text
    assert page.marked("receive-quantity").attributes["value"] == "100"
    chosen = [e.attributes["value"] for e in page.elements if e.tag == "option" and "selected" in e.attributes]
    assert {"RM-INSULIN", "ACME"} <= set(chosen)

    papers = {"number": "INS-1", "supplier_lot": "A-7", "coa": "COA-7", "expires_on": "2027-01-01"}
    receipt = papers | {"item": "RM-INSULIN", "supplier": "ACME", "place": "cold-room-2", "quantity": "111"}
    page = await keeper.send("/receive", **receipt)
    assert page.code == "OverDelivery"
    assert noted in page.marked("message").text
    assert page.marked("receive-number").attributes["value"] == "INS-1"  # nothing is typed twice
    assert page.marked("receive-quantity").attributes["value"] == "111"
    assert (await keeper.send("/receive", **receipt, note="a drum more, agreed")).code == "stock.received"
    page = await keeper.open("/expected?shown=all")
    assert states(page) == {"PO-7/10": "received", "PO-7/20": "due"}
    assert "a drum more, agreed" in rows(page)[0].text


@pytest.mark.parametrize(("language", "words"), [("en", "Closed by hand"), ("zh", "已手工关闭")])
async def test_a_line_is_closed_on_the_page(keeper: Visitor, language: str, words: str) -> None:
    page = await uploaded(keeper, GOOD)
    keeper.client.cookies.set("language", language)
    action = next(e.form for e in page.elements if e.attributes.get("data-testid") == "expected-close")
    page = await keeper.send(action, reason="cancelled with the supplier")
    assert page.code == "expected.closed"
    assert states(page) == {"PO-7/20": "due"}
    page = await keeper.open("/expected?shown=all")
    assert states(page) == {"PO-7/10": "closed", "PO-7/20": "due"}
    assert words in rows(page)[0].text
    assert "cancelled with the supplier" in rows(page)[0].text
