"""What an interval of remaining life and a tick of many machines would be without what makes them good."""

from __future__ import annotations

import numpy as np
import pytest

from isotherm.bench import health
from isotherm.bench.aims import AIMS
from models.health.life_estimate import Life
from models.health.remaining_life import LifeSettings, RemainingLife, Widths

SETTINGS = LifeSettings(trees=40, folds=4)
KNOWN, ASKED = range(40), range(1000, 1200)


def a_life(number: int) -> Life:
    """Two signals of a machine that wears, until it fails."""
    draw = np.random.default_rng(number)
    n = int(draw.integers(130, 260))
    wear = np.exp((np.arange(n) - n) / draw.uniform(25, 55))
    return Life(str(number), np.column_stack([500 + 20 * wear, 30 - 4 * wear]) + draw.normal(0, [0.5, 0.1], (n, 2)))


def asked(numbers: range) -> list[tuple[np.ndarray, float]]:
    """Of each life what was seen until a moment of its last 120 cycles, and what was left then."""
    lives = [a_life(number).x for number in numbers]
    left = np.random.default_rng(5).integers(0, 120, len(lives))
    return [(x[: len(x) - cycles], float(cycles)) for x, cycles in zip(lives, left, strict=True)]


def told(model: RemainingLife, questions: list[tuple[np.ndarray, float]]) -> np.ndarray:
    """Cycles, low, high and truth; a row each question."""
    bands = [model.estimate(x).band for x, _ in questions]
    return np.array([(b.cycles, b.low, b.high, left) for b, (_, left) in zip(bands, questions, strict=True) if b])


def coverage(rows: np.ndarray) -> float:
    return float(np.mean((rows[:, 1] <= rows[:, 3]) & (rows[:, 3] <= rows[:, 2])))


def with_widths(widths: Widths, rows: np.ndarray) -> np.ndarray:
    bands = [widths.band(float(cycles), SETTINGS.cap) for cycles in rows[:, 0]]
    return np.array([(b.cycles, b.low, b.high, left) for b, left in zip(bands, rows[:, 3], strict=True)])


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    """What lives that were not learned from are told."""
    model = RemainingLife(SETTINGS).learn([a_life(number) for number in KNOWN])
    return told(model, asked(ASKED))


def test_nine_of_ten_truths_lie_within_and_uncalibrated_bands_hold_whatever_comes(rows: np.ndarray) -> None:
    assert 0.85 <= coverage(rows) <= 0.95
    assert coverage(with_widths(Widths(), rows)) == 1.0  # a band without end promises nothing


def test_without_the_model_the_same_promise_says_nothing_of_a_machine_that_soon_fails(rows: np.ndarray) -> None:
    """Model off: the mean of all, as wide as nine of ten truths ask."""
    usual = float(rows[:, 3].mean())
    off = Widths.of(np.full(len(rows), usual), np.abs(usual - rows[:, 3]), SETTINGS).band(usual, SETTINGS.cap)
    soon = rows[rows[:, 3] < 20]
    assert np.median(soon[:, 2]) <= 50
    assert off.high > 100


def test_ten_thousand_machines_one_by_one_would_miss_the_tick_by_far() -> None:
    """The processor's time, so that a busy machine bends both alike."""
    aim = next(each for each in AIMS if (each.measure, each.figure) == ("health", "tick_ms"))
    together = health.measure(health.SHORT)["tick_ms"]
    one_by_one = health.measure(health.Load(machines=1, ticks=10))["tick_ms"] * health.SHORT.machines
    assert aim.at_most is not None
    assert one_by_one > 10 * aim.at_most
    assert together < one_by_one / 20
