"""Stability budgets: how long a lot may be in each band of temperature, and what is left of that.

Readings of the probes where a lot stood go in, time in each band comes out, in whole microseconds, so that sums are
exact and the same in any order. Of several probes the warmest that is known counts at each moment; time in which none
is known is charged as the profile says, as its strictest band unless it says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from math import isfinite

import numpy as np
import numpy.typing as npt

from models.columns import SECOND_US, Columns, Moments, Values, columns, hold_us, is_in_order
from models.interval import Interval
from models.kinetics import ZERO_CELSIUS_K
from models.rounding import bounds
from telemetry.errors import Invalid

R_KJ_PER_MOL_K = 0.0083144
WARNING_SHARE = Fraction(9, 10)
"""More than this drawn: people are warned."""


class UnsoundProfile(Invalid):
    """This stability profile can't be computed."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(mistakes=list(self.mistakes))


class Combination(StrEnum):
    """How bands count together."""

    INDEPENDENT = "independent"  # each band has its own time
    SUM_OF_FRACTIONS = "sum_of_fractions"  # shares of all bands add up to one budget
    ARRHENIUS = "arrhenius"  # one band: time weighs as much as it ages, told as time at a reference temperature


class UnknownAs(StrEnum):
    """Where time goes in which nothing was known."""

    STRICTEST = "strictest"  # the warmest band
    MILDEST = "mildest"  # the coolest band: where other evidence bounds what may have happened


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Above `low`, up to and including `high`, for so long altogether."""

    low: float
    high: float
    allowed_us: int

    @property
    def name(self) -> str:
        return f"{self.low:g}..{self.high:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a product withstands; bands from cool to warm, touching, none allowed for longer than a cooler one.

    Raises UnsoundProfile. Warmer than the last band nothing is known of the product: no time is allowed there.
    """

    bands: tuple[Band, ...]
    combination: Combination
    activation_kj_per_mol: float = 83.144  # of Arrhenius
    reference_c: float | None = None  # of Arrhenius: the temperature that the band's time is told for
    unknown_as: UnknownAs = UnknownAs.STRICTEST
    resolution: Decimal = Decimal("0.1")  # temperatures are rounded to it before they are compared

    def __post_init__(self) -> None:
        if mistakes := list(self._mistakes()):
            raise UnsoundProfile(mistakes)

    def _mistakes(self) -> Iterable[str]:
        if not self.bands:
            yield "there is no band"
        for band in self.bands:
            if not (isfinite(band.low) and isfinite(band.high) and band.low < band.high and band.allowed_us > 0):
                yield f"band {band.name}: low below high, and some time allowed"
        for cool, warm in pairwise(self.bands):
            if cool.high != warm.low:
                yield f"bands {cool.name} and {warm.name} don't touch"
            if warm.allowed_us > cool.allowed_us:
                yield f"band {warm.name} allows more than the cooler {cool.name}"
        if self.combination is Combination.ARRHENIUS and (len(self.bands) != 1 or self.reference_c is None):
            yield "arrhenius has one band, and a reference temperature"

    @property
    def names(self) -> tuple[str, ...]:
        """Of the bands, and of what is beyond them."""
        return (*(band.name for band in self.bands), self.beyond)

    @property
    def beyond(self) -> str:
        """Warmer than every band."""
        return f">{self.bands[-1].high:g}"

    def rate(self, temperature_c: npt.ArrayLike) -> Values:
        """How many times as fast as at the reference the product ages (Arrhenius): exp(Ea/R (1/Tref - 1/T)), T in K."""
        reference_k = (self.reference_c or 0.0) + ZERO_CELSIUS_K
        kelvin = np.asarray(temperature_c, dtype=np.float64) + ZERO_CELSIUS_K
        found: Values = np.exp(self.activation_kj_per_mol / R_KJ_PER_MOL_K * (1 / reference_k - 1 / kelvin))
        return found


Drawn = tuple[int, ...]
"""µs drawn of each band, and beyond them, in the order of `Profile.names`."""


Probe = tuple[Columns, float]
"""What a probe read, in any order, and for how many seconds a reading of it holds."""


def drawn(profile: Profile, probes: Sequence[Probe], interval: Interval) -> Drawn:
    """What a time at a place costs. Give readings from as long before as one holds; later ones don't matter."""
    lasts, temperature = _warmest(probes, interval)
    level = _levels(profile, temperature)
    weight = lasts.astype(np.float64)
    n = len(profile.bands)
    if profile.combination is Combination.ARRHENIUS:
        at = np.where(np.isnan(temperature), _assumed_c(profile), temperature)
        weight = np.where(level == 0, weight * profile.rate(at), weight)
    return tuple(round(float(weight[level == place].sum())) for place in range(n + 1))


def _assumed_c(profile: Profile) -> float:
    """What time without a reading is taken for: the warm end of the band, or where it begins."""
    band = profile.bands[0]
    return band.high if profile.unknown_as is UnknownAs.STRICTEST else band.low


