"""Episodes of a cold room's air, told in minutes: the vectors E1 to E10, late data, and a morning's excursion."""

from __future__ import annotations

from math import nan
from time import perf_counter

import numpy as np
import pytest

from models.gaps import Gap, gaps
from models.interval import Interval
from models.limits import Side, UnsoundLimit, evaluate
from tests.unit.models.readings import BAD, GOOD, UNCERTAIN, Read, a_limit, at, every, in_columns, judged, minute, told

SILENT_FOR_HALF_A_DAY: list[Read] = [(0, 5), (5, 8.4), (725, 8.3), (730, 5)]


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        pytest.param([(0, 5), *every(5, 5, 35, 9), (40, 5)], [("high", 5, 40, 35, 0, 35)], id="E1"),
        pytest.param([(0, 5), *every(5, 5, 20, 9), (25, 5)], [("high", 5, 25, 20, 0, None)], id="E2"),
        pytest.param(
            [(0, 5), (5, 1.5), *every(5, 10, 50, 12), (55, 5)],
            [("low", 5, 10, 5, 0, None), ("high", 10, 55, 45, 0, 40)],
            id="E3",
        ),
        pytest.param(SILENT_FOR_HALF_A_DAY, [("high", 5, 730, 20, 705, 725)], id="E4"),
        pytest.param(every(5, 0, 45, 8.0), [], id="E5"),
        pytest.param(
            [*[(m, 8.1 if m % 10 else 7.9) for m in range(0, 181, 5)], (185, 7.4)],
            [("high", 5, 185, 90, 0, 35)],
            id="E6",
        ),
    ],
)
def test_vectors(readings: list[Read], expected: list[tuple[object, ...]]) -> None:
    assert told(readings) == expected


def test_e4_the_silence_is_told_from_when_the_reading_no_longer_held() -> None:
    time, _, quality = in_columns(SILENT_FOR_HALF_A_DAY)
    assert gaps(time, 900, at(730), quality=quality) == (Gap(at(20), at(725)),)


def test_e9_a_probe_silent_for_three_polls_is_stale_and_its_episode_stays_as_it_is() -> None:
    readings: list[Read] = [(0, 5), *every(5, 5, 40, 9)]
    time, _, _ = in_columns(readings)
    assert gaps(time, 900, at(60)) == (Gap(at(55), None),)
    assert told(readings, until=60) == [("high", 5, None, 50, 5, 35)]
    assert gaps(in_columns([*readings, (60, 9)])[0], 900, at(60)) == (Gap(at(55), at(60)),)  # ended by one reading


def test_e10_comms_come_back_cold_the_gap_and_the_episode_end_together() -> None:
    readings: list[Read] = [(0, 5), *every(5, 5, 40, 9), (100, 5)]
    time, _, _ = in_columns(readings)
    assert told(readings) == [("high", 5, 100, 50, 45, 35)]  # its alarm was raised: someone must acknowledge it
    assert gaps(time, 900, at(100)) == (Gap(at(55), at(100)),)


def test_b4_a_buffer_delivers_an_excursion_into_a_gap() -> None:
    live: list[Read] = [(0, 5), (60, 5)]
    assert told(live) == []
    assert gaps(in_columns(live)[0], 900, at(60)) == (Gap(at(15), at(60)),)

    delivered = [*live, *every(5, 10, 50, 9.5), (55, 5.0)]
    assert told(delivered, until=90) == [("high", 10, 55, 45, 0, 40)]


NINE = 540  # 09:00 in minutes; below, minutes after it


def a_morning(*readings: Read) -> list[Read]:
    return [(NINE + read[0], *read[1:]) for read in readings]


def test_the_timeline_of_a_morning() -> None:
    limit = a_limit(delay_s=600, stale_s=300)
    out = a_morning(*every(1, 15, 19, 7.0), *every(1, 20, 29, 8.4))
    assert told(out, limit, until=NINE + 29.9) == [("high", NINE + 20, None, 9.9, 0, None)]

    opened = [*out, *a_morning((30, 8.6))]
    assert told(opened, limit) == [("high", NINE + 20, None, 10, 0, NINE + 30)]

    inside = [*opened, *a_morning(*every(1, 31, 51, 8.6), *every(1, 52, 54, 7.8))]
    assert told(inside, limit) == [("high", NINE + 20, None, 32, 0, NINE + 30)]  # needs 7.5 to end

    cleared = [*inside, *a_morning((55, 7.4))]
    (episode,) = judged(cleared, limit)
    assert (episode.end_us, episode.known_s, episode.peak) == (at(NINE + 55), 32 * 60, 8.6)


