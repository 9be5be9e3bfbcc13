"""A lot's page, what is left of its stability wherever it stands, and the advice on an excursion."""

from __future__ import annotations

from decimal import Decimal

import pytest

from mes.inventory import containers, stock
from mes.inventory import service as inventory
from telemetry.work import begin
from tests.integration.dashboards.visitor import SIGNATURE, Plant
from tests.plugins.database import NOW


@pytest.mark.parametrize(("language", "words"), [("en", "Where it stood"), ("zh", "存放地点")])
async def test_a_lot_shows_where_it_stood_and_what_is_left(plant: Plant, language: str, words: str) -> None:
    visitor = await plant.visit("qa", language)
    page = await visitor.open(f"/lots/{plant.facts.lot_ids['P2601C']}")
    assert page.status == 200
    assert words in page.html
    assert page.has("stay-1")
    assert page.has("chart")
    assert "EXC-2026-0001" in page.marked("lot-excursions").text
    assert page.marked("budget").attributes["data-exhausted"] == ""
    assert page.has("ledger")


async def test_a_lot_that_is_not_there(plant: Plant) -> None:
    assert (await (await plant.visit("qa")).open("/lots/99999")).status == 404


async def test_from_the_list_and_the_excursion_to_the_lot(plant: Plant) -> None:
    qa = await plant.visit("qa")
    lots = await qa.open("/lots")
    address = lots.marked("lot-open-P2601C").attributes["href"]
    assert lots.marked("budget-left").text.endswith("%")
    excursion = await qa.open("/excursions/1")
    assert excursion.marked("lot-link-P2601C").attributes["href"] == address


async def test_advice_is_listed_check_by_check(plant: Plant) -> None:
    page = await (await plant.visit("qa")).open("/excursions/1")
    advice = page.marked("advice")
    assert advice.attributes["data-verdict"] == "escalate"
    assert page.marked("check-calibration").attributes["data-verdict"] == "escalate"
    assert page.has("series-air")
    assert page.has("series-virtual")  # the pen's time constant is known: beside the air, never instead
    assert "12." in page.marked("lot-facts-P2601C").text


async def test_what_was_signed_is_shown_as_it_was(plant: Plant) -> None:
    qa = await plant.visit("qa")
    page = await qa.open("/excursions/1")
    fields = {
        e.attributes["name"]: "" for e in page.elements if e.attributes.get("name", "").startswith("disposition-")
    }
    for_all = {"disposition_all": "no_impact", "reason_all": "within the stability data"}
    page = await qa.send("/excursions/1/disposition", **(fields | for_all | SIGNATURE))
    assert page.code == "excursion.dispositioned"
    assert "as signed" in page.marked("advice").text
    lot_id = plant.facts.lot_ids["P2601C"]
    page = await qa.send(f"/excursions/1/lots/{lot_id}/give-back", **SIGNATURE)
    assert page.code == "stability.given_back"
    page = await qa.open(f"/lots/{lot_id}")
    assert "given back" in page.marked("ledger").text


async def test_a_part_is_split_off(plant: Plant) -> None:
    visitor = await plant.visit("warehouse", "en")
    lot_id = plant.facts.lot_ids["P2601A"]
    await visitor.open(f"/lots/{lot_id}")
    page = await visitor.send(f"/lots/{lot_id}/split", number="P2601A-1", quantity="5", reason="samples")
    assert page.code == "lot.split"
    assert "P2601A-1" in page.html
    async with begin(plant.pool, "test", NOW) as work:
        made = await inventory.lot_named(work, "P2601A-1")
    assert made is not None
    assert made.quality_status == "released"


async def test_what_is_on_hold_offers_no_split(plant: Plant) -> None:
    page = await (await plant.visit("warehouse")).open(f"/lots/{plant.facts.lot_ids['P2601C']}")
    assert not page.has("split-open")


@pytest.mark.parametrize(("language", "received"), [("en", "Goods received"), ("zh", "收货入库")])
async def test_a_lot_shows_its_containers_and_the_ledger_that_its_stock_is_the_sum_of(
    plant: Plant, language: str, received: str
) -> None:
    lot_id = plant.facts.lot_ids["P2601A"]
    async with begin(plant.pool, "warehouse", NOW) as work:
        lot = await inventory.lot(work, lot_id)
        [stay, *_] = await inventory.standings(work, [lot_id], now_only=True)
        box = await containers.pack(work, lot_id, stay.zone_id, number="LPN-7", quantity=Decimal(3))
        await stock.consume(work, lot_id, Decimal(1), zone_id=stay.zone_id, container=box)
    page = await (await plant.visit("qa", language)).open(f"/lots/{lot_id}")
    left = lot.quantity - 1
    assert page.marked("ledger-sum").attributes["data-agrees"] == "yes"
    assert f"{left:f}" in page.marked("ledger-sum").text
    assert "LPN-7" in page.marked("container-row").text
    assert page.marked("container-row").text.startswith("LPN-72 ")  # number, then two pens
    rows = [" ".join(e.text.split()) for e in page.elements if e.attributes.get("data-testid") == "movement-row"]
    assert "−1" in rows[0]
    assert f"{left:f}" in rows[0]
    assert received in rows[-1]
