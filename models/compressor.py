"""A compressor that runs and doesn't cool, or draws a current that is not its own.

In go a circuit's columns over a window and what was learned of the same circuit while it was healthy; out comes one
finding or none. Door and defrost periods are left out: they lengthen the time until something is found and hide
nothing. Static and deterministic: it learns only when `learn` is called, and it only advises.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

import numpy as np
import numpy.typing as npt

from models.circuit import Circuit
from models.columns import Values
from models.finding import Contribution, Finding, Words
from models.kinetics import slope_per_s
from telemetry.errors import Invalid

MODEL = "compressor"
VERSION = "1"

_NORMAL_MAD = 1.4826  # a normal distribution's standard deviation, in median absolute deviations

_SAYS = {
    "not_cooling": Words(
        "Runs and does not cool: air is {difference:.1f} K above the coil, normally {usual_difference:.1f} K; "
        "it draws {current:.1f} A, normally {usual_current:.1f} A; for {minutes:.1f} min",
        "运行但不制冷：空气与蒸发器温差 {difference:.1f} K，正常为 {usual_difference:.1f} K；"
        "电流 {current:.1f} A，正常为 {usual_current:.1f} A；已持续 {minutes:.1f} 分钟",
    ),
    "current_low": Words(
        "Draws too little: {current:.1f} A, normally {usual_current:.1f} A; for {minutes:.1f} min",
        "电流偏低：{current:.1f} A，正常为 {usual_current:.1f} A；已持续 {minutes:.1f} 分钟",
    ),
    "current_high": Words(
        "Draws too much: {current:.1f} A, normally {usual_current:.1f} A; for {minutes:.1f} min",
        "电流偏高：{current:.1f} A，正常为 {usual_current:.1f} A；已持续 {minutes:.1f} 分钟",
    ),
}


class TooLittleHistory(Invalid):
    """The compressor ran undisturbed for too short a time to learn what is normal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompressorSettings:
    """How much evidence is asked for. Durations in seconds of the plant's clock."""

    settle_s: float = 120.0  # after a start the coil needs this long
    quiet_s: float = 300.0  # after a door or a defrost the air does
    evidence_s: float = 300.0  # so much comparable time must be abnormal
    share: float = 0.8  # of that time at least, so that single readings decide nothing
    threshold: float = 6.0  # robust standard deviations
    least_difference: float = 0.1  # a deviation is never less than this part of the normal air - coil ...
    least_current: float = 0.03  # ... and of the normal current
    learn_s: float = 3600.0  # least comparable time to learn from

    def faster(self, speed: float) -> CompressorSettings:
        """For a circuit that runs `speed` times as fast as its clock. Learning is not sped up."""
        return replace(
            self, settle_s=self.settle_s / speed, quiet_s=self.quiet_s / speed, evidence_s=self.evidence_s / speed
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CompressorNormal:
    """What one healthy circuit does while it cools: medians and robust standard deviations (1.4826 MAD)."""

    from_us: int
    to_us: int
    learned_s: float
    current_a: float
    current_spread_a: float
    difference_k: float  # air - coil
    difference_spread_k: float
    slope_k_s: float  # of the air, door shut


def learn(healthy: Circuit, settings: CompressorSettings) -> CompressorNormal:
    """The normal of a circuit from a window in which it was healthy. Raises TooLittleHistory."""
    rows = healthy.cooling(settings.settle_s, settings.quiet_s)
    difference = healthy.air_c - healthy.coil_c
    rows &= ~np.isnan(healthy.current_a) & ~np.isnan(difference)
    learned_s = float(rows.sum() * healthy.step_s)
    if learned_s < settings.learn_s or not rows.any():
        raise TooLittleHistory(learned_s=learned_s, asked_s=settings.learn_s)
    pairs = rows[1:] & rows[:-1]
    slopes = np.diff(healthy.air_c)[pairs] / healthy.step_s
    current_a, current_spread_a = _centre(healthy.current_a[rows])
    difference_k, difference_spread_k = _centre(difference[rows])
    return CompressorNormal(
        from_us=int(healthy.time_us[0]),
        to_us=int(healthy.time_us[-1]),
        learned_s=learned_s,
        current_a=current_a,
        current_spread_a=max(current_spread_a, settings.least_current * abs(current_a)),
        difference_k=difference_k,
        difference_spread_k=max(difference_spread_k, settings.least_difference * abs(difference_k)),
        slope_k_s=float(slopes.mean()) if len(slopes) else 0.0,  # a median would be a step of the resolution
    )


def find(window: Circuit, normal: CompressorNormal, settings: CompressorSettings) -> Finding | None:
    """What the window's latest evidence shows. Not cooling is told before a current, which it explains."""
    rows = np.flatnonzero(window.cooling(settings.settle_s, settings.quiet_s))
    seen = _Seen(window, rows, normal, settings)
    lost = seen.finding("not_cooling", -seen.difference_deviations)
    if lost is not None and seen.air_is_falling(lost):
        lost = None
    return (
        lost
        or seen.finding("current_low", -seen.current_deviations)
        or seen.finding("current_high", seen.current_deviations)
    )


def _centre(values: Values) -> tuple[float, float]:
    median = float(np.median(values))
    return median, _NORMAL_MAD * float(np.median(np.abs(values - median)))


@dataclass(frozen=True, slots=True)
class _Seen:
    """The comparable rows of a window beside the normal."""

    window: Circuit
    rows: npt.NDArray[np.intp]
    normal: CompressorNormal
    settings: CompressorSettings

    @property
    def difference_deviations(self) -> Values:
        difference = (self.window.air_c - self.window.coil_c)[self.rows]
        return (difference - self.normal.difference_k) / self.normal.difference_spread_k

    @property
    def current_deviations(self) -> Values:
        """Unknown where the coil is far from its normal too: a circuit that is pulled down draws what its load asks."""
        deviations = (self.window.current_a[self.rows] - self.normal.current_a) / self.normal.current_spread_a
        pulled_down = np.abs(self.difference_deviations) >= self.settings.threshold / 2
        return np.where(pulled_down, np.nan, deviations)

    def finding(self, failure_mode: str, score: Values) -> Finding | None:
        """A finding where enough of the evidence scores at the threshold; unknown rows (NaN) are no evidence."""
        known = ~np.isnan(score)
        rows, score = self.rows[known], score[known]
        span = _latest_span(score >= self.settings.threshold, self._least_rows(), self.settings.share)
        if span is None:
            return None
        contributions = self._contributions(rows[span])
        first, last = int(self.window.time_us[rows[span][0]]), int(self.window.time_us[rows[span][-1]])
        return Finding(
            model=MODEL,
            version=VERSION,
            failure_mode=failure_mode,
            from_us=first,
            to_us=last,
            score=float(np.median(score[span])),
            threshold=self.settings.threshold,
            contributions=contributions,
            words=_say(failure_mode, contributions, len(rows[span]) * self.window.step_s / 60),
        )

    def air_is_falling(self, found: Finding) -> bool:
        """Whether the air fell at half its normal rate or faster: then a probe is wrong, not the compressor."""
        time, air = self.window.time_us, self.window.air_c
        inside = (time >= found.from_us) & (time <= found.to_us) & ~np.isnan(air)
        return slope_per_s(time[inside], air[inside]) <= min(self.normal.slope_k_s / 2, -1e-9)

    def _least_rows(self) -> int:
        return max(1, ceil(self.settings.evidence_s / self.window.step_s))

    def _contributions(self, rows: npt.NDArray[np.intp]) -> tuple[Contribution, ...]:
        window, normal = self.window, self.normal
        signals = (
            ("air - coil", "K", window.air_c - window.coil_c, normal.difference_k, normal.difference_spread_k),
            ("current", "A", window.current_a, normal.current_a, normal.current_spread_a),
        )
        found = []
        for signal, unit, column, expected, spread in signals:
            known = column[rows][~np.isnan(column[rows])]
            observed = float(np.median(known)) if len(known) else float("nan")
            deviations = (observed - expected) / spread
            found.append(
                Contribution(signal=signal, unit=unit, observed=observed, expected=expected, deviations=deviations)
            )
        return tuple(sorted(found, key=lambda each: -abs(np.nan_to_num(each.deviations))))


def _latest_span(abnormal: npt.NDArray[np.bool_], least: int, share: float) -> slice | None:
    """The latest stretch of rows in which every `least` in a row are abnormal by `share` or more.

    It begins and ends with an abnormal one. As many rows that are normal since then are a repair: nothing is told.
    """
    if len(abnormal) < least:
        return None
    count = np.cumsum(np.append(0, abnormal))
    enough = np.flatnonzero(count[least:] - count[:-least] >= share * least)
    if not len(enough):
        return None
    breaks = np.flatnonzero(np.diff(enough) > 1)
    begin = int(enough[breaks[-1] + 1]) if len(breaks) else int(enough[0])
    inside = begin + np.flatnonzero(abnormal[begin : int(enough[-1]) + least])
    end = int(inside[-1]) + 1
    return None if len(abnormal) - end >= least else slice(int(inside[0]), end)


def _say(failure_mode: str, contributions: tuple[Contribution, ...], minutes: float) -> Words:
    by_signal = {each.signal: each for each in contributions}
    difference, current = by_signal["air - coil"], by_signal["current"]
    facts = {
        "difference": difference.observed,
        "usual_difference": difference.expected,
        "current": current.observed,
        "usual_current": current.expected,
        "minutes": minutes,
    }
    says = _SAYS[failure_mode]
    shown = {name: round(fact, 1) + 0.0 for name, fact in facts.items()}  # what rounds to nothing has no sign
    return Words(says.en.format(**shown), says.zh.format(**shown))
