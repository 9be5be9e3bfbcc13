"""A device's clock is believed within bounds; beyond them the time of receipt counts, and the quality says so."""

from __future__ import annotations

from math import nan

import pytest

from edge.clocks import believed
from telemetry.batch import Reading, batch_of
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
