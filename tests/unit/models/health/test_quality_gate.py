"""A room's probe and its door: what may reach a detector, and what is told of the rest."""

from __future__ import annotations

import numpy as np
import pytest

from models.health.api import Alarm, Values
from models.health.quality_gate import GateSettings, QualityGate, SignalBounds

SIGNALS = ("air", "door")
ROW = np.array([0])
BOUNDS = {
    "air": SignalBounds(low=-60, high=60, jump=3.0),
    "door": SignalBounds(may_stand=True),
}


def a_gate(**air: float) -> QualityGate:
    """Learned from an hour in which the air never stood still for more than two readings."""
    rng = np.random.default_rng(1)
    healthy = np.column_stack([np.repeat(5 + rng.normal(0, 0.1, 40), 2), np.zeros(80)])
    bounds = {**BOUNDS, "air": SignalBounds(**{"low": -60.0, "high": 60.0, "jump": 3.0, **air})}  # type: ignore[arg-type]
    return QualityGate(SIGNALS, GateSettings(bounds=bounds)).fit(healthy)


def passed(gate: QualityGate, air: list[float], step_s: float = 60.0) -> tuple[Values, list[int]]:
    """What passed of the air, and the alarms, tick by tick."""
    told = [gate.clean(ROW, at * step_s, np.array([[value, 0.0]])) for at, value in enumerate(air)]
    return np.array([values[0, 0] for values, _ in told]), [int(result.alarm[0]) for _, result in told]


def test_a_spike_never_passes() -> None:
    values, alarms = passed(a_gate(), [5.0, 5.1, 25.0, 5.2])
    np.testing.assert_array_equal(values, [5.0, 5.1, np.nan, 5.2])
    assert alarms == [0, 0, Alarm.SPIKE, 0]


def test_a_real_step_passes_one_tick_late() -> None:
    values, _ = passed(a_gate(), [5.0, 12.0, 12.2, 12.1])
    np.testing.assert_array_equal(values, [5.0, np.nan, 12.2, 12.1])


@pytest.mark.parametrize(
    ("value", "quality"), [(5.0, 24), (5.0, 64), (5.0, 216), (200.0, 192), (np.nan, 192), (np.inf, 192)]
)
def test_bad_doubtful_forced_and_impossible_values_stay_outside(value: float, quality: int) -> None:
    gate = a_gate()
    values, result = gate.clean(ROW, 0.0, np.array([[value, 1.0]]), np.array([[quality, 192]], np.uint8))
    np.testing.assert_array_equal(values, [[np.nan, 1.0]])
    assert result.alarm[0] == Alarm.RANGE
    assert result.stat[0] == 0.5
    assert [each.signal for each in gate.explain(0)] == ["air"]


def test_a_probe_that_stands_still_is_told_a_door_that_does_is_not() -> None:
    """Healthy runs are of one repetition: three times that and fifteen ticks are allowed."""
    _, alarms = passed(a_gate(), [5.0] * 30)
    assert alarms.index(Alarm.STUCK) == 19
    assert set(alarms[19:]) == {Alarm.STUCK}


def test_before_anything_was_learned_nothing_is_stuck() -> None:
    gate = QualityGate(SIGNALS, rows=1)
    assert set(passed(gate, [5.0] * 100)[1]) == {0}


def test_silence_is_told_after_fifteen_minutes() -> None:
    _, alarms = passed(a_gate(), [5.0, *[np.nan] * 20, 5.1])
    told = [bool(alarm & Alarm.STALE) for alarm in alarms]
    assert told.index(True) == 16
    assert not told[-1]


def test_what_moves_faster_than_the_thing_can_does_not_pass() -> None:
    values, alarms = passed(a_gate(jump=np.inf, rate_per_s=0.05), [5.0, 9.0, 5.1])
    assert np.isnan(values[1])
    assert alarms == [0, Alarm.RATE, 0]


def test_a_clock_that_goes_back_is_told_and_teaches_nothing() -> None:
    gate = a_gate()
    gate.clean(ROW, 100.0, np.array([[5.0, 0.0]]))
    values, result = gate.clean(ROW, 40.0, np.array([[7.0, 0.0]]))
    assert result.alarm[0] == Alarm.CLOCK
    assert np.isnan(values).all()
    values, result = gate.clean(ROW, 160.0, np.array([[5.1, 0.0]]))
    assert result.alarm[0] == 0


def test_temperatures_may_pass_as_the_median_of_five() -> None:
    gate = a_gate(jump=np.inf, smooth=True)
    course = [5.0, 5.4, 5.1, 9.0, 5.2, 5.3, 5.0]
    values, _ = passed(gate, course)
    assert values[0] == 5.0
    for at in range(4, len(course)):
        assert values[at] == np.median(course[at - 4 : at + 1])
