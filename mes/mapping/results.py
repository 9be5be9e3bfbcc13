"""What a study shows, computed from its rows: rules kept or broken, statistics, spots, tests. Pure.

The same rows give the same results, so that a signed study can be computed again and compared with what was signed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np

from mes.mapping.model import Hanging, Series, Study, Trial, TrialKind, ZoneSpace
from models import mapping_course as course
from models.columns import Columns
from models.limits import Limit
from models.mapping import Check, GridRules, Role, check_grid
from models.mapping_course import Opening, Statistics, Uniformity, Warming
from telemetry.clock import to_us

RESOLUTION = Decimal("0.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """All that is stored of a study."""

    study: Study
    space: ZoneSpace
    rules: GridRules
    positions: Sequence[Hanging]
    series: Mapping[str, Series]  # by position's code
    tests: Sequence[Trial]

    @property
    def inside(self) -> list[Hanging]:
        """Positions in the space itself."""
        return [each for each in self.positions if each.role is not Role.AMBIENT]

    @property
    def hold_s(self) -> float:
        """How long a logger's reading is believed: one that is missing is noticed, not two in a row bridged."""
        return 2 * self.rules.interval_s

    @property
    def limit(self) -> Limit:
        """Limits that every position is held against."""
        return Limit(
            low=self.study.low,
            high=self.study.high,
            delay_s=0,
            deadband=0,
            stale_s=self.hold_s,
            resolution=RESOLUTION,
        )

    def columns(self, codes: Sequence[str]) -> dict[str, Columns]:
        """Readings by code, of those that have any."""
        return {code: self.series[code].columns for code in codes if code in self.series}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """One test at every position."""

    test: Trial
    ambient_c: float | None  # around the room: as measured; None: nothing measured it
    warming: Mapping[str, Warming]  # of a power-fail test, by code
    opening: Mapping[str, Opening]  # of a door test, by code

    @property
    def first(self) -> tuple[str, float] | None:
        """The position that was out first, and after how many seconds."""
        told = {c: e.exceeds_s for c, e in self.warming.items()} | {c: e.exceeds_s for c, e in self.opening.items()}
        out = [(seconds, code) for code, seconds in told.items() if seconds is not None]
        return (min(out)[1], min(out)[0]) if out else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    checks: tuple[Check, ...]
    statistics: Mapping[str, Statistics]  # by code, of the steady time
    uniformity: Uniformity | None
    hot: str | None
    cold: str | None
    recommended: Mapping[str, tuple[str, ...]]  # code: why a permanent point belongs there
    tests: tuple[TrialResult, ...]

    @property
    def broken(self) -> tuple[Check, ...]:
        """Rules that are not kept."""
        return tuple(check for check in self.checks if not check.holds)


def results(rows: Rows) -> Results:
    """All that a study shows so far."""
    by_code = rows.columns([each.code for each in rows.inside])
    told: dict[str, Statistics] = {}
    apart = None
    if rows.study.from_time is not None and rows.study.to_time is not None:
        window = to_us(rows.study.from_time), to_us(rows.study.to_time)
        for code, readings in by_code.items():
            if found := course.statistics(readings, *window, rows.hold_s):
                told[code] = found
        apart = course.uniformity(by_code, *window, step_s=rows.rules.interval_s, hold_s=rows.hold_s)
    doors = [each.code for each in rows.inside if each.role is Role.DOOR]
    positions = [each.position for each in rows.positions]
    return Results(
        checks=check_grid(rows.space.space, positions, rows.rules) + _course_checks(rows, told),
        statistics=told,
        uniformity=apart,
        hot=course.hot_spot(told),
        cold=course.cold_spot(told),
        recommended=course.recommended(told, doors),
        tests=tuple(_tested(rows, test) for test in rows.tests),
    )


def _course_checks(rows: Rows, told: Mapping[str, Statistics]) -> tuple[Check, ...]:
    rules, inside = rows.rules, rows.inside
    silent = [each.code for each in inside if each.code not in told]
    found = [
        _check(rules, "readings", not silent and bool(inside), f"{len(inside)}", ", ".join(silent) or f"{len(told)}")
    ]
    start, end = rows.study.from_time, rows.study.to_time
    lasted_s = (end - start).total_seconds() if start and end else 0.0
    found.append(
        _check(rules, "lasts", lasted_s >= rules.lasts_s, f"{rules.lasts_s / 3600:g} h", f"{lasted_s / 3600:.1f} h")
    )
    if told:
        slowest = max(told, key=lambda code: told[code].interval_s)
        step = told[slowest].interval_s
        asked = f"{rules.interval_s / 60:g} min"
        found.append(_check(rules, "interval", step <= rules.interval_s, asked, f"{step / 60:.1f} min ({slowest})"))
        gappy = min(told, key=lambda code: told[code].known_share)
        share = told[gappy].known_share
        found.append(
            _check(rules, "known", share >= rules.known_share, f"{rules.known_share:.0%}", f"{share:.1%} ({gappy})")
        )
    found.append(_probes(rows))
    return tuple(found) + _within_limits(rows, told)


