"""Stability budgets: time in bands, what is left of it, how bands count together, and what parts inherit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import exp, isclose

import pytest

from models.columns import Columns
from models.interval import Interval
from models.stability import (
    Band,
    Combination,
    Drawn,
    Profile,
    UnknownAs,
    UnsoundProfile,
    budget,
    drawn,
    inherited,
)
from tests.unit.models.readings import BAD, Read, at, in_columns

HOUR_US = 3_600_000_000
INSULIN = Profile(
    bands=(
        Band(low=8, high=15, allowed_us=24 * HOUR_US),
        Band(low=15, high=25, allowed_us=4 * HOUR_US),
        Band(low=25, high=30, allowed_us=HOUR_US // 2),
    ),
    combination=Combination.INDEPENDENT,
)
SUM = replace(INSULIN, combination=Combination.SUM_OF_FRACTIONS)


def hours(*of_each: float) -> Drawn:
    return tuple(round(each * HOUR_US) for each in of_each)


def spend(*probes: Sequence[Read], until: float, since: float = 0, profile: Profile = INSULIN) -> list[float]:
    """Minutes in each band, and beyond, of what these probes read."""
    courses = [(Columns(*in_columns(readings)), 900.0) for readings in probes]
    return [us / 60e6 for us in drawn(profile, courses, Interval(at(since), at(until)))]


def test_the_known_answer() -> None:
    """Draws of 3, 1.5 and 0.25 h leave 21, 2.5 and 0.25 h; as a sum of fractions nothing is left."""
    spent = hours(3, 1.5, 0.25, 0)
    alone = budget(INSULIN, spent)
    assert [band.left_s / 3600 for band in alone.bands] == [21, 2.5, 0.25]
    assert [band.share for band in alone.bands] == [0.125, 0.375, 0.5]
    assert (alone.used, alone.exhausted, alone.is_low) == (0.5, None, False)
    together = budget(SUM, spent)
    assert [band.left_s / 3600 for band in together.bands] == [21, 2.5, 0.25]
    assert (together.used, together.exhausted) == (1.0, "25..30")


def test_a_fraction_below_the_whole_is_something() -> None:
    spent = hours(3, 1.5, 0.25, 0)
    almost = budget(SUM, (spent[0] - 1, *spent[1:]))
    assert (almost.exhausted, almost.is_low) == (None, True)


@pytest.mark.parametrize(("used", "is_low"), [(0.9, False), (0.90001, True), (0.99999, True), (1.0, False)])
def test_little_is_left(used: float, is_low: bool) -> None:
    found = budget(INSULIN, hours(24 * used, 0, 0, 0))
    assert (found.is_low, found.exhausted) == (is_low, "8..15" if used == 1 else None)


def test_beyond_the_last_band_nothing_is_allowed() -> None:
    found = budget(INSULIN, (0, 0, 0, 1))
    assert (found.exhausted, found.used, found.left) == (">30", 1.0, 0.0)
    assert (found.bands[-1].band, found.bands[-1].allowed_s, found.bands[-1].high) == (">30", 0.0, None)
    assert len(budget(INSULIN, hours(0, 0, 0, 0)).bands) == 3


def test_time_in_bands_of_one_probe() -> None:
    """At 8.0 it is inside the label, at 8.04 too (rounded); at 15.0 it is still in the cooler band."""
    read = [(0, 5), (10, 8.0), (20, 8.04), (30, 8.1), (40, 15.0), (50, 15.1), (60, 30.0), (65, 30.1), (70, 4)]
    assert spend(read, until=80) == [20, 10, 5, 5]


def test_the_warmest_of_the_probes_that_are_known_counts() -> None:
    assert spend([(0, 9), (10, 9)], [(0, 16), (5, 7), (10, 7)], until=20) == [15, 5, 0, 0]
    assert spend([(0, 9), (10, 9)], [(0, 16), (5, 7, BAD)], until=20) == [15, 5, 0, 0]


def test_unknown_time_is_charged() -> None:
    """A reading holds for 15 min; what follows is charged as the strictest band, or the mildest if the profile says."""
    assert spend([(0, 5)], until=60) == [0, 0, 45, 0]
    assert spend([(0, 5)], until=60, profile=replace(INSULIN, unknown_as=UnknownAs.MILDEST)) == [45, 0, 0, 0]
    assert spend([], until=60) == [0, 0, 60, 0]
    assert spend(until=60) == [0, 0, 60, 0]  # no probe stands there


def test_a_time_is_what_its_parts_are() -> None:
    read = [(0, 5), (7, 9.5), (31, 17), (33, 12), (70, 26), (71, 31), (75, 5)]
    whole = spend(read, until=90)
    parts = [spend(read, since=a, until=b) for a, b in ((0, 8), (8, 32), (32, 60), (60, 90))]
    assert [sum(each) for each in zip(*parts, strict=True)] == whole


def test_arrhenius_time_at_the_reference() -> None:
    """Three hours at 35 °C age as many at 25 °C as exp(Ea/R (1/298.15 - 1/308.15)) says."""
    profile = Profile(
        bands=(Band(low=8, high=40, allowed_us=48 * HOUR_US),),
        combination=Combination.ARRHENIUS,
        reference_c=25,
    )
    minutes = spend([(m, 35) for m in range(0, 180, 10)], until=180, profile=profile)
    factor = exp(83.144 / 0.0083144 * (1 / 298.15 - 1 / 308.15))
    assert isclose(minutes[0], 180 * factor, rel_tol=1e-9)
    assert isclose(factor, 2.970, abs_tol=5e-4)
    same = spend([(m, 25) for m in range(0, 180, 10)], until=180, profile=profile)
    assert same == [180, 0]
    cool = spend([(m, 5) for m in range(0, 180, 10)], until=180, profile=profile)
    assert cool == [0, 0]
    silent = spend([], until=60, profile=profile)
    assert isclose(silent[0], 60 * exp(10_000 * (1 / 298.15 - 1 / 313.15)), rel_tol=1e-9)


def test_a_merged_lot_begins_with_the_most_of_each_band() -> None:
    assert inherited([{"8..15": 3, "15..25": 1}, {"8..15": 2, ">30": 1}]) == {"8..15": 3, "15..25": 1, ">30": 1}
    assert inherited([{"8..15": 3}]) == {"8..15": 3}
    assert inherited([]) == {}


@pytest.mark.parametrize(
    "bands",
    [
        (),
        (Band(low=8, high=8, allowed_us=1),),
        (Band(low=8, high=15, allowed_us=0),),
        (Band(low=8, high=15, allowed_us=2), Band(low=16, high=25, allowed_us=1)),
        (Band(low=8, high=15, allowed_us=1), Band(low=15, high=25, allowed_us=2)),
    ],
)
def test_a_profile_that_makes_no_sense(bands: tuple[Band, ...]) -> None:
    with pytest.raises(UnsoundProfile):
        replace(INSULIN, bands=bands)


def test_arrhenius_needs_its_reference() -> None:
    with pytest.raises(UnsoundProfile):
        replace(INSULIN, combination=Combination.ARRHENIUS)
