"""Goods over HTTP: received from approved suppliers only, in containers, counted, always the sum of their ledger."""

from __future__ import annotations

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
TWICE = {"number": "B", "quantity": "1"}


@pytest.fixture
async def zones(web: Web, pool: Pool) -> dict[str, int]:
    """The demo plant, empty, with a supplier that may deliver insulin; zones by code."""
    await web.hire("qa")
    async with begin(pool, "demo", NOW) as work:
        await apply(work, read_plant(DEMO), "test")
        await suppliers.add(work, "ACME", "A maker of insulin", country="DK")
        approving = suppliers.Approving(
            supplier="ACME", item="RM-INSULIN", valid_from=TODAY, valid_until=TODAY + timedelta(days=9), basis="audit 7"
        )
        signed = Credentials("qa-1", PASSWORD)
        await suppliers.approve(work, approving, credentials=signed, meaning=Meaning.APPROVED, reason="audit passed")
        return {zone.code: zone.id for zone in await plant_model.zones(work)}


def a_receipt(zones: dict[str, int], **differs: Any) -> dict[str, Any]:
    facts = {"number": "INS-D", "item": "RM-INSULIN", "zone_id": zones["cold-room-2"], "expires_on": "2027-01-01"}
    papers = {"supplier": "ACME", "supplier_lot": "A-77", "coa": "COA-77"}
    boxes = [{"number": "LPN-1", "quantity": "10"}, {"number": "LPN-2", "quantity": "15"}]
    return facts | papers | {"containers": boxes} | differs


async def refused(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> tuple[int, str]:
    answer = await client.post(path, json=body)
    return answer.status_code, problem(answer)["code"]


async def made(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> Any:
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_what_is_bought_comes_from_an_approved_supplier(web: Web, zones: dict[str, int]) -> None:
    keeper = web.program("warehouse")
    for differs, code in (
        ({"supplier": ""}, (422, "SupplierNotSaid")),
        ({"supplier_lot": " "}, (422, "SupplierNotSaid")),
        ({"supplier": "NOBODY"}, (404, "SupplierNotFound")),
        ({"item": "RM-CRESOL"}, (409, "SupplierNotApproved")),
        ({"coa": ""}, (422, "CoaMissing")),
        ({"expires_on": "2026-01-01"}, (409, "LastDayOver")),
        ({"containers": [TWICE, TWICE]}, (409, "ContainerNumberTaken")),
        ({"containers": []}, (422, "QuantityNotPositive")),
        ({"item": "FG-PEN"}, (422, "ProductNotBought")),
    ):  # fmt: skip
        assert await refused(keeper, "/api/lots", a_receipt(zones, **differs)) == code, differs
    lot = await made(keeper, "/api/lots", a_receipt(zones))
    assert (lot["quantity"], lot["quality_status"], lot["usable"]) == ("25", "quarantine", False)
    boxes = (await keeper.get(f"/api/lots/{lot['id']}/containers")).json()
    assert [(each["number"], each["quantity"]) for each in boxes["items"]] == [("LPN-1", "10"), ("LPN-2", "15")]
    pens = {"number": "P-1", "item": "FG-PEN", "quantity": "200", "zone_id": zones["cold-room-1"]}
    assert (await made(keeper, "/api/lots", pens))["quality_status"] == "quarantine"


async def test_containers_are_packed_moved_split_and_put_together(web: Web, zones: dict[str, int]) -> None:
    keeper = web.program("warehouse")
    lot = await made(keeper, "/api/lots", a_receipt(zones, quantity="30"))
    at = f"/api/lots/{lot['id']}"
    pack = {"number": "LPN-3", "zone_id": zones["cold-room-2"], "quantity": "5"}
    third = await made(keeper, f"{at}/containers", pack)
    assert await refused(keeper, f"{at}/containers", pack | {"number": "LPN-4"}) == (409, "NotStandingThere")
    moved = await made(keeper, f"/api/containers/{third['id']}/moves", {"to_zone_id": zones["cold-room-1"]})
    assert moved["zone_id"] == zones["cold-room-1"]
    stale = {"to_zone_id": zones["cold-room-2"], "version": third["version"]}
    assert await refused(keeper, f"/api/containers/{third['id']}/moves", stale) == (409, "StaleVersion")
    part = await made(keeper, f"/api/containers/{third['id']}/split", {"number": "LPN-5", "quantity": "2"})
    assert (part["quantity"], part["parent_id"], part["zone_id"]) == ("2", third["id"], zones["cold-room-1"])
    first = (await keeper.get(f"{at}/containers")).json()["items"][0]
    apart = {"into_id": first["id"]}
    assert await refused(keeper, f"/api/containers/{part['id']}/merge", apart) == (409, "ContainersOfTwoLots")
    whole = await made(keeper, f"/api/containers/{part['id']}/merge", {"into_id": third["id"]})
    assert whole["quantity"] == "5"
    assert (await keeper.get(f"/api/containers/{part['id']}")).json()["quantity"] == "0"
    assert part["id"] not in [each["id"] for each in (await keeper.get(f"{at}/containers")).json()["items"]]
    assert part["id"] in [each["id"] for each in (await keeper.get(f"{at}/containers?empty=true")).json()["items"]]
    await is_its_ledger(keeper, lot["id"], "30")


async def test_a_count_that_differs_is_signed(web: Web, zones: dict[str, int]) -> None:
    keeper, quality = await web.person("warehouse"), web.program("qc")
    lot = await made(keeper, "/api/lots", a_receipt(zones))
    [box, _] = (await keeper.get(f"/api/lots/{lot['id']}/containers")).json()["items"]
    count = {"lot_id": lot["id"], "zone_id": zones["cold-room-2"], "container_id": box["id"]}
    assert (await made(keeper, "/api/counts", count | {"counted": "10"}))["variance"] == "0"
    answer = await keeper.post("/api/counts", json=count | {"counted": "9.5"})
    assert (answer.status_code, problem(answer)["code"], problem(answer)["facts"]["booked"]) == (
        409,
        "CountDiffers",
        "10",
    )
    sign = {"counted": "9.5", "booked": "10", "password": PASSWORD, "reason": "one vial broke"}
    assert await refused(keeper, "/api/counts", count | sign | {"booked": "11"}) == (409, "BookChanged")
    assert await refused(keeper, "/api/counts", count | sign | {"reason": ""}) == (422, "ReasonMissing")
    assert await refused(quality, "/api/counts", count | sign) == (403, "RoleMissing")
    elsewhere = count | sign | {"zone_id": zones["cold-room-1"], "booked": "0"}
    assert await refused(keeper, "/api/counts", elsewhere) == (409, "ContainerElsewhere")
    kept = await made(keeper, "/api/counts", count | sign)
    assert (kept["variance"], kept["counted_by"], kept["signature_id"] is None) == ("-0.5", "warehouse-1", False)
    listed = (await keeper.get("/api/counts", params={"lot_id": lot["id"]})).json()["items"]
    assert [each["variance"] for each in listed] == ["-0.5", "0"]
    await is_its_ledger(keeper, lot["id"], "24.5")


async def is_its_ledger(client: httpx.AsyncClient, lot_id: int, stock: str) -> None:
    """What stands is the sum of the rows, and is what the story says."""
    told = (await client.get(f"/api/lots/{lot_id}/movements")).json()
    assert told["agrees"]
    assert (told["sum"], told["stock"]) == (stock, stock)
