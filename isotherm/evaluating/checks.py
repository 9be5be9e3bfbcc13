"""What a policy asks of a whole file, a question a rule. What is unknown is charged as the worst case.

A level that raised its alarm does not pass. Where the policy allows time outside its limits (USP), the allowances and
the mean kinetic temperature decide instead, and the level is told beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf, isfinite

import numpy as np

from isotherm.evaluating.course import Answer, Check, Course, Figure, Rule, iso, limit_of
from models.cadence import kept
from models.checks import Verdict
from models.columns import Values
from models.cumulative import most, out_intervals
from models.gaps import silences
from models.interval import Interval
from models.limits import Limit, Side, one_a_moment
from models.policy import Allowance, Cadence, Cited, CumulativeRule, KineticRule, Level, LevelRule, Policy, RateRule
from models.rounding import bounds
from models.sliding import rates_per_h


def checks(policy: Policy, course: Course) -> Iterator[Answer]:
    """Always the same checks in the same order for one policy."""
    allows = policy.kinetic is not None or bool(policy.allowances)
    yield from _levels(policy, course, allows)
    for cumulative in policy.cumulative:
        yield _cumulative(policy, cumulative, course)
    if policy.rate is not None:
        yield _rate(policy, policy.rate, course)
    if policy.kinetic is not None:
        yield _kinetic(policy.kinetic, course)
    for allowance in policy.allowances:
        yield from _allowance(policy, allowance, course)
    if allows and not any(allowance.floor is not None for allowance in policy.allowances):
        yield from _low_side(policy, course)
    yield _completeness(policy, course)
    if policy.cadence is not None:
        yield _cadence(policy, policy.cadence, course)


def _levels(policy: Policy, course: Course, allows: bool) -> Iterator[Answer]:
    for level in (Level.ALARM, Level.WARN, Level.CRITICAL):
        if rule := policy.level(level):
            yield _level(rule, course, advisory=level is Level.WARN or (level is Level.ALARM and allows))


def _answer(
    rule: Rule,
    course: Course,
    passes: bool,
    badness: float,
    figures: Mapping[str, Figure],
    cited: Cited | None,
    *,
    advisory: bool = False,
) -> Answer:
    return badness if isfinite(badness) else inf, Check(
        rule=rule,
        verdict=Verdict.PASS if passes else Verdict.ESCALATE,
        point=course.name,
        failing=(),
        advisory=advisory,
        figures=figures,
        citation=cited.citation if cited else "",
        confirm=cited.confirm if cited else False,
    )


def _level(rule: LevelRule, course: Course, *, advisory: bool) -> Answer:
    found = course.episodes.get(rule.level, ())
    raised = [episode for episode in found if episode.raised_us is not None]
    worst_s = max((episode.worst_case_s for episode in found), default=0.0)
    figures: dict[str, Figure] = {
        "low": rule.low,
        "high": rule.high,
        "low_delay_s": rule.low_delay_s,
        "high_delay_s": rule.high_delay_s,
        "episodes": len(found),
        "raised": len(raised),
        "known_s": sum(e.known_s for e in found),
        "unknown_s": sum(e.unknown_s for e in found),
        "worst_case_s": sum(e.worst_case_s for e in found),
        "longest_s": worst_s,
        "highest": max((e.peak for e in found if e.side is Side.HIGH), default=None),
        "lowest": min((e.peak for e in found if e.side is Side.LOW), default=None),
    }
    return _answer(Rule(rule.level.value), course, not raised, worst_s, figures, rule, advisory=advisory)


def _cumulative(policy: Policy, rule: CumulativeRule, course: Course) -> Answer:
    """The most that was ever added up within a window, by what was read and with silence while it was out."""
    r = course.readings
    limit = _beyond(policy, rule)
    out = out_intervals(r.time_us, r.value, r.quality, limit, until_us=course.until_us)
    wholes = [Interval(e.start_us, e.end_us or course.until_us) for e in course.beyond(limit)]
    silent = silences(r.time_us, policy.stale_s, course.until_us, quality=r.quality) if wholes else ((), ())
    unseen = _common(wholes, [Interval(start, min(end, course.until_us)) for start, end in zip(*silent, strict=True)])
    known, worst = most(out, rule.window_s), most((*out, *unseen), rule.window_s)
    figures: dict[str, Figure] = {
        "side": rule.side.value,
        "limit": rule.limit,
        "known_s": known.out_s if known else 0.0,
        "worst_case_s": worst.out_s if worst else 0.0,
        "allowed_s": rule.allowed_s,
        "window_s": rule.window_s,
        "at": iso(worst.at_us) if worst else None,
    }
    most_s = worst.out_s if worst else 0.0
    return _answer(Rule.CUMULATIVE, course, most_s < rule.allowed_s, most_s, figures, rule)


def _beyond(policy: Policy, rule: CumulativeRule) -> Limit:
    """Beyond the rule's value; where that value counts itself, beyond the one before it that can be read."""
    step = float(policy.resolution) if rule.inclusive else 0.0
    high = rule.limit - step if rule.side is Side.HIGH else None
    low = rule.limit + step if rule.side is Side.LOW else None
    return limit_of(
        None if low is None else round(low, 9),
        None if high is None else round(high, 9),
        stale_s=policy.stale_s,
        resolution=policy.resolution,
    )


def _common(one: list[Interval], other: list[Interval]) -> list[Interval]:
    """Time that both have; each in order and apart."""
    found, at = [], 0
    for interval in other:
        while at < len(one) and one[at].end_us <= interval.start_us:
            at += 1
        row = at
        while row < len(one) and one[row].start_us < interval.end_us:
            found.append(Interval(max(one[row].start_us, interval.start_us), min(one[row].end_us, interval.end_us)))
            row += 1
    return found


