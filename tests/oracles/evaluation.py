"""`isotherm evaluate` once more: cells of a file in, what its JSON must say out."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracles.episodes import Episode, Judge, silences
from tests.oracles.kinetics import Course, Mean
from tests.oracles.local_clock import Line, to_utc
from tests.oracles.packs import Pack
from tests.oracles.policy_checks import Answer, Point, answers
from tests.oracles.readings import SECOND_US, Reading, iso_of, moments, us_of

NO_VALUE = {"", "---", "nan", "inf", "err", "n/a", "open"}
QUALITIES = {"": 192, "good": 192, "uncertain": 64, "bad": 0}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a file by its cells. A missing point is None."""

    time: str
    value: str
    point: str | None = None
    quality: str = ""


@dataclass(slots=True)
class Taken:
    """What could be read of the lines."""

    readings: dict[str | None, list[Reading]]
    rows: int
    unreadable: list[tuple[int, str]]  # line and reason
    unknown_quality: int
    beyond_range: int  # written as `<-40`: the end of the range counts, as uncertain
    impossible: int  # at absolute zero or below: no value
    twice: list[int]
    never: list[int]


def taken(rows: Sequence[Row], zone: ZoneInfo | None, first_line: int = 2) -> Taken:
    """Readings by point, in the order in which the file names them."""
    found = Taken({row.point: [] for row in rows}, 0, [], 0, 0, 0, [], [])
    naive: list[Line] = []
    read: list[tuple[int, str | None, int | None, float | None, int]] = []
    for number, row in enumerate(rows, first_line):
        moment, value = _moment(row.time), _value(row.value)
        if moment is None:
            found.unreadable.append((number, "the time can't be read" if row.time else "no time"))
            continue
        quality, is_known = _quality(row.quality)
        if isinstance(value, str):
            found.unreadable.append((number, "the value can't be read"))
            continue
        found.unknown_quality += not is_known
        usable, quality = _counted(row.value, value, quality, found)
        at_us = None if moment.tzinfo is None else us_of(moment)
        if at_us is None:
            naive.append(Line(number, row.point, moment))
        read.append((number, row.point, at_us, usable, quality))
    clock = to_utc(naive, zone) if zone is not None else None
    for number, point, known_us, number_read, quality in read:
        at_us = known_us if known_us is not None else clock.utc_us[number] if clock else None
        if at_us is None:
            found.unreadable.append((number, "the time says no offset, others do: --tz decides"))
            continue
        found.readings[point].append(Reading(at_us, number_read, quality))
        found.rows += 1
    found.unreadable.sort()
    found.readings = {point: readings for point, readings in found.readings.items() if readings}
    if clock:
        found.twice, found.never = clock.twice, clock.never
    return found


def _counted(text: str, value: float | None, quality: int, found: Taken) -> tuple[float | None, int]:
    """What a value and its quality are worth: a bad one is none, nor is one that no temperature can have."""
    if quality & 0xC0 == 0:
        return None, quality
    if value is None:
        return None, 0
    if text[0] in "<>":
        found.beyond_range += 1
        quality = 80
    if value <= -273.15:
        found.impossible += 1
        return None, 16
    return value, quality


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _value(text: str) -> float | str | None:
    """A number, None for no value, or the word `unreadable`."""
    if text.lower() in NO_VALUE:
        return None
    try:
        return float(text.lstrip("<> "))
    except ValueError:
        return "unreadable"


def _quality(text: str) -> tuple[int, bool]:
    word = text.lower()
    if word in QUALITIES:
        return QUALITIES[word], True
    return (int(word), True) if word.isdecimal() and int(word) < 256 else (64, False)


@dataclass(slots=True)
class Judged:
    """The file's answer, with each point's own to every check beside it."""

    told: dict[str, Any]
    by_check: list[dict[str | None, Answer]]
    points: dict[str | None, Point]


def evaluation(rows: Sequence[Row], pack: Pack, zone: ZoneInfo | None = None) -> Judged:
    """What must come of a file."""
    file = taken(rows, zone)
    until_us = max(reading.at_us for of_point in file.readings.values() for reading in of_point)
    from_us = min(reading.at_us for of_point in file.readings.values() for reading in of_point)
    points = {name: _point(name, readings, pack, until_us) for name, readings in file.readings.items()}
    means = {name: point.course.whole() for name, point in points.items()}
    columns = [list(answers(point)) for point in points.values()]
    by_check = [dict(zip(points, of_check, strict=True)) for of_check in zip(*columns, strict=True)]
    known_us = sum(mean.known_us for mean in means.values())
    whole_us = sum(mean.until_us - mean.from_us for mean in means.values())
    told = {
        "from": iso_of(from_us),
        "until": iso_of(until_us),
        "verdict": "pass" if _passes(by_check) else "escalate",
        "episodes": _episodes(points, "alarm"),
        "levels": {level: _episodes(points, level) for level in pack.levels if level != "alarm"},
        "stale": [_silence(point, *each) for point in points.values() for each in _silences(point)],
        "completeness": known_us / whole_us if whole_us else None,
        "points": [_told_of(point, means[name]) for name, point in points.items()],
        "by_point": [_kinetic_of(point, means[name]) for name, point in points.items()],
        "rows": _rows(rows, file),
        "unreadable": [{"line": line, "reason": reason} for line, reason in file.unreadable],
        "clock": {"twice_lines": file.twice, "never_lines": file.never},
    }
    return Judged(told, by_check, points)


