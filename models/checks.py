"""The checks behind advice on an excursion: one question each to one probe's readings, with figures and citation.

What is unknown is charged as the worst case: silence while it was out counts as time out, and may have been above a
ceiling. Every function answers how bad it is as well, so that of several probes the worst one can stand for a place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from math import inf, isfinite

import numpy as np

from models.columns import SECOND_US, Columns, Values, columns
from models.cumulative import cumulative_s, out_intervals
from models.gaps import gaps
from models.interval import Interval, overlap_us
from models.kinetics import MeanKinetic, mean_kinetic, worst_window
from models.limits import Episode, Limit, Side, evaluate
from models.policy import Allowance, CumulativeRule, KineticRule, Level, LevelRule, Policy
from models.rounding import bounds

R_KJ_PER_MOL_K = 0.0083144
"""The gas constant as USP <1079.2> takes it."""
CALIBRATED = frozenset({"valid", "due"})
Figure = float | str | bool | None


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105 (no password)
    ESCALATE = "escalate"  # a person with the product's stability data must decide


class Rule(StrEnum):
    """What is checked, in the order in which people read it."""

    KINETIC = "kinetic"  # mean kinetic temperature of the worst window
    CEILING = "ceiling"  # never above
    FLOOR = "floor"  # never below
    LONGEST = "longest"  # one time outside, at longest
    LOW_SIDE = "low_side"  # never below the label's range
    CRITICAL = "critical"  # the critical level was not reached
    CUMULATIVE = "cumulative"  # time beyond one value, added up
    COMPLETENESS = "completeness"  # enough is known of the window
    CALIBRATION = "calibration"  # the probes were calibrated
    ALLOWED = "allowed"  # the policy allows time outside its limits at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question to the readings. `figures`: what was found and what it was held against, units in the names."""

    rule: Rule
    verdict: Verdict
    figures: Mapping[str, Figure]
    citation: str

    @property
    def passed(self) -> bool:
        return self.verdict is Verdict.PASS


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What one probe read: from at least the longest window before the excursion up to the judged moment."""

    name: str
    readings: Columns  # any order, doubles allowed
    calibration: str | None = None  # valid, due, overdue, failed, unknown; None: not asked
    certificate: str = ""  # its number


Answer = tuple[float, Check]
"""A check of one course, and how bad it is beside those of other courses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One probe's course with what several checks ask of it."""

    course: Course
    readings: Columns  # as known at the judged moment
    kinetic: MeanKinetic | None
    span: Interval  # the worst window and the excursion together
    until_us: int
    during: tuple[Episode, ...]  # episodes of the alarm level that touch the excursion
    around: tuple[Episode, ...]  # that touch the span
    unseen_s: float  # of the excursion, where no episode says so: the probe was silent for all of it

    @property
    def known_s(self) -> float:
        return sum(e.known_s for e in self.during)

    @property
    def unknown_s(self) -> float:
        return sum(e.unknown_s for e in self.during) + self.unseen_s

    @property
    def worst_case_s(self) -> float:
        return self.known_s + self.unknown_s

    def episodes(self, found: Iterable[Limit], within: Interval) -> tuple[Episode, ...]:
        """What these limits say of the readings, where it touches an interval."""
        r, until_us = self.readings, self.until_us
        all_of_them = (e for limit in found for e in evaluate(r.time_us, r.value, r.quality, limit, until_us=until_us))
        return tuple(e for e in all_of_them if overlap_us(_whole(e, until_us), within))

    def unknown_on(self, side: Side) -> float:
        """Seconds of the excursion in which it may have been anywhere on that side."""
        return sum(e.unknown_s for e in self.during if e.side is side) + self.unseen_s

    def values(self) -> Values:
        """What was read in the span."""
        rows = (self.readings.time_us >= self.span.start_us) & (self.readings.time_us < self.span.end_us)
        found: Values = self.readings.value[rows]
        return found[~np.isnan(found)]


def _whole(episode: Episode, until_us: int) -> Interval:
    return Interval(episode.start_us, until_us if episode.end_us is None else episode.end_us)


def look(policy: Policy, course: Course, excursion: Interval, until_us: int) -> Seen:
    raw = course.readings
    readings = columns(raw.time_us, raw.value, raw.quality, until_us=until_us)
    window, kinetic = _worst(policy, readings, excursion, until_us)
    span = Interval(min(window.start_us, excursion.start_us), max(window.end_us, excursion.end_us))
    seen = Seen(
        course=course,
        readings=readings,
        kinetic=kinetic,
        span=span,
        until_us=until_us,
        during=(),
        around=(),
        unseen_s=0.0,
    )
    alarm = policy.limits(Level.ALARM)
    during = seen.episodes(alarm, excursion)
    known = mean_kinetic(
        readings.time_us,
        readings.value,
        readings.quality,
        stale_s=policy.stale_s,
        from_us=excursion.start_us,
        until_us=max(excursion.start_us, min(excursion.end_us, until_us)),
    )
    unseen_s = 0.0 if during else known.unknown_s
    return replace(seen, during=during, around=seen.episodes(alarm, span), unseen_s=unseen_s)


