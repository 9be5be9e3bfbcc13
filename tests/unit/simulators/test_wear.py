"""Parts that wear over days and weeks: each moves the signals that physics says, at any speed, the same for a seed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from statistics import fmean

import pytest

from simulators.faults import NoSuchCourse, NotGradual, fault
from simulators.physics.wear import Wear
from simulators.works import Works, warmed
from tests.unit.simulators.plants import NOON_IN_HAINAN

AT_S = NOON_IN_HAINAN.timestamp()
DAY_S = 86_400.0
Means = dict[str, float]


def a_day(works: Works, machine: str, keep: Callable[[Means], bool] = lambda _row: True) -> Means:
    """Mean readings of one more day at a minute each."""
    rows: list[Means] = []
    for k in range(1440):
        works.advance(60.0, 1.0, AT_S + 60.0 * k)
        row = works.read(machine)
        if keep(row):
            rows.append(row)
    return {measure: fmean(row[measure] for row in rows) for measure in rows[0]}


def before_and_after(machine: str, kind: str, keep: Callable[[Means], bool] = lambda _row: True) -> tuple[Means, Means]:
    """Means of a healthy day, and of a day after 7 of the 10 in which the part wears out."""
    works = warmed(1, AT_S)
    healthy = a_day(works, machine, keep)
    wrong = fault(kind, machine)
    assert works.switch_on(wrong, over_s=10 * DAY_S)
    works.wears[wrong].age_s = 7 * DAY_S
    return healthy, a_day(works, machine, keep)


def running(row: Means) -> bool:
    return row["running"] == 1.0


def test_wear_begins_at_nothing_never_goes_back_and_ends_worn_out() -> None:
    wear, seen = Wear("bearing", 10 * DAY_S, seed=1, bend=2.0), []
    for _ in range(300):
        seen.append(wear.severity)
        wear.advance(3600.0)
    assert seen[0] == 0
    assert all(before <= after for before, after in pairwise(seen))
    assert wear.severity == 1
    assert seen[120] < 0.35, "a bearing wears slowly at first"


@pytest.mark.parametrize("step_s", [1.0, 60.0, 1800.0])
def test_a_course_is_the_same_at_any_speed(step_s: float) -> None:
    wear = Wear("fan", DAY_S, seed=3)
    for _ in range(int(DAY_S / 3 / step_s)):
        wear.advance(step_s)
    whole = Wear("fan", DAY_S, seed=3)
    whole.advance(DAY_S / 3)
    assert wear.severity == pytest.approx(whole.severity, abs=1e-9)


def test_a_course_is_the_seeds_and_the_places() -> None:
    def half(name: str, seed: int) -> float:
        wear = Wear(name, DAY_S, seed)
        wear.advance(DAY_S / 2)
        return wear.severity

    assert half("fan-wear ahu-1", 1) == half("fan-wear ahu-1", 1)
    assert len({half("fan-wear ahu-1", 1), half("fan-wear ahu-1", 2), half("fan-wear freezer-1", 1)}) == 3


def test_lost_refrigerant_takes_pressure_power_and_cooling_and_the_compressor_runs_longer() -> None:
    healthy, leaking = before_and_after("cold-room-1", "refrigerant-loss", running)
    assert leaking["suction-pressure"] < healthy["suction-pressure"] - 0.5
    assert leaking["power"] < healthy["power"] - 0.5
    assert leaking["current"] < healthy["current"] - 0.3
    whole, short = before_and_after("cold-room-1", "refrigerant-loss")
    assert short["running"] > 1.4 * whole["running"]


def test_worn_fans_of_a_room_draw_more_and_leave_the_coil_colder() -> None:
    healthy, worn = before_and_after("cold-room-2", "fan-wear", running)
    assert worn["fan-current"] > 1.2 * healthy["fan-current"]
    assert worn["coil-temperature"] < healthy["coil-temperature"] - 0.5
    assert worn["air-1"] == pytest.approx(healthy["air-1"], abs=0.5), "the thermostat still holds the room"


def test_clogged_filters_cost_pressure_speed_and_current_but_not_yet_flow() -> None:
    clean, clogged = before_and_after("ahu-1", "filter-clogging")
    assert clogged["filter-pressure"] > 3 * clean["filter-pressure"]
    assert clogged["fan-speed"] > clean["fan-speed"] + 8
    assert clogged["fan-current"] > 1.2 * clean["fan-current"]
    assert clogged["supply-flow"] == pytest.approx(clean["supply-flow"], rel=0.02)


def test_a_worn_fan_shakes_the_unit_and_its_filters_tell_nothing() -> None:
    sound, worn = before_and_after("ahu-1", "fan-wear")
    assert worn["fan-vibration"] > 1.5 * sound["fan-vibration"]
    assert worn["fan-current"] > 1.04 * sound["fan-current"]
    assert worn["filter-pressure"] == pytest.approx(sound["filter-pressure"], rel=0.02)


def test_a_worn_bearing_of_the_line_shakes_heats_and_drags() -> None:
    sound, worn = before_and_after("line-1", "bearing-wear", lambda row: row["speed"] > 59)
    assert worn["vibration"] > 1.3 * sound["vibration"]
    assert worn["bearing-temperature"] > sound["bearing-temperature"] + 8
    assert worn["motor-current"] > sound["motor-current"] + 0.1


def test_a_drifting_probe_leaves_its_room_by_three_kelvin_over_its_time() -> None:
    works, wrong = warmed(1, AT_S), fault("probe-drift", "cold-room-1", "product")
    works.switch_on(wrong, over_s=20 * DAY_S)
    works.wears[wrong].age_s = 20 * DAY_S
    truth = works.rooms["cold-room-1"].product.c
    assert works.read("cold-room-1")["product"] == pytest.approx(truth + 3.0, abs=0.2)


def test_a_new_part_ends_the_wear_and_a_later_one_begins_anew() -> None:
    works, wrong = warmed(1, AT_S), fault("fan-wear", "ahu-1")
    works.switch_on(wrong)
    works.wears[wrong].age_s = 15 * DAY_S
    worn = works.severity(wrong)
    assert works.switch_off(wrong)
    assert works.ahu.fan_wear is None
    works.switch_on(wrong)
    assert worn > 0.3 > works.severity(wrong) == 0.0


def test_what_happens_at_once_takes_no_time_and_a_wear_no_second_and_no_century() -> None:
    works = warmed(1, AT_S)
    with pytest.raises(NotGradual, match="refrigerant-loss"):
        works.switch_on(fault("door-left-open", "cold-room-1"), over_s=3600.0)
    for over_s in (0.0, 59.0, -5.0, float("nan"), float("inf"), 1e9):
        with pytest.raises(NoSuchCourse):
            works.switch_on(fault("fan-wear", "ahu-1"), over_s=over_s)
    assert works.faults == {}