def _rate(policy: Policy, rule: RateRule, course: Course) -> Answer:
    """Of readings of one moment that which counts for the limits."""
    r = one_a_moment(course.readings, _whole(policy))
    known = ~np.isnan(r.value)
    time = r.time_us[known]
    rates = rates_per_h(time, r.value[known], rule.over_s)
    row = int(np.nanargmax(np.abs(rates))) if not np.isnan(rates).all() else None
    fastest = float(rates[row]) if row is not None else 0.0
    figures: dict[str, Figure] = {
        "fastest_per_h": fastest if row is not None else None,
        "limit_per_h": rule.per_h,
        "over_s": rule.over_s,
        "at": iso(int(time[row])) if row is not None else None,
    }
    return _answer(Rule.RATE, course, abs(fastest) <= rule.per_h, abs(fastest), figures, rule, advisory=True)


def _kinetic(rule: KineticRule, course: Course) -> Answer:
    """Unrounded against its limit (USP <1079.2>): 8.0048 is above 8. Time unknown is not in it: see completeness."""
    worst = course.worst
    value = worst.mean.kinetic_c if worst else float("nan")
    figures: dict[str, Figure] = {
        "value_c": value if worst else None,
        "limit_c": rule.limit_c,
        "window_s": rule.window_s,
        "from": iso(worst.from_us) if worst else None,
        "to": iso(worst.until_us) if worst else None,
        "activation_kj_per_mol": rule.activation_kj_per_mol,
    }
    return _answer(Rule.KINETIC, course, value <= rule.limit_c, value, figures, rule)


def _allowance(policy: Policy, rule: Allowance, course: Course) -> Iterator[Answer]:
    """What nobody saw while it was out may have been above the ceiling, or below the floor."""
    values = _read(course)
    edges = bounds(rule.floor, rule.ceiling, 0.0, policy.resolution)
    if rule.ceiling is not None:
        top, unknown_s = float(values.max(initial=-inf)), course.unknown_s(Side.HIGH)
        figures: dict[str, Figure] = {"highest": _finite(top), "ceiling": rule.ceiling, "unknown_s": unknown_s}
        within = -inf < top < edges.high_out
        yield _answer(Rule.CEILING, course, within and not unknown_s, top, figures, rule)
    if rule.floor is not None:
        bottom, unknown_s = float(values.min(initial=inf)), course.unknown_s(Side.LOW)
        figures = {"lowest": _finite(bottom), "floor": rule.floor, "unknown_s": unknown_s}
        within = inf > bottom >= edges.low_out
        yield _answer(Rule.FLOOR, course, within and not unknown_s, -bottom, figures, rule)
    if rule.longest_s is not None and (rule.low is not None or rule.high is not None):
        outside = limit_of(
            rule.low, rule.high, deadband=policy.deadband, stale_s=policy.stale_s, resolution=policy.resolution
        )
        longest = max((e.worst_case_s for e in course.beyond(outside)), default=0.0)
        figures = {"longest_s": longest, "allowed_s": rule.longest_s, "low": rule.low, "high": rule.high}
        yield _answer(Rule.LONGEST, course, longest <= rule.longest_s, longest, figures, rule)


def _low_side(policy: Policy, course: Course) -> Iterator[Answer]:
    rule = policy.level(Level.ALARM)
    if rule is None or rule.low is None:
        return
    low = [e for e in course.episodes.get(Level.ALARM, ()) if e.side is Side.LOW]
    lowest = min((e.peak for e in low), default=None)
    figures: dict[str, Figure] = {"low": rule.low, "lowest": lowest, "episodes": len(low)}
    yield _answer(Rule.LOW_SIDE, course, not low, len(low), figures, rule)


def _completeness(policy: Policy, course: Course) -> Answer:
    mean = course.mean
    whole_s = mean.known_s + mean.unknown_s
    share = mean.known_s / whole_s if whole_s else 0.0
    figures: dict[str, Figure] = {
        "share": share,
        "least": policy.completeness,
        "known_s": mean.known_s,
        "unknown_s": mean.unknown_s,
    }
    return _answer(Rule.COMPLETENESS, course, share >= policy.completeness, -share, figures, policy.kinetic)


def _cadence(policy: Policy, rule: Cadence, course: Course) -> Answer:
    """The longest time without a reading, after one inside the limits and after one that was out."""
    r, limits = course.readings, policy.limits(Level.ALARM)
    from_us = int(r.time_us[0])
    _, inside, out = kept(
        r.time_us, r.value, r.quality, rule, limits, is_transport=False, from_us=from_us, until_us=course.until_us
    )
    figures: dict[str, Figure] = {
        "longest_inside_s": inside.longest_s,
        "storage_s": rule.storage_s,
        "transport_s": rule.transport_s,
        "longest_out_s": out.longest_s,
        "out_s": rule.out_s,
    }
    passes = inside.is_met and out.is_met
    return _answer(Rule.CADENCE, course, passes, out.longest_s + inside.longest_s, figures, rule)


def _whole(policy: Policy) -> Limit:
    """The alarm level's limits as one."""
    limits = policy.limits(Level.ALARM)
    return limit_of(
        limits[0].low if limits else None,
        limits[0].high if limits else None,
        stale_s=policy.stale_s,
        resolution=policy.resolution,
    )


def _read(course: Course) -> Values:
    found: Values = course.readings.value[~np.isnan(course.readings.value)]
    return found


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
