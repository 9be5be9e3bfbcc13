"""What a point read on the way: how often, how far out, how much is unknown; doors and distance; what scanners type."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes.trips.course import GSP_CADENCE, cadence, course, distance_km, openings
from mes.trips.model import lot_number_in
from models.columns import Columns
from models.interval import Interval
from models.limits import Limit

LIMIT = Limit(low=2, high=8, delay_s=600, deadband=0.5, stale_s=300, resolution=Decimal("0.1"))
HOUR = Interval(0, 3600 * 1_000_000)


def readings(*pairs: tuple[float, float]) -> Columns:
    """Seconds and values; NaN is a bad reading."""
    time = np.array([int(s * 1_000_000) for s, _ in pairs], np.int64)
    value = np.array([v for _, v in pairs], np.float64)
    return Columns(time, value, np.where(np.isnan(value), 0, 192).astype(np.uint8))


def every(step_s: float, value: float = 5.0, until_s: float = 3600.0) -> list[tuple[float, float]]:
    return [(k * step_s, value) for k in range(int(until_s // step_s) + 1)]


@pytest.mark.parametrize(
    ("step_s", "passed"),
    [(60, [True, True]), (61, [False, True]), (300, [False, True]), (301, [False, False])],
)
def test_a_vehicle_is_refreshed_every_minute_and_recorded_every_five(step_s: float, passed: list[bool]) -> None:
    """GSP, appendix 3: refresh <= 60 s, transport <= 5 min."""
    found = cadence(readings(*every(step_s)), LIMIT, HOUR, GSP_CADENCE)
    assert [check.name for check in found] == ["refresh", "recording", "recording_out"]
    assert [check.passed for check in found[:2]] == passed
    assert found[2].passed  # nothing was out


@pytest.mark.parametrize(("step_s", "passed"), [(120, True), (121, False)])
def test_out_of_limits_it_is_recorded_every_two_minutes(step_s: float, passed: bool) -> None:
    found = cadence(readings(*every(step_s, 9.0)), LIMIT, HOUR, GSP_CADENCE)
    assert found[2].passed is passed
    assert found[1].passed


def test_silence_at_both_ends_of_the_window_counts() -> None:
    inside = [(s, v) for s, v in every(60) if 400 <= s <= 3000]
    assert cadence(readings(*inside), LIMIT, HOUR, GSP_CADENCE)[1].longest_s == 600.0  # at the end
    assert cadence(readings(*[p for p in every(60) if p[0] >= 1000]), LIMIT, HOUR, GSP_CADENCE)[1].longest_s == 1020.0
    assert cadence(readings(), LIMIT, HOUR, GSP_CADENCE)[1].longest_s == 3600.0
    before = [(-30.0, 5.0), (45.0, 5.0), *[p for p in every(60) if p[0] > 45]]
    assert cadence(readings(*before), LIMIT, HOUR, GSP_CADENCE)[0].longest_s == 75.0


def test_what_was_read_before_the_window_holds_into_it() -> None:
    seen = course(readings((-100.0, 9.0), (100.0, 5.0), (3599.0, 5.0)), LIMIT, HOUR, GSP_CADENCE)
    assert seen.out_s == 100.0
    assert (seen.lowest, seen.highest, seen.readings) == (5.0, 5.0, 2)
    assert (seen.known_s, seen.unknown_s) == (401.0, 3199.0)
    assert seen.worst_case_s == 3299.0
    [gap] = seen.gaps
    assert (gap.start_us, gap.end_us, gap.cause) == (400_000_000, 3_599_000_000, "silent")


def test_a_probe_that_says_it_does_not_know_is_told_apart_from_silence() -> None:
    seen = course(readings((0.0, 5.0), (60.0, np.nan), (600.0, 5.0), (900.0, 5.0)), LIMIT, HOUR, GSP_CADENCE)
    assert [gap.cause for gap in seen.gaps] == ["bad_reading", "silent"]
    assert seen.gaps[0].end_us - seen.gaps[0].start_us == 540_000_000


def test_a_window_without_a_word_is_unknown_altogether() -> None:
    seen = course(readings(), LIMIT, HOUR, GSP_CADENCE)
    assert (seen.mean, seen.kinetic, seen.completeness, seen.worst_case_s) == (None, None, 0.0, 3600.0)


@given(
    st.lists(st.tuples(st.integers(-400, 4000), st.floats(-5, 20) | st.just(float("nan"))), max_size=40),
    st.randoms(use_true_random=False),
)
def test_the_same_readings_in_any_order_tell_the_same(pairs: list[tuple[int, float]], chance: object) -> None:
    told = [(float(s), v) for s, v in pairs]
    shuffled = [*told, *told[:5]]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (course(readings(*each), LIMIT, HOUR, GSP_CADENCE) for each in (told, shuffled))
    assert one == other
    assert one.known_s + one.unknown_s == pytest.approx(3600.0)
    assert 0 <= one.out_s <= one.known_s + 1e-6
    assert sum(g.end_us - g.start_us for g in one.gaps) / 1e6 == pytest.approx(one.unknown_s, abs=1e-3)


def test_a_door_is_counted_once_however_long_it_is_open() -> None:
    told = readings((0, 0), (60, 1), (120, 1), (180, 0), (1000, 1), (1060, 0))
    assert openings(told, HOUR, 300.0) == (2, 180.0)


def test_a_door_that_is_silent_is_open_as_far_as_that_is_known() -> None:
    assert openings(readings((0, 1)), HOUR, 300.0) == (1, 300.0)


def test_a_degree_of_a_meridian_is_111_km() -> None:
    north, east = readings((0, 20.0), (60, 20.5), (120, 21.0)), readings((0, 110.0), (60, 110.0), (120, 110.0))
    assert distance_km(north, east, HOUR) == pytest.approx(111.19, abs=0.02)


def test_a_parked_truck_goes_nowhere_and_one_fix_is_no_way() -> None:
    noise = readings(*[(s, 20.0 + 0.0001 * (s % 2)) for s in range(100)])
    still = readings(*[(s, 110.0) for s in range(100)])
    assert distance_km(noise, still, HOUR) == 0.0
    assert distance_km(readings((0, 20.0)), readings((0, 110.0)), HOUR) is None
    assert distance_km(readings((0, 20.0), (60, np.nan)), readings((0, 110.0), (60, 110.0)), HOUR) is None


@pytest.mark.parametrize(
    ("scanned", "lot"),
    [
        (" PEN-2610-01\n", "PEN-2610-01"),
        ("(01)09506000134352(17)261231(10)PEN-1", "PEN-1"),
        ("(10)PEN-1(21)77", "PEN-1"),
        ("]d201095060001343521726123110PEN-1\x1d2177", "PEN-1"),
        ("]C1\x1d10PEN-1", "PEN-1"),
        ("]C12177\x1d10PEN-1", "PEN-1"),
        ("]Q30109506000134352", "]Q30109506000134352"),
        ("10PEN", "10PEN"),
    ],
)
def test_a_lot_is_found_in_what_a_scanner_types(scanned: str, lot: str) -> None:
    assert lot_number_in(scanned) == lot


@given(st.text())
def test_nothing_that_is_scanned_makes_it_fall_over(scanned: str) -> None:
    lot_number_in(scanned)
    lot_number_in("]C1" + scanned)
