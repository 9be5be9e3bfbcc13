"""What the loggers of a mapping study show: statistics by position, hot and cold spot, uniformity, power-fail and door.

Each logger's readings are columns of their own; a reading holds until the next, `hold_s` at most. Nothing is
interpolated, and what is unknown is told as a share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.columns import SECOND_US, Columns, Moments, Values, columns, hold_us, to_us
from models.forecast import ThermalFit, TooLittleCourse, fit_course
from models.kinetics import mean_kinetic_c
from models.limits import Limit, is_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """One position over a window; means and deviation weigh each reading by how long it held."""

    readings: int
    low_c: float
    low_us: int
    mean_c: float
    high_c: float
    high_us: int
    kinetic_c: float  # USP <1079.2>
    deviation_c: float  # standard deviation
    known_share: float  # of the window, 0 to 1
    interval_s: float  # median between readings

    @property
    def fluctuation_c(self) -> float:
        """Half of what it moved by (JJF 1101-2019)."""
        return (self.high_c - self.low_c) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniformity:
    """Warmest minus coldest position at one moment (JJF 1101-2019), over a window."""

    mean_c: float
    worst_c: float
    worst_us: int
    warmest: str  # codes of the positions at the worst moment
    coldest: str
    moments: int  # at which all positions were known


@dataclass(frozen=True, slots=True, kw_only=True)
class Warming:
    """One position while nothing cooled it. Seconds from the beginning; None: not within the test."""

    exceeds_s: float | None  # until it was first out of limits
    fit: ThermalFit | None  # None: it has no course that could be fitted


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One position while a door stood open and after. Seconds; None: not within the test."""

    exceeds_s: float | None  # from the opening until it was first out
    out_s: float  # for how long it was out, by readings
    recovers_s: float | None  # from the closing until it was within limits for good; 0: it never was out after it
    peak_c: float | None  # None: nothing was known


def statistics(readings: Columns, from_us: int, until_us: int, hold_s: float) -> Statistics | None:
    """Of [from, until); None where nothing was known there."""
    known = within(readings, from_us, until_us)
    held = hold_us(known, hold_s, until_us)
    usable = held > 0
    value, weight, time = known.value[usable], held[usable], known.time_us[usable]
    if not len(value):
        return None
    mean = float(np.average(value, weights=weight))
    low, high = int(value.argmin()), int(value.argmax())
    steps = np.diff(time)
    return Statistics(
        readings=len(value),
        low_c=float(value[low]),
        low_us=int(time[low]),
        mean_c=mean,
        high_c=float(value[high]),
        high_us=int(time[high]),
        kinetic_c=mean_kinetic_c(value, weight),
        deviation_c=float(np.sqrt(np.average((value - mean) ** 2, weights=weight))),
        known_share=float(weight.sum()) / (until_us - from_us),
        interval_s=float(np.median(steps)) / SECOND_US if len(steps) else 0.0,
    )


def within(readings: Columns, from_us: int, until_us: int) -> Columns:
    """Readings of [from, until) in order of time; of one moment the first that was given."""
    known = columns(readings.time_us, readings.value, readings.quality, until_us=until_us - 1)
    _, rows = np.unique(known.time_us, return_index=True)
    ordered = known.take(rows)
    return ordered.take(np.flatnonzero(ordered.time_us >= from_us))


def uniformity(
    by_code: Mapping[str, Columns], from_us: int, until_us: int, *, step_s: float, hold_s: float
) -> Uniformity | None:
    """Over moments `step_s` apart at which every position is known; None where there is no such moment."""
    moments = np.arange(from_us, until_us, to_us(step_s), dtype=np.int64)
    codes = list(by_code)
    if len(codes) < 2 or not len(moments):
        return None
    shown = np.array([shown_at(by_code[code], moments, hold_s) for code in codes])
    whole = ~np.isnan(shown).any(axis=0)
    if not whole.any():
        return None
    shown, moments = shown[:, whole], moments[whole]
    apart = shown.max(axis=0) - shown.min(axis=0)
    worst = int(apart.argmax())
    return Uniformity(
        mean_c=float(apart.mean()),
        worst_c=float(apart[worst]),
        worst_us=int(moments[worst]),
        warmest=codes[int(shown[:, worst].argmax())],
        coldest=codes[int(shown[:, worst].argmin())],
        moments=len(moments),
    )


