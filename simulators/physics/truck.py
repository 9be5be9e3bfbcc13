"""A refrigerated truck: its box in the sun, its cooling unit, doors at stops, its way and its battery.

Way and speed follow the clock; the box follows the physics' own time, which may run faster than the clock.
"""

from __future__ import annotations

from simulators.physics.box import Box, BoxSpec
from simulators.physics.chance import DailyChance
from simulators.physics.cold_room import STEP_S
from simulators.physics.door import Door, DoorSpec
from simulators.physics.probe import Probe
from simulators.physics.refrigeration import Unit, UnitSpec
from simulators.physics.route import TRIPS, Place
from simulators.physics.weather import Surroundings

BOX = BoxSpec(
    air_j_k=120e3,
    product_j_k=0.5e6,
    coil_j_k=5e3,
    wall_w_k=18,
    product_w_k=30,
    coil_w_k=180,
    fans_w=60,
    door_w_k=42,
    door_wide_w_k=140,
    leak_per_s=1.5e-4,
    solar_k=6.0,
)
UNIT = UnitSpec(
    cut_in_c=5.6,
    cut_out_c=4.7,
    cooling_w=2200,
    rated_coil_c=-6,
    rated_around_c=29,
    running_a=18.0,
    defrost_every_s=6 * 3600,
    defrost_s=240,
)
DOOR = DoorSpec(shift_per_h=8.0, night_per_h=8.0, typical_s=40.0, shortest_s=20.0, longest_s=75.0, pause_s=240.0)


class Truck:
    """State of one truck. Physical faults are switches: `unit.failed`, `door.left_open`."""

    measures = ("air-1", "air-2", "door", "latitude", "longitude", "speed", "battery", "cooling")

    def __init__(self, name: str, seed: int) -> None:
        self.name = name
        self.chance = DailyChance(seed, name)
        self.box = Box(BOX, 5.0)
        self.unit = Unit(UNIT)
        self.door = Door(DOOR)
        self.air_1 = Probe(45.0, 0.0, 5.0)
        self.air_2 = Probe(90.0, 0.3, 5.0)
        self.battery_v = 13.2
        self.place: Place = TRIPS[name].place(0.0)

    def advance(self, clock_s: float, physical_s: float, now: Surroundings) -> None:
        """Move the truck on by `clock_s` and its box by `physical_s` seconds."""
        self.place = place = TRIPS[self.name].place(now.at_s)
        if self.chance.turn_to(now.day):
            self.door.new_day(self.chance.draw)
            self.unit.set_timer()
        self._charge(clock_s, place)
        around_c = now.outdoor_c + BOX.solar_k * now.solar
        left = physical_s
        while left > 1e-9:
            dt_s = min(STEP_S, left)
            self._step(dt_s, around_c, now.outdoor_g_kg)
            left -= dt_s

    def _step(self, dt_s: float, around_c: float, around_g_kg: float) -> None:
        box, unit, door = self.box, self.unit, self.door
        per_h = DOOR.shift_per_h if self.place.stopped else 0.0
        door.advance(dt_s, per_h, self.chance.draw)
        unit.advance(dt_s, box.air_c)
        door_w_k = BOX.door_wide_w_k if door.left_open else BOX.door_w_k if door.passing else 0.0
        box.advance(dt_s, around_c, door_w_k, unit.fans, unit.coil_heat_w(box.coil_c, around_c))
        box.breathe(dt_s, around_g_kg, door.open, unit.fans)
        self.air_1.advance(dt_s, box.air_c)
        self.air_2.advance(dt_s, box.air_c + (0.4 if door.open else 0.0))

    def _charge(self, clock_s: float, place: Place) -> None:
        """The alternator holds 14 V on the way; standing, the unit draws the battery down to its resting voltage."""
        aim = 14.1 if place.driving else 12.9
        tau_s = 120.0 if place.driving else 1800.0
        self.battery_v += clock_s / (tau_s + clock_s) * (aim - self.battery_v)

    def values(self) -> tuple[float, ...]:
        """What its logger would read without noise, in the order of `measures`."""
        place, running = self.place, self.unit.running
        return (
            self.air_1.c,
            self.air_2.c,
            float(self.door.open),
            place.latitude,
            place.longitude,
            place.speed_km_h,
            self.battery_v - (0.15 if running else 0.0),
            float(running),
        )
