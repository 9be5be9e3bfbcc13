"""Small machines for the detectors of health: signals that move together, a fault in some, holes, uneven ticks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from models.health.api import Result, Values
from models.health.ewma_cusum import CusumSettings, EwmaCusum
from models.health.health_index import HealthIndex, IndexSettings
from models.health.model_watch import ModelWatch, WatchSettings
from models.health.pca_t2q import PcaT2Q
from models.health.quality_gate import GateSettings, QualityGate, SignalBounds
from models.health.rowwise import Rowwise
from models.health.var_innovation import VarInnovation
from models.health.var_learning import VarSettings

SIGNALS = ("flow", "pressure", "current")
MACHINES = 3
HEALTHY_TICKS = 120


@dataclass(frozen=True, slots=True)
class Stream:
    """`x` is (T, N, K), times (T,)."""

    healthy: Values
    x: Values
    time_s: Values


def signals(rng: np.random.Generator, ticks: int, machines: int = MACHINES) -> Values:
    """A common slow wave, and noise of each signal's own."""
    wave = 0.3 * rng.normal(size=(ticks, machines, 1)).cumsum(axis=0)
    noise = rng.normal(size=(ticks, machines, len(SIGNALS)))
    return np.asarray(20.0 + np.array([1.0, 0.6, -0.4]) * wave + 0.2 * noise)


def stream(seed: int, ticks: int) -> Stream:
    """The first machine's last signal leaves for the second half; a tenth of the readings is lost."""
    rng = np.random.default_rng(seed)
    x = signals(rng, ticks)
    x[ticks // 2 :, 0, -1] += 6.0
    x[rng.random(x.shape) < 0.1] = np.nan
    return Stream(signals(rng, HEALTHY_TICKS), x, np.cumsum(rng.uniform(10.0, 90.0, ticks)))


STREAMS = st.builds(stream, st.integers(0, 10_000), st.integers(4, 40))


def _cusum(healthy: Values, *, daily: bool = False) -> Rowwise:
    settings = CusumSettings(fast_s=300.0, slow_s=7_200.0, h=2.0, quiet_s=600.0, daily=daily)
    return EwmaCusum(SIGNALS, settings).fit(healthy)


def _learning(healthy: Values) -> Rowwise:
    """Never fitted: learns as it goes."""
    return EwmaCusum(SIGNALS, CusumSettings(fast_s=300.0, slow_s=7_200.0, warm=5), MACHINES)


def _gate(healthy: Values) -> Rowwise:
    bounds = SignalBounds(low=-50.0, high=80.0, jump=3.0, rate_per_s=0.5, smooth=True)
    return QualityGate(SIGNALS, GateSettings(stale_s=120.0, bounds=dict.fromkeys(SIGNALS, bounds))).fit(healthy)


DETECTORS: dict[str, Callable[[Values], Rowwise]] = {
    "levels": _cusum,
    "levels by hour": lambda healthy: _cusum(healthy, daily=True),
    "levels as they come": _learning,
    "innovations": lambda healthy: VarInnovation(SIGNALS, VarSettings(gap_s=80.0)).fit(healthy),
    "innovations of many": lambda healthy: VarInnovation(SIGNALS, VarSettings(many=2)).fit(healthy),
    "components": lambda healthy: PcaT2Q(SIGNALS).fit(healthy),
    "gate": _gate,
    "index": lambda healthy: HealthIndex(SIGNALS, IndexSettings(baseline_ticks=6), MACHINES),
    "watch": lambda healthy: ModelWatch(SIGNALS, WatchSettings(least_ticks=5), MACHINES),
}


def streamed(detector: Rowwise, of: Stream, begin: int = 0) -> Result:
    """Tick by tick, all machines at once."""
    rows = np.arange(MACHINES)
    told = [detector.update(rows, float(of.time_s[at]), of.x[at]) for at in range(begin, len(of.x))]
    return stacked(told)


def stacked(told: list[Result]) -> Result:
    return Result(
        np.stack([r.stat for r in told]), np.stack([r.alarm for r in told]), np.stack([r.sigma for r in told])
    )


def assert_same(one: Result, other: Result) -> None:
    """To 1e-9, and the same alarms."""
    np.testing.assert_allclose(one.stat, other.stat, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(one.sigma, other.sigma, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(one.alarm, other.alarm)
