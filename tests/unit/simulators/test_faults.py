"""Faults by name: what is known, what is refused, and what each does to readings."""

from __future__ import annotations

from math import isnan

import pytest

from simulators.faults import KINDS, TARGETS, Fault, NotPossible, UnknownFault, UnknownProbe, UnknownTarget, fault
from simulators.works import Works, points, warmed
from tests.unit.simulators.plants import NOON_IN_HAINAN

AT_S = NOON_IN_HAINAN.timestamp()


@pytest.fixture(scope="module")
def running() -> Works:
    return warmed(1, AT_S)


def test_every_fault_can_be_switched_on_and_off_where_it_is_possible(running: Works) -> None:
    for kind in KINDS.values():
        for target in kind.targets:
            wrong = fault(kind.name, target)
            assert running.switch_on(wrong)
            assert not running.switch_on(wrong)
            running.advance(1.0, 10.0, AT_S)
            assert running.switch_off(wrong)
            assert not running.switch_off(wrong)
    assert running.faults == {}


def test_an_unknown_fault_is_answered_with_those_known() -> None:
    with pytest.raises(UnknownFault, match="compressor-failure, door-left-open"):
        fault("compresor-failure", "cold-room-2")


def test_an_unknown_target_is_answered_with_those_known() -> None:
    with pytest.raises(UnknownTarget, match="cold-room-1, cold-room-2"):
        fault("compressor-failure", "cold-room-9")


def test_a_fault_that_cannot_happen_there_is_answered_with_those_that_can() -> None:
    with pytest.raises(NotPossible, match="bearing-wear"):
        fault("compressor-failure", "line-1")


def test_a_probe_fault_hits_air_1_unless_another_probe_is_named() -> None:
    assert fault("probe-drift", "cold-room-2") == Fault("probe-drift", "cold-room-2", "air-1")
    assert fault("probe-drift", "cold-room-2", "product").measure == "product"
    with pytest.raises(UnknownProbe, match="air-1, air-2, product"):
        fault("probe-drift", "cold-room-2", "air-3")
    with pytest.raises(UnknownProbe):
        fault("mains-lost", "cold-room-2", "air-1")


def test_a_lost_probe_reads_nothing_and_its_neighbours_go_on(running: Works) -> None:
    running.switch_on(fault("probe-loss", "cold-room-1", "air-2"))
    readings = running.read("cold-room-1")
    assert isnan(readings.pop("air-2"))
    assert not any(isnan(value) for value in readings.values())
    running.switch_off(fault("probe-loss", "cold-room-1", "air-2"))
    assert not isnan(running.read("cold-room-1")["air-2"])


def test_a_stuck_probe_repeats_itself_while_the_room_moves(running: Works) -> None:
    stuck = fault("probe-stuck", "cold-room-1")
    running.switch_on(stuck)
    seen = []
    for _ in range(60):
        running.advance(10.0, 1.0, AT_S)
        seen.append(running.read("cold-room-1"))
    running.switch_off(stuck)
    assert len({readings["air-1"] for readings in seen}) == 1
    assert len({readings["air-2"] for readings in seen}) > 3


def test_a_drifting_probe_leaves_the_truth_by_a_kelvin_an_hour_of_the_physics(running: Works) -> None:
    drift = fault("probe-drift", "freezer-1")
    running.switch_on(drift)
    for _ in range(12):
        running.advance(60.0, 10.0, AT_S)
    apart = running.read("freezer-1")["air-1"] - running.rooms["freezer-1"].air_1.c
    running.switch_off(drift)
    assert apart == pytest.approx(2.0, abs=0.2)


def test_a_probe_with_spikes_jumps_at_once_and_mostly_reads_right(running: Works) -> None:
    spikes = fault("probe-spike", "truck-1")
    running.switch_on(spikes)
    apart = [abs(running.read("truck-1")["air-1"] - running.trucks["truck-1"].air_1.c) for _ in range(300)]
    running.switch_off(spikes)
    assert apart[0] > 7
    assert 3 < sum(a > 7 for a in apart) < 60


def test_the_plant_has_73_points_each_named_once(running: Works) -> None:
    names = [point for machine in running.machines for point in points(machine)]
    assert len(names) == len(set(names)) == 73
    assert set(running.machines) == {*TARGETS, "outdoor"}
