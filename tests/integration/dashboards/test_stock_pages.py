"""The warehouse by scanner and the weighing on a tablet: what people post, what they then see, in both languages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from dashboards.app import build
from mes.border import Doors
from mes.inventory import ledger, stock
from mes.inventory import service as inventory
from mes.inventory.model import QualityStatus
from mes.people.model import Credentials, Meaning
from mes.people.service import create_person
from mes.plant import service as plant
from mes.plant.apply import apply
from mes.plant.check import read_plant
from mes.suppliers import service as suppliers
from telemetry.clock import HeldClock
from telemetry.work import Pool, begin
from tests.integration.dashboards.visitor import Page, Visitor
from tests.plugins.database import NOW
from tests.plugins.web import UNHURRIED

DEMO = Path(__file__).parents[3] / "isotherm" / "plants" / "demo"
PASSWORD = "a password of the tests"
TODAY = date(2026, 1, 15)
Visit = Callable[..., Awaitable[Visitor]]


@pytest.fixture
async def visit(pool: Pool, clock: HeldClock) -> AsyncIterator[Visit]:
    """The demo plant with a supplier that may deliver insulin until tomorrow, and three lots of it."""
    async with begin(pool, "plant", NOW) as work:
        await apply(work, read_plant(DEMO), "test")
        for role in ("warehouse", "qa", "operator"):
            await create_person(work, role, role.title(), [role], PASSWORD)
        await suppliers.add(work, "ACME", "Acme Insulin", country="DK")
        approving = suppliers.Approving(
            supplier="ACME", item="RM-INSULIN", valid_from=TODAY, valid_until=TODAY + timedelta(days=1), basis="audit 7"
        )
        await suppliers.approve(
            work, approving, credentials=Credentials("qa", PASSWORD), meaning=Meaning.APPROVED, reason="audit passed"
        )
        room = (await plant.zone_named(work, "cold-room-2")).id
        for number, last in (("INS-A", TODAY - timedelta(days=1)), ("INS-B", TODAY), ("INS-C", date(2026, 3, 1))):
            await stock.receive_lot(
                work, number=number, item="RM-INSULIN", quantity=Decimal(50), zone_id=room, expires_on=last,
                received_at=NOW - timedelta(days=9), decided=QualityStatus.RELEASED,
            )  # fmt: skip
    app = build(Doors(pool, clock), rates=UNHURRIED)
    async with AsyncExitStack() as stack:

        async def opened(username: str, language: str = "en") -> Visitor:
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://plant", cookies={"language": language}
            )
            stack.push_async_callback(client.aclose)
            visitor = Visitor(client)
            await visitor.sign_in(username, PASSWORD)
            return visitor

        yield opened


async def sent(who: Visitor, page: str, **fields: str) -> Page:
    """Open the page and submit its form."""
    await who.open(page)
    return await who.send(page, **fields)


async def test_a_lot_comes_in_moves_and_is_counted(visit: Visit, pool: Pool) -> None:
    warehouse = await visit("warehouse")
    receipt = {
        "number": "INS-D", "item": "RM-INSULIN", "supplier": "ACME", "supplier_lot": "A-77", "coa": "COA-77",
        "place": "cold-room-2", "expires_on": "2027-01-01", "filled": "LPN-1 10\nLPN-2 15",
    }  # fmt: skip
    assert (await sent(warehouse, "/receive", **receipt)).has("scan-result")
    assert (await sent(warehouse, "/receive", **receipt)).code == "LotNumberTaken"
    refused = await sent(warehouse, "/receive", **(receipt | {"number": "X", "item": "RM-CRESOL"}))
    assert refused.code == "SupplierNotApproved"

    moved = await sent(warehouse, "/move", code="LPN-1", to="cold-room-1")
    assert "LPN-1" in moved.marked("scan-result").text
    assert "Cold room 1" in moved.marked("scan-result").text
    assert (await sent(warehouse, "/move", code="IT.LOT.NONE", to="cold-room-1")).code != "stock.moved"

    counted = {"code": "LPN-2", "place": "cold-room-2"}
    asked = await sent(warehouse, "/count", **counted, counted="14")
    assert asked.marked("count-differs").text.split()[-1] == "15"
    sign = {"username": "warehouse", "password": PASSWORD, "meaning": "performed", "reason": "one vial broke"}
    kept = await warehouse.send("/count", **counted, counted="14", **sign)
    assert kept.code == "stock.counted"
    async with begin(pool, "test", NOW) as work:
        lot = await inventory.lot_named(work, "INS-D")
        assert lot is not None
        assert [lot.quantity, lot.quality_status, lot.supplier, lot.coa] == [24, "quarantine", "ACME", "COA-77"]
        assert await ledger.differences(work) == []


async def test_picking_tells_of_every_lot_and_turns_at_the_plants_midnight(visit: Visit, clock: HeldClock) -> None:
    operator = await visit("operator", "zh")
    address = "/pick?item=RM-INSULIN&need=60"
    shown = await operator.open(address)
    taken = [e.text[:5] for e in shown.elements if e.attributes.get("data-testid") == "pick-take"]
    refused = [e.text for e in shown.elements if e.attributes.get("data-testid") == "pick-refused"]
    assert taken == ["INS-B", "INS-C"]
    assert len(refused) == 1
    assert "INS-A" in refused[0]
    assert "已过期" in refused[0]
    clock.at = datetime(2026, 1, 15, 16, tzinfo=UTC)
    await operator.sign_in("operator", PASSWORD)
    later = await operator.open(address)
    assert [e.text[:5] for e in later.elements if e.attributes.get("data-testid") == "pick-take"] == ["INS-C"]
    for path in ("/receive", "/move", "/count", "/dispense"):
        assert (await operator.open(path)).status == 200
