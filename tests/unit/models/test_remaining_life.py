"""Machines that wear until they fail: what is left, how sure that is, and what is said when too few have failed."""

from __future__ import annotations

from math import inf, isinf

import numpy as np
import pytest

from models.health.life_estimate import Basis, Life
from models.health.life_features import OF_ONE_SIGNAL, life_features
from models.health.life_trend import LifeTrend, life_model
from models.health.remaining_life import GrownOtherwise, LifeSettings, RemainingLife, TooFewFailures, Widths
from models.health.table import StateOfAnotherModel

QUICK = LifeSettings(trees=30, folds=4)


def a_life(number: int, *, length: int = 0, failed: bool = True) -> Life:
    """Three signals: one rises and one falls towards the end, one never moves."""
    draw = np.random.default_rng(number)
    n = length or int(draw.integers(120, 260))
    wear = np.exp((np.arange(n) - n) / 40.0)
    x = np.column_stack([500 + 20 * wear, 30 - 4 * wear, np.full(n, 7.0)]) + draw.normal(0, [0.5, 0.1, 0], (n, 3))
    return Life(str(number), x, failed)


@pytest.fixture(scope="module")
def learned() -> RemainingLife:
    return RemainingLife(QUICK).learn([a_life(number) for number in range(30)])


def test_an_old_machine_has_less_left_than_a_young_one(learned: RemainingLife) -> None:
    life = a_life(99, length=200)
    young, old = (learned.estimate(life.x[:until]).band for until in (60, 190))
    assert young
    assert old
    assert young.cycles > 80
    assert old.cycles < 30
    assert isinf(young.high)
    assert old.low <= 10 <= old.high


def test_the_band_holds_what_it_promises_for_machines_never_seen(learned: RemainingLife) -> None:
    within = []
    for number in range(100, 180):
        life = a_life(number)
        until = len(life.x) - int(np.random.default_rng(number).integers(0, 120))
        band = learned.estimate(life.x[:until]).band
        assert band
        within.append(band.low <= len(life.x) - until <= band.high)
    assert 0.8 <= np.mean(within) <= 1.0


def test_age_is_reported_beside_wear(learned: RemainingLife) -> None:
    estimate = learned.estimate(a_life(99, length=200).x[:150])
    assert (estimate.basis, estimate.failures, estimate.level) == (Basis.FAILURES, 30, 0.9)
    assert estimate.band
    assert estimate.ageless
    assert estimate.band != estimate.ageless


def test_nineteen_failures_are_too_few_and_the_trend_says_that_it_is_one() -> None:
    lives = [*(a_life(number) for number in range(19)), a_life(50, failed=False)]
    with pytest.raises(TooFewFailures):
        RemainingLife(QUICK).learn(lives)
    estimate = life_model(lives, QUICK).estimate(a_life(99, length=200).x[:190])
    assert (estimate.basis, estimate.failures, estimate.band, estimate.level) == (Basis.TREND, 19, None, None)
    assert estimate.ageless
    assert estimate.ageless.low <= 10 <= estimate.ageless.high


def test_without_a_failure_no_number_is_made_up() -> None:
    trend = LifeTrend().learn([a_life(number, failed=False) for number in range(5)])
    assert trend.estimate(a_life(99).x).basis is Basis.NOTHING
    assert LifeTrend().learn([a_life(1)]).estimate(a_life(2).x[:10]).basis is Basis.NOTHING


def test_it_is_kept_without_trees_and_grows_again(learned: RemainingLife) -> None:
    state = learned.state()
    assert {array.dtype.kind for array in state.values()} <= {"f", "i"}
    again = RemainingLife(QUICK)
    again.restore(state)
    x = a_life(99).x[:100]
    assert again.estimate(x) == learned.estimate(x)


def test_a_model_that_grows_otherwise_is_refused(learned: RemainingLife) -> None:
    state = learned.state()
    state["x"] = state["x"] + np.linspace(0, 5, len(state["x"]))[:, np.newaxis]
    with pytest.raises(GrownOtherwise):
        RemainingLife(QUICK).restore(state)
    del state["aged_half"]
    with pytest.raises(StateOfAnotherModel):
        RemainingLife(QUICK).restore(state)


def test_features_never_look_ahead_and_a_gap_holds_the_last_value() -> None:
    z = np.random.default_rng(3).normal(size=(80, 2))
    z[40, 0] = np.nan
    whole = life_features(z)
    assert whole.shape == (80, 2 * OF_ONE_SIGNAL + 1)
    assert np.isfinite(whole).all()
    for until in (1, 2, 45, 79):
        np.testing.assert_allclose(life_features(z[:until]), whole[:until], atol=1e-9)


def test_features_of_a_straight_line_are_known() -> None:
    row = life_features(np.arange(50.0)[:, np.newaxis])[-1]
    value, mean, deviation, slope, *_, age = row.tolist()
    assert (value, age) == (49, 50)
    assert mean == pytest.approx(34.5)
    assert deviation == pytest.approx(np.sqrt((30**2 - 1) / 12))
    assert slope == pytest.approx(1)


def test_widths_are_those_of_estimates_alike() -> None:
    told = np.concatenate([np.linspace(0, 10, 99), np.linspace(90, 100, 99)])
    off = np.concatenate([np.linspace(1, 2, 99), np.linspace(20, 30, 99)])
    widths = Widths.of(told, off, LifeSettings(bins=2))
    near, far = widths.band(5, 125), widths.band(95, 125)
    assert near.high - near.cycles == pytest.approx(1 + 89 / 98)
    assert far.low == pytest.approx(95 - 20 - 10 * 89 / 98)
    assert widths.band(99, 125).high == inf
