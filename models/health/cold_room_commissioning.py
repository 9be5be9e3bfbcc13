"""What a healthy room is like, from a week and more of its readings.

First the band, from levels; then the history is followed tick by tick with it, as it will be later, and the longest and
highest of everything is kept. A room with too few days or defrosts stays unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

from models.health.api import Flags, Rows, Values
from models.health.cold_room_episodes import MARKS_MIN
from models.health.cold_room_settings import ColdRoomSettings
from models.health.table import Table

TRACED = (
    "out", "since", "peak", "peak_at", "marks", "same", "spikes", "turned", "effort", "mean",
    "warm", "idle", "heater", "door_open", "gap", "last",
)  # fmt: skip
DAY_MIN = 1440.0
_LONGEST = {"warm": "longest_warm", "idle": "longest_idle", "heater": "longest_heater", "door_open": "longest_door"}

Trace = dict[str, npt.NDArray[np.float64]]


def learn_levels(table: Table, history: Values, settings: ColdRoomSettings) -> None:
    """Level, band and swing of each room, from (T, N, K) with NaN for what doesn't count."""
    air = _median_of_five(history[:, :, 0])
    known = np.isfinite(air).any(axis=0)
    air[:, ~known] = 0.0
    low, level = np.nanquantile(air, [0.02, 0.5], axis=0)
    below = level - low
    table["level"][:] = np.where(known, level, np.nan)
    table["band"][:] = np.where(known, level + np.maximum(settings.band_least_k, settings.band_times * below), np.inf)
    table["swing"][:] = np.maximum(2 * below, 0.3)
    steps = np.abs(np.diff(air, axis=0))
    table["jump"][:] = np.maximum(settings.jump_k, 2.0 * np.nanquantile(steps, 0.999, axis=0))


def learn_plant_levels(table: Table, history: Values, settings: ColdRoomSettings) -> None:
    """What standing still, cooling and heating draw; the cut-in; how far the coil is below the air."""
    for room in range(history.shape[1]):
        air, power, _, coil, _ = history[:, room].T
        sound = np.isfinite(history[:, room, [0, 1, 3]]).all(axis=1) & (power > settings.power_kw)
        if sound.sum() < DAY_MIN:
            continue
        air, power, gap = air[sound], power[sound], air[sound] - coil[sound]
        standby = np.quantile(power, 0.02)
        some = power > standby + 0.15
        cold = power[some & (gap > -settings.near_coil_k)]
        hot = power[some & (gap < -settings.near_coil_k)]
        runs = np.median(cold) if len(cold) else np.inf
        table["draws_kw"][room] = draws = standby + 0.4 * (runs - standby)
        heats = np.median(hot) if len(hot) else np.inf
        table["heats_kw"][room] = (runs + heats) / 2 if heats > 1.25 * runs else np.inf
        starts = (power[1:] > draws) & (power[:-1] <= draws) & (gap[1:] > -settings.near_coil_k)
        table["cut_in"][room] = np.median(air[:-1][starts]) if starts.any() else table["band"][room]
        table["coil_gap"][room] = np.quantile(gap, 0.99)
        steady = (power[1:] > draws) & (power[:-1] > draws) & (gap[1:] > -settings.near_coil_k)
        usual = np.median(gap[1:][steady]) if steady.any() else settings.near_coil_k
        table["near_coil"][room] = np.clip(usual / 2, 0.3, settings.near_coil_k)


def trace(table: Table, step: Callable[[int], object], ticks: int) -> Trace:
    """Follow the history, and keep what runs at each tick, (T, N)."""
    names = [name for name in TRACED if name in set(table)]
    kept = {name: np.empty((ticks, *table[name].shape)) for name in names}
    for tick in range(ticks):
        step(tick)
        for name in names:
            kept[name][tick] = table[name]
    return kept


