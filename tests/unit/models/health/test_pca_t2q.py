"""A steady mixer: off its usual directions, or far along them."""

from __future__ import annotations

import numpy as np
import pytest

from models.health.api import Alarm, Values
from models.health.pca_t2q import PcaSettings, PcaT2Q, directions
from models.health.var_learning import TooFewHealthyRows

SIGNALS = ("speed", "torque", "power", "heat")


def a_mixer(ticks: int, seed: int = 1) -> Values:
    """One load drives speed, torque and power; heat is its own."""
    rng = np.random.default_rng(seed)
    load = rng.normal(size=(ticks, 1))
    return np.hstack([10 + load * [1.0, 2.0, 3.0] + 0.1 * rng.normal(size=(ticks, 3)), rng.normal(size=(ticks, 1))])


def test_what_explains_most_comes_first() -> None:
    """The load takes three quarters of the variance, heat the rest: in this order, whatever the solver's."""
    told = directions(a_mixer(2_000), PcaSettings(components=2))
    assert 1 / told.inverse[0] == pytest.approx(3.0, abs=0.1)
    assert 1 / told.inverse[1] == pytest.approx(1.0, abs=0.1)
    np.testing.assert_allclose(np.abs(told.loadings[0, :3]), 1 / np.sqrt(3), atol=0.02)
    assert not told.loadings[2:].any()


def test_a_healthy_mixer_is_silent_and_each_kind_of_fault_is_named() -> None:
    model = PcaT2Q(SIGNALS).fit(a_mixer(600))
    assert not model.score(a_mixer(2_000, seed=2)).alarm.any()
    off, far = a_mixer(100, seed=3), a_mixer(100, seed=4)
    off[:, 1] = off[::-1, 1]  # torque doesn't belong to speed any more
    far[:, :3] += 6 * np.array([1.0, 2.0, 3.0])
    assert model.score(off).alarm[-1] == Alarm.Q
    assert model.score(far).alarm[-1] & Alarm.T2


def test_the_signal_that_does_not_belong_is_named() -> None:
    model = PcaT2Q(SIGNALS).fit(a_mixer(600))
    values = np.array([[10.0, 10.0 + 4.0, 10.0, 0.0]])
    model.update(np.array([0]), 0.0, values)
    first = model.explain(0)[0]
    assert first.signal == "torque"
    assert first.value == pytest.approx(14.0)
    assert first.contribution > 0
    assert first.expected < 13.0


def test_missing_signals_are_taken_as_usual_and_a_silent_machine_stands_still() -> None:
    model = PcaT2Q(SIGNALS).fit(a_mixer(600))
    x = a_mixer(50, seed=5)
    before = model.update(np.array([0]), 0.0, x[:1]).stat[0]
    told = model.update(np.array([0]), 1.0, np.full((1, 4), np.nan))
    assert told.stat[0] == before
    assert np.isnan(told.sigma).all()


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(TooFewHealthyRows):
        PcaT2Q(SIGNALS).fit(a_mixer(20))
