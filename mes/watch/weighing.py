"""Points with new readings in, from the store what their episodes are now, out what to change in the stored ones.

Nearly all points are calm: no episode is open and no new reading is out. They are found all at once and not looked at
further. Of the others the window is as short as it may be: it begins where the point was known to have no episode
open, and ends when it has none open again, or now. Whoever calls holds the locks of the points' zones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from mes.quality import episodes
from mes.quality.model import Episode, Judged
from mes.trips import service as trips
from mes.watch import context
from mes.watch.anchors import Anchor, anchors_for, begin_us, carried
from mes.watch.columns import read
from mes.watch.heard import Heard
from mes.watch.judging import Difference, as_signed, compare, judge
from mes.watch.plant import Plant
from mes.watch.segments import Segment
from models.columns import Columns
from models.interval import Interval
from telemetry import store
from telemetry.clock import from_us, to_us
from telemetry.work import Work

AHEAD_US = 120_000_000
"""How far a device's clock may run before ours and still be judged at once."""
LOOKAHEAD_US = 600_000_000
"""How far past the new readings an evaluation of history looks at first for the end of an episode."""
TOGETHER_US = 600_000_000
"""Points whose new readings begin and end within the same ten minutes are read together."""
MOST_LISTED = 1000
"""Episodes are asked for by so many points at most; beyond that by time alone."""
Span = tuple[int, int]
Stored = dict[int, list[Episode]]


@dataclass(frozen=True, slots=True)
class Window:
    """What is looked at of one point: readings in [from_us, to_us), stored episodes that reach into it."""

    point_id: int
    from_us: int
    to_us: int
    stored: tuple[Episode, ...]
    segments: tuple[Segment, ...]


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
    work: Work, plant: Plant, touched: Mapping[int, Span], *, anchor_rows: int, heard: Heard | None = None
) -> dict[int, Difference]:
    """By point: what new readings in its span (first, last; µs) change. Points that change nothing are left out.

    Anchors of long episodes are written at once: they say nothing new. `heard` remembers who has spoken.
    """
    now_us = to_us(work.now)
    moment = _Moment(now_us, now_us + AHEAD_US, anchor_rows)
    windows = await _windows(work, plant, touched, moment.horizon_us, heard)
    found: dict[int, Difference] = {}
    while windows:
        judged = await _judge(work, plant, windows, moment)
        unsettled = [w for w in windows if _goes_beyond(w, judged[w.point_id].episodes, moment.horizon_us)]
        for window in windows:
            if window not in unsettled:
                found[window.point_id] = compare(_within(window), judged[window.point_id].episodes)
                for anchor in judged[window.point_id].anchors:
                    await episodes.anchor(work, anchor.episode_id, anchor.at, anchor.known_s, anchor.unknown_s)
        windows = [_longer(w, moment.horizon_us) for w in unsettled]
    return {point_id: difference for point_id, difference in found.items() if difference}


async def _windows(
    work: Work, plant: Plant, touched: Mapping[int, Span], horizon_us: int, heard: Heard | None
) -> list[Window]:
    """Windows of the points that are not calm, each from where no episode was open."""
    stored, since = await _stored(work, touched)
    calm = {point_id: span for point_id, span in touched.items() if point_id not in stored}
    out = await _out(work, plant, calm, heard)
    looked_at = [*stored, *sorted(out)]
    armed = await _armed(work, plant, looked_at)
    return [
        _window(p, since.get(p, touched[p][0]), touched[p][1], stored.get(p, []), horizon_us, plant, armed)
        for p in looked_at
    ]


async def _stored(work: Work, touched: Mapping[int, Span]) -> tuple[Stored, dict[int, int]]:
    """By point: episodes that reach into its window, and where that begins; points without any are left out."""
    listed = list(touched) if len(touched) <= MOST_LISTED else None
    earliest = from_us(min((first for first, _ in touched.values()), default=0))
    stored: Stored = defaultdict(list)
    for each in await episodes.standing_since(work, earliest, listed):
        if each.point_id in touched and (each.ended_at is None or to_us(each.ended_at) >= touched[each.point_id][0]):
            stored[each.point_id].append(each)
    since = {point_id: touched[point_id][0] for point_id in stored}
    while True:
        begins = {p: begin_us(stored[p], us, touched[p][0]) for p, us in since.items()}
        if begins == since:
            return dict(stored), since
        since, stored = begins, defaultdict(list)
        for each in await episodes.reaching(work, {p: from_us(us) for p, us in since.items()}):
            stored[each.point_id].append(each)


