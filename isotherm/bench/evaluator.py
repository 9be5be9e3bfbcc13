"""How many readings one core judges: a thousand points, two levels, a part of the points out, gaps, no order.

Time is the processor's, of the evaluation alone: columns in, episodes out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from time import process_time
from typing import Any

import numpy as np

from isotherm.progress import step
from models.columns import SECOND_US
from models.fleet import Fleet
from models.limits import Limit

_BEGIN_US = 1_768_435_200 * SECOND_US
_GOOD = 192


@dataclass(frozen=True, slots=True)
class Load:
    """What is judged."""

    points: int = 1000
    out: int = 50  # points that are out at times
    batch_s: int = 600  # one reading a second of each point, shuffled
    batches: int = 12


SHORT = Load(batches=2)


def measure(load: Load) -> dict[str, Any]:
    """Readings a second of processor time, and what was found in them: with a part of the points out, and with all."""
    return _judged(load) | {f"all_out_{name}": n for name, n in _judged(replace(load, out=load.points)).items()}


def _judged(load: Load) -> dict[str, Any]:
    levels = [_limits(load.points, low, high, delay_s) for low, high, delay_s in ((2, 8, 600), (3, 7, 0))]
    fleet = Fleet.of(levels)
    rng = np.random.default_rng(4)
    readings = episodes = 0
    took_s = 0.0
    with step(f"Judging {load.points} points by two levels, {load.out} of them out at times"):
        for batch in range(load.batches):
            columns = _batch(load, batch, rng)
            until_us = _BEGIN_US + (batch + 1) * load.batch_s * SECOND_US
            began = process_time()
            found = fleet.evaluate(*columns, until_us=until_us)
            took_s += process_time() - began
            readings += len(columns[0])
            episodes += sum(len(of_point) for level in found for of_point in level.values())
    return {
        "readings_per_s": round(readings / took_s),
        "readings": readings,
        "episodes": episodes,
        "points": load.points,
        "points_out": load.out,
    }


def _limits(points: int, low: float, high: float, delay_s: float) -> dict[int, Limit]:
    limit = Limit(low=low, high=high, delay_s=delay_s, deadband=0.3, stale_s=300, resolution=Decimal("0.1"))
    return dict.fromkeys(range(1, points + 1), limit)


def _batch(load: Load, number: int, rng: np.random.Generator) -> tuple[Any, Any, Any, Any]:
    """Rooms about 5 °C; some are warmed for a few minutes; a hundredth of the readings is missing, some are bad."""
    seconds = np.arange(load.batch_s)
    value = rng.normal(5.0, 0.3, (load.points, load.batch_s))
    warm = rng.choice(load.points, load.out, replace=False)
    value[warm] += 4 * np.sin(2 * np.pi * (seconds / 240 + rng.random((load.out, 1)))).clip(0)
    point = np.repeat(np.arange(1, load.points + 1, dtype=np.int32), load.batch_s)
    time = np.tile(_BEGIN_US + (number * load.batch_s + seconds) * SECOND_US, load.points)
    quality = np.where(rng.random(value.size) < 0.001, 0, _GOOD).astype(np.uint8)
    rows = rng.permutation(np.flatnonzero(rng.random(value.size) >= 0.01))
    return point[rows], time[rows], value.reshape(-1).round(1)[rows], quality[rows]
