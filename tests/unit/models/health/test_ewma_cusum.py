"""A motor's temperature through its days: what stays away from the level is told, a spike and the sun are not."""

from __future__ import annotations

import numpy as np
import pytest

from models.health.api import Alarm, Reason, Values
from models.health.ewma_cusum import CusumSettings, EwmaCusum
from models.health.var_learning import TooFewHealthyRows

STEP_S = 300.0
DAY = int(86_400 / STEP_S)
ROW = np.array([0])


def a_motor(days: float, seed: int = 1, swing: float = 0.0) -> tuple[Values, Values]:
    """A reading every five minutes, and their times."""
    rng, ticks = np.random.default_rng(seed), int(days * DAY)
    time_s: Values = np.arange(float(ticks)) * STEP_S
    x = 60 + rng.normal(0, 1, ticks) + swing * np.sin(2 * np.pi * time_s / 86_400)
    return x[:, None], time_s


def test_a_shift_is_told_within_hours_with_its_direction() -> None:
    x, time_s = a_motor(14)
    x[10 * DAY :] -= 5.0
    alarm = EwmaCusum(["winding"], rows=1).score(x, time_s).alarm
    first = int(np.flatnonzero(alarm)[0])
    assert alarm[first] == Alarm.LEVEL_LOW
    assert 2 < (time_s[first] - time_s[10 * DAY]) / 3_600 < 8


def test_spikes_and_healthy_days_raise_nothing() -> None:
    x, time_s = a_motor(30, seed=2)
    x[::50] += 200.0
    assert not EwmaCusum(["winding"], rows=1).score(x, time_s).alarm.any()


def test_what_every_day_does_is_usual() -> None:
    """A swing of eight with the sun: learned by the hour; the shift on top is seen all the same."""
    known, known_s = a_motor(14, seed=3, swing=8.0)
    x, time_s = a_motor(10, seed=4, swing=8.0)
    x[7 * DAY :] += 6.0
    plain = EwmaCusum(["winding"], CusumSettings(k=1.0)).fit(known)
    daily = EwmaCusum(["winding"], CusumSettings(daily=True)).fit(known, time_s=known_s)
    first = int(np.flatnonzero(daily.score(x, time_s).alarm)[0])
    assert 7 * DAY <= first < 7.5 * DAY
    assert not plain.score(x, time_s).alarm[:first].any() or plain.score(x, time_s).alarm[: 7 * DAY].any()


def test_after_an_alarm_began_none_begins_for_the_quiet_time() -> None:
    x, time_s = a_motor(20, seed=5)
    for day in (5, 7, 15):
        x[day * DAY : day * DAY + DAY // 2] += 6.0
    held = EwmaCusum(["winding"], rows=1).score(x, time_s).alarm != 0
    begins = np.flatnonzero(held & ~np.concatenate([[False], held[:-1]])) // DAY
    assert begins.tolist() == [5, 15]


def test_nothing_is_told_while_the_level_is_being_learned() -> None:
    x, time_s = a_motor(1, seed=6)
    told = EwmaCusum(["winding"], CusumSettings(warm=100), 1).score(x, time_s)
    assert np.isnan(told.stat[:100]).all()
    assert np.isfinite(told.stat[100:]).all()


def test_maintenance_takes_the_level_anew() -> None:
    x, time_s = a_motor(14, seed=7)
    x[7 * DAY :] += 8.0  # a stronger motor
    for maintained in (True, False):
        model = EwmaCusum(["winding"]).fit(x[: 5 * DAY])
        alarms = 0
        for tick in range(5 * DAY, len(x)):
            if maintained and tick == 7 * DAY:
                model.reset(ROW, Reason.MAINTENANCE)
            alarms += int(model.update(ROW, float(time_s[tick]), x[tick : tick + 1]).alarm[0] != 0)
        assert (alarms == 0) == maintained


def test_the_level_is_robust_and_an_excluded_period_teaches_nothing() -> None:
    x, time_s = a_motor(10, seed=8)
    x[:DAY] += 30.0
    ok = np.arange(len(x)) >= DAY
    model = EwmaCusum(["winding"]).fit(x, ok, time_s=time_s)
    assert model._table["level"][0, 0] == pytest.approx(60, abs=0.1)
    assert model._table["scale"][0, 0] == pytest.approx(1, abs=0.1)


def test_it_says_which_signal_and_how_far() -> None:
    x, time_s = a_motor(12, seed=9)
    two = np.hstack([x, x[::-1]])
    two[11 * DAY :, 1] += 4.0
    model = EwmaCusum(["winding", "bearing"]).fit(two[: 10 * DAY])
    for tick in range(10 * DAY, len(two)):
        model.update(ROW, float(time_s[tick]), two[tick : tick + 1])
    first = model.explain(0)[0]
    assert first.signal == "bearing"
    assert first.contribution > 2
    assert first.expected == pytest.approx(60, abs=1)
    assert model.held(ROW).tolist() == [[0, 1]]


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(TooFewHealthyRows):
        EwmaCusum(["winding"]).fit(np.full((100, 1), np.nan))
