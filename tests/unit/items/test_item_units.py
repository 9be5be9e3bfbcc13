"""Quantities change their unit without losing a digit, by the metric units and by an item's own packs."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes.items.units import SIZES, UnitsDiffer, contradicts, convert, factors_of

quantities = st.decimals(min_value=0, max_value=10**9, places=9, allow_nan=False)
metric = st.sampled_from(sorted(SIZES))


@pytest.mark.parametrize(
    ("quantity", "unit", "to", "told"),
    [
        ("12.500", "kg", "g", "12500"),
        ("0.000001", "kg", "mg", "1"),
        ("1", "mg", "kg", "0.000001"),
        ("1080", "ml", "l", "1.08"),
        ("123456789012345678901234567890.123", "kg", "mg", "123456789012345678901234567890123000"),
    ],
)
def test_metric_units_convert_exactly(quantity: str, unit: str, to: str, told: str) -> None:
    assert convert(Decimal(quantity), unit, to) == Decimal(told)


@given(quantities, metric, metric)
def test_there_and_back_is_the_same_quantity(quantity: Decimal, unit: str, to: str) -> None:
    if SIZES[unit][0] == SIZES[to][0]:
        assert convert(convert(quantity, unit, to), to, unit) == quantity


@given(quantities, st.decimals(min_value="0.001", max_value=10**6, places=3, allow_nan=False))
def test_a_pack_counted_out_is_its_content(boxes: Decimal, in_one: Decimal) -> None:
    factors = factors_of("pen", {"box": in_one})
    assert convert(convert(boxes, "box", "pen", factors), "pen", "box", factors) == boxes


def test_a_result_without_end_is_kept_to_twelve_decimals_and_rounds_half_up() -> None:
    factors = factors_of("pen", {"box": Decimal(3)})
    assert convert(Decimal(100), "pen", "box", factors) == Decimal("33.333333333333")
    assert convert(Decimal(200), "pen", "box", factors) == Decimal("66.666666666667")


def test_a_density_reaches_every_metric_unit() -> None:
    factors = factors_of("g", {"ml": Decimal("1.05")})
    assert convert(Decimal(2), "l", "kg", factors) == Decimal("2.1")
    assert convert(Decimal("2.1"), "kg", "ml", factors) == Decimal(2000)


@pytest.mark.parametrize(("unit", "to"), [("g", "ml"), ("box", "pen"), ("pen", "kg"), ("", "g"), ("KG", "g")])
def test_what_measures_different_things_is_refused(unit: str, to: str) -> None:
    with pytest.raises(UnitsDiffer):
        convert(Decimal(1), unit, to)


def test_nobody_says_how_many_grams_are_in_a_kilogram() -> None:
    assert contradicts("g", "kg")
    assert contradicts("pen", "pen")
    assert not contradicts("g", "ml")
