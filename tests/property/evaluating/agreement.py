"""Whether the command's JSON says what the oracle found: everything exactly, floats to a millionth."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isclose
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from isotherm.cli import build
from telemetry.errors import PlantError
from tests.oracles.evaluation import Judged
from tests.oracles.kinetics import rates_per_h
from tests.oracles.policy_checks import Answer, Point
from tests.oracles.readings import iso_of, one_a_moment

NEAR = 1e-6


def command(file: Path, *words: str) -> dict[str, Any]:
    """The JSON of `isotherm evaluate`, or the code with which it refused."""
    said = ["evaluate", str(file), "--json", *words]
    result = CliRunner().invoke(build(said), said)
    if isinstance(result.exception, PlantError):
        return {"refused": result.exception.code}
    assert result.exit_code == 0, result.exception
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def disagreements(told: Mapping[str, Any], wanted: Judged) -> list[str]:
    """Each place at which they differ."""
    found = []
    for key, value in wanted.told.items():
        if key == "by_point":
            found += _kinetic(told["mkt"], value, wanted)
        elif key == "unreadable":
            shown = [{"line": each["line"], "reason": each["reason"]} for each in told[key]]
            found += _differ(shown, value, key)
        else:
            found += _differ(told[key], value, key)
    return found + _checks(told["checks"], wanted)


def _differ(one: Any, other: Any, at: str) -> list[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        if one.keys() != other.keys():
            return [f"{at}: {sorted(one)} / {sorted(other)}"]
        return [found for key in one for found in _differ(one[key], other[key], f"{at}.{key}")]
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return [f"{at}: {one} / {other}"]
        return [found for n, pair in enumerate(zip(one, other, strict=True)) for found in _differ(*pair, f"{at}.{n}")]
    if isinstance(one, float) and isinstance(other, int | float) and not isinstance(other, bool):
        return [] if isclose(one, other, rel_tol=NEAR, abs_tol=NEAR) else [f"{at}: {one} / {other}"]
    return [] if one == other else [f"{at}: {one!r} / {other!r}"]


def _kinetic(told: Mapping[str, Any], wanted: list[dict[str, Any]], judged: Judged) -> list[str]:
    """Of equally warm windows, or points, to a billionth of the rate, either may be told."""
    found = []
    for one, other in zip(told["by_point"], wanted, strict=True):
        point = judged.points[other["point"]]
        found += _window(one["worst_window"], other["worst_window"], point, f"mkt.{other['point']}")
        found += _differ(one["value_c"], other["value_c"], f"mkt.{other['point']}.value_c")
    highest = max((w["value_c"] for w in wanted if w["value_c"] is not None), default=None)
    found += _differ(told["value_c"], highest, "mkt.value_c")
    warmest = [w["worst_window"]["value_c"] for w in wanted if w["worst_window"]["value_c"] is not None]
    found += _differ(told["worst_window"]["value_c"], max(warmest, default=None), "mkt.worst_window.value_c")
    own = {each["point"]: each for each in told["by_point"]}
    found += _differ(told["worst_window"], own[told["worst_window"]["point"]]["worst_window"], "mkt.worst_window")
    return found + _differ(told["value_c"], own[told["point"]]["value_c"], "mkt.point")


def _window(one: dict[str, Any], other: dict[str, Any], point: Point, at: str) -> list[str]:
    if one["from"] == other["from"] or one["from"] is None:
        return _differ(one, other, at)
    begins = {iso_of(us): us for us in _edges(point)}
    if one["from"] not in begins:
        return [f"{at}: {one} / {other}"]
    begin_us = begins[one["from"]]
    window = point.course.within(begin_us, min(begin_us + point.window_us(), point.until_us))
    again = {"from": one["from"], "to": iso_of(window.until_us), "value_c": window.kinetic_c, "point": point.name}
    again |= {"known_s": window.known_us / 1e6, "unknown_s": window.unknown_us / 1e6}
    return _differ(one, again, at) + _differ(window.kinetic_c, other["value_c"], f"{at}.best")


def _edges(point: Point) -> set[int]:
    edges = {edge for each in point.course.held for edge in (each.from_us, each.until_us)}
    edges |= {edge - point.window_us() for edge in edges}
    return edges | {point.course.from_us, max(point.course.from_us, point.until_us - point.window_us())}


def _checks(told: list[dict[str, Any]], wanted: Judged) -> list[str]:
    if len(told) != len(wanted.by_check):
        return [f"checks: {[each['rule'] for each in told]}"]
    found = []
    for one, by_point in zip(told, wanted.by_check, strict=True):
        found += _check(one, by_point, wanted)
    return found


def _check(one: Mapping[str, Any], by_point: Mapping[str | None, Answer], wanted: Judged) -> list[str]:
    """The point that is told must be as bad as any."""
    answer, at = by_point[one["point"]], f"checks.{one['rule']}"
    failing = [name for name, each in by_point.items() if not each.passed]
    found = _differ(one["rule"], answer.rule, at) + _differ(one["failing_points"], failing, f"{at}.failing")
    found += _differ(one["verdict"], "escalate" if failing else "pass", f"{at}.verdict")
    found += _differ(one["advisory"], answer.advisory, f"{at}.advisory")
    if any((not a.passed, a.badness) > (not answer.passed, answer.badness + NEAR) for a in by_point.values()):
        found.append(f"{at}: {one['point']} is not the worst")
    if answer.rule in {"rate", "kinetic"}:
        return found + _about(one["figures"], answer, wanted.points[one["point"]], at)
    return found + _differ(one["figures"], answer.figures, f"{at}.figures")


def _about(figures: dict[str, Any], answer: Answer, point: Point, at: str) -> list[str]:
    """Figures of a moment or a window, of which several may be equally bad."""
    moved = {"at", "from", "to", "fastest_per_h"}
    one = {key: value for key, value in figures.items() if key not in moved}
    found = _differ(one, {key: value for key, value in answer.figures.items() if key not in moved}, at)
    if answer.rule == "kinetic":  # which window: see mkt
        return found
    counted = one_a_moment(point.readings, point.pack.levels["alarm"], point.pack.resolution)
    slopes = {iso_of(us): float(rate) for us, rate in rates_per_h(counted, figures["over_s"])}
    fastest, wanted = figures["fastest_per_h"], answer.figures["fastest_per_h"]
    if fastest is None or wanted is None:
        return found + _differ(fastest, wanted, f"{at}.fastest")
    found += _differ(abs(fastest), abs(wanted), f"{at}.fastest")
    return found + _differ(fastest, slopes.get(figures["at"]), f"{at}.at")