def _probes(rows: Rows) -> Check:
    """Every logger has a certificate that is good to the end of the study, with an error that is small enough."""
    last_day = rows.study.to_time.date() if rows.study.to_time else None
    wrong = []
    for each in rows.positions:
        if not each.logger or not each.certificate or each.error is None:
            wrong.append(f"{each.code}: –")
        elif each.error > rows.rules.probe_error:
            wrong.append(f"{each.code}: {each.error:g} °C")
        elif each.due_on is None or (last_day is not None and each.due_on < last_day):
            wrong.append(f"{each.code}: {each.due_on or '–'}")
    asked = f"±{rows.rules.probe_error:g} °C"
    return _check(rows.rules, "probe_error", not wrong and bool(rows.positions), asked, "; ".join(wrong) or asked)


def _within_limits(rows: Rows, told: Mapping[str, Statistics]) -> tuple[Check, ...]:
    edges, found = rows.limit.bounds, []
    if told and rows.study.high is not None:
        code = max(told, key=lambda each: told[each].high_c)
        value = told[code].high_c
        asked = f"≤ {rows.study.high:g} °C"
        found.append(_check(rows.rules, "high", value < edges.high_out, asked, f"{value:.1f} °C ({code})"))
    if told and rows.study.low is not None:
        code = min(told, key=lambda each: told[each].low_c)
        value = told[code].low_c
        asked = f"≥ {rows.study.low:g} °C"
        found.append(_check(rows.rules, "low", value >= edges.low_out, asked, f"{value:.1f} °C ({code})"))
    return tuple(found)


def _check(rules: GridRules, rule: str, holds: bool, asked: str, found: str) -> Check:
    return Check(rule=rule, holds=holds, asked=asked, found=found, citation=rules.citation)


def _tested(rows: Rows, test: Trial) -> TrialResult:
    inside = rows.columns([each.code for each in rows.inside])
    start_us, end_us = to_us(test.from_time), to_us(test.to_time)
    warmed: dict[str, Warming] = {}
    opened: dict[str, Opening] = {}
    ambient = test.ambient_c if test.ambient_c is not None else _ambient(rows, start_us, end_us)
    for code, readings in inside.items():
        if test.kind is TrialKind.POWER_FAIL:
            warmed[code] = course.warming(readings, rows.limit, start_us, end_us, ambient)
        elif test.closed_time is not None:
            closed_us = to_us(test.closed_time)
            opened[code] = course.opening(readings, rows.limit, start_us, closed_us, end_us, rows.hold_s)
    return TrialResult(test=test, ambient_c=ambient, warming=warmed, opening=opened)


def _ambient(rows: Rows, start_us: int, end_us: int) -> float | None:
    """Mean of what the loggers outside showed during a test."""
    outside = rows.columns([each.code for each in rows.positions if each.role is Role.AMBIENT])
    told = [course.statistics(readings, start_us, end_us, rows.hold_s) for readings in outside.values()]
    means = [each.mean_c for each in told if each is not None]
    return float(np.mean(means)) if means else None


def as_record(rows: Rows, found: Results) -> dict[str, Any]:
    """What is signed: figures of every position, every check, every test, and the digest of every file."""
    return {
        "number": rows.study.number,
        "rules": rows.study.rules,
        "from": _iso(rows.study.from_time),
        "to": _iso(rows.study.to_time),
        "files": {code: each.sha256 for code, each in rows.series.items()},
        "checks": [asdict(check) for check in found.checks],
        "statistics": {code: asdict(each) for code, each in found.statistics.items()},
        "uniformity": asdict(found.uniformity) if found.uniformity else None,
        "hot": found.hot,
        "cold": found.cold,
        "recommended": {code: list(why) for code, why in found.recommended.items()},
        "tests": [_test_record(each) for each in found.tests],
    }


def _test_record(found: TrialResult) -> dict[str, Any]:
    return {
        "id": found.test.id,
        "kind": found.test.kind,
        "from": _iso(found.test.from_time),
        "closed": _iso(found.test.closed_time),
        "to": _iso(found.test.to_time),
        "ambient_c": found.ambient_c,
        "warming": {code: asdict(each) for code, each in found.warming.items()},
        "opening": {code: asdict(each) for code, each in found.opening.items()},
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
