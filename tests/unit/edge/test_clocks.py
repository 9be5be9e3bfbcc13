"""A device's clock is believed within bounds; beyond them the time of receipt counts, and the quality says so."""

from __future__ import annotations

from datetime import timedelta
from math import nan

import pytest

from edge.clocks import StepWatch, believed
from telemetry.batch import Reading, batch_of
from telemetry.clock import HeldClock, from_us
from telemetry.quality import Quality

NOW = 1_768_440_000_000_000
DAY, SECOND = 86_400_000_000, 1_000_000


def judged(device_us: int, quality: int = Quality.GOOD) -> tuple[int, int]:
    (reading,) = believed(batch_of([Reading("a/b/c/d", device_us, NOW, 4.8, quality)]))
    return reading.device_us, reading.quality


@pytest.mark.parametrize("device_us", [NOW, NOW - 30 * DAY, NOW + 5 * SECOND])
def test_a_plausible_time_is_kept(device_us: int) -> None:
    assert judged(device_us) == (device_us, Quality.GOOD)


@pytest.mark.parametrize("device_us", [NOW - 30 * DAY - 1, NOW + 5 * SECOND + 1, 0, -(2**62), 2**62])
def test_any_other_gives_way_to_the_time_of_receipt(device_us: int) -> None:
    assert judged(device_us) == (NOW, Quality.UNCERTAIN_TIME)


def test_a_bad_reading_stays_bad_whatever_its_time() -> None:
    assert judged(0, Quality.BAD_SENSOR_FAILURE) == (NOW, Quality.BAD_SENSOR_FAILURE)


def test_the_neighbours_of_an_unbelieved_time_are_untouched() -> None:
    readings = [
        Reading("a/b/c/d", NOW, NOW, 1.0, 192),
        Reading("a/b/c/e", 0, NOW, nan, 16),
        Reading("a/b/c/d", 7, NOW, 2.0, 80),
    ]
    found = list(believed(batch_of(readings)))
    assert found[0] == readings[0]
    assert [(r.point, r.device_us, r.quality) for r in found[1:]] == [("a/b/c/e", NOW, 16), ("a/b/c/d", NOW, 88)]


def test_what_a_device_claimed_is_kept_and_what_was_believed_claims_nothing() -> None:
    readings = [Reading("a/b/c/d", us, NOW, 1.0, 192) for us in (NOW, 7, NOW + 6 * SECOND)]
    readings.append(Reading("a/b/c/d", 0, NOW, nan, Quality.BAD_SENSOR_FAILURE))
    dated = believed(batch_of(readings))
    assert dated.claimed_us == {1: 7, 2: NOW + 6 * SECOND, 3: 0}
    assert believed(dated) is dated  # once is enough


def test_a_batch_that_is_believed_whole_is_the_same_batch() -> None:
    batch = batch_of([Reading("a/b/c/d", NOW - k * DAY, NOW, 1.0, 192) for k in range(31)])
    assert believed(batch) is batch


class Times:
    """A wall clock that may be set, and a steady one that may not."""

    def __init__(self) -> None:
        self.wall = HeldClock(from_us(NOW))
        self.steady_s = 1000.0

    def pass_s(self, seconds: float, wall_s: float | None = None) -> None:
        self.steady_s += seconds
        self.wall.advance(timedelta(seconds=seconds if wall_s is None else wall_s))


@pytest.mark.parametrize("hours", [1, -1])
def test_a_step_of_an_hour_is_seen_counted_and_in_doubt_until_the_gateway_confirms(hours: int) -> None:
    times = Times()
    watch = StepWatch(times.wall, lambda: times.steady_s)
    times.pass_s(60)
    assert (watch.look(0.01), watch.in_doubt) == (0.0, False)
    times.pass_s(1, 3600 * hours + 1)
    assert (watch.look(0.01), watch.steps, watch.in_doubt) == (3600.0 * hours, 1, True)
    times.pass_s(1)
    assert (watch.look(0.01), watch.in_doubt) == (0.0, True)  # that was measured before the step
    assert (watch.look(3600.0 * hours), watch.in_doubt) == (0.0, True)  # the new time is the wrong one
    assert (watch.look(0.02), watch.in_doubt, watch.steps) == (0.0, False, 1)


def test_a_clock_that_is_slewed_makes_no_step() -> None:
    times = Times()
    watch = StepWatch(times.wall, lambda: times.steady_s)
    for _ in range(3600):
        times.pass_s(1, 1.0005)  # as fast as a time service turns it: 1.8 s in an hour
        assert watch.look() == 0.0