def shown_at(readings: Columns, moments: Moments, hold_s: float) -> Values:
    """What a logger showed at each moment: its last reading, if that still holds; else NaN."""
    if not len(readings):
        return np.full(len(moments), np.nan)
    latest = np.searchsorted(readings.time_us, moments, side="right") - 1
    place = np.maximum(latest, 0)
    holds = (latest >= 0) & (moments - readings.time_us[place] < to_us(hold_s))
    return np.where(holds, readings.value[place], np.nan)


def hot_spot(by_code: Mapping[str, Statistics]) -> str | None:
    """The position that was warmest on the whole: by its mean kinetic temperature, then by its highest."""
    return max(by_code, key=lambda code: (by_code[code].kinetic_c, by_code[code].high_c), default=None)


def cold_spot(by_code: Mapping[str, Statistics]) -> str | None:
    """The position that was coldest on the whole: by its mean, then by its lowest."""
    return min(by_code, key=lambda code: (by_code[code].mean_c, by_code[code].low_c), default=None)


def recommended(by_code: Mapping[str, Statistics], doors: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Positions for permanent points, by code, with why: hot, cold, door (the door's position that moved most)."""
    why: dict[str, list[str]] = {}
    at_doors = {code: by_code[code] for code in doors if code in by_code}
    door = max(at_doors, key=lambda code: at_doors[code].fluctuation_c, default=None)
    for reason, code in (("hot", hot_spot(by_code)), ("cold", cold_spot(by_code)), ("door", door)):
        if code is not None:
            why.setdefault(code, []).append(reason)
    return {code: tuple(reasons) for code, reasons in why.items()}


def warming(readings: Columns, limit: Limit, from_us: int, until_us: int, rest_c: float | None) -> Warming:
    """A position during a power-fail test. `rest_c`: the temperature around the room, where it was measured.

    Time to exceed the limits on power failure: WHO TRS 961, Annex 9, Supplement 8.
    """
    known = _usable(within(readings, from_us, until_us))
    out = np.flatnonzero(is_out(known, limit))
    exceeds_s = (int(known.time_us[out[0]]) - from_us) / SECOND_US if len(out) else None
    return Warming(exceeds_s=exceeds_s, fit=_fit(known, rest_c))


def _fit(known: Columns, rest_c: float | None) -> ThermalFit | None:
    try:
        return fit_course(known.time_us, known.value, rest_c)
    except TooLittleCourse:
        return None  # told as "no fit" beside the position


def opening(readings: Columns, limit: Limit, opened_us: int, closed_us: int, until_us: int, hold_s: float) -> Opening:
    """A position from a door's opening to the end of the test."""
    known = within(readings, opened_us, until_us)
    held = hold_us(known, hold_s, until_us)
    out = is_out(known, limit)
    rows = np.flatnonzero(out)
    usable = known.value[~np.isnan(known.value)]
    return Opening(
        exceeds_s=(int(known.time_us[rows[0]]) - opened_us) / SECOND_US if len(rows) else None,
        out_s=int(held[out].sum()) / SECOND_US,
        recovers_s=_recovers_s(known, rows, closed_us),
        peak_c=float(usable.max()) if len(usable) else None,
    )


def _recovers_s(known: Columns, out: npt.NDArray[np.intp], closed_us: int) -> float | None:
    """From the closing to the first reading after the last one that was out; 0 where that came before the closing."""
    if not len(out):
        return 0.0
    back = known.time_us[out[-1] + 1 :]
    return max(0.0, (int(back[0]) - closed_us) / SECOND_US) if len(back) else None


def _usable(readings: Columns) -> Columns:
    return readings.take(np.flatnonzero(~np.isnan(readings.value)))