def _passes(by_check: list[dict[str | None, Answer]]) -> bool:
    return all(answer.passed for of_point in by_check for answer in of_point.values() if not answer.advisory)


def _point(name: str | None, readings: list[Reading], pack: Pack, until_us: int) -> Point:
    activation = pack.kinetic["activation_kj_per_mol"] if pack.kinetic else 83.144
    course = Course.of(readings, pack.stale_us, until_us, activation)
    episodes = {
        level: Judge(limits, pack.deadband, pack.stale_us, pack.resolution).episodes(readings, until_us)
        for level, limits in pack.levels.items()
    }
    return Point(name, readings, pack, until_us, course, episodes)


def _silences(point: Point) -> list[tuple[int, int | None]]:
    return silences(point.readings, point.pack.stale_us, point.until_us)


def _episodes(points: dict[str | None, Point], level: str) -> list[dict[str, Any]]:
    found = [(episode.start_us, name or "", episode) for name, p in points.items() for episode in p.episodes[level]]
    return [_episode(name or None, each) for _, name, each in sorted(found, key=lambda each: each[:2])]


def _episode(name: str | None, episode: Episode) -> dict[str, Any]:
    return {
        "point": name,
        "side": episode.side,
        "start": iso_of(episode.start_us),
        "end": None if episode.end_us is None else iso_of(episode.end_us),
        "known_s": episode.known_us / SECOND_US,
        "unknown_s": episode.unknown_us / SECOND_US,
        "worst_case_s": episode.worst_case_us / SECOND_US,
        "raised_at": None if episode.raised_us is None else iso_of(episode.raised_us),
        "peak": episode.peak,
        "peak_at": iso_of(episode.peak_us),
        "readings": episode.readings,
        "uncertain": episode.uncertain,
    }


def _silence(point: Point, start_us: int, end_us: int | None) -> dict[str, Any]:
    return {"point": point.name, "at": iso_of(start_us), "until": None if end_us is None else iso_of(end_us)}


def _told_of(point: Point, mean: Mean) -> dict[str, Any]:
    at = sorted({reading.at_us for reading in point.readings})
    steps = [(after - before) / SECOND_US for before, after in itertools.pairwise(at)]
    whole_us = mean.until_us - mean.from_us
    return {
        "point": point.name,
        "readings": len(point.readings),
        "bad": sum(reading.value is None for reading in point.readings),
        "first": iso_of(at[0]),
        "last": iso_of(at[-1]),
        "interval_s": median(steps) if steps else None,
        "min": min(point.values, default=None),
        "max": max(point.values, default=None),
        "mean_c": mean.mean_c,
        "mkt_c": mean.kinetic_c,
        "completeness": mean.known_us / whole_us if whole_us else None,
        "known_s": mean.known_us / SECOND_US,
        "unknown_s": mean.unknown_us / SECOND_US,
    }


def _kinetic_of(point: Point, mean: Mean) -> dict[str, Any]:
    worst = point.course.warmest(point.window_us())
    window: dict[str, Any] = {"point": point.name}
    if worst is None:
        window |= {"from": None, "to": None, "value_c": None, "known_s": 0.0, "unknown_s": None}
    else:
        window |= {"from": iso_of(worst.from_us), "to": iso_of(worst.until_us), "value_c": worst.kinetic_c}
        window |= {"known_s": worst.known_us / SECOND_US, "unknown_s": worst.unknown_us / SECOND_US}
    return {"point": point.name, "value_c": mean.kinetic_c, "worst_window": window}


def _rows(rows: Sequence[Row], file: Taken) -> dict[str, Any]:
    same = [each for of_point in file.readings.values() for each in moments(of_point)]
    in_order = all(
        before.at_us <= after.at_us
        for of_point in file.readings.values()
        for before, after in itertools.pairwise(of_point)
    )
    return {
        "lines": len(rows),
        "readings": file.rows,
        "bad": sum(reading.value is None for of_point in file.readings.values() for reading in of_point),
        "unreadable": len(file.unreadable),
        "blank": 0,
        "duplicates": sum(len(each) - 1 for each in same),
        "contradicting": sum(len({reading.value for reading in each}) > 1 for each in same),
        "unknown_quality": file.unknown_quality,
        "beyond_range": file.beyond_range,
        "impossible": file.impossible,
        "in_order": in_order,
    }
