"""At the machine: which lot comes first and why not the others, when a value was seen, whose label was scanned."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from dashboards.operation_view import machine_scanned, moment_seen
from dashboards.plantmoment import MomentUnreadable
from mes.barcodes.service import NothingHasThisCode
from mes.inventory import stock
from mes.inventory.model import QualityStatus
from mes.plant import service as plant_model
from telemetry.clock import HeldClock
from telemetry.work import begin
from tests.integration.dashboards.visitor import Page, Plant, Visitor
from tests.plugins.database import NOW

SHANGHAI = ZoneInfo("Asia/Shanghai")
LINE = "hainan/filling/line-1"


async def running(plant: Plant, operator: Visitor) -> str:
    """A kit is being coated; the address of its operation."""
    lead = await plant.visit("lead")
    async with begin(plant.pool, "test", NOW) as work:
        line = await plant_model.machine_named(work, LINE)
    await lead.open("/orders")
    planned = await lead.send("/orders", item="FG-KIT", equipment_id=line.id, quantity="90", due_on="2026-02-01")
    order_id = re.search(r"/orders/(\d+)", planned.url).group(1)  # type: ignore[union-attr]
    await lead.send(f"/orders/{order_id}/release")
    at = (await operator.open("/dispatch")).marked("dispatch-operation").attributes["href"]
    await operator.open(at)
    await operator.send(f"{at}/start")
    return at


async def a_lot(plant: Plant, number: str, item: str, days: int, status: QualityStatus, quantity: int = 4) -> None:
    async with begin(plant.pool, "warehouse", NOW) as work:
        zone = await plant_model.zone_named(work, "cold-room-1")
        await stock.receive_lot(
            work,
            number=number,
            item=item,
            quantity=Decimal(quantity),
            zone_id=zone.id,
            expires_on=(NOW + timedelta(days=days)).date(),
            decided=status,
        )


def words_of(page: Page, mark: str) -> str:
    return " ".join(page.marked(mark).text.split())


async def test_the_lot_that_expires_first_is_named_with_its_place_and_the_others_with_their_reasons(
    plant: Plant,
) -> None:
    operator = await plant.visit("operator")
    at = await running(plant, operator)
    assert "No usable lot Missing 6 vials" in words_of(await operator.open(at), "line-next")
    await a_lot(plant, "ANT-LATER", "RM-ANTIBODY", 90, QualityStatus.RELEASED)
    await a_lot(plant, "ANT-FIRST", "RM-ANTIBODY", 30, QualityStatus.RELEASED)
    await a_lot(plant, "ANT-WAITS", "RM-ANTIBODY", 10, QualityStatus.QUARANTINE)
    await a_lot(plant, "ANT-OVER", "RM-ANTIBODY", -1, QualityStatus.RELEASED)
    shown = await operator.open(at)
    first, _, then = words_of(shown, "line-next").partition(";")
    assert "ANT-FIRST 4 vials, usable until 2026-02-14, Cold room 1" in first
    assert "ANT-LATER 2 vials" in then
    refused = words_of(shown, "line-refused")
    assert re.search(r"ANT-WAITS not released", refused, re.IGNORECASE)
    assert re.search(r"ANT-OVER expired", refused, re.IGNORECASE)
    chinese = await (await plant.visit("operator", language="zh_CN")).open(at)
    assert "有效期至 2026-02-14" in words_of(chinese, "line-next")
    assert "已过期" in words_of(chinese, "line-refused")


async def test_a_value_that_is_entered_late_says_when_it_was_seen(plant: Plant, clock: HeldClock) -> None:
    operator = await plant.visit("operator")
    at = await running(plant, operator)
    await a_lot(plant, "ANT-9", "RM-ANTIBODY", 90, QualityStatus.RELEASED, 9)
    await operator.open(at)
    await operator.send(f"{at}/issue", code="ANT-9", idempotency_key="scan-0001")
    [material] = [e for e in operator.page.elements if e.form.endswith("/report") and e.tag == "button"]
    await operator.send(material.form)
    [value] = [e for e in operator.page.elements if e.form.endswith("/report") and e.tag == "button"]
    opened = clock.at
    clock.at = opened + timedelta(hours=1)
    await operator.sign_in("operator")
    for wrong, code in (((opened - timedelta(hours=1)), "SeenAtAnotherTime"), (None, "MomentUnreadable")):
        await operator.open(at)
        said = wrong.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M") if wrong else "yesterday"
        assert (await operator.send(value.form, **{"v-value": "9.6", "seen_at": said})).code == code
    await operator.open(at)
    seen = (opened + timedelta(minutes=10)).astimezone(SHANGHAI)
    told = await operator.send(value.form, **{"v-value": "9.6", "seen_at": seen.strftime("%Y-%m-%dT%H:%M")})
    assert told.code == "step.reported"
    assert f"seen at {seen:%Y-%m-%d %H:%M}" in words_of(told, "value")
    facts = words_of(told, "exception-facts")
    assert "50" in facts
    assert "late_min" not in facts


async def test_a_machine_is_known_by_its_label_its_path_or_its_name(plant: Plant) -> None:
    async with begin(plant.pool, "operator", NOW) as work:
        for text in (f"IT.EQ.{LINE}", f" {LINE} "):
            assert await machine_scanned(work, text) == LINE
        assert await machine_scanned(work, "line-1") == "line-1"
        with pytest.raises(NothingHasThisCode):
            await machine_scanned(work, "IT.EQ.hainan/filling/line-9")


def test_a_minute_that_was_typed_is_any_moment_in_it() -> None:
    opened = datetime(2026, 1, 15, 2, 30, 40, tzinfo=UTC)
    assert moment_seen("", opened, SHANGHAI) is None
    assert moment_seen("2026-01-15T10:30", opened, SHANGHAI) == opened
    assert moment_seen("2026-01-15T10:31", opened, SHANGHAI) == opened + timedelta(seconds=20)
    assert moment_seen("2026-01-15T10:29", opened, SHANGHAI) == opened - timedelta(seconds=100)
    with pytest.raises(MomentUnreadable):
        moment_seen("at noon", opened, SHANGHAI)
