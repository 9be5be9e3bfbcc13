"""Four bearings on a shaft: started again they all stand elsewhere; a failing one does not take the others along."""

from __future__ import annotations

import numpy as np
import pytest

from models.health.restart import RestartSettings, RestartWatch

ROW = np.array([0])
STEP_S = 600.0


def restarts(deviation: np.ndarray, gap_at: int | None = None, signals: int = 4) -> list[int]:
    """Ticks at which the machine is taken for started again."""
    watch, found, now = RestartWatch(signals, RestartSettings(), 1), [], 0.0
    for tick, values in enumerate(deviation):
        now += 86_400.0 if tick == gap_at else STEP_S
        if watch.update(ROW, now, values[None])[0]:
            found.append(tick)
    return found


def calm(ticks: int, signals: int = 4) -> np.ndarray:
    return np.asarray(np.random.default_rng(2).normal(size=(ticks, signals)).clip(-1.5, 1.5))


def test_all_at_once_for_three_ticks_is_a_restart() -> None:
    x = calm(50)
    x[30:34] += 8.0
    assert restarts(x) == [32]


@pytest.mark.parametrize("ticks", [1, 2])
def test_a_jolt_is_none(ticks: int) -> None:
    x = calm(50)
    x[30 : 30 + ticks] += 8.0
    assert restarts(x) == []


def test_a_failure_that_spreads_is_none() -> None:
    x = calm(80)
    x[30:, 0] += 8.0
    x[45:] += 8.0
    assert restarts(x) == []


def test_after_a_silence_smaller_steps_suffice() -> None:
    x = calm(50) / 3
    x[30:40] += 3.0
    assert restarts(x) == []
    assert restarts(x, gap_at=30) == [32]


def test_a_silence_alone_is_none_and_does_not_hide_a_bearing_that_was_failing() -> None:
    x = calm(50)
    x[20:, 2] += 12.0
    assert restarts(x, gap_at=30) == []


def test_two_signals_say_too_little() -> None:
    x = calm(50, signals=2)
    x[30:] += 8.0
    assert restarts(x, signals=2) == []
