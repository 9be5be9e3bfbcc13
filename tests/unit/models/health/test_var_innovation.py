"""A pump whose flow follows its pressure, until a valve sticks."""

from __future__ import annotations

import numpy as np
import pytest

from models.health.api import Alarm, Reason, Values
from models.health.pca_t2q import PcaT2Q
from models.health.table import StateOfAnotherModel
from models.health.var_innovation import VarInnovation
from models.health.var_learning import TooFewHealthyRows, VarSettings

SIGNALS = ("flow", "pressure", "current")
ROW = np.array([0])


def a_pump(ticks: int, seed: int = 1, stuck_from: int | None = None) -> Values:
    """Pressure wanders; flow is twice the pressure of the tick before; a stuck valve freezes the flow's law."""
    rng = np.random.default_rng(seed)
    pressure = 5 + np.convolve(rng.normal(0, 0.3, ticks + 20), np.ones(20) / 4, "valid")[:ticks]
    flow = 2 * np.roll(pressure, 1) + rng.normal(0, 0.05, ticks)
    if stuck_from is not None:
        flow[stuck_from:] = flow[stuck_from] + rng.normal(0, 0.5, ticks - stuck_from)
    return np.column_stack([flow, pressure, 1 + rng.normal(0, 0.02, ticks)])


def test_a_healthy_pump_stays_silent_and_a_stuck_valve_is_told_soon() -> None:
    model = VarInnovation(SIGNALS).fit(a_pump(600))
    assert not (model.score(a_pump(2_000, seed=2)).alarm != 0).any()
    alarm = model.score(a_pump(600, seed=3, stuck_from=300)).alarm
    first = int(np.flatnonzero(alarm)[0])
    assert 300 <= first < 330
    assert alarm[first] == Alarm.INNOVATION


def test_the_signal_that_left_is_named_first_with_what_was_expected() -> None:
    model = VarInnovation(SIGNALS).fit(a_pump(600))
    x = a_pump(50, seed=4)
    for tick, values in enumerate(x[:-1]):
        model.update(ROW, float(tick), values[None])
    x[-1, 0] += 3.0
    model.update(ROW, 49.0, x[-1:])
    first = model.explain(0)[0]
    assert first.signal == "flow"
    assert first.contribution > 8  # what is clipped in the statistic is told as it was
    assert first.value == pytest.approx(x[-1, 0])
    assert first.expected == pytest.approx(2 * x[-2, 1], abs=0.3)


def test_slow_warming_is_foretold() -> None:
    """Learned while the oil warmed a little; it warms on, and what looks at levels alarms nearly all the time."""

    def with_oil(x: Values, begin: float, end: float) -> Values:
        return np.column_stack([x, np.linspace(begin, end, len(x)) + np.random.default_rng(3).normal(0, 0.01, len(x))])

    learned, later = with_oil(a_pump(600), 40.0, 41.0), with_oil(a_pump(900, seed=5), 41.0, 42.5)
    names = (*SIGNALS, "oil")
    assert not (VarInnovation(names).fit(learned).score(later).alarm != 0).any()
    assert (PcaT2Q(names).fit(learned).score(later).alarm[-450:] != 0).mean() > 0.5


def test_deviations_come_from_rows_that_were_not_learned_from() -> None:
    """With many signals and few rows a model foretells its own rows far too well; later rows are what counts."""
    rng = np.random.default_rng(6)
    names = [f"s{number}" for number in range(24)]
    learned, later = rng.normal(size=(120, 24)), rng.normal(size=(1_500, 24))
    sigma = VarInnovation(names).fit(learned).score(later).sigma
    assert np.nanstd(sigma) < 1.06


def test_a_separate_normal_run_gives_the_limit() -> None:
    model = VarInnovation(SIGNALS).fit(a_pump(300))
    normal = a_pump(2_000, seed=7)
    model.calibrate(normal, quantile=0.99, factor=1.0)
    assert (model.score(normal).alarm != 0).mean() == pytest.approx(0.01, abs=0.002)


def test_excluded_and_incomplete_rows_are_not_learned_from() -> None:
    clean, dirty = a_pump(600), a_pump(600)
    dirty[100:150] += 40.0
    dirty[300, 1] = np.nan
    ok = np.ones(600, dtype=bool)
    ok[100:150] = False
    kept, spoiled = VarInnovation(SIGNALS).fit(dirty, ok), VarInnovation(SIGNALS).fit(dirty)
    plain = VarInnovation(SIGNALS).fit(clean)
    np.testing.assert_allclose(kept._table["weights"], plain._table["weights"], atol=0.1)
    assert spoiled._table["deviation"][0].max() > 5 * plain._table["deviation"][0].max()


def test_a_gap_is_no_surprise() -> None:
    model = VarInnovation(SIGNALS, VarSettings(gap_s=10.0)).fit(a_pump(600))
    x = a_pump(40, seed=8)
    x[20:] += 2.0  # the working point after two hours is another one
    times = np.arange(40.0) + np.where(np.arange(40) >= 20, 7_200.0, 0.0)
    told, blind = model.score(x, times), model.score(x)
    assert np.isnan(told.sigma[20:22]).all()
    assert told.stat[20] == told.stat[19]
    assert blind.stat[20] > 1.05 * blind.stat[19]


def test_one_wild_reading_alone_raises_no_alarm() -> None:
    """And what is as wild for a minute does, and is over soon after."""
    model = VarInnovation(SIGNALS).fit(a_pump(600))
    x = a_pump(300, seed=9)
    x[50, 2] = 1e9
    x[150:210:2, 2] = 1e9
    stat = model.score(x).stat
    assert stat[2:150].max() < 1
    assert stat[160:212].max() > 1
    assert stat[270:].max() < 1


def test_few_healthy_rows_and_another_machines_state_are_refused() -> None:
    with pytest.raises(TooFewHealthyRows):
        VarInnovation(SIGNALS).fit(a_pump(30))
    with pytest.raises(StateOfAnotherModel):
        VarInnovation(SIGNALS[:2]).restore(VarInnovation(SIGNALS).fit(a_pump(100)).state())


def test_one_machine_learns_again_beside_the_others_and_a_removed_one_knows_nothing() -> None:
    both = np.stack([a_pump(600), a_pump(600, seed=11)], axis=1)
    model = VarInnovation(SIGNALS).fit(both)
    before = model.state()["weights"]
    model.fit(3 * a_pump(600, seed=12), rows=np.array([1]))
    np.testing.assert_array_equal(model.state()["weights"][0], before[0])
    assert not np.allclose(model.state()["offset"][1], both[:, 1].mean(axis=0))
    model.reset(np.array([1]), Reason.REMOVED)
    result = model.update(np.array([0, 1]), 0.0, both[0])
    assert np.isnan(result.stat[1])
    assert result.alarm[1] == 0
