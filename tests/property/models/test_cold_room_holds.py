"""Whatever a room's readings are, a batch tells what the stream would; nothing looks ahead, no restart matters."""

from __future__ import annotations

from itertools import starmap

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.health.api import Result, Values
from models.health.cold_room import ColdRoomMonitor
from models.health.cold_room_causes import SIGNALS_A, SIGNALS_C
from tests.unit.models.health.simulated_rooms import healthy, known

MINUTES = 150
LEARNED = {whole: known(whole=whole, rooms=2).state() for whole in (False, True)}


def fresh(whole: bool) -> ColdRoomMonitor:
    monitor = known_signals(whole)
    monitor.restore(LEARNED[whole])
    return monitor


def known_signals(whole: bool) -> ColdRoomMonitor:
    return ColdRoomMonitor(SIGNALS_C if whole else SIGNALS_A, rows=2)


@st.composite
def histories(draw: st.DrawFn) -> tuple[bool, Values]:
    """Four hours of two rooms, with losses, jumps and warm spells anywhere."""
    whole = draw(st.booleans())
    x = healthy(1, seed=draw(st.integers(0, 9)), rooms=2)[400 : 400 + MINUTES, :, : 5 if whole else 1].copy()
    for _ in range(draw(st.integers(0, 4))):
        at, length = draw(st.integers(0, MINUTES - 1)), draw(st.integers(1, 90))
        x[at : at + length, draw(st.integers(0, 1)), 0] += draw(st.sampled_from([np.nan, 9.0, -30.0, 4.0]))
    return whole, x


def stream(monitor: ColdRoomMonitor, x: Values, begin: int = 0) -> list[Result]:
    rows = np.arange(2)
    return list(starmap(lambda tick, values: monitor.update(rows, tick * 60.0, values), enumerate(x, begin)))


def same(one: Result, ticks: list[Result]) -> None:
    np.testing.assert_allclose(one.stat, np.stack([each.stat for each in ticks]), atol=1e-9)
    np.testing.assert_array_equal(one.alarm, np.stack([each.alarm for each in ticks]))
    np.testing.assert_allclose(one.sigma, np.stack([each.sigma for each in ticks]), atol=1e-9)
    breach = np.stack([np.asarray(each.breach_min) for each in ticks])
    np.testing.assert_allclose(np.asarray(one.breach_min), breach, atol=1e-9)


@settings(max_examples=8, deadline=None)
@given(histories())
def test_a_batch_is_the_stream(history: tuple[bool, Values]) -> None:
    whole, x = history
    same(fresh(whole).score(x), stream(fresh(whole), x))


@settings(max_examples=8, deadline=None)
@given(histories(), st.integers(1, MINUTES))
def test_what_comes_later_changes_nothing_that_was_told(history: tuple[bool, Values], until: int) -> None:
    whole, x = history
    monitor = fresh(whole)
    np.testing.assert_array_equal(monitor.score(x[:until]).alarm, monitor.score(x).alarm[:until])


@settings(max_examples=8, deadline=None)
@given(histories(), st.integers(1, MINUTES - 1))
def test_a_restart_goes_on_where_the_state_was_taken(history: tuple[bool, Values], at: int) -> None:
    whole, x = history
    before = fresh(whole)
    told = stream(before, x[:at])
    after = known_signals(whole)
    after.restore(before.state())
    same(fresh(whole).score(x), told + stream(after, x[at:], at))


@settings(max_examples=8, deadline=None)
@given(histories(), st.integers(1, MINUTES - 1))
def test_a_delivery_that_comes_twice_or_late_raises_no_cause_by_itself(history: tuple[bool, Values], at: int) -> None:
    """A tick at or before the last one counts as no reading: the air that was followed stays as it is."""
    whole, x = history
    once, twice = fresh(whole), fresh(whole)
    stream(once, x[:at])
    stream(twice, x[:at])
    twice.update(np.arange(2), (at - 1) * 60.0, x[at - 1])
    twice.update(np.arange(2), 0.0, x[0])
    for name in ("air", "out", "peak", "since", "usable", "last", "product"):
        assert twice.state()[name] == pytest.approx(once.state()[name], nan_ok=True)
