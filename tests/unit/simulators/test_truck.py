"""Trucks on their round trips."""

from __future__ import annotations

from itertools import pairwise

import pytest

from simulators.physics.route import CYCLE_S, TRIPS, distance_km
from simulators.physics.truck import Truck
from simulators.physics.weather import Weather
from tests.unit.simulators.plants import NOON_IN_HAINAN

START_S = NOON_IN_HAINAN.timestamp()


@pytest.mark.parametrize("name", TRIPS)
def test_a_truck_moves_no_faster_than_it_says(name: str) -> None:
    places = [TRIPS[name].place(START_S + k) for k in range(CYCLE_S)]
    for before, after in pairwise(places):
        km = distance_km((before.latitude, before.longitude), (after.latitude, after.longitude))
        assert km <= 1.8 * max(before.speed_km_h, after.speed_km_h) / 3600 + 1e-6
    assert all(18.1 < p.latitude < 20.2 and 108.6 < p.longitude < 111.1 for p in places)


@pytest.mark.parametrize("name", TRIPS)
def test_a_round_trip_drives_stops_and_rests_at_the_depot(name: str) -> None:
    places = [TRIPS[name].place(START_S + 10 * k) for k in range(CYCLE_S // 10)]
    driving = sum(p.driving for p in places) / len(places)
    stopped = sum(p.stopped for p in places) / len(places)
    assert 0.4 < driving < 0.8
    assert 0.1 < stopped < 0.4
    assert any(not p.driving and not p.stopped for p in places)


def test_doors_open_only_where_the_truck_stands() -> None:
    truck, weather, opened = Truck("truck-1", 1), Weather(1), 0
    for k in range(2 * CYCLE_S // 10):
        truck.advance(10, 10, weather.at(START_S + 10 * k))
        if truck.door.open and truck.door._left_s < truck.door.spec.longest_s - 10:
            opened += 1
            assert truck.place.speed_km_h < 20
    assert opened > 10


@pytest.mark.parametrize("fault", ["compressor", "door"])
def test_a_fault_warms_the_box_beyond_8_degrees_and_mending_cools_it(fault: str) -> None:
    truck, weather, at_s = Truck("truck-1", 1), Weather(1), START_S
    for _ in range(4 * 360):
        truck.advance(10, 10, weather.at(at_s := at_s + 10))
    truck.unit.failed, truck.door.left_open = fault == "compressor", fault == "door"
    for _ in range(40 * 6):
        truck.advance(10, 10, weather.at(at_s := at_s + 10))
    assert truck.air_1.c > 8.0
    truck.unit.failed = truck.door.left_open = False
    for _ in range(20 * 6):
        truck.advance(10, 10, weather.at(at_s := at_s + 10))
    assert truck.air_1.c < 7.5
