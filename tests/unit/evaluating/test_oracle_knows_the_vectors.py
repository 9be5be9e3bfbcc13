"""The oracle itself against known answers, and against the temptation to borrow from what it judges."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.oracles.episodes import Judge, silences
from tests.oracles.kinetics import Course
from tests.oracles.packs import pack
from tests.oracles.readings import Range, Reading

MIN_US = 60_000_000
HOUR_US = 60 * MIN_US
STALE_US = 15 * MIN_US
ORACLES = Path(__file__).parents[2] / "oracles"
Course_ = list[tuple[float, float]]
Told = tuple[str, float, float | None, float, float, float | None]


def every(step: int, first: int, last: int, value: float) -> Course_:
    return [(minute, value) for minute in range(first, last + 1, step)]


def read(course: Course_) -> list[Reading]:
    return [Reading(round(minute * MIN_US), value) for minute, value in course]


@pytest.mark.parametrize(
    ("course", "told"),
    [
        ([(0, 5), *every(5, 5, 35, 9), (40, 5)], [("high", 5, 40, 35, 0, 35)]),
        ([(0, 5), *every(5, 5, 20, 9), (25, 5)], [("high", 5, 25, 20, 0, None)]),
        ([(0, 5), (5, 1.5), *every(5, 10, 50, 12), (55, 5)], [("low", 5, 10, 5, 0, None), ("high", 10, 55, 45, 0, 40)]),
        ([(0, 5), (5, 8.4), (725, 8.3), (730, 5)], [("high", 5, 730, 20, 705, 725)]),
        (every(5, 0, 45, 8.0), []),
        ([*[(m, 8.1 if m % 10 else 7.9) for m in range(0, 181, 5)], (185, 7.4)], [("high", 5, 185, 90, 0, 35)]),
    ],
    ids=["E1", "E2", "E3", "E4", "E5", "E6"],
)
def test_episodes(course: Course_, told: list[Told]) -> None:
    judge = Judge(Range(2, 8, low_delay_s=1800, high_delay_s=1800), 0.5, STALE_US, pack("cold_2_8@1").resolution)
    found = judge.episodes(read(course), round(course[-1][0] * MIN_US))

    def minute(us: int | None) -> float | None:
        return None if us is None else us / MIN_US

    assert told == [
        (e.side, minute(e.start_us), minute(e.end_us), minute(e.known_us), minute(e.unknown_us), minute(e.raised_us))
        for e in found
    ]


def test_silence_of_e4() -> None:
    found = silences(read([(0, 5), (5, 8.4), (725, 8.3), (730, 5)]), STALE_US, 730 * MIN_US)
    assert found == [(20 * MIN_US, 725 * MIN_US)]


@pytest.mark.parametrize(
    ("hours", "kinetic"),
    [
        ([(5, 23), (15, 1)], 5.7635),
        ([(5, 19.5), (15, 4.5)], 7.9883),
        ([(4, 14), (10, 8), (16, 2)], 8.0048),
        ([(22, 717), (29, 3)], 22.0432),
        ([(-20, 23), (-5, 1)], -18.1199),
    ],
    ids=["M2", "M4", "M7", "M8", "M11"],
)
def test_mean_kinetic_temperature(hours: list[tuple[float, float]], kinetic: float) -> None:
    at_us, readings = 0, []
    for value, held in hours:
        readings.append(Reading(at_us, value))
        at_us += round(held * HOUR_US)
    mean = Course.of(readings, at_us, at_us, 83.144).whole()
    assert mean.kinetic_c == pytest.approx(kinetic, abs=5e-5)


def test_it_borrows_nothing_from_what_it_judges() -> None:
    """Neither the product nor numpy, not even by way of another test."""
    allowed = {"__future__", "collections", "dataclasses", "datetime", "decimal", "fractions", "functools", "itertools"}
    allowed |= {"math", "pathlib", "re", "statistics", "typing", "yaml", "zoneinfo", "tests.oracles"}
    for path in ORACLES.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                root = "tests.oracles" if name.startswith("tests.oracles") else name.split(".")[0]
                assert root in allowed, f"{path.name} imports {name}"
