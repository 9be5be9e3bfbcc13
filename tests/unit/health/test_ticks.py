"""Readings as ticks: on a grid of their own, by the last reading that holds, only while the machine runs."""

from __future__ import annotations

import numpy as np
import pytest

from mes.health.ticks import Pace, take_ticks, value_at
from mes.health.words import HealthWords
from models.columns import Columns

MINUTE = 60_000_000
NAN = float("nan")


def readings(*pairs: tuple[float, float], quality: int = 192) -> Columns:
    """Pairs of minute and value."""
    times, values = zip(*pairs, strict=True)
    at = np.array([int(m * MINUTE) for m in times], dtype=np.int64)
    return Columns(at, np.array(values, dtype=np.float64), np.full(len(at), quality, dtype=np.uint8))


def test_a_tick_takes_the_last_reading_that_is_not_too_old() -> None:
    at = np.array([0, 1, 2, 5], dtype=np.int64) * MINUTE
    assert np.array_equal(value_at(readings((0.5, 7.0)), at, 2 * MINUTE), [NAN, 7.0, 7.0, NAN], equal_nan=True)
    assert np.isnan(value_at(readings((0.5, 7.0), quality=64), at, 2 * MINUTE)).all(), "uncertain is not known"
    assert np.isnan(value_at(None, at, 2 * MINUTE)).all()


def test_only_a_machine_that_runs_and_has_settled_is_looked_at() -> None:
    words = HealthWords.model_validate(
        {"equipment": "a/b", "signals": {"x": "x"}, "runs": [{"signal": "state", "equals": 1}], "settle_min": 2}
    )
    at = np.arange(10, dtype=np.int64) * MINUTE
    runs = [(float(m), 1.0 if m not in {0, 5} else 0.0) for m in range(10)]
    told = {"s/a/b/x": readings(*[(float(m), m * 1.0) for m in range(10)]), "s/a/b/state": readings(*runs)}
    ticks = take_ticks(words, ("s/a/b/x", "s/a/b/state"), told, at, dict.fromkeys(told, MINUTE), MINUTE)
    assert np.flatnonzero(ticks.looked_at).tolist() == [3, 4, 8, 9]


def test_values_do_not_stand_still_while_nothing_at_all_is_heard() -> None:
    """A signal that rests is held while others speak; when the line is cut, none is."""
    words = HealthWords.model_validate({"equipment": "a/b", "signals": {"x": "x", "rests": "rests"}})
    at = np.arange(12, dtype=np.int64) * MINUTE
    told = {"s/a/b/x": readings(*[(float(m), m * 1.0) for m in range(6)]), "s/a/b/rests": readings((0.0, 7.0))}
    ticks = take_ticks(words, tuple(told), told, at, dict.fromkeys(told, 60 * MINUTE), 2 * MINUTE)
    assert ticks.x[:8].tolist() == [[min(m, 5.0), 7.0] for m in range(8)]
    assert np.isnan(ticks.x[8:]).all()


@pytest.mark.parametrize("pieces", [1, 2, 7])
def test_a_grid_is_the_same_in_one_go_and_in_pieces(pieces: int) -> None:
    pace, at = Pace(60, speed=20, fast_from_us=10 * MINUTE + 1), 0
    whole = pace.after(0, 20 * MINUTE, 10_000)
    found: list[int] = []
    for piece in range(pieces):
        end = 20 * MINUTE * (piece + 1) // pieces
        found += pace.after(at, end, 10_000).tolist()
        at = found[-1] if found else at
    assert found == whole.tolist()
    steps = np.diff([pace.machine_s(each) for each in whole.tolist()])
    assert np.allclose(steps, 60), "the machine's own time goes by a tick each, before and after the turn"
    assert {*np.diff(whole).tolist()} == {MINUTE, MINUTE // 20}


def test_a_piece_is_never_longer_than_asked() -> None:
    pace = Pace(60, speed=20, fast_from_us=10 * MINUTE)
    assert len(pace.after(0, 20 * MINUTE, 5)) == 5
    assert len(pace.after(8 * MINUTE, 20 * MINUTE, 5)) == 5
