"""Points with new readings in, from the store what their episodes are now, out what to change in the stored ones.

The window is as short as it may be: it begins where the point was known to have no episode open, and ends when it has
none open again, or now. Whoever calls holds the locks of the points' zones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from mes.quality import episodes
from mes.quality.model import Episode, Judged
from mes.watch.anchors import Anchor, anchors_for, begin_us, carried
from mes.watch.judging import Difference, compare, judge, split
from mes.watch.plant import Plant
from models.columns import Columns
from telemetry import store
from telemetry.clock import from_us, to_us
from telemetry.work import Work

AHEAD_US = 120_000_000
"""How far a device's clock may run before ours and still be judged at once."""
LOOKAHEAD_US = 600_000_000
"""How far past the new readings an evaluation of history looks at first for the end of an episode."""


@dataclass(frozen=True, slots=True)
class Window:
    """What is looked at of one point: readings in [from_us, to_us), stored episodes that reach into it."""

    point_id: int
    from_us: int
    to_us: int
    stored: tuple[Episode, ...]


@dataclass(frozen=True, slots=True)
class _Moment:
    """When it is judged, and how."""

    now_us: int
    horizon_us: int
    anchor_rows: int


@dataclass(frozen=True, slots=True)
class _Found:
    episodes: list[Judged]
    anchors: list[Anchor]


async def weigh(
    work: Work, plant: Plant, touched: Mapping[int, tuple[int, int]], *, anchor_rows: int
) -> dict[int, Difference]:
    """By point: what new readings in its span (first, last; µs) change. Points that change nothing are left out.

    Anchors of long episodes are written at once: they say nothing new.
    """
    now_us = to_us(work.now)
    horizon_us = now_us + AHEAD_US
    windows = await _windows(work, touched, horizon_us)
    found: dict[int, Difference] = {}
    while windows:
        judged = await _judge(work, plant, windows, _Moment(now_us, horizon_us, anchor_rows))
        unsettled = [w for w in windows if w.to_us < horizon_us and _is_open_at_end(w, judged[w.point_id].episodes)]
        for window in windows:
            if window not in unsettled:
                found[window.point_id] = compare(_within(window), judged[window.point_id].episodes)
                for anchor in judged[window.point_id].anchors:
                    await episodes.anchor(work, anchor.episode_id, anchor.at, anchor.known_s, anchor.unknown_s)
        windows = [_longer(w, horizon_us) for w in unsettled]
    return {point_id: difference for point_id, difference in found.items() if difference}


async def _windows(work: Work, touched: Mapping[int, tuple[int, int]], horizon_us: int) -> list[Window]:
    """Windows that begin where no episode is open: at the new readings, or at the start of what was open there."""
    since = {point_id: first for point_id, (first, _) in touched.items()}
    while True:
        stored: dict[int, list[Episode]] = {point_id: [] for point_id in since}
        for episode in await episodes.reaching(work, {p: from_us(us) for p, us in since.items()}):
            stored[episode.point_id].append(episode)
        begins = {p: begin_us(stored[p], us, touched[p][0]) for p, us in since.items()}
        if begins == since:
            return [_window(p, since[p], touched[p][1], stored[p], horizon_us) for p in since]
        since = begins


def _window(point_id: int, from_us_: int, last_us: int, stored: Iterable[Episode], horizon_us: int) -> Window:
    end_us = last_us + LOOKAHEAD_US
    return Window(point_id, from_us_, horizon_us if end_us > horizon_us - LOOKAHEAD_US else end_us, tuple(stored))


def _longer(window: Window, horizon_us: int) -> Window:
    """Eight times the time, at least to where the stored episodes end."""
    end_us = window.from_us + 8 * (window.to_us - window.from_us)
    ends = [to_us(e.ended_at) + 1 for e in _within(window) if e.ended_at is not None]
    return replace(window, to_us=min(horizon_us, max([end_us, *ends])))


def _within(window: Window) -> list[Episode]:
    return [e for e in window.stored if to_us(e.started_at) < window.to_us]


def _is_open_at_end(window: Window, judged: Iterable[Judged]) -> bool:
    stored = (e.ended_at is None or to_us(e.ended_at) >= window.to_us for e in _within(window))
    return any(j.ended_at is None for j in judged) or any(stored)


async def _judge(work: Work, plant: Plant, windows: list[Window], moment: _Moment) -> dict[int, _Found]:
    """Episodes by point. Points with an open episode are read apart: their windows reach further back."""
    apart = [w for w in windows if w.stored], [w for w in windows if not w.stored]
    readings: dict[int, Columns] = {}
    for group in apart:
        if group:
            readings |= await _read(work, group)
    return {w.point_id: _of_point(plant, w, readings.get(w.point_id), moment) for w in windows}


def _of_point(plant: Plant, window: Window, read: Columns | None, moment: _Moment) -> _Found:
    if read is None:
        return _Found([], [])
    rows = (read.time_us >= window.from_us) & (read.time_us < window.to_us)
    if not rows.any():
        return _Found([], [])
    own = Columns(read.time_us[rows], read.value[rows], read.quality[rows])
    rules = plant.rules_of(window.point_id)
    is_live = window.to_us >= moment.horizon_us
    # A device whose clock runs ahead is judged by its own time: its last reading is not in the future.
    until_us = max(moment.now_us, int(own.time_us.max())) if is_live else window.to_us
    stored = _within(window)
    found = carried(stored, window.from_us, judge(own, rules, until_us))
    new = anchors_for(stored, window.from_us, own, rules, found, until_us=until_us, rows=moment.anchor_rows)
    return _Found(found, new if is_live else [])


async def _read(work: Work, windows: list[Window]) -> dict[int, Columns]:
    begin, end = min(w.from_us for w in windows), max(w.to_us for w in windows)
    raw = await store.series(work, [w.point_id for w in windows], begin, end)
    columns = Columns(
        np.frombuffer(raw.time_us, dtype=np.int64) if len(raw.time_us) else np.empty(0, np.int64),
        np.frombuffer(raw.value, dtype=np.float64) if len(raw.value) else np.empty(0),
        np.frombuffer(raw.quality, dtype=np.uint8) if len(raw.quality) else np.empty(0, np.uint8),
    )
    return split(np.asarray(raw.point, dtype=np.int32), columns)
