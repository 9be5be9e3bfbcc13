"""The item master: packs and trade item numbers from the folder, by people on the page, and two of them at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import httpx
import pytest

from dashboards.app import build
from mes.barcodes.trade_items import gtin_of, item_of
from mes.border import Doors
from mes.inventory import service as inventory
from mes.items import service as items
from mes.items.model import Level
from mes.items.units import UnitsDiffer
from mes.people.service import create_person
from mes.transitions import StaleVersion
from telemetry.clock import HeldClock
from telemetry.work import Pool, begin
from tests.integration.dashboards.visitor import Visitor
from tests.plugins.database import NOW
from tests.plugins.web import UNHURRIED

PASSWORD = "a password of the tests"
GTIN = "6901234500011"
WHY = "artwork of the carton"


@pytest.fixture
async def plant(pool: Pool) -> Pool:
    """A pen and its engineer."""
    async with begin(pool, "plant", NOW) as work:
        pen = {"kind": "product", "name_en": "Pen", "name_zh": "注射笔", "unit": "pen", "policy": None, "expires": True}
        await inventory.put_item(work, "FG-PEN", **pen)  # type: ignore[arg-type]
        await inventory.put_item(work, "FG-KIT", **pen | {"unit": "kit"})  # type: ignore[arg-type]
        for role in ("engineer", "operator"):
            await create_person(work, role, f"{role} (demo)", [role], PASSWORD)
    return pool


@pytest.fixture
async def client(plant: Pool, clock: HeldClock) -> AsyncIterator[httpx.AsyncClient]:
    app = build(Doors(plant, clock), rates=UNHURRIED)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://plant", cookies={"language": "en"}
    ) as client:
        yield client


async def test_a_pack_is_said_converted_by_corrected_and_trailed(plant: Pool) -> None:
    async with begin(plant, "engineer", NOW) as work:
        with pytest.raises(UnitsDiffer):
            await items.convert_of(work, "FG-PEN", Decimal(400), "pen", "case")
        await items.put_unit(work, "FG-PEN", "case", Decimal(200), reason=WHY, seen=0)
        assert await items.convert_of(work, "FG-PEN", Decimal(500), "pen", "case") == Decimal("2.5")
        with pytest.raises(items.UnitContradicts):
            await items.put_unit(work, "FG-PEN", "pen", Decimal(2), reason=WHY)
        with pytest.raises(items.ItemChangeWithoutReason):
            await items.put_unit(work, "FG-PEN", "box", Decimal(5), reason=" ")
        for factor in ("0", "-1", "NaN", "Infinity", "1E9"):
            with pytest.raises(items.FactorUnsound):
                await items.put_unit(work, "FG-PEN", "box", Decimal(factor), reason=WHY)
        await items.put_unit(work, "FG-PEN", "case", Decimal(240), reason="a larger case", seen=1)
        with pytest.raises(StaleVersion):
            await items.put_unit(work, "FG-PEN", "case", Decimal(180), reason="from a page of before", seen=1)
        await work.flush()
        rows = await work.db.execute("select before, after from audit where action = 'item.unit' order by seq")
        assert len(await rows.fetchall()) == 2


async def test_a_trade_item_number_stands_for_one_thing(plant: Pool) -> None:
    async with begin(plant, "engineer", NOW) as work:
        said = {"level": Level.EACH, "quantity": Decimal(1), "reason": WHY}
        await items.add_gtin(work, "FG-PEN", GTIN, **said)  # type: ignore[arg-type]
        await items.add_gtin(work, "FG-PEN", f"0{GTIN}", **said)  # type: ignore[arg-type]  # the same again
        for taken in ({"quantity": Decimal(5)}, {"level": Level.CASE}):
            with pytest.raises(items.GtinTaken):
                await items.add_gtin(work, "FG-PEN", GTIN, **said | taken)  # type: ignore[arg-type]
        with pytest.raises(items.GtinTaken):
            await items.add_gtin(work, "FG-KIT", GTIN, **said)  # type: ignore[arg-type]
        for wrong in ("6901234500012", "690123450001", "", "69012345000１1", "x" * 14):
            with pytest.raises(items.GtinWrong):
                await items.add_gtin(work, "FG-PEN", wrong, **said)  # type: ignore[arg-type]
        found = await item_of(work, f"0{GTIN}")
        assert found is not None
        assert (found.code, await gtin_of(work, "FG-PEN")) == ("FG-PEN", f"0{GTIN}")


async def test_of_two_people_who_say_one_pack_at_once_one_is_told(plant: Pool) -> None:
    async def say(who: str, factor: int) -> bool:
        try:
            async with begin(plant, who, NOW) as work:
                await items.put_unit(work, "FG-PEN", "case", Decimal(factor), reason=WHY, seen=0)
        except StaleVersion:
            return False
        return True

    assert sorted(await asyncio.gather(say("one", 200), say("other", 240))) == [False, True]


async def test_the_pages_without_javascript(client: httpx.AsyncClient) -> None:
    visitor = Visitor(client)
    await visitor.sign_in("engineer", PASSWORD)
    assert (await visitor.open("/items")).has("item-row")
    await visitor.open("/items/FG-PEN")
    page = await visitor.send("/items/FG-PEN/units", unit="case", factor="200", reason=WHY, seen=0)
    assert (page.code, page.has("unit-row")) == ("item.unit", True)
    page = await visitor.send("/items/FG-PEN/gtins", gtin=GTIN, level="each", quantity="1", reason=WHY)
    assert (page.code, GTIN in page.marked("gtin-row").text) == ("item.gtin", True)
    page = await visitor.send("/items/FG-PEN/gtins", gtin="123", level="each", quantity="1", reason=WHY)
    assert page.code == "GtinWrong"
    page = await visitor.send("/items/FG-PEN/units", unit="box", factor="five", reason=WHY, seen=0)
    assert page.code == "NumberUnreadable"
    assert (
        "500 pen = 2.5 case"
        in (await visitor.open("/items/FG-PEN?quantity=500&unit=pen&to=case")).marked("converted").text
    )
    assert (await visitor.open("/items/NO-SUCH")).status == 404
    answer = await client.get("/api/items/FG-PEN/convert", params={"quantity": "3", "unit": "case", "to": "pen"})
    assert answer.json() == {"item": "FG-PEN", "quantity": "600", "unit": "pen"}


async def test_an_operator_looks_and_does_not_write(client: httpx.AsyncClient) -> None:
    visitor = Visitor(client)
    await visitor.sign_in("operator", PASSWORD)
    page = await visitor.open("/items/FG-PEN")
    assert not page.has("unit-new")
    secrets = page.hidden("/sign-out")  # a form that every page has
    refused = await visitor.send("/items/FG-PEN/units", unit="case", factor="200", reason=WHY, seen=0, **secrets)
    assert refused.code == "RoleMissing"
