"""A shipment as people in the warehouse work with it, without JavaScript: forms, a scanner's Enter, refusals."""

from __future__ import annotations

from tests.integration.dashboards.visitor import Page, Plant, Visitor

CUSTOMER = {"code": "HOSP", "name": "Hospital of the story", "address": "1 Story Road", "contact": "pharmacy"}
PLAN = {"customer": "HOSP", "item": "FG-PEN", "quantity": "300", "transport": "cold_road", "planned_on": "2026-01-16"}


async def planned(plant: Plant) -> tuple[Visitor, str]:
    """The warehouse adds a customer and plans a shipment of 300 pens; answers its address."""
    warehouse = await plant.visit("warehouse")
    page = await warehouse.open("/shipments")
    assert page.has("empty")
    assert not page.has("shipment-plan")  # without a customer there is nobody to ship to
    page = await warehouse.open("/customers")
    assert page.has("empty")
    page = await warehouse.send("/customers", **CUSTOMER)
    assert page.code == "customer.kept"
    await warehouse.open("/shipments")
    page = await warehouse.send("/shipments", **PLAN)
    assert page.code == "shipment.planned"
    return warehouse, page.url.removeprefix("http://plant").partition("?")[0]


def status(page: Page) -> str:
    return page.marked("shipment-status").attributes["data-status"]


def opened(page: Page) -> set[str]:
    """Steps that the page offers."""
    marks = (e.attributes.get("data-testid", "") for e in page.elements)
    return {mark.removeprefix("shipment-step-") for mark in marks if mark.startswith("shipment-step-")}


def missing(page: Page) -> set[str]:
    """What the page says that the next step misses."""
    return {e.attributes["data-guard"] for e in page.elements if "data-guard" in e.attributes}


async def test_a_shipment_from_its_plan_to_the_delivery_note_and_back(plant: Plant) -> None:
    warehouse, at = await planned(plant)
    page = await warehouse.open(at)
    assert "autofocus" in page.marked("scan-code").attributes
    assert page.has("take-P2601A")
    assert "On hold" in page.marked("not-P2601C").text  # on hold since its room was too warm
    page = await warehouse.send(f"{at}/pick", code="P2601C")
    assert "on_hold" in page.refused
    await warehouse.open(at)
    page = await warehouse.send(f"{at}/pick", code="P2601A")
    assert page.has("picked-P2601A")
    assert missing(page) == {"lines_are_covered"}
    page = await warehouse.send(f"{at}/finish_picking")
    assert page.refused == {"lines_are_covered"}
    await warehouse.open(at)
    page = await warehouse.send(f"{at}/pick", code="P2601B")
    assert page.has("picked-P2601B")
    assert missing(page) == set()
    for step, now in (("finish_picking", "picked"), ("load", "loaded"), ("ship", "shipped")):
        page = await warehouse.send(f"{at}/{step}")
        assert (page.code, status(page)) == (f"shipment.{step}", now)
    assert (await warehouse.open("/shipments?show=way")).has("shipment-row")
    await warehouse.open(at)
    page = await warehouse.send("/reports", kind="delivery_note", subject="SHP-2026-0001", language="en")
    assert page.has("report-row")
    await warehouse.open(at)
    page = await warehouse.send(f"{at}/deliver", receiver="pharmacist", proof="DN-7")
    assert status(page) == "delivered"
    assert "DN-7" in page.marked("proof").text
    lot_id = plant.facts.lot_ids["P2601A"]
    back = {"lot_id": lot_id, "quantity": "10", "place": "cold-room-1", "reason": "ordered too much"}
    page = await warehouse.send(f"{at}/return", **back)
    assert page.has("returned-P2601A-R1")
    page = await warehouse.open(f"/genealogy/{lot_id}")
    told = page.marked("went-P2601A").text
    assert "Hospital of the story" in told
    assert "P2601A-R1" in told
    assert (await warehouse.open("/shipments?show=over")).has("shipment-row")


async def test_what_was_picked_is_put_back(plant: Plant) -> None:
    warehouse, at = await planned(plant)
    await warehouse.open(at)
    page = await warehouse.send(f"{at}/pick", code="P2601A", quantity="100")
    assert page.marked("put-back-P2601A").form.startswith(f"{at}/put-back/")
    page = await warehouse.send(page.marked("put-back-P2601A").form)
    assert page.code == "shipment.put_back"
    assert not page.has("picked-P2601A")
    page = await warehouse.send(f"{at}/cancel", note="the order was withdrawn")
    assert status(page) == "cancelled"
    assert opened(page) == set()


async def test_a_page_that_others_have_overtaken_is_refused(plant: Plant) -> None:
    warehouse, at = await planned(plant)
    colleague = await plant.visit("lead")
    await colleague.open(at)
    await warehouse.open(at)
    await warehouse.send(f"{at}/pick", code="P2601A")
    page = await colleague.send(f"{at}/cancel", note="seen too early")
    assert page.refused == {"version_is_current"}
    assert status(await colleague.open(at)) == "planned"


async def test_the_same_scan_sent_twice_is_one_pick(plant: Plant) -> None:
    warehouse, at = await planned(plant)
    await warehouse.open(at)
    form = warehouse.page.hidden(f"{at}/pick") | {"code": "P2601A", "quantity": "50"}
    for _ in range(2):
        await warehouse.client.post(f"{at}/pick", data=form, follow_redirects=True)
    page = await warehouse.open(at)
    assert page.html.count('data-testid="picked-P2601A"') == 1


async def test_qa_looks_and_changes_nothing(plant: Plant) -> None:
    warehouse, at = await planned(plant)
    await warehouse.open(at)
    token = warehouse.page.hidden(f"{at}/pick")
    qa = await plant.visit("qa")
    page = await qa.open(at)
    assert not page.has("scan-code")
    assert opened(page) == set()
    assert not (await qa.open("/customers")).has("customer-add")
    for action, fields in (("pick", {"code": "P2601A"}), ("cancel", {"note": "x", "version": "1"})):
        fields = fields | {"csrf_token": qa.page.hidden("/language")["csrf_token"]}
        answer = await qa.client.post(f"{at}/{action}", data=token | fields)
        assert "refused=RoleMissing" in answer.headers["location"], action
    assert status(await qa.open(at)) == "planned"


async def test_a_customer_is_changed_with_a_reason_and_retired(plant: Plant) -> None:
    warehouse, at = await planned(plant)
    page = await warehouse.open("/customers")
    path = next(e.attributes["href"] for e in page.elements if e.attributes.get("href", "").startswith("/customers/"))
    await warehouse.open(path)
    page = await warehouse.send(path, **(CUSTOMER | {"address": "2 Story Road", "retired": "true", "reason": ""}))
    assert page.code == "CustomerIncomplete"
    await warehouse.open(path)
    page = await warehouse.send(path, **(CUSTOMER | {"address": "2 Story Road", "retired": "true", "reason": "moved"}))
    assert "2 Story Road" in page.marked("customer-facts").text
    assert "1 Story Road" in (await warehouse.open(at)).marked("consignee").text
    assert not (await warehouse.open("/shipments")).has("shipment-customer")


async def test_an_address_that_is_none_is_not_found(plant: Plant) -> None:
    warehouse = await plant.visit("warehouse")
    for path in ("/shipments/999", "/customers/999"):
        assert (await warehouse.open(path)).status == 404
    for path in ("/shipments/0", "/shipments/99999999999", "/customers/word"):
        assert (await warehouse.open(path)).status in {404, 422}
