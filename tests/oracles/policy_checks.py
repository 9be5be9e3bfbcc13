"""What a pack asks of a point: each check with its figures, by what its rule says. Unknown time is charged as out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any

from tests.oracles.episodes import Episode, Judge, silences
from tests.oracles.kinetics import Course, Mean, rates_per_h
from tests.oracles.packs import Pack
from tests.oracles.readings import (
    SECOND_US,
    Range,
    Reading,
    held_until,
    iso_of,
    one_a_moment,
    printed,
    rounded,
    side_of,
)

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Answer:
    """Of one point to one check. Of several points the one that fails, then the one of the most `badness`, is told."""

    rule: str
    passed: bool
    badness: float
    figures: dict[str, Any]
    advisory: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """A point with all that is known of it at the end of the file."""

    name: str | None
    readings: list[Reading]
    pack: Pack
    until_us: int
    course: Course
    episodes: dict[str, list[Episode]]

    def judge(self, limits: Range, deadband: float = 0.0) -> Judge:
        """By other limits, with the pack's resolution and hold."""
        return Judge(limits, deadband, self.pack.stale_us, self.pack.resolution)

    @property
    def values(self) -> list[float]:
        return [reading.value for reading in self.readings if reading.value is not None]

    def window_us(self) -> int:
        """Of the worst window: the pack's, else a day."""
        return round((self.pack.kinetic["window"] if self.pack.kinetic else 86_400) * SECOND_US)


def answers(point: Point) -> Iterator[Answer]:
    """In the order in which they are told."""
    pack = point.pack
    for level in ("alarm", "warn", "critical"):
        if level in pack.levels:
            yield _level(point, level)
    yield from (_cumulative(point, rule) for rule in pack.cumulative)
    if pack.rate:
        yield _rate(point, pack.rate)
    if pack.kinetic:
        yield _kinetic(point, pack.kinetic)
    for rule in pack.allowances:
        yield from _allowance(point, rule)
    if pack.allows and not any("floor" in rule for rule in pack.allowances):
        yield from _low_side(point)
    yield _completeness(point)
    if pack.cadence:
        yield _cadence(point, pack.cadence)


def _level(point: Point, level: str) -> Answer:
    limits, found = point.pack.levels[level], point.episodes[level]
    raised = [each for each in found if each.raised_us is not None]
    worst_s = max((each.worst_case_us / SECOND_US for each in found), default=0.0)
    figures = {
        "low": limits.low,
        "high": limits.high,
        "low_delay_s": limits.low_delay_s,
        "high_delay_s": limits.high_delay_s,
        "episodes": len(found),
        "raised": len(raised),
        "known_s": sum(each.known_us for each in found) / SECOND_US,
        "unknown_s": sum(each.unknown_us for each in found) / SECOND_US,
        "worst_case_s": sum(each.worst_case_us for each in found) / SECOND_US,
        "longest_s": worst_s,
        "highest": max((each.peak for each in found if each.side == "high"), default=None),
        "lowest": min((each.peak for each in found if each.side == "low"), default=None),
    }
    advisory = level == "warn" or (level == "alarm" and point.pack.allows)
    return Answer(level, not raised, worst_s, figures, advisory)


def _cumulative(point: Point, rule: dict[str, Any]) -> Answer:
    """By what was read, and with the silences while it was out, in the worst window."""
    is_high, inclusive = rule["side"] == "high", rule.get("inclusive", False)
    limits = Range(
        low=None if is_high else rule["limit"],
        high=rule["limit"] if is_high else None,
        low_inclusive=inclusive,
        high_inclusive=inclusive,
    )
    window_us, stale_us, until_us = round(rule["window"] * SECOND_US), point.pack.stale_us, point.until_us
    row = one_a_moment(point.readings, limits, point.pack.resolution)
    out = [
        (reading.at_us, held_until(row, n, stale_us, until_us))
        for n, reading in enumerate(row)
        if side_of(reading.value, limits, point.pack.resolution)
    ]
    silent = [
        (max(start, episode.start_us), min(until_us if end is None else end, episode.end_us or until_us))
        for episode in point.judge(limits).episodes(point.readings, until_us)
        for start, end in silences(point.readings, stale_us, until_us)
    ]
    known, worst = most(out, window_us), most([*out, *silent], window_us)
    figures = {
        "side": rule["side"],
        "limit": rule["limit"],
        "known_s": known[0] / SECOND_US,
        "worst_case_s": worst[0] / SECOND_US,
        "allowed_s": rule["allowed"],
        "window_s": rule["window"],
        "at": None if worst[1] is None else iso_of(worst[1]),
    }
    return Answer("cumulative", worst[0] < rule["allowed"] * SECOND_US, worst[0] / SECOND_US, figures)


def most(spans: list[Span], window_us: int) -> tuple[int, int | None]:
    """The most that any window has of some times, and the first moment at which it has: where one of them ends."""
    apart: list[Span] = []
    for start, end in sorted(span for span in spans if span[1] > span[0]):
        if apart and start <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(apart[-1][1], end))
        else:
            apart.append((start, end))
    best: tuple[int, int | None] = (0, None)
    for _, at in apart:
        inside = sum(max(0, min(end, at) - max(start, at - window_us)) for start, end in apart)
        best = (inside, at) if inside > best[0] else best
    return best


