"""Cold rooms are simulated and judged, several seeds of each kind of physics: the mean, and from which to which.

Freezers are the rooms that rules were written on, with other seeds; coolers, reach-ins and trucks are the final check:
nothing was ever chosen by them.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite, nan

from isotherm.judging.coldroom import judge_simulated
from isotherm.judging.coldroom_rooms import HEALTHY_MIN
from isotherm.judging.report import Figures, SetReport
from isotherm.judging.running import Judged
from isotherm.progress import step
from simulators.cold_room_faults import FAULTS
from telemetry.errors import Invalid

LEAST_ROOMS, LEAST_DAYS = len(FAULTS), HEALTHY_MIN // 1440 + 2
MOST_READINGS = 40_000_000
"""Of air, over all rooms of a run: more does not fit into the memory of a small machine."""


class RunImpossible(Invalid):
    """Simulated rooms need a room for each of ten faults, nine days, at least one seed, and room in memory."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is simulated; the seeds are `seed` and those after it."""

    rooms: int
    days: int
    seed: int
    seeds: int
    physics: tuple[str, ...]

    def __post_init__(self) -> None:
        enough = self.rooms >= LEAST_ROOMS and self.days >= LEAST_DAYS and self.seeds >= 1 and self.seed >= 0
        if not enough or self.rooms * self.days * 1440 > MOST_READINGS:
            raise RunImpossible(rooms=self.rooms, days=self.days, seed=self.seed, seeds=self.seeds)


def judge_seeds(wanted: Wanted) -> Judged:
    """A report for each kind of physics."""
    reports, seconds = [], []
    for physics in wanted.physics:
        began, each = time.monotonic(), []
        for seed in range(wanted.seed, wanted.seed + wanted.seeds):
            with step(f"{wanted.rooms} rooms of {physics}, {wanted.days} days, seed {seed}"):
                each.append(judge_simulated(wanted.rooms, wanted.days, seed, physics))
        reports.append(_together(each, wanted))
        seconds.append(time.monotonic() - began)
    return Judged("simulated rooms", wanted.seed, tuple(reports), tuple(seconds), (), ())


def _together(reports: Sequence[SetReport], wanted: Wanted) -> SetReport:
    """Means of all figures, and the lowest and highest of the model's."""
    first = reports[0]
    whole = [each.primary | each.secondary for each in reports]
    return replace(
        first,
        primary=_mean([each.primary for each in reports]),
        secondary=_mean([each.secondary for each in reports]),
        baselines={name: _mean([each.baselines[name] for each in reports]) for name in first.baselines},
        spread={name: _range([each[name] for each in whole]) for name in whole[0]},
        configuration=first.configuration | {"seed": _seeds(wanted)},
        notes=(*first.notes, "Each figure is the mean of the seeds; beside it the lowest and the highest of them."),
    )


def _seeds(wanted: Wanted) -> str:
    last = wanted.seed + wanted.seeds - 1
    return str(last) if wanted.seeds == 1 else f"{wanted.seed} to {last}"


def _mean(figures: Sequence[Figures]) -> Figures:
    """Of those seeds in which there was something to count."""
    told = {name: [each[name] for each in figures if isfinite(each[name])] for name in figures[0]}
    return {name: sum(values) / len(values) if values else nan for name, values in told.items()}


def _range(values: Sequence[float]) -> tuple[float, float]:
    known = [value for value in values if isfinite(value)]
    return (min(known), max(known)) if known else (nan, nan)
