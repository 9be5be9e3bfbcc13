"""How far the edge's clock is from the plant's: the quickest answer is believed, and a step shows at once."""

from __future__ import annotations

import pytest

from edge.uplink.gateway_clock import GatewayClock

NOW_US = 1_768_440_000_000_000


def own_us(at_s: float, ahead_s: float = 0.0) -> int:
    """The edge's clock at this moment of a clock that only goes forward."""
    return NOW_US + round((at_s + ahead_s) * 1_000_000)


def asked(clock: GatewayClock, at_s: float, there_s: float, back_s: float) -> None:
    """A question that takes so long there, and whose answer takes so long back; the gateway's clock is right."""
    clock.heard(at_s, at_s + there_s + back_s, own_us(at_s + there_s))


def test_nothing_is_known_before_an_answer_came() -> None:
    assert GatewayClock().offset_s(NOW_US, 0.0) is None


@pytest.mark.parametrize("ahead_s", [0.0, 2.5, -7200.0])
def test_an_answer_tells_how_far_ahead_the_own_clock_is(ahead_s: float) -> None:
    clock = GatewayClock()
    asked(clock, 10.0, 0.05, 0.05)
    assert clock.offset_s(own_us(200.0, ahead_s), 200.0) == pytest.approx(ahead_s, abs=1e-5)


def test_the_quickest_answer_is_believed_and_one_that_crawled_is_not_heard() -> None:
    clock = GatewayClock()
    asked(clock, 0.0, 1.2, 0.0)
    asked(clock, 60.0, 0.01, 0.03)
    asked(clock, 120.0, 0.9, 0.0)
    asked(clock, 180.0, 9.0, 0.0)
    assert clock.offset_s(own_us(200.0), 200.0) == pytest.approx(0.0, abs=0.011)


def test_a_step_of_the_own_clock_shows_without_another_answer() -> None:
    clock = GatewayClock()
    asked(clock, 0.0, 0.01, 0.01)
    assert clock.offset_s(own_us(5.0, 3600.0), 5.0) == pytest.approx(3600.0, abs=0.1)


def test_after_an_hour_without_an_answer_nothing_is_known() -> None:
    clock = GatewayClock()
    asked(clock, 0.0, 0.01, 0.01)
    assert clock.offset_s(own_us(3599.0), 3599.0) is not None
    assert clock.offset_s(own_us(3700.0), 3700.0) is None
