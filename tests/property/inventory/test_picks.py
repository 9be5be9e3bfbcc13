"""Whatever stands on the shelf, a pick takes usable lots only, earliest expiry first, and no more than is needed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from mes.inventory.fefo import pick
from mes.inventory.model import Lot, QualityStatus, Standing, exposure

HAIKOU = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 1, 15)
MIDNIGHT = datetime(2026, 1, 14, 16, tzinfo=UTC)  # 15 January 00:00 in Haikou

moments = st.integers(0, 24 * 3600 - 1).map(lambda s: MIDNIGHT + timedelta(seconds=s))


@st.composite
def shelves(draw: st.DrawFn) -> list[Lot]:
    return [
        Lot(
            id=number,
            number=str(number),
            item_id=1,
            item="RM",
            item_en="",
            item_zh="",
            item_expires=draw(st.booleans()),
            quality_status=draw(st.sampled_from(QualityStatus)),
            quantity=Decimal(draw(st.integers(0, 50))),
            unit="kg",
            received_at=MIDNIGHT - timedelta(days=draw(st.integers(0, 3))),
            expires_on=draw(st.none() | st.integers(-3, 5).map(lambda days: DAY + timedelta(days=days))),
            version=1,
            active_holds=draw(st.integers(0, 1)),
        )
        for number in range(draw(st.integers(0, 8)))
    ]


def is_usable(lot: Lot) -> bool:
    """Told again in other words than the code's."""
    in_time = not lot.item_expires if lot.expires_on is None else lot.expires_on >= DAY
    return lot.quality_status == "released" and not lot.active_holds and in_time and lot.quantity > 0


@given(shelves(), st.integers(1, 200), moments)
def test_a_pick_is_usable_in_order_and_complete_where_it_can_be(shelf: list[Lot], need: int, at: datetime) -> None:
    found = pick(shelf, Decimal(need), at, HAIKOU)
    taken = [row.lot for row in found.allocations]
    assert all(is_usable(lot) for lot in taken)
    assert {row.lot.id for row in found.rejections} == {lot.id for lot in shelf if not is_usable(lot)}
    assert all((a.expires_on or date.max) <= (b.expires_on or date.max) for a, b in pairwise(taken))
    left = [lot for lot in shelf if is_usable(lot) and lot not in taken]
    assert all((a.expires_on or date.max) <= (b.expires_on or date.max) for a in taken for b in left)
    there = sum(lot.quantity for lot in shelf if is_usable(lot))
    assert sum(row.quantity for row in found.allocations) == min(Decimal(need), there)
    assert found.missing == max(Decimal(need) - there, 0)
    assert all(0 < row.quantity <= row.lot.quantity for row in found.allocations)


stays = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 12) | st.none()), max_size=4)


@given(stays, st.integers(0, 30), st.integers(1, 20) | st.none())
def test_exposure_is_the_seconds_in_both_counted_once(
    stays: list[tuple[int, int | None]], start: int, length: int | None
) -> None:
    now, end = 60, None if length is None else start + length
    found = exposure(
        shelf_lot(),
        [standing(begin, None if stay is None else begin + stay) for begin, stay in stays],
        second(start),
        None if end is None else second(end),
        second(now),
    )
    spans = [range(begin, now if stay is None else begin + stay) for begin, stay in stays]
    inside = {s for s in range(start, now if end is None else end) if any(s in span for span in spans)}
    if not inside:
        assert found is None
        return
    assert found is not None
    assert found.exposure_s == len(inside)
    assert found.exposed_from == second(min(inside))
    still_there = end is None and any(stay is None for _, stay in stays)
    assert found.exposed_to == (None if still_there else second(max(inside) + 1))


def second(number: int) -> datetime:
    return MIDNIGHT + timedelta(seconds=number)


def standing(begin: int, end: int | None) -> Standing:
    until = None if end is None else second(end)
    return Standing(
        id=1, lot_id=1, zone_id=1, quantity=Decimal(1), from_time=second(begin), to_time=until, moved_by="warehouse"
    )


def shelf_lot() -> Lot:
    return Lot(
        id=1,
        number="L1",
        item_id=1,
        item="RM",
        item_en="",
        item_zh="",
        item_expires=True,
        quality_status=QualityStatus.RELEASED,
        quantity=Decimal(1),
        unit="kg",
        received_at=MIDNIGHT,
        expires_on=DAY,
        version=1,
        active_holds=0,
    )
