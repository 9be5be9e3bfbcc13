"""When a weight counts: the readings stand still, and the terminal says so where it can."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from mes.materials.scales import ScaleSilent, ScaleUnsteady, Weight, at_rest, steady
from mes.plant.model import MeasuringPoint

NOON = datetime(2026, 1, 15, 4, tzinfo=UTC)
GOOD, BAD = 192, 16
SCALE = MeasuringPoint(
    point_id=1,
    name="hainan/filling/scale-1/weight",
    equipment_id=1,
    equipment_path="hainan/filling/scale-1",
    zone_id=1,
    measure="weight",
    role="weight",
    unit="g",
    name_en="",
    name_zh="",
    policy=None,
    interval_s=1,
    stale_s=60,
    resolution=Decimal("0.1"),
)


def rows(*values: float | None, ends_s: float = 0, quality: int = GOOD) -> list[Weight]:
    """One a second; the last of them so many seconds ago."""
    last = NOON - timedelta(seconds=ends_s)
    at = [last - timedelta(seconds=len(values) - 1 - n) for n in range(len(values))]
    return [Weight(moment, value, quality) for moment, value in zip(at, values, strict=True)]


def test_a_weight_that_flickers_by_a_step_is_at_rest() -> None:
    found = steady(rows(800.0, 800.1, 800.0, 800.1, 800.0), NOON, SCALE)
    assert (found.value, found.lowest, found.highest) == (Decimal("800.0"), 800.0, 800.1)
    assert found.told()["point"] == SCALE.name


def test_a_scale_that_tells_changes_only_has_shown_the_same_since() -> None:
    assert steady(rows(800.0, ends_s=50), NOON, SCALE).value == Decimal("800.0")
    with pytest.raises(ScaleSilent):
        steady(rows(800.0, ends_s=61), NOON, SCALE)


@pytest.mark.parametrize("values", [(800.0, 800.0, 800.0, 800.3), (800.0, 790.0, 800.0, 800.0, 800.0)])
def test_what_moved_in_the_last_seconds_is_not_at_rest(values: tuple[float, ...]) -> None:
    with pytest.raises(ScaleUnsteady):
        steady(rows(*values), NOON, SCALE)


def test_a_load_of_which_nothing_before_is_known_is_not_at_rest() -> None:
    with pytest.raises(ScaleUnsteady):
        steady(rows(800.0, 800.0), NOON, SCALE)


@pytest.mark.parametrize("seen", [[], rows(None, None, None, None, None), rows(8.0, 8.0, 8.0, 8.0, 8.0, quality=BAD)])
def test_no_good_reading_is_no_weight(seen: list[Weight]) -> None:
    with pytest.raises(ScaleSilent):
        steady(seen, NOON, SCALE)


def test_the_terminal_says_whether_its_pan_is_at_rest() -> None:
    at_rest(rows(0.0, 1.0), NOON, SCALE)
    at_rest(rows(1.0, ends_s=59), NOON, SCALE)
    with pytest.raises(ScaleUnsteady):
        at_rest(rows(1.0, 0.0), NOON, SCALE)
    for silent in ([], rows(1.0, ends_s=61), rows(1.0, quality=BAD), rows(None)):
        with pytest.raises(ScaleSilent):
            at_rest(silent, NOON, SCALE)
