"""One figure for a machine, and whether the models behind it still fit."""

from __future__ import annotations

import numpy as np
import pytest

from models.health.api import Alarm, Reason, Result, Values
from models.health.health_index import HealthIndex, IndexSettings
from models.health.model_watch import ModelWatch, WatchSettings

ROW = np.array([0])
PARTS = ("levels", "var", "pca")


def run(index: HealthIndex, parts: Values) -> Result:
    told = [index.update(ROW, float(at), values[None]) for at, values in enumerate(parts)]
    return Result(*(np.concatenate([getattr(each, name) for each in told]) for name in ("stat", "alarm", "sigma")))


def parts(ticks: int, seed: int = 1, more: float = 0.0) -> Values:
    """Statistics of three detectors, far below their limits of one."""
    return np.asarray(0.4 + more + 0.05 * np.random.default_rng(seed).normal(size=(ticks, 3)))


def test_health_is_unknown_first_then_near_a_hundred() -> None:
    index = HealthIndex(PARTS, IndexSettings(baseline_ticks=100), 1)
    run(index, parts(100))
    assert np.isnan(index.health(ROW)[0])
    assert not run(index, parts(3_000, seed=2)).alarm.any()
    assert 80 < index.health(ROW)[0] <= 100


def test_small_wear_of_all_is_told_before_any_detector_alarms() -> None:
    index = HealthIndex(PARTS, IndexSettings(baseline_ticks=100), 1)
    run(index, parts(400))
    worn = run(index, parts(300, seed=3, more=0.2))  # 0.6 of their limits
    assert worn.alarm[-1] == Alarm.HEALTH
    assert index.health(ROW)[0] < 55
    assert index.explain(0)[0].contribution > 2


def test_after_maintenance_the_new_machine_is_the_measure() -> None:
    index = HealthIndex(PARTS, IndexSettings(baseline_ticks=100), 1)
    run(index, np.vstack([parts(400), parts(300, more=0.2)]))
    index.reset(ROW, Reason.MAINTENANCE)
    assert not run(index, parts(2_000, seed=4, more=0.2)).alarm.any()
    assert index.health(ROW)[0] > 80


def test_getting_better_is_no_wear_and_silence_changes_nothing() -> None:
    index = HealthIndex(PARTS, IndexSettings(baseline_ticks=100), 1).fit(parts(300))
    run(index, parts(300, seed=5, more=-0.3))
    before = index.health(ROW)[0]
    assert before == pytest.approx(100, abs=1)
    run(index, np.full((50, 3), np.nan))
    assert index.health(ROW)[0] == before


@pytest.mark.parametrize(("size", "told"), [(1.0, False), (2.5, True), (0.1, True)])
def test_a_model_that_does_not_fit_its_machine_is_told(size: float, told: bool) -> None:
    """Deviations much larger or smaller than while it was learned: learn again."""
    watch = ModelWatch(("a", "b"), WatchSettings(weight=1e-2, least_ticks=500), 1)
    sigma = size * np.random.default_rng(6).normal(size=(1_500, 2))
    result = watch.score(sigma)
    assert np.isnan(result.stat[:499]).all()
    assert (result.alarm[-1] == Alarm.MODEL) == told
    for at, values in enumerate(sigma[-500:]):
        watch.update(ROW, float(at), values[None])
    assert watch.explain(0)[0].expected == 1.0
