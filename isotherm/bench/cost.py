"""Processor time a value: how much a process used, divided by the values that arrived behind it meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

import psutil


@dataclass(frozen=True, slots=True)
class Load:
    """How many points change how often, and how long that is measured."""

    points: int = 1000
    period_s: float = 0.25  # of a change of each point; of sampling, of asking and of publishing
    warm_up_s: float = 4.0
    windows: int = 5
    window_s: float = 4.0
    idle_s: float = 10.0


SHORT = Load(warm_up_s=2.0, windows=2, window_s=2.5, idle_s=3.0)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a process stands at a moment: the processor time it has used, and the values that arrived."""

    at_s: float
    cpu_s: float
    values: int


async def marks(load: Load, process: psutil.Process, arrived: Callable[[], Awaitable[int]]) -> list[Mark]:
    """A mark at the beginning and at the end of each window."""
    found = [await _mark(process, arrived)]
    for _ in range(load.windows):
        await asyncio.sleep(load.window_s)
        found.append(await _mark(process, arrived))
    return found


def cost(found: Sequence[Mark]) -> dict[str, Any]:
    """CPU µs a value (median of the windows, and each), values/s, and the processor in % of a core."""
    by_window = [_us_per_value(a, b) for a, b in pairwise(found)]
    first, last = found[0], found[-1]
    return {
        "cpu_us_per_value": round(median(by_window), 1),
        "cpu_us_per_value_by_window": by_window,
        "values_per_s": round((last.values - first.values) / (last.at_s - first.at_s)),
        "cpu_percent": round(100 * (last.cpu_s - first.cpu_s) / (last.at_s - first.at_s), 1),
    }


def cpu_s(process: psutil.Process) -> float:
    """Processor time of a process so far, user and system."""
    times = process.cpu_times()
    return float(times.user + times.system)


async def idle_percent(process: psutil.Process, seconds: float) -> float:
    """What a process uses in a time, in % of a core."""
    began, loop = cpu_s(process), asyncio.get_running_loop()
    at_s = loop.time()
    await asyncio.sleep(seconds)
    return round(100 * (cpu_s(process) - began) / (loop.time() - at_s), 2)


async def _mark(process: psutil.Process, arrived: Callable[[], Awaitable[int]]) -> Mark:
    values = await arrived()
    return Mark(asyncio.get_running_loop().time(), cpu_s(process), values)


def _us_per_value(first: Mark, last: Mark) -> float:
    values = last.values - first.values
    return round((last.cpu_s - first.cpu_s) * 1e6 / values, 1) if values else float("inf")