async def _out(work: Work, plant: Plant, calm: Mapping[int, Span], heard: Heard | None) -> set[int]:
    """Of points with no episode open: those with a new reading beyond some limit. The database looks for them."""
    together: dict[tuple[int, int, tuple[float, float]], list[int]] = defaultdict(list)
    for point_id, (first, last) in calm.items():
        together[first // TOGETHER_US, last // TOGETHER_US, plant.calm[point_id]].append(point_id)
    found: set[int] = set()
    for (_, _, (low, high)), point_ids in together.items():
        begin, end = min(calm[p][0] for p in point_ids), max(calm[p][1] for p in point_ids)
        rows = await store.beyond(work, point_ids, begin, end + 1, low=low, high=high)
        found.update(row.point_id for row in rows if row.is_out)
        if heard is not None:
            unusable = {row.point_id for row in rows if row.is_unusable}
            heard.note([p for p in point_ids if p not in unusable], begin, to_us(work.now))
    return found


async def _armed(work: Work, plant: Plant, point_ids: Sequence[int]) -> Mapping[int, tuple[Interval, ...]]:
    """When zones of these points are judged that are not always: vehicles."""
    vehicles = plant.zones_of(point_ids) & plant.vehicles if plant.vehicles else set()
    return await trips.armed(work, vehicles) if vehicles else {}


def _window(
    point_id: int,
    from_us_: int,
    last_us: int,
    stored: Iterable[Episode],
    horizon_us: int,
    plant: Plant,
    armed: Mapping[int, Sequence[Interval]],
) -> Window:
    end_us = last_us + LOOKAHEAD_US
    until_us = horizon_us if end_us > horizon_us - LOOKAHEAD_US else end_us
    return Window(point_id, from_us_, until_us, tuple(stored), plant.segments_of(point_id, armed))


def _longer(window: Window, horizon_us: int) -> Window:
    """Eight times the time, at least to where the stored episodes end."""
    end_us = window.from_us + 8 * (window.to_us - window.from_us)
    ends = [to_us(e.ended_at) + 1 for e in _within(window) if e.ended_at is not None]
    return replace(window, to_us=min(horizon_us, max([end_us, *ends])))


def _within(window: Window) -> list[Episode]:
    return [e for e in window.stored if to_us(e.started_at) < window.to_us]


def _goes_beyond(window: Window, judged: Iterable[Judged], horizon_us: int) -> bool:
    """Whether the end of its last episode lies past its window."""
    if window.to_us >= horizon_us:
        return False
    stored = (e.ended_at is None or to_us(e.ended_at) >= window.to_us for e in _within(window))
    return any(j.ended_at is None for j in judged) or any(stored)


async def _judge(work: Work, plant: Plant, windows: list[Window], moment: _Moment) -> dict[int, _Found]:
    """Episodes by point. Where an alarm would be raised, it is asked what else was going on there."""
    readings = await _read(work, windows)
    found = {w.point_id: _of_point(w, readings.get(w.point_id), moment) for w in windows}
    raised = {p: context.raising(each.episodes, plant) for p, each in found.items()}
    raised = {p: each for p, each in raised.items() if each}
    if raised:
        going_on = await context.windows_of(work, plant, raised)
        found |= {
            w.point_id: _of_point(w, readings.get(w.point_id), moment, going_on[w.point_id])
            for w in windows
            if going_on.get(w.point_id)
        }
    return found


def _of_point(window: Window, read: Columns | None, moment: _Moment, going_on: Sequence[Interval] = ()) -> _Found:
    if read is None:
        return _Found([], [])
    rows = (read.time_us >= window.from_us) & (read.time_us < window.to_us)
    if not rows.any():
        return _Found([], [])
    own = Columns(read.time_us[rows], read.value[rows], read.quality[rows])
    is_live = window.to_us >= moment.horizon_us
    # A device whose clock runs ahead is judged by its own time: its last reading is not in the future.
    until_us = max(moment.now_us, int(own.time_us.max())) if is_live else window.to_us
    stored = _within(window)
    found = carried(stored, window.from_us, judge(own, window.segments, until_us, going_on))
    found = as_signed(stored, found, int(own.time_us.max()))
    new = anchors_for(stored, window.from_us, own, window.segments, found, until_us=until_us, rows=moment.anchor_rows)
    return _Found(found, new if is_live else [])


async def _read(work: Work, windows: list[Window]) -> dict[int, Columns]:
    """By point: readings of its window and perhaps more; those whose windows begin together are read together."""
    together: dict[int, list[Window]] = defaultdict(list)
    for window in windows:
        together[window.from_us // TOGETHER_US].append(window)
    readings: dict[int, Columns] = {}
    for group in together.values():
        begin, end = min(w.from_us for w in group), max(w.to_us for w in group)
        readings |= await read(work, [w.point_id for w in group], begin, end)
    return readings
