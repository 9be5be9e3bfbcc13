"""A room of the cold store: box, refrigeration unit, door and probes; and the three rooms of the plant.

Air probe 1 hangs under the evaporator, air probe 2 beside the door, the third is buried in product.
The rooms are sized so that a cold room without cooling passes 8 °C in about a quarter of an hour, and is back in half
of that.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulators.physics.box import Box, BoxSpec
from simulators.physics.chance import DailyChance
from simulators.physics.door import Door, DoorSpec
from simulators.physics.probe import Probe
from simulators.physics.refrigeration import Unit, UnitSpec
from simulators.physics.wear import Wear
from simulators.physics.weather import Surroundings

STEP_S = 10.0
"""Longest step; a faster clock takes more of them."""
LEAKED, SLOWED = 0.65, 0.6
"""Part of the refrigerant that a leak takes, and part of the flow that worn fans lose, in the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomSpec:
    box: BoxSpec
    unit: UnitSpec
    door: DoorSpec
    start_c: float
    air_2_offset_c: float = 0.3
    air_2_door_k: float = 0.6  # how much warmer it gets beside the open door
    fan_a: float = 0.9  # current of the evaporator's fans


class ColdRoom:
    """State of one room. Physical faults are switches: `unit.failed`, `door.left_open`, `mains`; wears are courses."""

    measures = ("air-1", "air-2", "product", "humidity", "door", "mains")
    compressor_measures = (
        "current",
        "running",
        "coil-temperature",
        "defrost",
        "power",
        "suction-pressure",
        "fan-current",
    )

    def __init__(self, name: str, spec: RoomSpec, seed: int) -> None:
        self.name, self.spec = name, spec
        self.chance = DailyChance(seed, name)
        self.box = Box(spec.box, spec.start_c)
        self.unit = Unit(spec.unit)
        self.unit.evaporating_c = spec.start_c
        self.fan_wear: Wear | None = None
        self.leak: Wear | None = None
        self.door = Door(spec.door)
        self.air_1 = Probe(45.0, 0.0, spec.start_c)
        self.air_2 = Probe(90.0, spec.air_2_offset_c, spec.start_c)
        self.product = Probe(240.0, 0.0, spec.start_c)
        self.around_c = 26.0

    @property
    def mains(self) -> bool:
        return self.unit.powered

    def advance(self, _clock_s: float, physical_s: float, now: Surroundings) -> None:
        """Move the physics on by `physical_s` seconds under the surroundings of a moment."""
        if self.chance.turn_to(now.day):
            self.door.new_day(self.chance.draw)
            self.unit.set_timer()
        self.around_c = now.hall_c
        per_h = self.door.by_hour(now.hour)
        left = physical_s
        while left > 1e-9:
            dt_s = min(STEP_S, left)
            self._step(dt_s, now.hall_c, now.hall_g_kg, per_h)
            left -= dt_s

    def _step(self, dt_s: float, around_c: float, around_g_kg: float, per_h: float) -> None:
        box, unit, door = self.box, self.unit, self.door
        door.advance(dt_s, per_h, self.chance.draw)
        unit.advance(dt_s, box.air_c)
        fans = unit.fans
        self._wear(dt_s, fans)
        box.advance(
            dt_s, around_c, self._door_w_k(), self._airflow if fans else 0.0, unit.coil_heat_w(box.coil_c, around_c)
        )
        box.breathe(dt_s, around_g_kg, door.open, fans)
        unit.settle(dt_s, box.coil_c)
        self.air_1.advance(dt_s, box.air_c)
        self.air_2.advance(dt_s, box.air_c + (self.spec.air_2_door_k if door.open else 0.0))
        self.product.advance(dt_s, box.product_c)

    def _wear(self, dt_s: float, fans: bool) -> None:
        if self.fan_wear and fans:
            self.fan_wear.advance(dt_s)
        if self.leak:
            self.leak.advance(dt_s)
        self.unit.charge = 1 - LEAKED * self.leak.severity if self.leak else 1.0

    @property
    def _worn(self) -> float:
        return self.fan_wear.severity if self.fan_wear else 0.0

    @property
    def _airflow(self) -> float:
        return 1 - SLOWED * self._worn

    def _fan_a(self) -> float:
        return self.spec.fan_a * (1 + 0.7 * self._worn) if self.unit.fans else 0.0

    def _door_w_k(self) -> float:
        if self.door.left_open:
            return self.spec.box.door_wide_w_k
        return self.spec.box.door_w_k if self.door.passing else 0.0

    def values(self) -> tuple[float, ...]:
        """What its instruments would read without noise, in the order of `measures` then `compressor_measures`."""
        box, unit = self.box, self.unit
        return (
            self.air_1.c,
            self.air_2.c,
            self.product.c,
            box.humidity,
            float(self.door.open),
            float(unit.powered),
            unit.current_a(box.coil_c, self.around_c),
            float(unit.running),
            box.coil_c,
            float(unit.defrost),
            unit.power_kw(box.coil_c, self.around_c),
            unit.suction_bar,
            self._fan_a(),
        )


_COLD = BoxSpec(
    air_j_k=400e3,
    product_j_k=2.6e6,
    coil_j_k=10e3,
    wall_w_k=62,
    product_w_k=120,
    coil_w_k=400,
    fans_w=330,
    door_w_k=170,
    door_wide_w_k=340,
    leak_per_s=1.45e-4,
)
_COLD_UNIT = UnitSpec(
    cut_in_c=5.5,
    cut_out_c=4.75,
    cooling_w=5400,
    rated_coil_c=-7,
    rated_around_c=26,
    running_a=8.4,
    defrost_every_s=6 * 3600,
    defrost_s=360,
)
_FREEZER = BoxSpec(
    air_j_k=500e3,
    product_j_k=3.4e6,
    coil_j_k=40e3,
    wall_w_k=28,
    product_w_k=150,
    coil_w_k=450,
    fans_w=250,
    door_w_k=75,
    door_wide_w_k=160,
    leak_per_s=2.5e-5,
)
_FREEZER_UNIT = UnitSpec(
    cut_in_c=-19.2,
    cut_out_c=-20.8,
    cooling_w=6000,
    rated_coil_c=-33,
    rated_around_c=26,
    running_a=14.2,
    defrost_every_s=8 * 3600,
    defrost_s=900,
    heater_w=2300,
)
_BUSY = DoorSpec(shift_per_h=4.0, night_per_h=0.5)
_QUIET = DoorSpec(shift_per_h=1.5, night_per_h=0.2)

ROOMS = {
    "cold-room-1": RoomSpec(box=_COLD, unit=_COLD_UNIT, door=_BUSY, start_c=5.0),
    "cold-room-2": RoomSpec(box=_COLD, unit=_COLD_UNIT, door=_QUIET, start_c=5.0, air_2_offset_c=0.2),
    "freezer-1": RoomSpec(box=_FREEZER, unit=_FREEZER_UNIT, door=_QUIET, start_c=-20.0, air_2_offset_c=0.4, fan_a=1.2),
}
