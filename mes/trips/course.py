"""What one point read in a window: extremes, means, time out and unknown, gaps, and how often it was recorded.

Columns go in, figures come out; nothing here knows a database. A reading from before the window holds into it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite

import numpy as np

from models import gaps as silence
from models.columns import SECOND_US, Columns, columns
from models.cumulative import out_intervals
from models.interval import Interval, merged, overlap_us
from models.kinetics import mean_kinetic
from models.limits import Limit, is_out, one_a_moment
from models.policy import Cadence

GSP_CADENCE = Cadence(
    refresh_s=60.0, storage_s=1800.0, transport_s=300.0, out_s=120.0, citation="GSP, appendix 3, article 4"
)
"""What the Chinese GSP asks of a vehicle, where the policy's own regulation says nothing."""


@dataclass(frozen=True, slots=True)
class CadenceCheck:
    """How far apart values were at most, against what is allowed."""

    name: str  # refresh, recording, recording_out
    longest_s: float
    allowed_s: float
    over: int  # how often they were farther apart

    @property
    def passed(self) -> bool:
        """Whether none was too long."""
        return self.over == 0


@dataclass(frozen=True, slots=True)
class Silence:
    """A time in which nothing was known, and why as far as the readings tell."""

    start_us: int
    end_us: int
    cause: str  # silent: no reading came; bad_reading: the device said that it did not know


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One point in one window, in its own unit; None where nothing was known."""

    readings: int
    lowest: float | None
    highest: float | None
    mean: float | None
    kinetic: float | None  # mean kinetic temperature; of temperatures only
    known_s: float
    unknown_s: float
    out_s: float  # held by readings that were out
    gaps: tuple[Silence, ...]
    cadence: tuple[CadenceCheck, ...]

    @property
    def worst_case_s(self) -> float:
        """Seconds out if all that is unknown was out as well."""
        return self.out_s + self.unknown_s

    @property
    def completeness(self) -> float:
        """Share of the window that is known, 0 to 1."""
        whole = self.known_s + self.unknown_s
        return self.known_s / whole if whole else 0.0


def course(readings: Columns, limit: Limit, window: Interval, demands: Cadence) -> Course:
    """Figures of a window. Give the readings from `limit.stale_s` before it as well, in any order."""
    known = columns(readings.time_us, readings.value, readings.quality, until_us=window.end_us)
    ordered = one_a_moment(known, limit)
    parts = ordered.time_us, ordered.value, ordered.quality
    mean = mean_kinetic(*parts, stale_s=limit.stale_s, from_us=window.start_us, until_us=window.end_us)
    out = out_intervals(*parts, limit, until_us=window.end_us)
    inside = (ordered.time_us >= window.start_us) & ~np.isnan(ordered.value)
    seen = ordered.value[inside]
    return Course(
        readings=len(seen),
        lowest=float(seen.min()) if len(seen) else None,
        highest=float(seen.max()) if len(seen) else None,
        mean=_finite(mean.mean_c),
        kinetic=_finite(mean.kinetic_c),
        known_s=mean.known_s,
        unknown_s=mean.unknown_s,
        out_s=sum(overlap_us(each, window) for each in merged(out)) / SECOND_US,
        gaps=_gaps(ordered, limit, window),
        cadence=cadence(ordered, limit, window, demands),
    )


def cadence(ordered: Columns, limit: Limit, window: Interval, demands: Cadence) -> tuple[CadenceCheck, ...]:
    """How often values came, against how often they must: refreshed, recorded, recorded while out.

    Times between usable readings, from the last one at or before the window's start to the window's end; one that
    begins with a reading out counts as out.
    """
    usable = ordered.take(np.flatnonzero(~np.isnan(ordered.value) & (ordered.time_us <= window.end_us)))
    before = usable.time_us <= window.start_us
    first = max(int(before.sum()) - 1, 0)
    kept = usable.take(np.arange(first, len(usable)))
    # what precedes the first reading counts from the window's start where nothing was read before it
    starts = np.append(kept.time_us, window.end_us)
    begin = window.start_us if not before.any() else int(starts[0])
    apart = np.diff(np.append(begin, starts)) / SECOND_US
    out = np.append(False, is_out(kept, limit))
    return (
        _check("refresh", apart, demands.refresh_s),
        _check("recording", apart, demands.transport_s),
        _check("recording_out", apart[out], demands.out_s),
    )


def _check(name: str, apart: np.ndarray, allowed_s: float) -> CadenceCheck:
    longest = float(apart.max()) if len(apart) else 0.0
    return CadenceCheck(name, longest, allowed_s, int((apart > allowed_s).sum()))


def _gaps(ordered: Columns, limit: Limit, window: Interval) -> tuple[Silence, ...]:
    found = silence.gaps(
        ordered.time_us, limit.stale_s, window.end_us, quality=_spoken(ordered), from_us=window.start_us
    )
    spans = [Interval(gap.start_us, window.end_us if gap.end_us is None else gap.end_us) for gap in found]
    return tuple(Silence(s.start_us, s.end_us, _cause(ordered, s)) for s in spans if s.length_us)


def _spoken(ordered: Columns) -> np.ndarray:
    """Qualities in which a value that can't be used is bad."""
    return np.where(np.isnan(ordered.value), 0, np.maximum(ordered.quality, 64)).astype(np.uint8)