def test_a_spike_of_nine_minutes_is_a_record_without_an_alarm() -> None:
    limit = a_limit(delay_s=600, stale_s=300)
    assert told([(0, 7), *every(1, 1, 9, 8.4), (10, 7)], limit) == [("high", 1, 10, 9, 0, None)]


def test_a_gap_never_splits_an_excursion() -> None:
    limit = a_limit(delay_s=600, stale_s=300)
    readings = [*every(1, 20, 31, 8.5), *every(1, 40, 50, 8.5), (51, 7)]
    assert told(readings, limit) == [("high", 20, 51, 27, 4, 30)]
    assert gaps(in_columns(readings)[0], 300, at(51)) == (Gap(at(36), at(40)),)


def test_the_alarm_is_raised_between_readings_while_the_last_one_holds() -> None:
    readings: list[Read] = [(0, 5), *every(4, 4, 32, 9)]  # due at 34, no reading there
    assert [e.raised for e in told(readings, until=33.9)] == [None]
    assert [e.raised for e in told(readings, until=34)] == [34]
    assert [e.raised for e in told(readings, until=36)] == [34]
    assert [e.raised for e in told([*readings, (36, 9)], until=900)] == [34]


def test_a_reading_that_holds_up_to_the_moment_it_is_due_raises() -> None:
    limit = a_limit(delay_s=900)
    assert [e.raised for e in told([(5, 9)], limit, until=600)] == [20]


def test_silence_raises_nothing_that_the_last_reading_did_not() -> None:
    assert told([(5, 9)], until=600) == [("high", 5, None, 15, 580, None)]


def test_after_a_gap_a_reading_within_the_deadband_raises_too() -> None:
    assert told([(5, 9), (100, 7.8)], until=110) == [("high", 5, None, 15, 80, 100)]


def test_a_reading_back_inside_at_the_moment_it_is_due_prevents_the_alarm() -> None:
    assert [e.raised for e in told([*every(5, 5, 30, 9), (35, 5)])] == [None]


def test_a_broken_probe_is_unknown_at_once_and_ends_nothing() -> None:
    readings: list[Read] = [(0, 5), (5, 9), (7, nan, BAD), (9, nan, BAD), (40, 9), (45, 5)]
    assert told(readings) == [("high", 5, 45, 7, 33, 40)]
    time, _, quality = in_columns(readings)
    assert gaps(time, 900, at(45), quality=quality) == (Gap(at(7), at(40)),)


def test_a_number_with_a_bad_quality_is_no_value() -> None:
    assert told([(0, 5), (5, 85.0, BAD), (10, 5)]) == []


def test_an_uncertain_reading_counts_and_it_is_said() -> None:
    (episode,) = judged([(0, 5), (5, 9, UNCERTAIN), (10, 9.5), (15, nan, BAD), (20, 5)])
    assert (episode.readings, episode.uncertain) == (2, 1)


def test_the_peak_is_the_value_farthest_out_and_when_it_was_first_read() -> None:
    high, low = judged([(0, 8.2), (5, 9.7), (10, 9.7), (15, 0.5), (20, -3.25), (25, 5)])
    assert (high.side, high.peak, high.peak_us) == (Side.HIGH, 9.7, at(5))
    assert (low.side, low.peak, low.peak_us) == (Side.LOW, -3.25, at(20))


@pytest.mark.parametrize(
    ("doubles", "expected"),
    [
        pytest.param([(10, 5.0), (10, 8.5)], [("high", 10, 20, 10, 0, None)], id="one out of two opens"),
        pytest.param([(10, 8.5), (10, nan, BAD)], [("high", 10, 20, 10, 0, None)], id="out counts before bad"),
        pytest.param([(10, 8.5), (10, 1.9)], [("high", 10, 20, 10, 0, None)], id="the one farther out, high"),
        pytest.param([(10, 8.5), (10, 0.9)], [("low", 10, 20, 10, 0, None)], id="the one farther out, low"),
    ],
)
def test_of_readings_of_one_moment_the_safe_one_counts(doubles: list[Read], expected: list[tuple[object, ...]]) -> None:
    assert told([(0, 5), *doubles, (20, 5)]) == expected
    assert told([(0, 5), *reversed(doubles), (20, 5)]) == expected


@pytest.mark.parametrize("order", [1, -1])
def test_of_the_same_value_twice_the_doubtful_one_counts(order: int) -> None:
    doubles: list[Read] = [(5, 9, GOOD), (5, 9, UNCERTAIN)]
    (episode,) = judged(doubles[::order])
    assert (episode.readings, episode.uncertain) == (1, 1)