def _rate(point: Point, rule: dict[str, Any]) -> Answer:
    counted = one_a_moment(point.readings, point.pack.levels["alarm"], point.pack.resolution)
    found = rates_per_h(counted, rule.get("over", 900.0))
    fastest = max(found, key=lambda each: abs(each[1]), default=None)
    figures = {
        "fastest_per_h": None if fastest is None else float(fastest[1]),
        "limit_per_h": rule["per_h"],
        "over_s": rule.get("over", 900.0),
        "at": None if fastest is None else iso_of(fastest[0]),
    }
    badness = 0.0 if fastest is None else abs(float(fastest[1]))
    return Answer("rate", badness <= rule["per_h"], badness, figures, advisory=True)


def _kinetic(point: Point, rule: dict[str, Any]) -> Answer:
    worst = point.course.warmest(point.window_us())
    value = None if worst is None else worst.kinetic_c
    figures = {
        "value_c": value,
        "limit_c": rule["limit_c"],
        "window_s": rule["window"],
        "from": None if worst is None else iso_of(worst.from_us),
        "to": None if worst is None else iso_of(worst.until_us),
        "activation_kj_per_mol": rule["activation_kj_per_mol"],
    }
    return Answer("kinetic", value is not None and value <= rule["limit_c"], inf if value is None else value, figures)


def _allowance(point: Point, rule: dict[str, Any]) -> Iterator[Answer]:
    """What nobody saw while it was out on a side may have been beyond the ceiling, or the floor."""
    resolution, values = point.pack.resolution, point.values
    unknown_s = {
        side: sum(each.unknown_us for each in point.episodes["alarm"] if each.side == side) / SECOND_US
        for side in ("high", "low")
    }
    if "ceiling" in rule:
        top = max(values, default=None)
        within = top is not None and rounded(top, resolution) <= printed(rule["ceiling"])
        figures = {"highest": top, "ceiling": rule["ceiling"], "unknown_s": unknown_s["high"]}
        yield Answer("ceiling", within and not unknown_s["high"], inf if top is None else top, figures)
    if "floor" in rule:
        bottom = min(values, default=None)
        within = bottom is not None and rounded(bottom, resolution) >= printed(rule["floor"])
        figures = {"lowest": bottom, "floor": rule["floor"], "unknown_s": unknown_s["low"]}
        yield Answer("floor", within and not unknown_s["low"], inf if bottom is None else -bottom, figures)
    if "longest" in rule:
        judge = point.judge(Range(rule["low"], rule["high"]), point.pack.deadband)
        found = judge.episodes(point.readings, point.until_us)
        longest_s = max((each.worst_case_us / SECOND_US for each in found), default=0.0)
        figures = {"longest_s": longest_s, "allowed_s": rule["longest"], "low": rule["low"], "high": rule["high"]}
        yield Answer("longest", longest_s <= rule["longest"], longest_s, figures)


def _low_side(point: Point) -> Iterator[Answer]:
    limits = point.pack.levels["alarm"]
    if limits.low is None:
        return
    low = [each for each in point.episodes["alarm"] if each.side == "low"]
    figures = {"low": limits.low, "lowest": min((each.peak for each in low), default=None), "episodes": len(low)}
    yield Answer("low_side", not low, len(low), figures)


def _completeness(point: Point) -> Answer:
    whole: Mean = point.course.whole()
    span_us = whole.until_us - whole.from_us
    share = whole.known_us / span_us if span_us else 0.0
    figures = {
        "share": share,
        "least": point.pack.completeness,
        "known_s": whole.known_us / SECOND_US,
        "unknown_s": whole.unknown_us / SECOND_US,
    }
    return Answer("completeness", share >= point.pack.completeness, -share, figures)


def _cadence(point: Point, rule: dict[str, Any]) -> Answer:
    """The longest time without a reading; a bad one is none, and the end of the file ends the last."""
    limits = point.pack.levels["alarm"]
    usable = one_a_moment((r for r in point.readings if r.value is not None), limits, point.pack.resolution)
    longest = {False: 0, True: 0}
    at_us, was_out = min(r.at_us for r in point.readings), False
    for reading in usable:
        longest[was_out] = max(longest[was_out], reading.at_us - at_us)
        at_us, was_out = reading.at_us, side_of(reading.value, limits, point.pack.resolution) is not None
    longest[was_out] = max(longest[was_out], point.until_us - at_us)
    figures = {
        "longest_inside_s": longest[False] / SECOND_US,
        "storage_s": rule["storage"],
        "transport_s": rule["transport"],
        "longest_out_s": longest[True] / SECOND_US,
        "out_s": rule["out"],
    }
    passes = figures["longest_inside_s"] <= rule["storage"] and figures["longest_out_s"] <= rule["out"]
    return Answer("cadence", passes, sum(longest.values()) / SECOND_US, figures)