def checks(policy: Policy, seen: Seen) -> Iterator[Answer]:
    """Always the same checks in the same order for one policy."""
    if policy.kinetic is not None:
        yield _kinetic(policy.kinetic, seen)
    for allowance in policy.allowances:
        yield from _allowance(policy, allowance, seen)
    alarm, critical = policy.level(Level.ALARM), policy.level(Level.CRITICAL)
    if alarm is not None and alarm.low is not None and not any(a.floor is not None for a in policy.allowances):
        yield _low_side(alarm, seen)
    if critical is not None:
        yield _critical(policy, critical, seen)
    for rule in policy.cumulative:
        yield _cumulative(policy, rule, seen)
    yield _completeness(policy, seen)
    if seen.course.calibration is not None:
        yield _calibration(policy, seen)
    if policy.kinetic is None and not policy.allowances:
        citation = alarm.citation if alarm is not None else ""
        yield _answer(Rule.ALLOWED, False, seen.worst_case_s, {"worst_case_s": seen.worst_case_s}, citation)


def _answer(rule: Rule, passes: bool, badness: float, figures: Mapping[str, Figure], citation: str) -> Answer:
    verdict = Verdict.PASS if passes else Verdict.ESCALATE
    return badness, Check(rule=rule, verdict=verdict, figures=figures, citation=citation)


def _kinetic(rule: KineticRule, seen: Seen) -> Answer:
    """Unrounded against its limit (USP <1079.2>): 8.0048 is above 8. Time unknown is not in it: see completeness."""
    mean = seen.kinetic
    value = mean.kinetic_c if mean is not None else float("nan")
    figures: dict[str, Figure] = {
        "point": seen.course.name,
        "value_c": _finite(value),
        "limit_c": rule.limit_c,
        "window_s": rule.window_s,
        "from_us": seen.span.start_us,
        "to_us": seen.span.end_us,
        "activation_kj_per_mol": rule.activation_kj_per_mol,
    }
    return _answer(Rule.KINETIC, value <= rule.limit_c, _or_worst(value), figures, rule.citation)


def _allowance(policy: Policy, rule: Allowance, seen: Seen) -> Iterator[Answer]:
    values = seen.values()
    edges = bounds(rule.floor, rule.ceiling, 0.0, policy.resolution)
    name = {"point": seen.course.name}
    if rule.ceiling is not None:
        peak, unknown_s = float(values.max()) if len(values) else float("nan"), seen.unknown_on(Side.HIGH)
        figures: dict[str, Figure] = name | {"peak": _finite(peak), "ceiling": rule.ceiling, "unknown_s": unknown_s}
        passes = peak < edges.high_out and not unknown_s  # what nobody saw may have been above it
        yield _answer(Rule.CEILING, passes, _or_worst(peak), figures, rule.citation)
    if rule.floor is not None:
        lowest, unknown_s = float(values.min()) if len(values) else float("nan"), seen.unknown_on(Side.LOW)
        figures = name | {"lowest": _finite(lowest), "floor": rule.floor, "unknown_s": unknown_s}
        passes = lowest >= edges.low_out and not unknown_s
        yield _answer(Rule.FLOOR, passes, _or_worst(-lowest), figures, rule.citation)
    if rule.longest_s is not None and (rule.low is not None or rule.high is not None):
        yield _longest(policy, rule, rule.longest_s, seen)


def _longest(policy: Policy, rule: Allowance, longest_s: float, seen: Seen) -> Answer:
    outside = Limit(
        low=rule.low,
        high=rule.high,
        delay_s=0.0,
        deadband=policy.deadband,
        stale_s=policy.stale_s,
        resolution=policy.resolution,
    )
    found = seen.episodes((outside,), seen.span)
    longest = max((e.worst_case_s for e in found), default=0.0) + seen.unseen_s
    figures: dict[str, Figure] = {"point": seen.course.name, "longest_s": longest, "allowed_s": longest_s}
    figures |= {"low": rule.low, "high": rule.high, "unknown_s": seen.unknown_s}
    return _answer(Rule.LONGEST, longest <= longest_s, longest, figures, rule.citation)


def _low_side(rule: LevelRule, seen: Seen) -> Answer:
    low = [e for e in seen.around if e.side is Side.LOW]
    lowest = min((e.peak for e in low), default=None)
    figures = {"point": seen.course.name, "lowest": lowest, "low": rule.low, "episodes": len(low)}
    return _answer(Rule.LOW_SIDE, not low, len(low), figures, rule.citation)