def _cause(ordered: Columns, span: Interval) -> str:
    within = (ordered.time_us >= span.start_us) & (ordered.time_us < span.end_us)
    return "bad_reading" if bool(np.isnan(ordered.value[within]).any()) else "silent"


def _finite(value: float) -> float | None:
    return round(value, 4) if isfinite(value) else None


def openings(readings: Columns, window: Interval, stale_s: float) -> tuple[int, float]:
    """How often a door (1: open) was opened in a window, and for how many seconds it was known to be open."""
    inside = [span for span in when_on(readings, window, stale_s) if overlap_us(span, window)]
    return len(inside), sum(overlap_us(span, window) for span in inside) / SECOND_US


def when_on(readings: Columns, window: Interval, stale_s: float) -> tuple[Interval, ...]:
    """When a switch (1: a door is open, it defrosts) was known to be on, up to the window's end."""
    limit = Limit(low=None, high=0.5, delay_s=0, deadband=0, stale_s=stale_s, resolution=_WHOLE)
    parts = readings.time_us, readings.value, readings.quality
    return merged(out_intervals(*parts, limit, until_us=window.end_us))


def distance_km(latitude: Columns, longitude: Columns, window: Interval) -> float | None:
    """Length of the way along fixes (degrees, WGS 84) by the haversine formula; None without two of them.

    A position is a latitude and a longitude of one moment. Steps below `_STANDING_KM` are a receiver's noise.
    """
    fixes = _fixes(latitude, longitude, window)
    if len(fixes) < 2:
        return None
    total, (lat, lon) = 0.0, fixes[0]
    for here in fixes[1:]:
        step = _haversine_km(lat, lon, *here)
        if step >= _STANDING_KM:
            total, (lat, lon) = total + step, here
    return round(total, 2)


_WHOLE = Decimal(1)
_STANDING_KM = 0.03
_EARTH_KM = 6371.0088  # mean radius (IUGG)


def _fixes(latitude: Columns, longitude: Columns, window: Interval) -> Sequence[tuple[float, float]]:
    east = dict(zip(longitude.time_us.tolist(), longitude.value.tolist(), strict=True))
    north = zip(latitude.time_us.tolist(), latitude.value.tolist(), strict=True)
    found = {t: (v, east[t]) for t, v in north if t in east and window.start_us <= t < window.end_us}
    return [found[t] for t in sorted(found) if all(map(isfinite, found[t]))]


def _haversine_km(lat_1: float, lon_1: float, lat_2: float, lon_2: float) -> float:
    a, b = np.radians(lat_1), np.radians(lat_2)
    half_lat, half_lon = np.sin((b - a) / 2), np.sin(np.radians(lon_2 - lon_1) / 2)
    return float(2 * _EARTH_KM * np.arcsin(np.sqrt(half_lat**2 + np.cos(a) * np.cos(b) * half_lon**2)))
