"""Pure: how a long episode is counted on from a reading in its midst, so that a day of it costs no more than a minute.

An anchor is a reading that is out at every level that is open there. What is known and unknown up to it is stored with
the episode; judged from the anchor on, the sums are the same as from the beginning. Readings that come late, at the
anchor or before it, make it void: then all is judged again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from mes.quality.model import Episode, Judged
from mes.watch.judging import judge
from mes.watch.segments import Segment
from models.columns import Columns
from models.limits import Side, is_out
from telemetry.clock import from_us, to_us

SETTLED_US = 30_000_000
"""An anchor is so old at least: what comes in a little disorder doesn't void it."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """What is to be stored with an episode; `at` None: no anchor any more."""

    episode_id: int
    at: datetime | None
    known_s: float = 0.0
    unknown_s: float = 0.0


def begin_us(stored: Sequence[Episode], since_us: int, first_us: int) -> int:
    """From when to judge a point with new readings at `first_us` or later, asked for `since_us` (that, or earlier).

    `stored`: standing episodes that are open at `since_us`, or ended there or later.
    """
    before = [e for e in stored if to_us(e.started_at) < since_us]
    if not before:
        return since_us
    anchors = {e.anchored_at for e in before}
    anchor = anchors.pop() if len(anchors) == 1 else None
    if anchor is not None and to_us(anchor) < first_us:
        return to_us(anchor)
    return min(to_us(e.started_at) for e in before)


def carried(stored: Iterable[Episode], begin: int, judged: Iterable[Judged]) -> list[Judged]:
    """Episodes judged from an anchor at `begin`, with what was before it."""
    older = {e.judged.series: e for e in stored if to_us(e.started_at) < begin}
    found = []
    for each in judged:
        whole = older.get(each.series) if to_us(each.started_at) == begin else None
        found.append(each if whole is None else _joined(whole, each))
    return found


def _joined(whole: Episode, tail: Judged) -> Judged:
    sign = 1 if whole.side is Side.HIGH else -1
    peaks = [(-sign * whole.peak, whole.peak_at), (-sign * tail.peak, tail.peak_at)]
    farthest, peak_at = min(peaks)
    return replace(
        tail,
        started_at=whole.started_at,
        raised_at=whole.raised_at,
        peak=-sign * farthest,
        peak_at=peak_at,
        known_s=round(whole.anchored_known_s + tail.known_s, 6),
        unknown_s=round(whole.anchored_unknown_s + tail.unknown_s, 6),
    )


def anchors_for(
    stored: Sequence[Episode],
    begin: int,
    readings: Columns,
    segments: Sequence[Segment],
    judged: Sequence[Judged],
    *,
    until_us: int,
    rows: int,
) -> list[Anchor]:
    """New anchors for episodes that are open and have come to `rows` readings; old ones that are void are dropped."""
    is_whole = not any(to_us(e.started_at) < begin for e in stored)
    void = [Anchor(e.id, None) for e in stored if e.anchored_at is not None] if is_whole else []
    going_on = [j for j in judged if j.ended_at is None]
    known = {(e.judged.series, e.started_at): e for e in stored if e.raised_at is not None or e.counted_by}
    if len(readings) <= rows or not going_on or any((j.series, j.started_at) not in known for j in going_on):
        return void
    at_us = _anchor_us(readings, segments, going_on, until_us - SETTLED_US)
    if at_us is None or at_us <= begin:
        return void
    upto = readings.time_us <= at_us
    before = Columns(readings.time_us[upto], readings.value[upto], readings.quality[upto])
    counted = {(j.series, j.started_at): j for j in carried(stored, begin, judge(before, segments, at_us))}
    keys = [(j.series, j.started_at) for j in going_on]
    at = from_us(at_us)
    fresh = [Anchor(known[k].id, at, counted[k].known_s, counted[k].unknown_s) for k in keys]
    renewed = {anchor.episode_id for anchor in fresh}
    return [anchor for anchor in void if anchor.episode_id not in renewed] + fresh


def _anchor_us(
    readings: Columns, segments: Sequence[Segment], going_on: Sequence[Judged], latest_us: int
) -> int | None:
    """The last reading, old enough and after every raise, that is out at all levels that are open."""
    raised = [j.started_at if j.counted_by else j.raised_at for j in going_on]
    known = [to_us(at) for at in raised if at is not None]
    if len(known) < len(going_on):
        return None
    fit = (readings.time_us <= latest_us) & (readings.time_us >= max(known))
    for each in going_on:
        fit &= _is_out(readings, segments, each)
    found = np.flatnonzero(fit)
    return int(readings.time_us[found[-1]]) if len(found) else None


def _is_out(readings: Columns, segments: Sequence[Segment], judged: Judged) -> npt.NDArray[np.bool_]:
    """Which readings are beyond the limit that this episode is beyond, on its side."""
    out = np.zeros(len(readings), bool)
    for segment in segments:
        if (segment.rule_id, segment.zone_id) == (judged.rule_id, judged.zone_id):
            within = (readings.time_us >= segment.start_us) & (readings.time_us < segment.end_us)
            for held in segment.held:
                if (held.level, held.counted_by) == (judged.level, judged.counted_by):
                    out |= within & is_out(readings, held.limit)
    return out
