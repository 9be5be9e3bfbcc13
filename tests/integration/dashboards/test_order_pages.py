"""Order, dispatch and operation without a script: a kit is planned, released, coated, refused, signed."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

from mes.inventory import stock
from mes.inventory.model import QualityStatus
from mes.orders import service as orders
from mes.plant import service as plant_model
from telemetry.work import begin
from tests.integration.dashboards.furnish import PASSWORD
from tests.integration.dashboards.visitor import Plant, Visitor
from tests.plugins.database import NOW

SIGNED = {"password": PASSWORD}


async def test_a_kit_from_its_plan_to_its_first_signature(plant: Plant) -> None:
    lead, operator = await plant.visit("lead"), await plant.visit("operator")
    assert (await operator.open("/orders")).has("empty")
    assert not operator.page.has("plan-open")
    async with begin(plant.pool, "test", NOW) as work:
        line = await plant_model.machine_named(work, "hainan/filling/line-1")
    await lead.open("/orders")
    planned = await lead.send("/orders", item="FG-KIT", equipment_id=line.id, quantity="90", due_on="2026-02-01")
    assert planned.code == "order.planned"
    assert planned.marked("work-order-status").attributes["data-status"] == "planned"
    order_id = int(re.search(r"/orders/(\d+)", planned.url).group(1))  # type: ignore[union-attr]
    first = lead.page
    released = await lead.send(f"/orders/{order_id}/release")
    assert released.marked("work-order-status").attributes["data-status"] == "released"
    lead.page = first
    assert (await lead.send(f"/orders/{order_id}/release", idempotency_key="another-tap")).code == "StaleVersion"

    at = (await operator.open("/dispatch")).marked("dispatch-operation").attributes["href"]
    await _work(plant, operator, at, order_id)
    chinese = await plant.visit("operator", language="zh_CN")
    for path in ("/orders", f"/orders/{order_id}", "/dispatch", at):
        assert (await chinese.open(path)).status == 200


async def _work(plant: Plant, operator: Visitor, at: str, order_id: int) -> None:
    assert (await operator.open(at)).marked("operation-status").attributes["data-status"] == "ready"
    started = await operator.send(f"{at}/start")
    assert started.marked("operation-status").attributes["data-status"] == "running"
    await _issue(plant, operator, at)
    [material] = [e for e in operator.page.elements if e.form.endswith("/report") and e.tag == "button"]
    tapped = operator.page
    short = await operator.send(material.form)
    assert short.code == "step.reported"
    assert not short.has("exception")  # all of it was issued
    operator.page = tapped
    again = await operator.send(material.form)  # the same form twice: one report, the same answer
    assert again.code == "step.reported"
    [value] = [e for e in again.elements if e.form.endswith("/report") and e.tag == "button"]
    assert again.has("limits")
    wrong = await operator.send(value.form, **{"v-value": "sour"})
    assert wrong.code == "NotANumber"
    await operator.open(at)
    out = await operator.send(value.form, **{"v-value": "9,9", "note": "buffer was old"})
    assert out.code == "step.reported"
    assert 'data-verdict="out"' in out.html
    async with begin(plant.pool, "test", NOW) as work:
        assert (await orders.order(work, order_id)).status == "running"
    refused = await operator.send(f"{at}/complete", username="operator", **SIGNED)
    assert refused.refused == {"steps_are_done", "exceptions_are_commented"}


async def _issue(plant: Plant, operator: Visitor, at: str) -> None:
    """A scan puts what the step needs into the batch; something else, or too much, is refused with its reason."""
    async with begin(plant.pool, "warehouse", NOW) as work:
        zone = await plant_model.zone_named(work, "cold-room-1")
        for number, item in (("ANT-9", "RM-ANTIBODY"), ("CON-9", "RM-CONJUGATE")):
            await stock.receive_lot(
                work,
                number=number,
                item=item,
                quantity=Decimal(20),
                zone_id=zone.id,
                expires_on=(NOW + timedelta(days=90)).date(),
                decided=QualityStatus.RELEASED,
            )
    other = await operator.send(f"{at}/issue", code="PEN-NONE", idempotency_key="scan-1")
    assert other.code == "NothingHasThisCode"
    await operator.open(at)
    much = await operator.send(f"{at}/issue", code="ANT-9", quantity="9", idempotency_key="scan-2")
    assert much.refused == {"over_tolerance"}
    await operator.open(at)
    done = await operator.send(f"{at}/issue", code="ANT-9", idempotency_key="scan-3")
    assert done.code == "material.issued"
    assert "ANT-9" in done.marked("material-line").text
    assert "6 / 6" in " ".join(done.marked("material-line").text.split())