def test_a_bad_reading_beside_a_good_one_ends_no_episode() -> None:
    assert told([(5, 9), (10, 5), (10, nan, BAD), (20, 5)]) == [("high", 5, 20, 5, 10, None)]


def test_readings_later_than_the_judged_moment_are_not_known_yet() -> None:
    readings: list[Read] = [(0, 5), (5, 9), (10, 5), (15, 12)]
    assert told(readings, until=7) == [("high", 5, None, 2, 0, None)]


@pytest.mark.parametrize(
    ("back", "ended"), [(7.55, False), (7.54, True), (7.5, True), (2.45, True), (2.44, False), (2.5, True)]
)
def test_the_deadband_is_reached_by_the_rounded_value(back: float, ended: bool) -> None:
    out = 9.0 if back > 5 else 1.0
    (episode,) = judged([(0, out), (5, back)])
    assert (episode.end_us is not None) is ended


@pytest.mark.parametrize(("low", "high", "sides"), [(None, 8.0, ["high"]), (2.0, None, ["low"]), (None, None, [])])
def test_a_limit_on_one_side_only(low: float | None, high: float | None, sides: list[str]) -> None:
    readings: list[Read] = [(0, 5), (5, 9), (10, 5), (15, 1), (20, 5)]
    assert [e.side for e in told(readings, a_limit(low=low, high=high))] == sides


def test_no_reading_no_episode() -> None:
    assert judged([(0, 5)], until=-1) == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"delay_s": -1.0},
        {"deadband": -0.1},
        {"stale_s": 0.0},
        {"high": nan},
        {"low": 9.0},
        {"deadband": 6.5},  # nothing would be inside it
    ],
)
def test_limits_that_make_no_sense_are_refused(changed: dict[str, object]) -> None:
    with pytest.raises(UnsoundLimit):
        a_limit(**changed)


def test_columns_of_different_length_are_refused() -> None:
    time, value, _ = in_columns([(0, 5), (5, 5)])
    with pytest.raises(ValueError, match="different length"):
        evaluate(time, value, [GOOD], a_limit(), until_us=at(5))


def test_a_million_readings_in_range_are_judged_in_a_blink() -> None:
    time = at(0) + np.arange(1_000_000) * 1_000_000
    value = np.random.default_rng(1).uniform(2.0, 8.0, 1_000_000).round(1)
    quality = np.full(1_000_000, GOOD, dtype=np.uint8)
    took_s = []
    for _ in range(5):
        begun = perf_counter()
        assert evaluate(time, value, quality, a_limit(), until_us=int(time[-1])) == ()
        took_s.append(perf_counter() - begun)
    assert min(took_s) < 0.05


def raised_beside(*windows: tuple[float, float], extension_s: float = 600.0, delay_s: float = 1800.0) -> float | None:
    """When an episode from minute 5 is raised while doors stood open, as given in minutes; it ends at minute 100."""
    time, value, quality = in_columns([(0, 5), *every(5, 5, 95, 9), (100, 5)])
    limit = a_limit(extension_s=extension_s, delay_s=delay_s)
    doors = [Interval(at(start), at(end)) for start, end in windows]
    whole, bare = (evaluate(time, value, quality, limit, until_us=at(100), windows=each) for each in (doors[::-1], ()))
    assert [e._replace(raised_us=None) for e in whole] == [e._replace(raised_us=None) for e in bare]
    return minute(whole[0].raised_us)


@pytest.mark.parametrize(
    ("windows", "raised"),
    [
        pytest.param([], 35, id="none"),
        pytest.param([(10, 14)], 39, id="its own time"),
        pytest.param([(0, 8)], 38, id="of which only the part within the episode"),
        pytest.param([(10, 30)], 45, id="ten minutes at most"),
        pytest.param([(10, 18), (20, 30)], 45, id="ten minutes at most of all of them"),
        pytest.param([(10, 14), (12, 17), (20, 22)], 44, id="doors that were open together count once"),
        pytest.param([(33, 36)], 38, id="open when the alarm was due"),
        pytest.param([(35, 50)], 35, id="opened at the moment it was due: too late"),
        pytest.param([(34, 36), (36.5, 40)], 40.5, id="the second opens in the time that the first has given"),
    ],
)
def test_an_open_door_lengthens_the_delay_and_hides_nothing(windows: list[tuple[float, float]], raised: float) -> None:
    assert raised_beside(*windows) == raised


def test_no_door_delays_what_has_no_delay() -> None:
    assert raised_beside((0, 50), delay_s=0) == 5
    assert raised_beside((10, 50), extension_s=0) == 35
