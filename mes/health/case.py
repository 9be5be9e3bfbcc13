"""One machine while it is looked after: its words, its points, and its stored readings as ticks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from mes.health.model import HealthModel, Watched
from mes.health.service import point_names
from mes.health.settings import HealthSettings
from mes.health.ticks import Pace, Ticks, lookback, take_ticks
from mes.health.words import HealthWords
from mes.maintenance import service as maintenance
from mes.plant import service as plant
from mes.plant.model import Equipment, MeasuringPoint
from mes.watch.columns import read
from models.columns import Moments
from telemetry import store
from telemetry.clock import to_us
from telemetry.work import Work

_CHUNK = 1_440
_HELD_TICKS = 2.5
"""A reading is believed for so many ticks at least: a point may speak once a tick."""


@dataclass(frozen=True, slots=True)
class Case:
    watched: Watched
    machine: Equipment
    model: HealthModel | None  # the version in force
    words: HealthWords  # those of the version; before there is one, those of the folder
    names: tuple[str, ...]  # of its points: signals, then what tells that it runs
    points: dict[str, MeasuringPoint]
    pace: Pace
    settings: HealthSettings

    @property
    def equipment_id(self) -> int:
        return self.watched.equipment_id

    @property
    def point_ids(self) -> list[int]:
        return sorted({point.point_id for point in self.points.values()})

    def until_us(self, work: Work) -> int:
        """Up to here readings are believed to have come."""
        return to_us(work.now - self.settings.lag)

    def signal_points(self) -> list[MeasuringPoint]:
        """Of the signals that the plant still has, in their order."""
        return [self.points[name] for name in self.names[: len(self.words.order())] if name in self.points]


async def case_of(
    work: Work, watched: Watched, model: HealthModel | None, settings: HealthSettings, *, newest: bool = False
) -> Case:
    """`newest`: by the words of the folder, whatever version is in force."""
    words = watched.words if model is None or newest else model.words
    names = point_names(watched.path, words.measures())
    known = {point.name: point for point in await plant.points(work) if point.name in names}
    machine = await plant.machine(work, watched.equipment_id)
    pace = Pace(words.tick_s, settings.machine_speed, to_us(watched.since) if settings.machine_speed != 1 else 0)
    return Case(watched, machine, model, words, names, known, pace, settings)


async def ticks_at(work: Work, case: Case, at_us: Moments) -> Ticks:
    """What the store knows of the machine at these times, read a piece after the other."""
    holds = {name: _holds_us(case, name) for name in case.names}
    found = [await _piece(work, case, at_us[at : at + _CHUNK], holds) for at in range(0, len(at_us), _CHUNK)]
    if not found:
        return Ticks(at_us, np.empty((0, len(case.words.order()))), np.empty(0, dtype=np.bool_))
    return Ticks(at_us, np.concatenate([f.x for f in found]), np.concatenate([f.looked_at for f in found]))


async def heard_at(work: Work, case: Case) -> float | None:
    """Time of the newest reading of any of its signals, µs since 1970."""
    ids = [point.point_id for point in case.signal_points()]
    last = [to_us(each.time) for each in await store.last_values(work, ids)] if ids else []
    return max(last, default=None)


async def worked_on(work: Work, case: Case) -> list[tuple[int, int]]:
    """When the crew was at it: from the start of each work to its end, or to now."""
    orders = await maintenance.orders(work, equipment_id=case.equipment_id, limit=50)
    spans = [(each.started_at, each.done_at or work.now) for each in orders if each.started_at is not None]
    return [(to_us(start), to_us(end)) for start, end in spans if end > start]


def without(ticks: Ticks, spans: Collection[tuple[int, int]]) -> Ticks:
    """The same ticks, not looked at within these times."""
    free = np.ones(len(ticks), dtype=np.bool_)
    for start, end in spans:
        free &= (ticks.at_us < start) | (ticks.at_us > end)
    return Ticks(ticks.at_us, ticks.x, ticks.looked_at & free)


async def _piece(work: Work, case: Case, at_us: Moments, holds: dict[str, int]) -> Ticks:
    before, width = lookback(case.words), case.pace.width_us(int(at_us[0]))
    whole = np.concatenate([at_us[0] - width * np.arange(before, 0, -1, dtype=np.int64), at_us])
    start = int(whole[0]) - max(holds.values(), default=0)
    by_id = await read(work, case.point_ids, start, int(whole[-1]) + 1)
    readings = {name: by_id[point.point_id] for name, point in case.points.items() if point.point_id in by_id}
    found = take_ticks(case.words, case.names, readings, whole, holds, _silent_us(case, whole))
    return Ticks(at_us, found.x[before:], found.looked_at[before:])


def _silent_us(case: Case, at_us: Moments) -> Moments:
    """After how long without a word the machine is not known any more: some ticks, or some readings of its slowest."""
    slowest_us = int(max((point.interval_s for point in case.points.values()), default=0.0) * 1e6)
    least = max(_HELD_TICKS * slowest_us, case.settings.holds_s * 1e6)
    return np.asarray(np.maximum(_HELD_TICKS * case.pace.widths_us(at_us), least), dtype=np.int64)


def _holds_us(case: Case, name: str) -> int:
    point = case.points.get(name)
    stale = timedelta(seconds=point.stale_s if point is not None else 0)
    least = timedelta(seconds=max(_HELD_TICKS * case.words.tick_s, case.settings.holds_s))
    return max(stale, least) // timedelta(microseconds=1)