def _critical(policy: Policy, rule: LevelRule, seen: Seen) -> Answer:
    found = seen.episodes(policy.limits(Level.CRITICAL), seen.span)
    beyond_s = sum(e.worst_case_s for e in found)
    figures = {"point": seen.course.name, "low": rule.low, "high": rule.high, "worst_case_s": beyond_s}
    return _answer(Rule.CRITICAL, not found, beyond_s, figures, rule.citation)


def _cumulative(policy: Policy, rule: CumulativeRule, seen: Seen) -> Answer:
    """The most that was ever added up within a window by the span's end; silence while it was out counts as out."""
    r, until_us = seen.readings, seen.until_us
    limit = _beyond(policy, rule)
    out = list(out_intervals(r.time_us, r.value, r.quality, limit, until_us=until_us))
    silent = gaps(r.time_us, policy.stale_s, until_us, quality=r.quality)
    for episode in evaluate(r.time_us, r.value, r.quality, limit, until_us=until_us):
        whole = _whole(episode, until_us)
        spans = (Interval(g.start_us, until_us if g.end_us is None else g.end_us) for g in silent)
        out += [Interval(max(s.start_us, whole.start_us), min(s.end_us, whole.end_us)) for s in spans]
    ends = [i.end_us for i in out if i.length_us and i.end_us > seen.span.start_us]
    most = max((cumulative_s(out, end, rule.window_s) for end in ends), default=0.0) + seen.unseen_s
    figures: dict[str, Figure] = {"point": seen.course.name, "most_s": most, "allowed_s": rule.allowed_s}
    figures |= {"limit": rule.limit, "side": str(rule.side), "window_s": rule.window_s}
    return _answer(Rule.CUMULATIVE, most < rule.allowed_s, most, figures, rule.citation)


def _beyond(policy: Policy, rule: CumulativeRule) -> Limit:
    """The rule's value as a strict limit of its side."""
    step = policy.resolution if rule.inclusive else Decimal(0)
    value, high = Decimal(str(rule.limit)), rule.side is Side.HIGH
    return Limit(
        low=None if high else float(value + step),
        high=float(value - step) if high else None,
        delay_s=0.0,
        deadband=0.0,
        stale_s=policy.stale_s,
        resolution=policy.resolution,
    )


def _completeness(policy: Policy, seen: Seen) -> Answer:
    """Of the kinetic rule's whole window, though it reach back before the first reading; else of the excursion."""
    r, span = seen.readings, Interval(seen.span.start_us, min(seen.span.end_us, seen.until_us))
    mean = mean_kinetic(
        r.time_us, r.value, r.quality, stale_s=policy.stale_s, from_us=span.start_us, until_us=max(span)
    )
    asked_s = span.length_us / SECOND_US
    if policy.kinetic is not None:
        asked_s = max(asked_s, policy.kinetic.window_s)
    share = mean.known_s / asked_s if asked_s else 0.0
    figures: dict[str, Figure] = {
        "point": seen.course.name,
        "share": share,
        "least": policy.completeness,
        "window_s": asked_s,
    }
    citation = policy.kinetic.citation if policy.kinetic is not None else _alarm_citation(policy)
    return _answer(Rule.COMPLETENESS, share >= policy.completeness, -share, figures, citation)


def _calibration(policy: Policy, seen: Seen) -> Answer:
    state = seen.course.calibration
    figures: dict[str, Figure] = {"point": seen.course.name, "state": state, "certificate": seen.course.certificate}
    citation = policy.calibration.citation if policy.calibration is not None else _alarm_citation(policy)
    return _answer(Rule.CALIBRATION, state in CALIBRATED, 0.0, figures, citation)


def _alarm_citation(policy: Policy) -> str:
    alarm = policy.level(Level.ALARM)
    return alarm.citation if alarm is not None else ""


def _worst(
    policy: Policy, readings: Columns, excursion: Interval, until_us: int
) -> tuple[Interval, MeanKinetic | None]:
    """The warmest window of the kinetic rule that contains some of the excursion; the excursion itself without one."""
    rule = policy.kinetic
    if rule is None or not len(readings):
        return excursion, None
    found = worst_window(
        readings.time_us,
        readings.value,
        readings.quality,
        window_s=rule.window_s,
        stale_s=policy.stale_s,
        from_us=int(readings.time_us.min()),
        until_us=until_us,
        touching=excursion,
        activation_k=rule.activation_kj_per_mol / R_KJ_PER_MOL_K,
    )
    return (excursion, None) if found is None else (Interval(found.from_us, found.until_us), found.mean)


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _or_worst(value: float) -> float:
    return value if isfinite(value) else inf
