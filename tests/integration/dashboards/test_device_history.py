"""A device's label (UDI: DI and PI in one element string) leads to its history: lot, batch, genealogy, shipments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest

from mes.inventory import making
from mes.inventory.model import Lot
from mes.orders import service as orders
from mes.plant import service as plant_model
from telemetry.work import begin
from tests.integration.dashboards.test_shipment_pages import CUSTOMER, PLAN
from tests.integration.dashboards.visitor import Page, Plant
from tests.integration.genealogy.plant_of_lots import plant_of_lots
from tests.plugins.database import NOW


@dataclass(frozen=True, slots=True)
class Device:
    """A lot of test kits that a batch made of API-1, and that went on into SET-1."""

    lot: Lot
    batch_id: int

    def udi(self, gtin: str = "06901234500028", expiry: str = "") -> str:
        """As a scanner sends it: DI (FG-KIT), PI with expiry, lot and serial number."""
        assert self.lot.expires_on is not None
        return f"]d201{gtin}17{expiry or f'{self.lot.expires_on:%y%m%d}'}10{self.lot.number}\x1d21SN0042"


async def device(plant: Plant) -> Device:
    """An order for kits is released, its lot made and, as QA would, released."""
    async with begin(plant.pool, "lead", NOW) as work:
        line = await plant_model.machine_named(work, "hainan/filling/line-1")
        room = await plant_model.zone_named(work, "cold-room-1")
        planned = await orders.plan_order(work, item="FG-KIT", equipment_id=line.id, quantity=Decimal(90))
        await orders.release_order(work, planned.id, version=planned.version)
        batch = await orders.batch_of(work, planned.id)
        assert batch is not None
        assert batch.lot_id is not None
        last = date(2027, 6, 30)
        made = await making.finish_lot(
            work, batch.lot_id, quantity=Decimal(90), zone_id=room.id, expires_on=last, reason="made"
        )
        await work.db.execute("update lot set quality_status = 'released' where id = %s", [made.id])
        facts = await plant_of_lots(work, {})
        facts.lots[made.number], facts.batches[made.number] = made.id, batch.id
        await facts.lot("API-1", "API")
        await facts.issue(made.number, "API-1", "1.5")
        await facts.batch("SET-1", "SET", **{made.number: "3"})
    return Device(made, batch.id)


async def shipped(plant: Plant, device: Device) -> str:
    """Some of it goes to a customer; answers the address of the shipment."""
    warehouse = await plant.visit("warehouse")
    await warehouse.open("/customers")
    await warehouse.send("/customers", **CUSTOMER)
    await warehouse.open("/shipments")
    page = await warehouse.send("/shipments", **(PLAN | {"item": "FG-KIT", "quantity": "50"}))
    at = page.url.removeprefix("http://plant").partition("?")[0]
    for step, told in (("pick", {"code": device.lot.number}), ("finish_picking", {}), ("load", {}), ("ship", {})):
        page = await warehouse.send(f"{at}/{step}", **told)
    assert page.marked("shipment-status").attributes["data-status"] == "shipped"
    return at


def links(page: Page) -> set[str]:
    return {e.attributes.get("href", "") for e in page.elements if e.tag == "a"}


@pytest.mark.parametrize(("language", "record"), [("en", "Batch record"), ("zh", "批记录")])
async def test_a_udi_leads_to_the_history_of_the_device(plant: Plant, language: str, record: str) -> None:
    kits = await device(plant)
    shipment = await shipped(plant, kits)
    number, lot_id = kits.lot.number, kits.lot.id
    qa = await plant.visit("qa", language)
    await qa.open("/scanner")
    page = await qa.send("/scanner", text=kits.udi())
    assert "06901234500028" in page.marked("scanner-says").text
    assert "SN0042" in page.marked("scanner-says").text
    assert not any(e.attributes.get("data-testid", "").startswith("disagreement") for e in page.elements)
    history = {f"/lots/{lot_id}", f"/genealogy/{lot_id}", f"/batches/{kits.batch_id}"}
    assert history <= links(page)

    await qa.open("/genealogy")
    page = await qa.send("/genealogy", text=kits.udi())
    assert page.url.endswith(f"/genealogy/{lot_id}")
    assert page.marked("made-by").text == f"{record} {number}"
    assert {f"/batches/{kits.batch_id}", f"/lots/{lot_id}", shipment} <= links(page)
    for each in ("API-1", number, "SET-1"):
        assert page.has(f"node-{each}")
    assert "Hospital of the story" in page.marked(f"went-{number}").text
    for address in (*history, shipment):
        assert (await qa.open(address)).status == 200, address


async def test_a_udi_of_another_device_or_day_is_doubted_aloud(plant: Plant) -> None:
    kits = await device(plant)
    qa = await plant.visit("qa")
    await qa.open("/scanner")
    assert (await qa.send("/scanner", text=kits.udi("06901234500011"))).has("disagreement-item")
    assert (await qa.send("/scanner", text=kits.udi(expiry="300101"))).has("disagreement-expiry")
    await qa.open("/genealogy")
    unknown = kits.udi().replace(f"10{kits.lot.number}", "10NOBODY")
    assert (await qa.send("/genealogy", text=unknown)).code == "NothingHasThisCode"
