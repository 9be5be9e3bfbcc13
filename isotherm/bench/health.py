"""How long one tick of 10,000 machines with eight signals takes one core: everything the plant runs of machine health.

Gate, levels, innovations, principal components, the watch over the model and the health index, in one bank. Time is
the processor's, of the bank alone, on one thread; the median of the ticks, and their 99th percentile.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from time import process_time
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from isotherm.progress import step
from models.health.api import Member
from models.health.bank import Bank
from models.health.ewma_cusum import EwmaCusum
from models.health.health_index import HealthIndex
from models.health.model_watch import ModelWatch
from models.health.pca_t2q import PcaT2Q
from models.health.quality_gate import GateSettings, QualityGate, SignalBounds
from models.health.var_innovation import VarInnovation

_GOOD, _BAD = 192, 24
_HEALTHY_TICKS = 500


@dataclass(frozen=True, slots=True)
class Load:
    """What is scored: a reading of every signal of every machine a tick, a thousandth of them bad."""

    machines: int = 10_000
    signals: int = 8
    ticks: int = 200


SHORT = Load(ticks=10)


def measure(load: Load) -> dict[str, Any]:
    """Milliseconds a tick, and points a second."""
    rng = np.random.default_rng(7)
    with step(f"Scoring {load.machines:,} machines"), _one_thread():
        bank, rows = _bank(load, rng)
        taken = np.array([_tick(bank, rows, load, tick, rng) for tick in range(load.ticks)])
    median_s = float(np.median(taken))
    return {
        "tick_ms": round(1e3 * median_s, 2),
        "tick_p99_ms": round(1e3 * float(np.quantile(taken, 0.99)), 2),
        "points_per_s": round(load.machines * load.signals / median_s),
        "state_mb": round(sum(each.nbytes for each in bank.state().values()) / 1e6, 1),
        "machines": load.machines,
        "signals": load.signals,
    }


def _bank(load: Load, rng: np.random.Generator) -> tuple[Bank, Any]:
    """One machine's models, spread over all: their size is what costs, not what they say."""
    signals = [f"signal {number}" for number in range(load.signals)]
    healthy = rng.normal(size=(_HEALTHY_TICKS, load.signals))
    bounds = SignalBounds(low=-50.0, high=50.0, jump=12.0, rate_per_s=20.0)
    gate = QualityGate(signals, GateSettings(bounds=dict.fromkeys(signals, bounds))).fit(healthy)
    levels, innovations, components = EwmaCusum(signals), VarInnovation(signals), PcaT2Q(signals)
    for detector in (levels.fit(healthy), innovations.fit(healthy), components.fit(healthy), gate):
        detector.spread(load.machines)
    detectors: dict[str, Member] = {"levels": levels, "var": innovations, "pca": components}
    index = HealthIndex(list(detectors), rows=load.machines)
    bank = Bank(signals, detectors, gate=gate, index=index, watch=ModelWatch(signals, rows=load.machines))
    return bank, bank.add(range(load.machines))


def _tick(bank: Bank, rows: Any, load: Load, tick: int, rng: np.random.Generator) -> float:
    x = rng.normal(size=(load.machines, load.signals))
    quality = np.where(rng.random(x.shape) < 0.001, _BAD, _GOOD).astype(np.uint8)
    began = process_time()
    bank.update(rows, float(tick), x, quality)
    return process_time() - began


def _one_thread() -> AbstractContextManager[Any]:
    """NumPy's linear algebra would take every core."""
    limits: AbstractContextManager[Any] = threadpool_limits(limits=1)
    return limits
