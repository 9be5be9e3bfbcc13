"""How long the product has: known answers of the formula, an interval around them, nothing where nobody can know."""

from __future__ import annotations

import numpy as np
import pytest

from models.health.api import Values
from models.health.cold_room import ColdRoomMonitor
from models.health.time_to_breach import FARTHEST_MIN, minutes_to, product_after
from tests.unit.models.health.simulated_rooms import DAY_MIN, LIMIT_C, TAU_MIN, healthy, known, warming

BREAKS = DAY_MIN + 300


def of(*numbers: float) -> np.ndarray:
    return np.array(numbers)


def test_a_product_in_still_air_comes_nearer_by_one_over_e_in_its_time_constant() -> None:
    after = product_after(of(120.0), of(-10.0), of(0.0), of(-20.0), of(120.0))
    assert after[0] == pytest.approx(-10 - 10 / np.e)


def test_the_breach_is_where_the_course_passes_the_limit() -> None:
    # -10 - 10 exp(-t/120) = -15 at t = 120 ln 2
    assert minutes_to(of(-15.0), of(-10.0), of(0.0), of(-20.0), of(120.0))[0] == pytest.approx(83.18, abs=0.1)
    assert minutes_to(of(-15.0), of(-16.0), of(0.0), of(-20.0), of(120.0))[0] == np.inf
    assert minutes_to(of(-15.0), of(-10.0), of(0.0), of(-14.0), of(120.0))[0] == 0


def warm(monitor: ColdRoomMonitor, minutes: int) -> tuple[ColdRoomMonitor, float]:
    """The monitor so long after cooling was lost, and how long its product really has."""
    return watched(monitor, minutes, warming(healthy(1.5, seed=5), BREAKS))


def watched(monitor: ColdRoomMonitor, minutes: int, x: Values) -> tuple[ColdRoomMonitor, float]:
    product, course = -20.0, []
    for air in x[:, 0, 0]:
        product += (air - product) / TAU_MIN
        course.append(product)
    for minute in range(BREAKS - 600, BREAKS + minutes):
        monitor.update(np.array([0]), minute * 60.0, x[minute, :, : len(monitor.signals)])
    return monitor, float(np.argmax(np.array(course) > LIMIT_C) - BREAKS - minutes)


def ahead_of_its_product(lead_k: float, lifted: tuple[int, int, float]) -> Values:
    """A room whose air is so much warmer than its product once cooling is lost, as walls and product make it.

    `lifted` is what a door or a defrost adds to the air: from and to in minutes after the loss, K.
    """
    x, product, draw = healthy(1.5, seed=5), -20.0, np.random.default_rng(2)
    for minute in range(BREAKS - 600, len(x)):
        since = minute - BREAKS
        if since >= 0:
            extra = lifted[2] if lifted[0] <= since < lifted[1] else 0.0
            x[minute, 0, 0] = product + lead_k * (1 - np.exp(-(since + 1) / 5)) + extra + draw.normal(0, 0.1)
        product += (x[minute, 0, 0] - product) / TAU_MIN
    return x


def test_the_time_is_told_within_minutes_and_lies_in_its_interval() -> None:
    monitor, left = warm(known(whole=False), 70)
    told = monitor.breach(0)
    assert told is not None
    assert told.likely == pytest.approx(left, abs=15)
    assert told.low < left < told.high


@pytest.mark.parametrize("lifted", [(0, 0, 0.0), (24, 34, 4.0), (40, 60, 3.0), (70, 78, 5.0)])
def test_a_door_or_a_defrost_during_the_loss_moves_the_time_by_minutes_only(lifted: tuple[int, int, float]) -> None:
    monitor, left = watched(known(whole=False), 80, ahead_of_its_product(4.0, lifted))
    told = monitor.breach(0)
    assert told is not None
    assert told.likely == pytest.approx(left, abs=12)
    assert told.low < left < told.high


@pytest.mark.parametrize("given", [True, False])
def test_the_products_own_time_constant_is_what_makes_the_time_right(given: bool) -> None:
    monitor = known(whole=False)
    monitor.configure(np.array([0]), limit_c=LIMIT_C, product_tau_min=TAU_MIN if given else 3 * TAU_MIN)
    _, left = watched(monitor, 80, ahead_of_its_product(4.0, (0, 0, 0.0)))
    told = monitor.breach(0)
    assert told is not None
    assert (abs(told.likely - left) <= 10) is given


def test_without_the_time_constant_the_interval_is_wider() -> None:
    given, _ = warm(known(whole=False), 70)
    guessed = known(whole=False)
    guessed.configure(np.array([0]), limit_c=LIMIT_C)
    warm(guessed, 70)
    sure, unsure = given.breach(0), guessed.breach(0)
    assert sure is not None
    assert unsure is not None
    assert unsure.low < sure.low < sure.high <= unsure.high


def test_a_cold_room_has_no_breach_ahead_but_a_hold_over() -> None:
    monitor = known(whole=False)
    x = healthy(1, seed=5)[:, :, :1]
    assert np.isnan(np.asarray(monitor.score(x).breach_min)).all()
    for minute in range(DAY_MIN):
        monitor.update(np.array([0]), minute * 60.0, x[minute])
    assert monitor.breach(0) is None
    hold = monitor.hold_over(0)
    assert hold is not None
    assert 30 < hold.low < hold.likely < hold.high


def test_nothing_is_told_beyond_three_hours() -> None:
    monitor = known(whole=False)
    monitor.configure(np.array([0]), limit_c=-5.0, product_tau_min=600.0)
    told = np.asarray(monitor.score(warming(healthy(1.5, seed=5), BREAKS)[BREAKS - 100 :, :, :1]).breach_min)
    assert not (told > FARTHEST_MIN).any()
