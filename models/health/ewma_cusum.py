"""A signal that stays away from its usual level, each signal for itself.

A slow robust level and scale, with the hour of the day if asked for; a fast mean of the clipped deviations; and what of
it is beyond `k`, summed up in both directions (Page 1954). Times are seconds, so ticks may come at any pace. What is
out for long becomes the level in the end: fixed limits are the business of others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from models.health.api import Alarm, Bits, Contribution, Flags, Reason, Result, Rows, Values
from models.health.over_signals import Cells, cells, greatest, put, rows_with
from models.health.replay import machines_of, mask_of
from models.health.rowwise import Rowwise
from models.health.table import Column, Table
from models.health.var_learning import TooFewHealthyRows

HOURS = 24
_MEAN_ABSOLUTE = 1.2533  # a normal distribution's standard deviation, in mean absolute deviations
_NORMAL_MAD = 1.4826  # ... and in median absolute deviations


@dataclass(frozen=True, slots=True, kw_only=True)
class CusumSettings:
    """Deviations are in robust standard deviations, times in seconds."""

    k: float = 2.0  # so much deviation costs nothing
    h: float = 8.0  # deviation beyond k, times `fast_s`, until the alarm
    clip: float = 4.0
    fast_s: float = 3_600.0
    slow_s: float = 14 * 86_400.0
    quiet_s: float = 96 * 3_600.0  # after an alarm began none begins anew on this signal
    warm: int = 30  # readings until a level is known
    daily: bool = False  # the usual level depends on the hour of the day
    least_scale: float = 1e-6  # of the level: no signal is steadier
    static: bool = False  # level and scale stand once they are known: what is out for long stays out


class EwmaCusum(Rowwise):
    """Of machines with the same signals. Learns as it goes; `fit` gives it a better start."""

    def __init__(self, signals: Sequence[str], settings: CusumSettings | None = None, rows: int = 0) -> None:
        self.settings = settings or CusumSettings()
        super().__init__(signals, _columns(len(signals), self.settings.daily), rows)

    def fit(self, x: Values, mask: Flags | None = None, rows: Rows | None = None, time_s: Values | None = None) -> Self:
        """Median and median absolute deviation of the healthy rows. Raises TooFewHealthyRows."""
        history = machines_of(x, len(self.signals))
        healthy = np.where(mask_of(mask, history)[:, :, None] & np.isfinite(history), history, np.nan)
        seen = np.isfinite(healthy).sum(axis=0)
        if (seen < self.settings.warm).any():
            raise TooFewHealthyRows(rows=int(seen.min()), asked=self.settings.warm)
        rows = np.arange(history.shape[1]) if rows is None else rows
        self.resize(int(rows.max()) + 1)
        table, level = self._table, np.nanmedian(healthy, axis=0)
        table["base_level"][rows] = level
        if self.settings.daily and time_s is not None:
            profile = _daily(healthy - level, np.asarray(time_s))
            table["base_profile"][rows] = profile
            healthy = healthy - profile[:, _hour(np.asarray(time_s))].swapaxes(0, 1)
        table["base_least"][rows] = self._least(level)
        table["base_scale"][rows] = np.maximum(_spread(healthy), self._least(level))
        table["base_seen"][rows] = seen
        self._begin(table, rows)
        return self

    def deviation(self, rows: Rows) -> Values:
        """Of the last values from their levels, not smoothed nor clipped; 0 where a level or a value is not known."""
        table = self._table
        away = (table["value"][rows] - self._expected(rows)) / np.maximum(table["scale"][rows], 1e-12)
        known = np.isfinite(away) & (table["seen"][rows] > self.settings.warm)
        return np.where(known, away, 0.0)

    def held(self, rows: Rows) -> npt.NDArray[np.int8]:
        """Alarms of each signal, (m, K): 1 above its level, -1 below, 0 none."""
        return np.asarray(self._table["held"][rows], dtype=np.int8)

    def reset(self, rows: Rows, reason: Reason) -> None:
        """Levels are taken anew from what comes; a scale that was known is the first guess."""
        super().reset(rows, reason)
        self._table["level"][rows], self._table["seen"][rows] = np.nan, 0

    def explain(self, row: int) -> list[Contribution]:
        """The three signals whose fast mean is farthest from the level."""
        table = self._table
        return self._most(table["fast"][row], table["value"][row], self._expected(np.array([row]))[0])

    def _begin(self, table: Table, rows: Rows) -> None:
        table.begin(rows, learned=False)
        for name in ("level", "scale", "least", "seen", "profile"):
            table[name][rows] = table[f"base_{name}"][rows]

    def _tick(self, table: Table, rows: Rows, time_s: Values | float, x: Values) -> Result:
        at, settings = table.at(rows), self.settings
        times = np.broadcast_to(np.asarray(time_s, dtype=np.float64), len(rows))
        passed = times - table["last_s"][at]
        elapsed = np.where(np.isfinite(passed), np.clip(passed, 0, settings.fast_s), 0.0)[:, None]
        if len(rows) and elapsed.min() == elapsed.max():
            elapsed = elapsed[:1]  # all machines at one pace: cheaper, and the same
        bad, unknown = cells(~np.isfinite(x)), cells(table["seen"][at] < settings.warm)
        z = self._deviation(table, at, rows, times, elapsed, x, bad, unknown)
        sums = {name: table[name][at] for name in ("fast", "up", "down")}
        fast = z - sums["fast"]
        fast *= -np.expm1(-elapsed / settings.fast_s)
        fast += sums["fast"]
        put(fast, bad, sums["fast"])
        up, down = _summed(sums["up"], sums["down"], fast * (elapsed / settings.fast_s), elapsed, settings)
        put(up, bad, sums["up"])
        put(down, bad, sums["down"])
        stat = greatest(np.maximum(up, down)) / settings.h
        table["fast"][at], table["up"][at], table["down"][at], table["last_s"][at] = fast, up, down, times
        put(fast, unknown, np.nan)
        if len(unknown):
            stat[np.isnan(fast).all(axis=1)] = np.nan
        return Result(stat, self._alarms(table, rows, times, stat), fast)

    def _deviation(
        self,
        table: Table,
        at: Rows | slice,
        rows: Rows,
        times: Values,
        elapsed: Values,
        x: Values,
        bad: Cells,
        unknown: Cells,
    ) -> Values:
        """How far each signal is from its level, clipped; and the level, scale and profile with it in them."""
        settings = self.settings
        level, scale, seen = table["level"][at].copy(), table["scale"][at], table["seen"][at]
        put(level, cells(np.isnan(level)), x)
        hour = _hour(times) if settings.daily else np.zeros(len(rows), np.intp)
        away = x - level
        if settings.daily:
            away -= table["profile"][rows, hour]
        table["value"][at], table["hour"][at] = x, hour
        put(away, bad, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            z = away / scale
        np.clip(z, -settings.clip, settings.clip, out=z)
        held = z * scale
        put(held, unknown, away)
        put(z, unknown, 0.0)
        more = seen + 1
        weight = np.maximum(1 / more, -np.expm1(-elapsed / settings.slow_s))
        put(more, bad, seen)
        put(weight, bad, 0.0)
        if settings.static:
            weight[seen >= settings.warm] = 0.0
        table["seen"][at] = more
        if settings.daily:
            steady = held.copy()
            put(steady, unknown, 0.0)
            table["profile"][rows, hour] -= np.expm1(-elapsed * HOURS / settings.slow_s) * steady
        self._learn(table, at, level, held, weight, unknown)
        return np.asarray(z)

    def _learn(
        self, table: Table, at: Rows | slice, level: Values, held: Values, weight: Values, unknown: Cells
    ) -> None:
        """Level and scale a tick later; a scale never falls below the least that is believed."""
        scale = table["scale"][at]
        wider = np.abs(held)
        wider *= _MEAN_ABSOLUTE
        wider -= scale
        wider *= weight
        wider += scale
        held *= weight
        level += held
        table["level"][at] = level
        if len(unknown):
            table["least"][at] = self._least(level)
        table["scale"][at] = np.fmax(wider, table["least"][at], out=wider)

    def _alarms(self, table: Table, rows: Rows, times: Values, stat: Values) -> Bits:
        """An alarm holds while the fast mean is beyond half of k; after its end both sums begin anew."""
        bits = np.zeros(len(rows), dtype=np.uint32)
        held = table["held"][table.at(rows)]
        concerned = np.union1d(np.flatnonzero(stat >= 1), rows_with(np.flatnonzero(held), held.shape))
        if len(concerned):
            at, settings, now = rows[concerned], self.settings, times[concerned, None]
            up, down, held, since = (table[name][at] for name in ("up", "down", "held", "since_s"))
            free = now - since >= settings.quiet_s
            begins = (held == 0) & free & ((up >= settings.h) | (down >= settings.h))
            held = np.where(begins, np.where(up >= settings.h, 1, -1), held)
            over = (held != 0) & (table["fast"][at] * held <= settings.k / 2)
            up[over] = down[over] = 0.0
            held = np.where(over, 0, held)
            table["up"][at], table["down"][at], table["held"][at] = up, down, held
            table["since_s"][at] = np.where(begins, now, since)
            bits[concerned] |= np.where((held > 0).any(axis=1), np.uint32(Alarm.LEVEL_HIGH), np.uint32(0))
            bits[concerned] |= np.where((held < 0).any(axis=1), np.uint32(Alarm.LEVEL_LOW), np.uint32(0))
        return bits

    def _expected(self, rows: Rows) -> Values:
        """The level, and what belongs to the hour of the last tick."""
        table = self._table
        return np.asarray(table["level"][rows] + table["profile"][rows, table["hour"][rows]])

    def _least(self, level: Values) -> Values:
        return np.asarray(self.settings.least_scale * np.abs(level) + 1e-9)


def _columns(count: int, daily: bool) -> dict[str, Column]:
    profile = (HOURS if daily else 1, count)
    return {
        "base_level": Column((count,), np.nan, learned=True),
        "base_scale": Column((count,), learned=True),
        "base_least": Column((count,), 1e-9, learned=True),
        "base_seen": Column((count,), learned=True),
        "base_profile": Column(profile, learned=True),
        "level": Column((count,), np.nan),
        "scale": Column((count,)),
        "least": Column((count,), 1e-9),
        "seen": Column((count,)),
        "profile": Column(profile),
        "fast": Column((count,)),
        "up": Column((count,)),
        "down": Column((count,)),
        "held": Column((count,), 0, "i1"),
        "since_s": Column((count,), -np.inf),
        "value": Column((count,), np.nan),
        "hour": Column((), 0, "i8"),
        "last_s": Column((), -np.inf),
    }


def _summed(
    up: Values, down: Values, deviated: Values, elapsed: Values, settings: CusumSettings
) -> tuple[Values, Values]:
    """Both sums a tick later; `deviated` is the fast mean times the evidence of the tick."""
    free, most = settings.k * elapsed / settings.fast_s, 2 * settings.h
    up = up + deviated
    up -= free
    down = down - deviated
    down -= free
    return np.clip(up, 0, most, out=up), np.clip(down, 0, most, out=down)


def _hour(time_s: Values) -> np.ndarray:
    return (np.asarray(time_s) // 3_600 % HOURS).astype(np.intp)


def _daily(away: Values, time_s: Values) -> Values:
    """Median of each hour of the day, (N, 24, K); of an hour without readings nothing."""
    hours, profile = _hour(time_s), np.zeros((away.shape[1], HOURS, away.shape[2]))
    for hour in np.unique(hours):
        of_hour = away[hours == hour]
        some = np.isfinite(of_hour).any(axis=0)
        profile[:, hour][some] = np.nanmedian(of_hour[:, some], axis=0)
    return profile


def _spread(healthy: Values) -> Values:
    """Robust; of a signal that stands still most of the time the plain deviation."""
    robust = _NORMAL_MAD * np.nanmedian(np.abs(healthy - np.nanmedian(healthy, axis=0)), axis=0)
    return np.where(robust > 0, robust, np.nanstd(healthy, axis=0))
