"""Rooms of the cold store: healthy, and with each fault of their physics."""

from __future__ import annotations

import pytest

from simulators.physics.cold_room import ROOMS
from tests.unit.simulators.plants import Walk, a_room

MINUTE = 60.0


def air(walk: Walk) -> float:
    return walk.machine.air_1.c


def at_five_degrees(walk: Walk) -> Walk:
    """Let it run until its compressor stands, nobody thaws or opens it, and the air has come to 5 °C."""
    room = walk.machine
    quiet = walk.until(
        lambda: not (room.unit.running or room.unit.defrost or room.door.open) and abs(room.box.air_c - 5.0) < 0.05
    )
    assert quiet < 3 * 3600
    return walk


@pytest.mark.parametrize("name", ROOMS)
def test_the_thermostat_holds_its_band(name: str) -> None:
    walk = a_room(name)
    unit = walk.machine.spec.unit
    starts, was = 0, walk.machine.unit.running
    for _ in range(3 * 360):
        walk.on(10)
        room = walk.machine
        starts += room.unit.running and not was
        was = room.unit.running
        if not (room.unit.defrost or room.door.open) and room.unit.off_s > 1800:
            assert room.box.air_c < unit.cut_in_c + 1
        assert room.box.air_c > unit.cut_out_c - 0.6
    assert 6 <= starts <= 36


@pytest.mark.parametrize("seed", range(1, 13))
def test_compressor_failure_passes_8_degrees_in_12_to_18_physical_minutes(seed: int) -> None:
    walk = at_five_degrees(a_room(seed=seed, run_in_h=4 + 0.37 * seed))
    walk.machine.unit.failed = True
    assert 12 * MINUTE <= walk.until(lambda: air(walk) > 8.0) <= 18 * MINUTE


@pytest.mark.parametrize("failed_for_min", [20, 50, 120])
def test_once_mended_the_room_is_below_7_5_within_12_physical_minutes(failed_for_min: int) -> None:
    walk = at_five_degrees(a_room())
    walk.machine.unit.failed = True
    walk.on(failed_for_min * MINUTE)
    assert air(walk) > 8.0
    walk.machine.unit.failed = False
    assert walk.until(lambda: air(walk) < 7.5) <= 12 * MINUTE


def test_a_failed_compressor_runs_without_load_and_its_coil_warms() -> None:
    walk = a_room()
    room = walk.machine
    assert walk.until(lambda: room.unit.running) < 3600
    walk.on(60)
    healthy_a = room.unit.current_a(room.box.coil_c, room.around_c)
    room.unit.failed = True
    walk.on(30 * MINUTE)
    values = dict(zip((*room.measures, *room.compressor_measures), room.values(), strict=True))
    assert values["running"] == 1
    assert values["current"] < 0.6 * healthy_a
    assert values["coil-temperature"] == pytest.approx(room.box.air_c, abs=1.0)


def test_a_door_left_open_warms_the_room_although_the_compressor_runs() -> None:
    walk = at_five_degrees(a_room())
    walk.machine.door.left_open = True
    assert walk.until(lambda: air(walk) > 8.0) < 20 * MINUTE
    assert walk.machine.unit.running
    walk.machine.door.left_open = False
    assert walk.until(lambda: air(walk) < 7.5) < 15 * MINUTE


def test_without_mains_nothing_turns_and_the_room_warms() -> None:
    walk = at_five_degrees(a_room())
    room = walk.machine
    room.unit.powered = False
    assert walk.until(lambda: air(walk) > 8.0) < 40 * MINUTE
    assert not room.unit.running
    assert not room.unit.fans
    assert room.values()[5] == 0.0
    room.unit.powered = True
    assert walk.until(lambda: air(walk) < 7.5) < 20 * MINUTE


def test_product_follows_air_by_hours() -> None:
    walk = at_five_degrees(a_room())
    walk.machine.unit.failed = True
    walk.on(60 * MINUTE)
    assert walk.machine.box.product_c < air(walk) - 3


def test_the_freezer_thaws_its_coil_three_times_a_day_and_stays_below_minus_15() -> None:
    walk = a_room("freezer-1", run_in_h=13)
    room = walk.machine
    defrosts, was, warmest, coil = 0, False, -99.0, -99.0
    for _ in range(24 * 360):
        walk.on(10)
        defrosts += room.unit.defrost and not was
        was = room.unit.defrost
        warmest, coil = max(warmest, room.air_1.c, room.air_2.c), max(coil, room.box.coil_c)
    assert defrosts == 3
    assert warmest < -15.0
    assert coil > 2.0


def test_the_probe_at_the_door_reads_warmer() -> None:
    walk = a_room("cold-room-1")
    for _ in range(360):
        walk.on(10)
    assert walk.machine.air_2.c > walk.machine.air_1.c - 0.3


def test_the_same_seed_gives_the_same_room_and_another_seed_another() -> None:
    first, again, other = (a_room("cold-room-1", seed=seed).machine.values() for seed in (1, 1, 2))
    assert first == again
    assert first != other