def learn_course(table: Table, kept: Trace, healthy: Flags, settings: ColdRoomSettings, least_effort: float) -> None:
    """The longest and highest of everything. `healthy` (T, N): there was a reading that counts."""
    table["longest_same"][:] = _most(kept["same"], healthy)
    table["most_spikes"][:] = _most(kept["spikes"], healthy)
    for name, column in _LONGEST.items():
        if name in kept:
            table[column][:] = _most(kept[name], healthy)
    days = healthy.sum(axis=0) * _tick_min(kept["last"]) / DAY_MIN
    quarter = max(1, round(settings.window_min / 4 / _tick_min(kept["last"])))
    for name, usual, spread in (("effort", "usual_effort", "effort_spread"), ("mean", "usual_mean", "mean_spread")):
        table[usual][:], table[spread][:] = _usual(kept[name][::quarter])
    least = least_effort * np.abs(table["usual_effort"])
    table["effort_spread"][:] = np.maximum(table["effort_spread"], least)
    for room in range(table.rows):
        seen = _learn_episodes(table, room, kept, settings)
        table["ready"][room] = float(days[room] >= settings.healthy_days * 0.98 and seen >= settings.defrosts)


def forget_unknown(table: Table, rows: Iterable[int]) -> None:
    """A room that is not known yet must not be judged by half of what it is."""
    unknown: Rows = np.array([row for row in rows if not table["ready"][row]], dtype=np.intp)
    limit, tau = table["limit_c"][unknown], table["product_tau_min"][unknown]
    table.begin(unknown, learned=True)
    table["limit_c"][unknown], table["product_tau_min"][unknown] = limit, tau


def _learn_episodes(table: Table, room: int, kept: Trace, settings: ColdRoomSettings) -> int:
    """How many long ones there were."""
    out = kept["out"][:, room] > 0
    ends = np.flatnonzero(out[:-1] & ~out[1:])
    since, last = kept["since"][ends, room], kept["last"][ends, room]
    lasted, peak = last - since, kept["peak"][ends, room]
    to_peak = kept["peak_at"][ends, room] - since
    table["longest_out"][room] = lasted.max(initial=settings.long_min)
    table["longest_peak"][room] = to_peak.max(initial=settings.long_min / 2)
    table["highest"][room] = peak.max(initial=table["band"][room] + 1.0)
    long = ends[lasted >= settings.long_min]
    marks = kept["marks"][long, room]
    for place in range(len(MARKS_MIN)):
        reached = marks[np.isfinite(marks[:, place]), place]
        before = table["envelope"][room, place - 1] if place else np.nan
        table["envelope"][room, place] = reached.min() if len(reached) else before
    turned, inside = kept["turned"][:, room], ~out
    waits = (kept["last"][:, room] - turned)[inside]
    table["longest_turn"][room] = np.quantile(waits, 0.999) if len(waits) else np.inf
    return len(long)


def _usual(windows: Values) -> tuple[Values, Values]:
    """Median and spread of overlapping windows; unknown with fewer than four."""
    enough = np.isfinite(windows).sum(axis=0) >= 4
    safe = np.where(enough, windows, 0.0)
    middle = np.nanmedian(safe, axis=0)
    spread = 1.2 * np.nanstd(safe, axis=0)
    return np.where(enough, middle, np.nan), np.where(enough, spread, np.inf)


def _most(values: Values, healthy: Flags) -> Values:
    return np.asarray(np.where(healthy, values, 0.0).max(axis=0))


def _tick_min(last: Values) -> float:
    """Usual minutes between two ticks."""
    return float(np.median(np.diff(last[:, 0]))) if len(last) > 1 else 1.0


def _median_of_five(values: Values) -> Values:
    """Along time, causal; NaN stays NaN."""
    padded = np.concatenate([np.repeat(values[:1], 4, axis=0), values])
    stacked = np.stack([padded[k : k + len(values)] for k in range(5)])
    a, b, c, d, e = stacked
    low = np.fmax(np.fmin(a, b), np.fmin(c, d))
    high = np.fmin(np.fmax(a, b), np.fmax(c, d))
    middle = np.fmax(np.fmin(low, high), np.fmin(np.fmax(low, high), e))
    return np.where(np.isfinite(values), middle, np.nan)