def _levels(profile: Profile, temperature_c: Values) -> npt.NDArray[np.int64]:
    """Place of the band of each temperature: -1 below all of them, len(bands) beyond them."""
    ends = [profile.bands[0].low, *(band.high for band in profile.bands)]
    edges = [bounds(None, end, 0.0, profile.resolution).high_out for end in ends]
    found = np.searchsorted(edges, temperature_c, side="right") - 1
    unknown = len(profile.bands) - 1 if profile.unknown_as is UnknownAs.STRICTEST else 0
    return np.where(np.isnan(temperature_c), unknown, found).astype(np.int64)


def _warmest(probes: Sequence[Probe], interval: Interval) -> tuple[Moments, Values]:
    """The interval in pieces: their lengths, and the warmest temperature known in each; NaN where none is."""
    held = [_pieces(course, interval, stale_s) for course, stale_s in probes]
    edges = np.unique(np.concatenate([np.array(interval, np.int64), *(each for h in held for each in h[:2])]))
    edges = edges[(edges >= interval.start_us) & (edges <= interval.end_us)]
    begins = edges[:-1]
    warmest = np.full(len(begins), -np.inf)
    for start, end, value in held:
        if len(start):
            row = np.searchsorted(start, begins, side="right") - 1
            known = (row >= 0) & (begins < end[np.maximum(row, 0)])
            warmest = np.where(known, np.maximum(warmest, value[np.maximum(row, 0)]), warmest)
    return np.diff(edges), np.where(np.isinf(warmest), np.nan, warmest)


def _pieces(course: Columns, interval: Interval, stale_s: float) -> tuple[Moments, Moments, Values]:
    """When readings begin and end to hold, and what they say; of one moment the warmest, a bad one before it."""
    known = columns(course.time_us, course.value, course.quality, until_us=interval.end_us)
    if not is_in_order(known.time_us):
        known = known.take(np.lexsort((known.value, known.time_us)))
    hold = hold_us(known, stale_s, interval.end_us)
    rows = hold > 0
    return known.time_us[rows], known.time_us[rows] + hold[rows], known.value[rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class BandLeft:
    """One band of a lot's budget."""

    band: str
    low: float
    high: float | None  # None: beyond all bands
    allowed_s: float
    drawn_s: float
    left_s: float  # 0 at least
    share: float  # drawn of what is allowed; 1 where nothing is allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What is left of a lot's stability."""

    bands: tuple[BandLeft, ...]
    combination: Combination
    used: float  # share of the whole: the largest band's, or the sum of all of them
    exhausted: str | None  # the band by which it is; None: something is left
    is_low: bool  # little is left

    @property
    def left(self) -> float:
        """Share of the whole, 0 at least."""
        return max(0.0, 1.0 - self.used)


def budget(profile: Profile, spent: Sequence[int]) -> Budget:
    """What so much drawn (µs, as `drawn` orders it) leaves. A band credited with more is full."""
    used_us = [max(0, each) for each in spent]
    allowed = [band.allowed_us for band in profile.bands]
    shares = [Fraction(used, of) for used, of in zip(used_us, allowed, strict=False)]
    whole = sum(shares, Fraction(0)) if profile.combination is Combination.SUM_OF_FRACTIONS else max(shares)
    beyond = used_us[len(allowed)]
    full = profile.beyond if beyond else profile.names[shares.index(max(shares))]
    is_over = whole >= 1 or beyond > 0
    return Budget(
        bands=tuple(_left(profile, used_us)),
        combination=profile.combination,
        used=float(max(whole, Fraction(1)) if beyond else whole),
        exhausted=full if is_over else None,
        is_low=not is_over and whole > WARNING_SHARE,
    )


def _left(profile: Profile, used_us: Sequence[int]) -> Iterable[BandLeft]:
    for band, used in zip(profile.bands, used_us, strict=False):
        left_us = max(0, band.allowed_us - used)
        yield BandLeft(
            band=band.name,
            low=band.low,
            high=band.high,
            allowed_s=band.allowed_us / SECOND_US,
            drawn_s=used / SECOND_US,
            left_s=left_us / SECOND_US,
            share=used / band.allowed_us,
        )
    if beyond := used_us[len(profile.bands)]:
        at, low = profile.beyond, profile.bands[-1].high
        told = {"allowed_s": 0.0, "drawn_s": beyond / SECOND_US, "left_s": 0.0, "share": 1.0}
        yield BandLeft(band=at, low=low, high=None, **told)


def inherited(parents: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """What a lot begins with: the most that any of the lots it was made of had drawn, by band.

    A part split off has one such lot: it begins with what that one had drawn.
    """
    found: dict[str, int] = {}
    for parent in parents:
        for band, spent in parent.items():
            found[band] = max(spent, found.get(band, 0))
    return found
