"""What goes wrong with a cold room is told by its name, early, and a healthy room is left in peace."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.health.api import Reason, Values
from models.health.cold_room import ColdRoomMonitor
from models.health.cold_room_causes import CAUSES, SIGNALS_C, ColdAlarm, causes_of
from models.health.replay import HistoryOfAnotherShape
from tests.unit.models.health.simulated_rooms import DAY_MIN, LIMIT_C, SETTINGS, TAU_MIN, healthy, known, warming

BREAKS = DAY_MIN + 300  # minute at which things go wrong, far from a defrost
BEGINS = BREAKS - 240


@pytest.fixture(scope="module")
def air_only() -> ColdRoomMonitor:
    return known(whole=False)


@pytest.fixture(scope="module")
def whole() -> ColdRoomMonitor:
    return known(whole=True)


def first(monitor: ColdRoomMonitor, x: Values, cause: ColdAlarm) -> float:
    """Minutes from BREAKS to the first alarm of this cause; infinite without one."""
    alarm = monitor.score(x[BEGINS:, :, : len(monitor.signals)]).alarm[:, 0]
    at = np.flatnonzero(alarm & np.uint32(cause))
    return float(at[0] + BEGINS - BREAKS) if len(at) else float("inf")


def test_a_healthy_room_with_its_defrosts_and_doors_raises_nothing(
    air_only: ColdRoomMonitor, whole: ColdRoomMonitor
) -> None:
    x = healthy(2, seed=5)
    assert not air_only.score(x[:, :, :1]).alarm.any()
    assert not whole.score(x).alarm.any()
    assert np.nanmax(x[:, 0, 0]) > LIMIT_C + 3  # a bare limit would have spoken at each defrost


def test_a_loss_of_cooling_is_told_from_the_air_alone_within_the_hour(air_only: ColdRoomMonitor) -> None:
    assert 10 < first(air_only, warming(healthy(1.4, seed=5), BREAKS), ColdAlarm.COOLING) <= 60


def test_with_every_rule_of_the_air_switched_off_the_same_loss_is_not_told() -> None:
    never = replace(SETTINGS, slow_share=-9.0, turn_times=999.0, long_times=999.0, high_k=999.0)
    monitor = known(whole=False, settings=never)
    assert first(monitor, warming(healthy(1.4, seed=5), BREAKS), ColdAlarm.COOLING) == float("inf")


def test_a_dead_compressor_is_named_from_a_coil_that_does_not_cool(whole: ColdRoomMonitor) -> None:
    assert first(whole, warming(healthy(1.4, seed=5), BREAKS), ColdAlarm.COMPRESSOR) <= 25


def test_without_the_rule_of_the_coil_the_compressor_is_not_named() -> None:
    monitor = known(whole=True, settings=replace(SETTINGS, warm_times=999.0, warm_min=9_999.0))
    assert first(monitor, warming(healthy(1.4, seed=5), BREAKS), ColdAlarm.COMPRESSOR) == float("inf")


def test_no_power_is_told_in_five_minutes_and_is_no_compressor(whole: ColdRoomMonitor) -> None:
    x = warming(healthy(1.4, seed=5), BREAKS)
    x[BREAKS:, :, 1] = 0.0
    assert first(whole, x, ColdAlarm.POWER) <= 7
    assert first(whole, x, ColdAlarm.COMPRESSOR) == float("inf")


def test_a_fan_that_stands_leaves_the_coil_far_too_cold(whole: ColdRoomMonitor) -> None:
    x = warming(healthy(1.4, seed=5), BREAKS)
    x[BREAKS:, :, 1], x[BREAKS:, :, 3] = 0.8, x[BREAKS:, :, 0] - 16
    assert first(whole, x, ColdAlarm.FAN) <= 12


def test_a_door_left_open_is_told_after_longer_than_anybody_ever_held_it(whole: ColdRoomMonitor) -> None:
    x = healthy(1.4, seed=5)
    x[BREAKS : BREAKS + 60, :, 2] = 1.0
    assert 3 < first(whole, x, ColdAlarm.DOOR) <= 20


def test_a_heater_that_does_not_go_off_is_told(whole: ColdRoomMonitor) -> None:
    x = healthy(1.4, seed=5)
    x[BREAKS : BREAKS + 120] = x[DAY_MIN + 20 : DAY_MIN + 21]  # the hottest minute of a defrost, on and on
    assert 25 < first(whole, x, ColdAlarm.DEFROST_STUCK) <= 45


def test_a_leak_lets_cooling_run_ever_longer_days_before_the_room_gets_warm(whole: ColdRoomMonitor) -> None:
    x = healthy(2.6, seed=5)
    phase = np.arange(len(x)) % 20
    runs_longer = (np.arange(len(x)) > BREAKS) & (phase >= 5)
    x[runs_longer & (x[:, 0, 1] < 0.5), :, 1] = 1.2
    assert 60 < first(whole, x, ColdAlarm.LEAK) < DAY_MIN
    assert causes_of(int(np.bitwise_or.reduce(whole.score(x[BEGINS:]).alarm[:, 0]))) == ("leak",)


def test_a_probe_that_stands_still_falls_silent_or_jumps_is_told_as_a_probe(air_only: ColdRoomMonitor) -> None:
    stuck, lost, jumpy = healthy(1.4, seed=5), healthy(1.4, seed=5), healthy(1.4, seed=5)
    stuck[BREAKS:, :, 0] = stuck[BREAKS, 0, 0]
    lost[BREAKS:, :, 0] = np.nan
    jumpy[BREAKS : BREAKS + 100 : 20, :, 0] += 25
    assert first(air_only, stuck, ColdAlarm.SENSOR_STUCK) <= 30
    assert first(air_only, lost, ColdAlarm.SENSOR_DROPOUT) <= 16
    assert first(air_only, jumpy, ColdAlarm.SENSOR_SPIKE) <= 100
    assert first(air_only, jumpy, ColdAlarm.COOLING) == float("inf")


def test_a_probe_that_drifts_is_told_before_the_room_seems_warm(air_only: ColdRoomMonitor) -> None:
    x = healthy(2.6, seed=5)
    x[BREAKS:, :, 0] += (np.arange(len(x) - BREAKS) * 0.08 / 60)[:, None]
    drift = first(air_only, x, ColdAlarm.SENSOR_DRIFT)
    assert drift < DAY_MIN
    assert drift < first(air_only, x, ColdAlarm.COOLING)


def test_a_room_nobody_knows_yet_falls_back_on_the_limit_for_an_hour() -> None:
    monitor = ColdRoomMonitor(rows=1)
    monitor.configure(np.array([0]), limit_c=LIMIT_C, product_tau_min=TAU_MIN)
    monitor.fit(healthy(1.5)[:, :, :1])  # not seven days
    assert monitor.learning.tolist() == [True]
    x = warming(healthy(1.4, seed=5), BREAKS, rate=0.3)
    over = int(np.argmax(x[BREAKS:, 0, 0] > LIMIT_C))
    assert first(monitor, x, ColdAlarm.LIMIT) == pytest.approx(over + 60, abs=6)
    assert first(monitor, x, ColdAlarm.COOLING) == float("inf")


def test_a_period_that_a_person_excluded_is_not_learned_from() -> None:
    x = healthy(1.1)[:, :, :1]
    handled = np.ones(len(x), dtype=bool)
    handled[1000:1060] = False
    x[1000:1060] = 8.4  # the freezer stood open for cleaning
    spoilt = ColdRoomMonitor(settings=SETTINGS, rows=1).fit(x).state()
    clean = ColdRoomMonitor(settings=SETTINGS, rows=1).fit(x, handled).state()
    assert spoilt["highest"][0] > 8
    assert clean["highest"][0] < -9


def test_maintenance_forgets_what_runs_and_removal_what_was_learned() -> None:
    monitor = known(whole=False, rooms=2)
    row = np.array([0])
    for minute in range(30):
        monitor.update(row, minute * 60.0, np.full((1, 1), -5.0))
    assert monitor.state()["out"].tolist() == [True, False]
    monitor.reset(row, Reason.MAINTENANCE)
    assert not monitor.state()["out"].any()
    assert not monitor.learning.any()
    monitor.reset(row, Reason.REMOVED)
    assert monitor.learning.tolist() == [True, False]


def test_what_has_most_to_do_with_it_is_explained(whole: ColdRoomMonitor) -> None:
    x = warming(healthy(1.4, seed=5), BREAKS)
    for minute in range(BREAKS, BREAKS + 60):
        whole.update(np.array([0]), minute * 60.0, x[minute])
    told = {each.signal: each for each in whole.explain(0)}
    assert told["air"].value > told["air"].expected + 3
    assert set(told) <= set(SIGNALS_C)


def test_every_cause_has_a_name_and_other_signals_are_refused() -> None:
    assert set(CAUSES) == set(ColdAlarm)
    with pytest.raises(HistoryOfAnotherShape):
        ColdRoomMonitor(("humidity",))
