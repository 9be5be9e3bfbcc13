"""What a scan is told before a lot goes into a batch: every reason, in the specification's order."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mes.inventory.model import Item, Lot, QualityStatus
from mes.materials.check import Against, Scan, check_issue, hard
from mes.materials.model import Line, pure_of, weighed_as
from mes.recipes.document import FefoPolicy

HAIKOU = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 1, 15, 4, tzinfo=UTC)
ITEM = Item(id=1, code="RM", kind="raw", name_en="", name_zh="", unit="kg", policy=None, expires=True)


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


def a_line(**differs: Any) -> Line:
    facts: dict[str, Any] = {
        "number": 10,
        "item": ITEM,
        "required": Decimal("12.500"),
        "over_pct": Decimal("0.5"),
        "under_pct": Decimal("0.5"),
        "fefo": FefoPolicy.WARN,
        "min_remaining_days": 0,
        "dispense": False,
        "assay_adjusted": False,
        "step": None,
    }
    return Line(**facts | differs)


def a_scan(**differs: Any) -> Scan:
    quantity = differs.get("quantity", Decimal("12.5"))
    facts: dict[str, Any] = {
        "running": True,
        "lot": a_lot(),
        "line": a_line(),
        "quantity": quantity,
        "counts_as": quantity,
        "at_hand": Decimal(100),
        "free": Decimal(100),
        "others": [],
    }
    return Scan(**facts | differs)


def told(**differs: Any) -> list[Against]:
    return check_issue(a_scan(**differs), NOON, HAIKOU)


def test_the_right_lot_goes_in() -> None:
    assert told() == []


ALONE: list[tuple[dict[str, Any], str]] = [
    ({"running": False}, "batch_not_running"),
    ({"line": None}, "wrong_item"),
    ({"lot": None}, "unknown_lot"),
    ({"label_agrees": False}, "label_mismatch"),
    ({"lot": a_lot(quality_status=QualityStatus.QUARANTINE)}, "not_released"),
    ({"lot": a_lot(active_holds=2)}, "on_hold"),
    ({"lot": a_lot(expires_on=date(2026, 1, 14))}, "expired"),
    ({"lot": a_lot(expires_on=None)}, "no_expiry"),
    ({"lot": a_lot(retest_on=date(2026, 1, 14))}, "retest_due"),
    ({"line": a_line(min_remaining_days=46)}, "min_life"),
    ({"stands_there": False}, "wrong_location"),
    ({"line": a_line(dispense=True)}, "not_dispensed"),
    ({"excursion_there": True}, "in_excursion_zone"),
    ({"others": [a_lot(id=2, expires_on=date(2026, 2, 28))]}, "not_fefo"),
    ({"at_hand": Decimal("12.499")}, "insufficient"),
    ({"free": Decimal("12.499")}, "insufficient"),
    ({"quantity": Decimal("12.563")}, "over_tolerance"),
    ({"scale_trusted": False}, "scale_not_calibrated"),
    ({"same_person": True}, "same_person"),
]


def test_every_reason_has_its_story() -> None:
    assert {against for _, against in ALONE} == {*Against}


@pytest.mark.parametrize(("differs", "against"), ALONE)
def test_one_thing_that_is_wrong_is_told_alone(differs: dict[str, Any], against: str) -> None:
    assert told(**differs) == [against]


def test_all_that_is_wrong_is_told_in_order() -> None:
    bad = a_lot(
        quality_status=QualityStatus.QUARANTINE,
        active_holds=1,
        expires_on=date(2026, 1, 1),
        retest_on=date(2026, 1, 1),
    )
    found = told(
        running=False,
        lot=bad,
        line=a_line(dispense=True),
        quantity=Decimal(200),
        label_agrees=False,
        excursion_there=True,
        others=[a_lot(id=2, expires_on=date(2026, 1, 15), retest_on=None)],
        scale_trusted=False,
        same_person=True,
    )
    order = [reason for reason in Against if reason in found]
    assert found == order
    assert {*Against} - {*found} == {"wrong_item", "unknown_lot", "no_expiry", "min_life", "wrong_location", "not_fefo"}


@pytest.mark.parametrize(("policy", "stops"), [("strict", True), ("warn", False), ("off", False)])
def test_the_line_says_what_an_order_of_expiry_means(policy: str, stops: bool) -> None:
    line = a_line(fefo=FefoPolicy(policy))
    against = told(line=line, others=[a_lot(id=2, expires_on=date(2026, 2, 28))])
    assert bool(hard(against, line)) is stops
    assert hard(against, line, overridden=True) == []


def test_nothing_but_order_of_expiry_and_tolerance_can_be_signed_away() -> None:
    line = a_line(fefo=FefoPolicy.STRICT)
    left = {"in_excursion_zone", "not_fefo", "over_tolerance"}
    assert {*hard([*Against], line, overridden=True)} == {*Against} - left


def test_the_tolerance_of_the_specification() -> None:
    line = a_line()
    assert (line.low, line.high) == (Decimal("12.4375"), Decimal("12.5625"))
    assert told(quantity=Decimal("12.5625")) == []
    assert told(quantity=Decimal("12.563")) == ["over_tolerance"]
    assert a_line(issued=Decimal("12.437")).is_short
    assert not a_line(issued=Decimal("12.4375")).is_short


def test_what_came_back_makes_room_again() -> None:
    full = a_line(issued=Decimal("12.5"), returned=Decimal(2))
    assert full.open == 2
    assert told(line=full, quantity=Decimal(2)) == []
    assert told(line=full, quantity=Decimal("2.1")) == ["over_tolerance"]


def test_a_weak_lot_is_weighed_heavier_and_counts_as_what_it_contains() -> None:
    weak = a_lot(assay_pct=Decimal("98.0"))
    target = weighed_as(Decimal("9.8"), weak, assay_adjusted=True)
    assert target == 10
    assert pure_of(target, weak, assay_adjusted=True) == Decimal("9.8")
    assert weighed_as(Decimal("9.8"), weak, assay_adjusted=False) == Decimal("9.8")


def test_a_lot_is_good_to_the_end_of_its_last_day_in_the_plant() -> None:
    lot = a_lot(expires_on=date(2026, 1, 15))
    last = datetime(2026, 1, 15, 15, 59, 59, tzinfo=UTC)
    assert check_issue(a_scan(lot=lot), last, HAIKOU) == []
    assert check_issue(a_scan(lot=lot), datetime(2026, 1, 15, 16, tzinfo=UTC), HAIKOU) == ["expired"]
