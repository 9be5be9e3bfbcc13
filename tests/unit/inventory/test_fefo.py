"""First expired, first out, in the plant's calendar, with a reason for every lot that is passed over."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from mes.inventory.fefo import before, pick
from mes.inventory.model import Lot, QualityStatus, Unusable
from mes.inventory.usable import why_unusable

HAIKOU = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 1, 15, 4, tzinfo=UTC)  # 15 January, midday in Haikou


def a_lot(
    number: str,
    *,
    expires: str | None = "2026-03-01",
    quantity: int = 50,
    received: str = "2026-01-02",
    holds: int = 0,
    status: QualityStatus = QualityStatus.RELEASED,
    item_expires: bool = True,
) -> Lot:
    return Lot(
        id=ord(number),
        number=number,
        item_id=1,
        item="RM",
        item_en="",
        item_zh="",
        item_expires=item_expires,
        quality_status=status,
        quantity=Decimal(quantity),
        unit="kg",
        received_at=datetime.fromisoformat(received).replace(tzinfo=UTC),
        expires_on=date.fromisoformat(expires) if expires else None,
        version=1,
        active_holds=holds,
    )


SHELF = [
    a_lot("A", expires="2026-01-14", quantity=50),
    a_lot("B", expires="2026-01-15", quantity=30),
    a_lot("C", quantity=40, holds=1),
    a_lot("E", quantity=80, received="2026-01-05"),
    a_lot("D", quantity=20, received="2026-01-02"),
    a_lot("F", expires=None),
]


@pytest.mark.parametrize(
    ("at", "taken", "refused"),
    [
        ("2026-01-15T15:59:59Z", {"B": 30, "D": 20, "E": 50}, {"A": ["expired"]}),
        ("2026-01-15T16:00:00Z", {"D": 20, "E": 80}, {"A": ["expired"], "B": ["expired"]}),
    ],
)
def test_the_plants_midnight_decides_what_is_taken(
    at: str, taken: dict[str, int], refused: dict[str, list[str]]
) -> None:
    found = pick(SHELF, Decimal(100), datetime.fromisoformat(at), HAIKOU)
    assert {row.lot.number: int(row.quantity) for row in found.allocations} == taken
    assert list(taken) == [row.lot.number for row in found.allocations]
    assert {row.lot.number: list(row.reasons) for row in found.rejections} == refused | {
        "C": ["on_hold"],
        "F": ["no_expiry"],
    }
    assert found.complete


def test_what_is_missing_is_said() -> None:
    found = pick(SHELF, Decimal(200), NOON, HAIKOU)
    assert found.missing == Decimal(70)
    assert not found.complete


def test_a_lot_that_would_expire_before_its_planned_use_is_passed_over() -> None:
    found = pick(SHELF, Decimal(10), NOON, HAIKOU, min_remaining_days=1)
    assert {row.lot.number: row.reasons for row in found.rejections}["B"] == ("min_life",)
    assert found.allocations[0].lot.number == "D"


def test_what_does_not_expire_comes_last_and_an_empty_lot_not_at_all() -> None:
    shelf = [a_lot("X", expires=None, item_expires=False), a_lot("Y", quantity=0), a_lot("Z", expires="2030-01-01")]
    found = pick(shelf, Decimal(60), NOON, HAIKOU)
    assert [row.lot.number for row in found.allocations] == ["Z", "X"]
    assert [(row.lot.number, row.reasons) for row in found.rejections] == [("Y", ("empty",))]


def test_of_two_lots_as_old_the_smaller_rest_goes_first() -> None:
    found = pick([a_lot("P", quantity=9), a_lot("Q", quantity=4)], Decimal(5), NOON, HAIKOU)
    assert [(row.lot.number, int(row.quantity)) for row in found.allocations] == [("Q", 4), ("P", 1)]


def test_of_two_lots_that_expire_together_the_one_that_is_here_longer_goes_first() -> None:
    shelf = [a_lot("P", quantity=4, received="2026-01-05"), a_lot("Q", quantity=9, received="2026-01-02")]
    assert pick(shelf, Decimal(5), NOON, HAIKOU).allocations[0].lot.number == "Q"


def test_only_usable_lots_that_expire_earlier_go_before_the_chosen_one() -> None:
    chosen = a_lot("E", quantity=80)
    assert [lot.number for lot in before([*SHELF, chosen], chosen, NOON, HAIKOU)] == ["B"]


def test_every_reason_is_told_not_only_the_first() -> None:
    lot = a_lot("A", expires="2026-01-01", holds=2, status=QualityStatus.QUARANTINE)
    assert why_unusable(lot, NOON, HAIKOU) == [Unusable.NOT_RELEASED, Unusable.ON_HOLD, Unusable.EXPIRED]
