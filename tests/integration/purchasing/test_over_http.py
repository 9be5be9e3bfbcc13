"""Purchase orders over HTTP: taken over whole or not at all, received against, closed, never received twice unseen."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from mes.people.model import Credentials, Meaning
from mes.plant import service as plant_model
from mes.plant.apply import apply
from mes.plant.check import read_plant
from mes.suppliers import service as suppliers
from telemetry.work import Pool, begin
from tests.plugins.database import NOW
from tests.plugins.web import PASSWORD, Web, problem

DEMO = Path(__file__).parents[3] / "isotherm" / "plants" / "demo"
TODAY = NOW.date()
AT = "/api/expected-receipts"


@pytest.fixture
async def room(web: Web, pool: Pool) -> int:
    """The demo plant, empty; ACME may deliver insulin, LATER nothing yet. Answers cold room 2."""
    await web.hire("qa")
    async with begin(pool, "demo", NOW) as work:
        await apply(work, read_plant(DEMO), "test")
        await suppliers.add(work, "ACME", "A maker of insulin", country="DK")
        await suppliers.add(work, "LATER", "Another maker")
        approving = suppliers.Approving(
            supplier="ACME", item="RM-INSULIN", valid_from=TODAY, valid_until=TODAY + timedelta(days=9), basis="audit 7"
        )
        signed = Credentials("qa-1", PASSWORD)
        await suppliers.approve(work, approving, credentials=signed, meaning=Meaning.APPROVED, reason="audit passed")
        return (await plant_model.zone_named(work, "cold-room-2")).id


def a_line(**differs: Any) -> dict[str, Any]:
    facts = {"order_number": "PO-7", "line": "10", "item": "RM-INSULIN", "supplier": "ACME", "unit": "g"}
    return facts | {"quantity": "100", "due_on": str(TODAY + timedelta(days=2))} | differs


def a_receipt(room: int, number: str, quantity: str, line: int, **differs: Any) -> dict[str, Any]:
    papers = {"supplier": "ACME", "supplier_lot": "A-77", "coa": "COA-77", "expires_on": "2027-01-01"}
    goods = {"number": number, "item": "RM-INSULIN", "zone_id": room, "quantity": quantity}
    return papers | goods | {"expected_line_id": line} | differs


async def taken_over(client: httpx.AsyncClient, *lines: dict[str, Any]) -> Any:
    answer = await client.post(AT, json=list(lines))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def listed(client: httpx.AsyncClient, *, open_only: bool = True) -> list[Any]:
    answer = await client.get(AT, params={"open_only": open_only})
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()["items"]
    return found


async def refused(client: httpx.AsyncClient, path: str, body: object) -> str:
    code: str = problem(await client.post(path, json=body))["code"]
    return code


async def trail(client: httpx.AsyncClient, line: str) -> list[str]:
    rows = (await client.get("/api/audit", params={"entity": "expected_line", "id": line})).json()["items"]
    return sorted(row["action"].removeprefix("expected_line.") for row in rows)


async def test_an_import_is_whole_or_nothing_and_changes_only_what_is_new(web: Web, room: int) -> None:
    keeper, qa = web.program("warehouse"), web.program("qa")
    wrong = [
        a_line(),
        a_line(),
        a_line(line="20", item="NO-SUCH", unit="kg"),
        a_line(line="30", item="FG-PEN"),
        a_line(line="40", supplier="NOBODY", unit="kg"),
    ]
    told = problem(await keeper.post(AT, json=wrong))
    assert told["code"] == "ImportRefused"
    assert [(each["row"], each["column"], each["fault"]) for each in told["facts"]["mistakes"]] == [
        (2, "line", "twice"),
        (3, "item", "unknown_item"),
        (4, "item", "not_bought"),
        (5, "unit", "other_unit"),
        (5, "supplier", "unknown_supplier"),
    ]
    assert await listed(keeper, open_only=False) == []
    assert await refused(keeper, AT, []) == "InvalidRequest"
    assert await refused(web.program("operator"), AT, [a_line()]) == "RoleMissing"

    other = a_line(line="20", supplier="LATER")
    made = await taken_over(web.program("engineer"), a_line(), other)
    assert made == {"added": 2, "changed": 0, "unchanged": 0, "unapproved": ["PO-7/20"]}
    assert [(each["line"], each["approved"]) for each in await listed(keeper)] == [("10", True), ("20", False)]
    later = a_line(due_on=str(TODAY + timedelta(days=5)))
    made = await taken_over(keeper, later, other)
    assert (made["added"], made["changed"], made["unchanged"]) == (0, 1, 1)
    assert await trail(qa, "PO-7/10") == ["change", "import"]
    assert await trail(qa, "PO-7/20") == ["import"]


async def test_goods_come_against_their_line_until_it_is_whole(web: Web, room: int) -> None:
    keeper = web.program("warehouse")
    await taken_over(keeper, a_line(due_on=str(TODAY - timedelta(days=1))), a_line(line="20", supplier="LATER"))
    [late, other] = await listed(keeper)
    assert [(each["state"], each["late"]) for each in (late, other)] == [("due", True), ("due", False)]
    line = late["id"]
    assert (await keeper.post("/api/lots", json=a_receipt(room, "INS-1", "60", line))).status_code == 201
    [part, _] = await listed(keeper)
    assert (part["state"], part["late"], part["received"], part["missing"]) == ("partly", True, "60", "40")
    for body, code in (
        (a_receipt(room, "INS-2", "50.1", line), "OverDelivery"),
        (a_receipt(room, "INS-2", "40", other["id"]), "ReceiptOfAnotherLine"),
        (a_receipt(room, "INS-2", "40", 999999), "ExpectedLineNotFound"),
    ):
        assert await refused(keeper, "/api/lots", body) == code
    assert [lot["number"] for lot in (await keeper.get("/api/lots")).json()["items"]] == ["INS-1"]

    assert await refused(keeper, AT, [a_line(quantity="59")]) == "ImportRefused"  # less than what has come
    assert await refused(keeper, AT, [a_line(supplier="LATER")]) == "ImportRefused"
    more = a_receipt(room, "INS-2", "50.1", line, reason="one drum more, agreed by telephone")
    assert (await keeper.post("/api/lots", json=more)).status_code == 201
    whole = (await keeper.get(f"{AT}/{line}")).json()
    assert (whole["state"], whole["late"], whole["received"], whole["missing"]) == ("received", False, "110.1", "0")
    assert [(lot["number"], lot["note"]) for lot in whole["lots"]] == [("INS-1", ""), ("INS-2", more["reason"])]
    assert [each["line"] for each in await listed(keeper)] == ["20"]
    assert await trail(web.program("qa"), "PO-7/10") == ["arrive", "arrive", "import"]


async def test_a_line_is_closed_with_a_reason_and_stays_closed(web: Web, room: int) -> None:
    keeper = web.program("warehouse")
    await taken_over(keeper, a_line())
    [line] = await listed(keeper)
    at, closing = f"{AT}/{line['id']}/close", {"version": line["version"], "reason": "the maker has no more of it"}
    assert await refused(keeper, at, closing | {"reason": " "}) == "Refused"
    assert await refused(keeper, at, closing | {"version": 9}) == "StaleVersion"
    closed = (await keeper.post(at, json=closing)).json()
    assert (closed["state"], closed["close_reason"]) == ("closed", closing["reason"])
    assert await refused(keeper, at, closing) == "ExpectedLineClosed"
    assert await refused(keeper, "/api/lots", a_receipt(room, "INS-1", "1", line["id"])) == "ExpectedLineClosed"
    assert await refused(keeper, AT, [a_line(quantity="120")]) == "ImportRefused"
    assert (await taken_over(keeper, a_line()))["unchanged"] == 1
    assert await listed(keeper) == []
    assert await trail(web.program("qa"), "PO-7/10") == [
        "change.refused",
        "close",
        "close.refused",
        "import",
    ]


async def test_of_two_receipts_at_once_the_second_sees_the_first(web: Web, room: int) -> None:
    keeper = web.program("warehouse")
    await taken_over(keeper, a_line())
    [line] = await listed(keeper)
    receipts = [a_receipt(room, f"INS-{n}", "100", line["id"]) for n in range(4)]
    answers = await asyncio.gather(*(keeper.post("/api/lots", json=each) for each in receipts))
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]
    assert {problem(each)["code"] for each in answers if each.status_code == 409} == {"OverDelivery"}
    one = (await keeper.get(f"{AT}/{line['id']}")).json()
    assert (one["received"], len(one["lots"])) == ("100", 1)


async def test_two_imports_at_once_take_each_line_over_once(web: Web, room: int) -> None:
    keeper = web.program("warehouse")
    lines = [a_line(line=str(n)) for n in range(20)]
    answers = await asyncio.gather(*(keeper.post(AT, json=each) for each in (lines, lines[::-1])))
    assert {each.status_code for each in answers} <= {200, 409}
    assert {problem(each)["code"] for each in answers if each.status_code == 409} <= {"ImportedMeanwhile"}
    assert len(await listed(keeper)) == 20
    assert await trail(web.program("qa"), "PO-7/0") == ["import"]
