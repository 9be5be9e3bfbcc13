"""Which readings may reach a detector at all, and why not the others.

By the row: of bad quality or out of the sensor's range, stuck, a spike, too fast, too old, or from a clock that went
back. A sudden jump waits one tick: if the next reading stays there it is real, and it passes from then on; if it comes
back the jump was a spike. Nothing refused here ever reaches a baseline. Raw readings stay in the store as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Self

import numpy as np

from models.health.api import Alarm, Bits, Contribution, Flags, Qualities, Result, Rows, Values
from models.health.over_signals import Cells, cells, mark, mark_cells, put, row_bits, side_by_side
from models.health.quality import usable_values
from models.health.replay import machines_of, mask_of
from models.health.rowwise import Rowwise
from models.health.table import Column, Table

_SMOOTHED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalBounds:
    """What is possible for one signal, in its own unit; infinite where nobody knows."""

    low: float = -np.inf
    high: float = np.inf
    jump: float = np.inf  # more in one tick waits for a second reading
    rate_per_s: float = np.inf  # faster than this it can't move, even if it stays
    may_stand: bool = False  # a door or a counter may keep its value for ever
    smooth: bool = False  # the median of the last five good readings passes: for temperatures


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSettings:
    """Ticks and seconds."""

    stale_s: float = 900.0
    stuck_times: float = 3.0  # the longest run of one value while healthy, so many times, ...
    stuck_ticks: float = 15.0  # ... and so many ticks more
    bounds: dict[str, SignalBounds] = field(default_factory=dict)


class QualityGate(Rowwise):
    """Of machines with the same signals. `clean` gives what may pass, NaN for the rest."""

    def __init__(self, signals: Sequence[str], settings: GateSettings | None = None, rows: int = 0) -> None:
        self.settings = settings or GateSettings()
        bounds = [self.settings.bounds.get(signal, SignalBounds()) for signal in signals]
        self._bounds = np.array([[b.low, b.high, b.jump, b.rate_per_s] for b in bounds]).T[:, None, :]
        self._may_stand = np.array([b.may_stand for b in bounds], dtype=np.bool_)
        self._limits_jump, self._limits_rate = np.isfinite(self._bounds[2:, 0]).any(axis=1)
        self._smooth = np.flatnonzero([b.smooth for b in bounds])
        super().__init__(signals, _columns(len(signals), len(self._smooth)), rows)

    def fit(self, x: Values, mask: Flags | None = None, rows: Rows | None = None) -> Self:
        """Learn how long each signal keeps one value while the machine is healthy."""
        history = machines_of(x, len(self.signals))
        ok = mask_of(mask, history)
        rows = np.arange(history.shape[1]) if rows is None else rows
        self.resize(int(rows.max()) + 1)
        longest = _longest_runs(np.where(ok[:, :, None], history, np.nan))
        longest = self.settings.stuck_times * longest + self.settings.stuck_ticks
        self._table["longest"][rows] = np.where(self._may_stand, np.inf, longest)
        self._begin(self._table, rows)
        return self

    def clean(
        self, rows: Rows, time_s: Values | float, x: Values, quality: Qualities | None = None
    ) -> tuple[Values, Result]:
        """What may pass, and why the rest may not."""
        return self._clean(self._table, rows, time_s, usable_values(x, quality))

    def explain(self, row: int) -> list[Contribution]:
        """Signals that were refused at the last tick, with what came last and what had passed."""
        table = self._table
        refused = np.where(table["why"][row] != 0, 1.0, np.nan)
        return self._most(refused, table["raw"][row], table["passed"][row])

    def _tick(self, table: Table, rows: Rows, time_s: Values | float, x: Values) -> Result:
        return self._clean(table, rows, time_s, x)[1]

    def _clean(self, table: Table, rows: Rows, time_s: Values | float, x: Values) -> tuple[Values, Result]:
        at, (low, high, jump, rate) = table.at(rows), self._bounds_of(len(rows))
        times = np.broadcast_to(np.asarray(time_s, dtype=np.float64), len(rows))
        back = np.flatnonzero(times <= table["last_s"][at])
        values, why = np.array(x), np.zeros(x.shape, dtype=np.uint32)
        values[back] = np.nan
        mark(why, ~((values >= low) & (values <= high)), Alarm.RANGE)  # NaN is not within
        self._run(table, at, values, why)
        now_s = side_by_side(times, x.shape[1])
        self._moves(table, at, now_s, values, why, jump, rate)
        refused = np.flatnonzero(why)
        self._remember(table, at, now_s, values, refused, why)
        put(values, refused, np.nan)
        table["why"][at] = why
        alarm = row_bits(why, refused)
        alarm[back] = Alarm.CLOCK
        table["last_s"][at] = np.fmax(table["last_s"][at], times)
        sigma = np.zeros(x.shape)
        put(sigma, refused, np.nan)
        if len(self._smooth):
            values[:, self._smooth] = self._median(table, at, values[:, self._smooth])
        share = np.bincount(refused // x.shape[1], minlength=len(rows)) / x.shape[1]
        return values, Result(share, alarm, sigma)

    def _bounds_of(self, rows: int) -> Values:
        """Of each row the same, kept as large as the largest tick: comparing with them so is four times as fast."""
        if self._bounds.shape[1] < rows:
            self._bounds = np.repeat(self._bounds[:, :1], rows, axis=1)
        return self._bounds[:, :rows]

    def _run(self, table: Table, at: Rows | slice, x: Values, why: Bits) -> None:
        """Ticks that each signal has kept its value; a tick without one changes nothing."""
        before, raw = table["run"][at], table["raw"][at]
        run = before + 1
        run *= x == raw
        missing, last = cells(np.isnan(x)), x
        if len(missing):
            last = x.copy()
            put(run, missing, before)
            put(last, missing, raw)
        table["run"][at], table["raw"][at] = run, last
        mark(why, run > table["longest"][at], Alarm.STUCK)

    def _moves(
        self, table: Table, at: Rows | slice, now_s: Values, x: Values, why: Bits, jump: Values, rate: Values
    ) -> None:
        """Whether each value may follow what passed last, or what has been waiting since the tick before."""
        moved = np.abs(x - table["passed"][at])
        if self._limits_rate:
            # what passed last is a tick old at least, so hardly a cell has to be looked at
            since = cells(moved > rate * np.maximum(now_s[:, 0] - table["last_s"][at], 1e-9).min(initial=np.inf))
            seconds = now_s.reshape(-1)[since] - table["passed_s"][at].reshape(-1)[since]
            fast = moved.reshape(-1)[since] > rate.reshape(-1)[since] * np.maximum(seconds, 1e-9)
            mark_cells(why, since[fast & (why.reshape(-1)[since] == 0)], Alarm.RATE)
        if self._limits_jump:
            self._jumps(table, at, x, why, cells(moved > jump), jump)

    def _jumps(self, table: Table, at: Rows | slice, x: Values, why: Bits, jumps: Cells, jump: Values) -> None:
        """A jump waits, unless one to the same place has been waiting; one that came back was a spike."""
        waiting, flat, fine = table["waiting"][at], x.reshape(-1), why.reshape(-1) == 0
        waited = np.flatnonzero(~np.isnan(waiting))
        jumps = jumps[fine[jumps]]
        if not len(jumps) and not len(waited):
            return
        place, spikes = waiting.copy(), table["spikes"][at].copy()
        waits = jumps[~(np.abs(flat[jumps] - place.reshape(-1)[jumps]) <= jump.reshape(-1)[jumps])]
        over = waited[fine[waited]]
        spikes.reshape(-1)[np.setdiff1d(over, jumps)] += 1
        put(place, over, np.nan)
        put(place, waits, x)
        table["waiting"][at], table["spikes"][at] = place, spikes
        mark_cells(why, waits, Alarm.SPIKE)

    def _remember(self, table: Table, at: Rows | slice, now_s: Values, x: Values, refused: Cells, why: Bits) -> None:
        """What passed last, and when; of a signal of which nothing ever passed, when the gate first looked."""
        if not len(refused):
            table["passed"][at], table["passed_s"][at] = x, now_s
            return
        before_s, passed, passed_s = table["passed_s"][at].copy(), x.copy(), now_s.copy()
        put(before_s, cells(np.isnan(before_s)), now_s)
        put(passed, refused, table["passed"][at])
        put(passed_s, refused, before_s)
        table["passed"][at], table["passed_s"][at] = passed, passed_s
        old = refused[(now_s - passed_s).reshape(-1)[refused] > self.settings.stale_s]
        why.reshape(-1)[old] |= np.uint32(Alarm.STALE)

    def _median(self, table: Table, at: Rows | slice, values: Values) -> Values:
        """Of the last five that passed; where nothing passes now nothing is told."""
        ring = table["ring"][at]
        good = ~np.isnan(values)
        moved = np.concatenate([values[:, None], ring[:, :-1]], axis=1)
        ring = np.where(good[:, None], moved, ring)
        ring = np.where(np.isnan(ring) & good[:, None], values[:, None], ring)
        table["ring"][at] = ring
        return np.where(good, _median_of_five(ring.swapaxes(0, 1)), np.nan)


def _median_of_five(five: Values) -> Values:
    """By comparisons: sorting costs ten times as much."""
    a, b, c, d, e = five
    low = np.maximum(np.minimum(a, b), np.minimum(c, d))
    high = np.minimum(np.maximum(a, b), np.maximum(c, d))
    return np.asarray(np.maximum(np.minimum(low, high), np.minimum(np.maximum(low, high), e)))


def _longest_runs(history: Values) -> Values:
    """Ticks of (T, N, K) that each signal kept its value at most, (N, K)."""
    longest, run = np.zeros(history.shape[1:]), np.zeros(history.shape[1:])
    for before, after in pairwise(history):
        run = np.where(after == before, run + 1, 0)
        longest = np.maximum(longest, run)
    return longest


def _columns(count: int, smoothed: int) -> dict[str, Column]:
    return {
        "longest": Column((count,), np.inf, learned=True),
        "raw": Column((count,), np.nan),
        "run": Column((count,)),
        "passed": Column((count,), np.nan),
        "passed_s": Column((count,), np.nan),
        "waiting": Column((count,), np.nan),
        "spikes": Column((count,), 0, "i8"),
        "why": Column((count,), 0, "u4"),
        "ring": Column((_SMOOTHED, smoothed), np.nan),
        "last_s": Column((), -np.inf),
    }
