"""The course of a room's air, tick by tick: which readings are usable, and what each time out of the band is like.

Air is cleaned of spikes and smoothed by the median of five readings. An episode begins when it leaves the learned
band, ends when it is well back; its highest point, when that was reached and how high it stood after twenty, forty and
sixty minutes are kept. A thermostat's cycles are followed by their turns. All in minutes, columns of one table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.health.api import Flags, Rows, Values
from models.health.cold_room_settings import ColdRoomSettings
from models.health.table import Column, Table

FIVE = 5
MARKS_MIN = (20.0, 40.0, 60.0)

LEARNED = {
    "ready": Column((), 0.0, learned=True),
    "limit_c": Column((), np.inf, learned=True),
    "product_tau_min": Column((), np.nan, learned=True),
    "level": Column((), np.nan, learned=True),
    "band": Column((), np.inf, learned=True),
    "swing": Column((), 1.0, learned=True),  # of the thermostat's cycles
    "jump": Column((), 3.0, learned=True),
    "longest_same": Column((), np.inf, learned=True),
    "most_spikes": Column((), 0.0, learned=True),
    "envelope": Column((len(MARKS_MIN),), np.nan, learned=True),  # lowest rise of long episodes at each mark
    "longest_peak": Column((), np.inf, learned=True),  # minutes from leaving the band to the highest point
    "longest_out": Column((), np.inf, learned=True),
    "highest": Column((), np.inf, learned=True),
    "longest_turn": Column((), np.inf, learned=True),  # minutes between two turns of a cycle
}
RUNNING = {
    "last": Column((), np.nan),  # minute of the last tick
    "usable": Column((), np.nan),  # minute of the last usable air reading
    "passed": Column((), np.nan),
    "waiting": Column((), np.nan),
    "raw": Column((), np.nan),
    "same": Column(),  # minutes that the raw value has stood
    "spikes": Column(),  # counted with fading memory
    "ring": Column((FIVE,), np.nan),
    "air": Column((), np.nan),  # smoothed
    "out": Column((), False, "?"),
    "since": Column((), np.nan),  # minute at which the episode began
    "peak": Column((), np.nan),
    "peak_at": Column((), np.nan),
    "marks": Column((len(MARKS_MIN),), np.nan),  # rise at each mark of this episode
    "falling": Column((), False, "?"),
    "extreme": Column((), np.nan),
    "turned": Column((), np.nan),  # minute of the last turn
    "over": Column(),  # minutes over the limit
}


@dataclass(frozen=True, slots=True)
class Moment:
    """What one tick gives the rules, each (m,)."""

    now: Values  # minutes
    passed: Values  # minutes since the tick before; 0 at the first
    fresh: Flags  # a usable air reading came now
    old: Flags  # none for too long
    air: Values  # smoothed


def follow(table: Table, at: Rows | slice, time_s: Values, air: Values, settings: ColdRoomSettings) -> Moment:
    """One tick: a clock that goes back counts as no reading at all."""
    before = table["last"][at]
    now = np.fmax(time_s / 60.0, before)
    backwards = time_s / 60.0 <= before
    passed = np.where(np.isnan(before), 0.0, now - before)
    air = np.where(backwards, np.nan, air)
    table["last"][at] = now
    _same(table, at, passed, air)
    usable = _accepted(table, at, passed, air, settings)
    fresh = ~np.isnan(usable)
    gap = now - table["usable"][at] > settings.stale_min
    smooth = _smoothed(table, at, usable, fresh, gap)
    table["usable"][at] = np.where(fresh | np.isnan(table["usable"][at]), now, table["usable"][at])
    old = now - table["usable"][at] > settings.stale_min
    moment = Moment(now, passed, fresh, old, smooth)
    _episode(table, at, moment, gap & fresh)
    _cycle(table, at, moment, gap & fresh)
    over = moment.fresh & (smooth > table["limit_c"][at])
    below = moment.fresh & ~over
    table["over"][at] = np.where(below, 0.0, np.where(over | (table["over"][at] > 0), table["over"][at] + passed, 0.0))
    return moment


def _same(table: Table, at: Rows | slice, passed: Values, air: Values) -> None:
    """Minutes that the raw value has not moved; a lost reading is no movement."""
    raw, there = table["raw"][at], ~np.isnan(air)
    moved = there & (air != raw)
    table["same"][at] = np.where(moved, 0.0, table["same"][at] + passed * there)
    table["raw"][at] = np.where(there, air, raw)


def _accepted(table: Table, at: Rows | slice, passed: Values, air: Values, settings: ColdRoomSettings) -> Values:
    """A jump waits for a second reading beside it; if the next one is back where it was, it was a spike."""
    last, waiting, jump = table["passed"][at], table["waiting"][at], table["jump"][at]
    there = ~np.isnan(air)
    jumps = there & (np.abs(air - last) > jump)
    confirmed = jumps & (np.abs(air - waiting) <= jump)
    spike = there & ~jumps & ~np.isnan(waiting)
    table["waiting"][at] = np.where(jumps & ~confirmed, air, np.where(there, np.nan, waiting))
    fading = np.exp(-passed / settings.spike_memory_min)
    table["spikes"][at] = table["spikes"][at] * fading + spike
    usable = np.where(there & (~jumps | confirmed), air, np.nan)
    table["passed"][at] = np.where(np.isnan(usable), last, usable)
    return np.asarray(usable)


def _smoothed(table: Table, at: Rows | slice, usable: Values, fresh: Flags, gap: Flags) -> Values:
    """Median of the last five usable readings; after a gap it begins with what comes."""
    ring = table["ring"][at]
    moved = np.concatenate([usable[:, None], ring[:, :-1]], axis=1)
    ring = np.where(fresh[:, None], moved, ring)
    empty = fresh & (gap | np.isnan(ring[:, -1]))
    if empty.any():
        ring = np.where(empty[:, None] & (gap[:, None] | np.isnan(ring)), usable[:, None], ring)
    table["ring"][at] = ring
    air = np.where(fresh, _median_of_five(ring), table["air"][at])
    table["air"][at] = air
    return np.asarray(air)


def _median_of_five(ring: Values) -> Values:
    """By comparisons: sorting costs ten times as much."""
    a, b, c, d, e = (ring[:, place] for place in range(FIVE))
    low = np.maximum(np.minimum(a, b), np.minimum(c, d))
    high = np.minimum(np.maximum(a, b), np.maximum(c, d))
    return np.asarray(np.maximum(np.minimum(low, high), np.minimum(np.maximum(low, high), e)))


def _episode(table: Table, at: Rows | slice, moment: Moment, anew: Flags) -> None:
    """Beginning, highest point and end; after a gap of readings an episode begins anew if the air is still out."""
    now, air, band = moment.now, moment.air, table["band"][at]
    back = band - 0.25 * (band - table["level"][at])
    out = table["out"][at] & ~anew
    leaves = moment.fresh & ~out & (air > band)
    out = (out | leaves) & ~(moment.fresh & (air < back))
    since = np.where(leaves, now, table["since"][at])
    higher = out & moment.fresh & (leaves | (air > table["peak"][at]))
    peak = np.where(higher, air, table["peak"][at])
    marks = np.where(leaves[:, None], np.nan, table["marks"][at])
    reached = np.subtract.outer(now - since, MARKS_MIN) >= 0
    table["marks"][at] = np.where(np.isnan(marks) & reached & out[:, None], (peak - band)[:, None], marks)
    table["out"][at], table["since"][at], table["peak"][at] = out, since, peak
    table["peak_at"][at] = np.where(higher, now, table["peak_at"][at])


def _cycle(table: Table, at: Rows | slice, moment: Moment, anew: Flags) -> None:
    """Whether the air falls or rises: it turns when it has come back from its extreme by a part of its swing."""
    air, falling, extreme = moment.air, table["falling"][at], table["extreme"][at]
    extreme = np.where(np.isnan(extreme) | anew, air, extreme)
    extreme = np.where(falling, np.fmin(extreme, air), np.fmax(extreme, air))
    turns = np.abs(air - extreme) > 0.3 * table["swing"][at]
    table["falling"][at] = falling ^ turns
    table["extreme"][at] = np.where(turns, air, extreme)
    table["turned"][at] = np.where(turns | anew | np.isnan(table["turned"][at]), moment.now, table["turned"][at])
