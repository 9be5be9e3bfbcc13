"""What instruments make of the truth: noise and resolution, and probes that drift, stick, jump or break.

The same function serves one row of the live plant and a thousand rows of history.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import nan

import numpy as np
from numpy.typing import NDArray

from simulators.faults import Fault
from simulators.physics.wear import Wear

Values = NDArray[np.float64]

NOISE: dict[str, tuple[float, float]] = {
    "air-1": (0.03, 0.1),
    "air-2": (0.03, 0.1),
    "product": (0.02, 0.1),
    "humidity": (0.25, 0.1),
    "door": (0, 1),
    "mains": (0, 1),
    "current": (0.06, 0.01),
    "running": (0, 1),
    "coil-temperature": (0.08, 0.1),
    "defrost": (0, 1),
    "power": (0.03, 0.01),
    "suction-pressure": (0.015, 0.01),
    "fan-current": (0.012, 0.01),
    "ambient": (0.05, 0.1),
    "latitude": (1e-5, 1e-5),
    "longitude": (1e-5, 1e-5),
    "speed": (0.2, 0.1),
    "battery": (0.02, 0.01),
    "cooling": (0, 1),
    "good-count": (0, 1),
    "reject-count": (0, 1),
    "torque": (0.025, 0.01),
    "motor-current": (0.02, 0.01),
    "vibration": (0.012, 0.001),
    "bearing-temperature": (0.06, 0.1),
    "state": (0, 1),
    "fill-weight": (0.004, 0.001),
    "room-temperature": (0.03, 0.1),
    "room-humidity": (0.2, 0.1),
    "room-pressure": (0.25, 0.1),
    "fan-speed": (0.15, 0.1),
    "fan-vibration": (0.015, 0.01),
    "filter-pressure": (0.8, 0.1),
    "supply-flow": (15, 1),
}
"""Measure to the standard deviation of its noise and its resolution, in the measure's unit."""


class Instruments:
    """The instruments of a list of measures."""

    def __init__(self, measures: tuple[str, ...]) -> None:
        self._noise = np.array([NOISE[m][0] for m in measures])
        # Steps a unit, not units a step: 47 / 10 is 4.7, where 47 * 0.1 is not.
        self._steps = np.array([1 / NOISE[m][1] for m in measures]).round()

    def observe(self, truth: Values, draw: np.random.Generator) -> Values:
        """Readings of true values, shape (measures,) or (times, measures). A true zero reads zero."""
        noisy: Values = truth + self._noise * draw.standard_normal(truth.shape) * (truth != 0)
        return np.asarray(np.round(noisy * self._steps) / self._steps, dtype=np.float64)


DRIFT_PER_S = 1.0 / 3600
DRIFTED: dict[str, float] = {"fill-weight": 0.06, "filter-pressure": 60.0, "supply-flow": 600.0}
"""How far a probe has drifted at the end of its course, in its unit; 3 K for a temperature."""
SPIKE_CHANCE = 0.06


@dataclass(slots=True)
class FailedProbe:
    """A probe that reads wrongly since it failed."""

    fault: Fault
    age_s: float = 0.0  # physical seconds since it failed
    wear: Wear | None = None  # the course of a drift that was given a time
    _held: float = field(default=nan)
    _spikes: int = 0

    def distort(self, value: float, draw: np.random.Generator) -> float:
        """What it reads instead; NaN when it is broken."""
        match self.fault.kind:
            case "probe-drift":
                return self._drifted(value)
            case "probe-stuck":
                self._held = value if self._held != self._held else self._held
                return self._held
            case "probe-spike":
                # The first reading jumps for certain, so that whoever switches it on sees it at once.
                self._spikes += 1
                jumps = self._spikes == 1 or draw.random() < SPIKE_CHANCE
                return round(value + float(draw.choice([-1, 1]) * draw.uniform(8, 15)), 1) if jumps else value
            case _:
                return nan

    def _drifted(self, value: float) -> float:
        if self.wear is None:
            return round(value + DRIFT_PER_S * self.age_s, 1)
        measure = self.fault.measure or ""
        steps = 1 / NOISE[measure][1]
        return round((value + DRIFTED.get(measure, 3.0) * self.wear.severity) * steps) / steps
