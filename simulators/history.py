"""The past of the simulated plant, from the same physics as the live one, at real speed, as batches by edge."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from simulators.instruments import Instruments, Values
from simulators.physics.chance import generator
from simulators.works import EDGES, Works, machines_of, measures, points, warmed
from telemetry.batch import Batch
from telemetry.clock import to_us
from telemetry.quality import Quality

MAX_READINGS = 10_000
ON_THE_WAY_US = 40_000
"""Between a device's time stamp and its arrival at the edge."""


def history(start: datetime, end: datetime, seed: int, every_s: int = 60) -> Iterator[tuple[str, Batch]]:
    """Readings of all points from `start` to before `end`, one sample each `every_s` seconds: pairs of edge and batch.

    Batches of an edge follow in time and hold at most 10,000 readings; the three edges take turns. The plant is
    healthy throughout. A live plant that starts at `end` (`works.warmed`) goes on from here: both are functions of
    seed and calendar.
    """
    first_us, step_us = to_us(start), every_s * 1_000_000
    total = -(-(to_us(end) - first_us) // step_us)
    works = warmed(seed, first_us / 1e6)
    edges = [_Edge(edge, works, seed) for edge in EDGES]
    rows = max(1, MAX_READINGS // max(len(edge.points) for edge in edges))
    for begin in range(0, total, rows):
        times_us = first_us + step_us * np.arange(begin, min(begin + rows, total), dtype=np.int64)
        truth: dict[str, list[tuple[float, ...]]] = {name: [] for name in works.machines}
        for k, at_us in enumerate(times_us.tolist()):
            if begin + k:
                works.advance(every_s, 1.0, at_us / 1e6)
            for name, machine in works.machines.items():
                truth[name].append(machine.values())
        for edge in edges:
            yield edge.name, edge.batch(times_us, truth)


class _Edge:
    """Columns of one edge's batches."""

    def __init__(self, name: str, works: Works, seed: int) -> None:
        self.name = name
        self._machines = machines_of(name)
        self.points = tuple(point for machine in self._machines for point in points(machine))
        self._instruments = Instruments(tuple(m for machine in self._machines for m in measures(machine)))
        self._draw = generator(seed, f"history {name}", len(works.machines))

    def batch(self, times_us: NDArray[np.int64], truth: dict[str, list[tuple[float, ...]]]) -> Batch:
        """One batch of all points at these times, time by time."""
        true: Values = np.hstack([np.array(truth[machine]) for machine in self._machines])
        values = self._instruments.observe(true, self._draw)
        width = len(self.points)
        device_us = np.repeat(times_us, width)
        return Batch(
            self.points,
            array("H", np.tile(np.arange(width, dtype=np.uint16), len(times_us)).tobytes()),
            array("q", device_us.tobytes()),
            array("q", (device_us + ON_THE_WAY_US).tobytes()),
            array("d", values.tobytes()),
            array("B", bytes([Quality.GOOD]) * device_us.size),
        )
