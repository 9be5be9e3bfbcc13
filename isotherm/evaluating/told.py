"""An evaluation as JSON: `episodes`, `stale`, `mkt`, `completeness`, `checks`, and how the file was taken.

Moments are ISO 8601 in UTC and `null` where there is none; seconds and degrees are numbers; a point that the file
doesn't name is `null`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from math import isfinite
from typing import Any

import numpy as np

from isotherm.evaluating.course import Check, iso
from isotherm.evaluating.judging import Evaluation, Point
from isotherm.evaluating.notes import Note
from isotherm.evaluating.rules import Changes
from models.columns import SECOND_US, Moments
from models.gaps import STILL
from models.limits import Episode
from models.policy import Level

_AT_ONCE = 1 << 16


def written(evaluation: Evaluation, file: str, changes: Changes, notes: Iterable[Note]) -> Iterator[str]:
    """The JSON, piece by piece; a thing of a list stands on a line."""
    before = "{\n"
    for key, value in as_json(evaluation, file, changes, notes).items():
        yield f"{before} {json.dumps(key)}: "
        if key == "stale":
            yield from _list(line for point in evaluation.points for line in _silence_lines(point))
        elif isinstance(value, list):
            yield from _list(json.dumps(each, ensure_ascii=False, allow_nan=False) for each in value)
        else:
            yield json.dumps(value, ensure_ascii=False, allow_nan=False)
        before = ",\n"
    yield "\n}\n"


def _list(items: Iterable[str]) -> Iterator[str]:
    before, end = "[\n  ", "[]"
    for item in items:
        yield before + item
        before, end = ",\n  ", "\n ]"
    yield end


def _silence_lines(point: Point) -> Iterator[str]:
    """The same as `_silences` says, for millions of them."""
    name = json.dumps(point.name, ensure_ascii=False)
    starts, ends = point.silent_from_us, point.silent_until_us
    for at in range(0, len(starts), _AT_ONCE):
        rows = slice(at, at + _AT_ONCE)
        for start, end in zip(_iso(starts[rows]), _iso(ends[rows]), strict=True):
            yield f'{{"point": {name}, "at": {start}, "until": {end}}}'


def _iso(moments_us: Moments) -> list[str]:
    """As `iso`, quoted; STILL is null."""
    still = moments_us == STILL
    whole = bool((moments_us[~still] % SECOND_US == 0).all())
    if not whole:
        return ["null" if moment == STILL else f'"{iso(moment)}"' for moment in moments_us.tolist()]
    texts = np.datetime_as_string((np.where(still, 0, moments_us) // SECOND_US).astype("datetime64[s]")).tolist()
    return ["null" if last else f'"{text}Z"' for text, last in zip(texts, still.tolist(), strict=True)]


def as_json(evaluation: Evaluation, file: str, changes: Changes, notes: Iterable[Note]) -> dict[str, Any]:
    """Plain values; `stale` is an iterator, for a file with more silences than memory for them."""
    policy, columns = evaluation.policy, evaluation.readings.columns
    levels = {
        level.value: [_episode(*each) for each in of_level]
        for level, of_level in evaluation.episodes.items()
        if level is not Level.ALARM
    }
    return {
        "file": file,
        "policy": {
            "code": policy.code,
            "version": policy.version,
            "title": policy.title_en,
            "changed": changes.said,
        },
        "from": iso(int(columns.time_us.min())),
        "until": iso(evaluation.until_us),
        "verdict": "pass" if evaluation.passes else "escalate",
        "episodes": [_episode(*each) for each in evaluation.episodes.get(Level.ALARM, ())],
        "levels": levels,
        "stale": (silence for point in evaluation.points for silence in _silences(point)),
        "mkt": _kinetic(evaluation),
        "completeness": evaluation.completeness,
        "checks": [_check(check) for check in evaluation.checks],
        "points": [_point(point) for point in evaluation.points],
        **_account(evaluation),
        "notes": [str(note) for note in notes],
    }


def _episode(point: str | None, episode: Episode) -> dict[str, Any]:
    return {
        "point": point,
        "side": episode.side.value,
        "start": iso(episode.start_us),
        "end": None if episode.end_us is None else iso(episode.end_us),
        "known_s": episode.known_s,
        "unknown_s": episode.unknown_s,
        "worst_case_s": episode.worst_case_s,
        "raised_at": None if episode.raised_us is None else iso(episode.raised_us),
        "peak": episode.peak,
        "peak_at": iso(episode.peak_us),
        "readings": episode.readings,
        "uncertain": episode.uncertain,
    }


def _silences(point: Point) -> Iterator[dict[str, Any]]:
    for start, end in zip(point.silent_from_us.tolist(), point.silent_until_us.tolist(), strict=True):
        yield {"point": point.name, "at": iso(start), "until": None if end == STILL else iso(end)}


def _kinetic(evaluation: Evaluation) -> dict[str, Any]:
    """Of the warmest point; all points are in `by_point`."""
    warmest, worst = evaluation.warmest, evaluation.worst
    return {
        "point": warmest.name,
        "value_c": _number(warmest.mean.kinetic_c),
        "mean_c": _number(warmest.mean.mean_c),
        "activation_kj_per_mol": evaluation.activation_kj_per_mol,
        "window_s": evaluation.window_s,
        "worst_window": _window(worst),
        "by_point": [
            {"point": point.name, "value_c": _number(point.mean.kinetic_c), "worst_window": _window(point)}
            for point in evaluation.points
        ],
    }


def _window(point: Point) -> dict[str, Any]:
    worst = point.worst
    if worst is None:
        return {"point": point.name, "from": None, "to": None, "value_c": None, "known_s": 0.0, "unknown_s": None}
    return {
        "point": point.name,
        "from": iso(worst.from_us),
        "to": iso(worst.until_us),
        "value_c": _number(worst.mean.kinetic_c),
        "known_s": worst.mean.known_s,
        "unknown_s": worst.mean.unknown_s,
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "rule": check.rule.value,
        "verdict": check.verdict.value,
        "advisory": check.advisory,
        "point": check.point,
        "failing_points": list(check.failing),
        "figures": dict(check.figures),
        "citation": check.citation,
        "confirm": check.confirm,
    }


def _point(point: Point) -> dict[str, Any]:
    return {
        "point": point.name,
        "readings": point.readings,
        "bad": point.bad,
        "first": iso(point.first_us),
        "last": iso(point.last_us),
        "interval_s": point.interval_s,
        "min": point.lowest,
        "max": point.highest,
        "mean_c": _number(point.mean.mean_c),
        "mkt_c": _number(point.mean.kinetic_c),
        "completeness": point.completeness,
        "known_s": point.mean.known_s,
        "unknown_s": point.mean.unknown_s,
    }


def _account(evaluation: Evaluation) -> dict[str, Any]:
    readings = evaluation.readings
    account, layout = readings.account, readings.layout
    return {
        "rows": {
            "lines": account.lines,
            "readings": len(readings.columns),
            "bad": sum(point.bad for point in evaluation.points),
            "unreadable": len({each.line for each in account.unreadable}),
            "blank": account.blank,
            "duplicates": account.duplicates,
            "contradicting": account.contradicting,
            "unknown_quality": account.unknown_qualities,
            "beyond_range": account.beyond_range,
            "impossible": evaluation.impossible,
            "in_order": account.in_order,
        },
        "unreadable": [{"line": u.line, "text": u.text, "reason": u.reason} for u in account.unreadable],
        "clock": {"twice_lines": list(account.twice), "never_lines": list(account.never)},
        "taken_as": {
            "encoding": readings.encoding,
            "separator": layout.separator,
            "header_line": layout.line,
            "date": None if layout.date is None else layout.names[layout.date],
            "time": layout.names[layout.time],
            "time_forms": list(account.time_forms),
            "values": [{"column": column.name, "unit": column.unit.value} for column in layout.values],
            "point": None if layout.point is None else layout.names[layout.point],
            "quality": None if layout.quality is None else layout.names[layout.quality],
            "ignored": list(layout.ignored),
        },
    }


def _number(value: float) -> float | None:
    return value if isfinite(value) else None
