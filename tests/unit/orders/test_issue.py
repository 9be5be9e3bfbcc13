"""What a scan is told before a lot goes into a batch: every reason, in order."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mes.inventory.model import Lot, QualityStatus
from mes.orders.issue import Against, Scan, check_issue
from mes.orders.model import Material

HAIKOU = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 1, 15, 4, tzinfo=UTC)


def a_lot(**differs: Any) -> Lot:
    facts: dict[str, Any] = {
        "id": 1,
        "number": "L1",
        "item_id": 1,
        "item": "RM",
        "item_en": "",
        "item_zh": "",
        "item_expires": True,
        "quality_status": QualityStatus.RELEASED,
        "quantity": Decimal(100),
        "unit": "kg",
        "received_at": NOON,
        "expires_on": date(2026, 3, 1),
        "version": 1,
        "active_holds": 0,
    }
    return Lot(**facts | differs)


def a_scan(**differs: Any) -> Scan:
    need = Material(order_id=1, item_id=1, quantity=Decimal("12.500"), unit="kg", over_pct=Decimal("0.5"))
    facts: dict[str, Any] = {
        "running": True,
        "lot": a_lot(),
        "at_hand": Decimal(100),
        "quantity": Decimal("12.5"),
        "material": need,
        "issued": Decimal(0),
        "others": [],
    }
    return Scan(**facts | differs)


def told(**differs: Any) -> list[Against]:
    return check_issue(a_scan(**differs), NOON, HAIKOU)


def test_the_right_lot_goes_in() -> None:
    assert told() == []


@pytest.mark.parametrize(
    ("differs", "against"),
    [
        ({"lot": None}, ["unknown_lot"]),
        ({"lot": None, "running": False}, ["batch_not_running", "unknown_lot"]),
        ({"material": None}, ["wrong_item"]),
        ({"lot": a_lot(quality_status=QualityStatus.QUARANTINE)}, ["not_released"]),
        ({"lot": a_lot(active_holds=1)}, ["on_hold"]),
        ({"lot": a_lot(expires_on=date(2026, 1, 14))}, ["expired"]),
        ({"lot": a_lot(expires_on=date(2026, 1, 15))}, []),
        ({"lot": a_lot(expires_on=None)}, ["no_expiry"]),
        ({"at_hand": Decimal("12.4")}, ["insufficient"]),
        ({"at_hand": Decimal("12.5")}, []),
        ({"quantity": Decimal("12.5625")}, []),
        ({"quantity": Decimal("12.563")}, ["over_tolerance"]),
        ({"quantity": Decimal("0.1"), "issued": Decimal("12.5")}, ["over_tolerance"]),
        ({"others": [a_lot(id=2, expires_on=date(2026, 2, 1))]}, ["not_fefo"]),
        ({"others": [a_lot(id=2, expires_on=date(2026, 2, 1), active_holds=1)]}, []),
    ],
)
def test_one_thing_that_is_wrong_is_told(differs: dict[str, Any], against: list[str]) -> None:
    assert told(**differs) == against


def test_all_that_is_wrong_is_told_in_order() -> None:
    worst = a_lot(quality_status=QualityStatus.REJECTED, active_holds=2, expires_on=date(2026, 1, 1))
    found = told(lot=worst, running=False, material=None, at_hand=Decimal(0))
    assert found == ["batch_not_running", "wrong_item", "not_released", "on_hold", "expired", "insufficient"]
