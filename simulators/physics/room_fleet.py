"""Many cold rooms at once: air, product and coil of each, frost, thermostat, defrost, in arrays with a room a column.

Conductances are in units of the product's own (air to product is 1), capacities in minutes of it, so a product's time
constant is its capacity. A room's parameters are drawn; four kinds of rooms differ in their ranges.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Range = tuple[float, float]

SUBSTEPS = 4
"""Steps a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomKind:
    """Ranges that a room's parameters are drawn from, and the limit of what is stored in it."""

    set_point_c: float = -20.0
    limit_c: float = -15.0
    half_band_k: Range = (1.6, 2.1)  # the thermostat's, to both sides of the set point
    product_tau_min: Range = (60.0, 260.0)
    product: Range = (1.0, 1.0)  # air to product
    air: Range = (3.0, 7.0)  # capacity
    wall: Range = (0.06, 0.12)
    coil: Range = (3.0, 6.0)  # air to coil while the fan runs
    still_coil: Range = (0.4, 0.9)  # ... and while it stands
    coil_mass: Range = (4.0, 9.0)
    duty: Range = (0.3, 0.55)  # share of time that cooling runs at the design ambient
    heater_k: Range = (7.0, 13.0)  # what the heater lifts the coil above still air
    defrost_min: Range = (20.0, 40.0)
    defrost_every_min: Range = (360.0, 1440.0)
    adaptive: float = 0.35  # share of rooms that defrost when there is frost, not by the clock
    adaptive_min: Range = (300.0, 1440.0)
    door: Range = (0.04, 0.22)  # air to outside while the door is open
    doors_per_day: Range = (10.0, 36.0)
    door_median_min: Range = (1.0, 2.0)
    ambient_c: Range = (12.0, 27.0)
    day_swing_k: Range = (1.5, 5.0)
    sensor_noise_k: Range = (0.05, 0.15)


FREEZER = RoomKind()
COOLER = replace(
    FREEZER, set_point_c=5.0, limit_c=8.0, half_band_k=(0.6, 1.1), wall=(0.05, 0.12), door=(0.04, 0.2),
    heater_k=(6.0, 12.0), defrost_min=(12.0, 25.0), ambient_c=(20.0, 32.0), product_tau_min=(50.0, 200.0),
)  # fmt: skip
REACH_IN = replace(
    FREEZER, set_point_c=4.0, limit_c=8.0, half_band_k=(0.8, 1.3), air=(2.0, 4.0), product_tau_min=(40.0, 120.0),
    doors_per_day=(30.0, 80.0), door_median_min=(0.4, 0.9), door=(0.1, 0.4), heater_k=(5.0, 10.0),
    defrost_min=(10.0, 20.0), ambient_c=(19.0, 26.0),
)  # fmt: skip
TRUCK = replace(
    FREEZER, half_band_k=(1.5, 2.5), product_tau_min=(60.0, 200.0), wall=(0.06, 0.12), doors_per_day=(4.0, 14.0),
    door_median_min=(3.0, 6.0), door=(0.05, 0.15), ambient_c=(8.0, 30.0), day_swing_k=(5.0, 9.0), adaptive=0.0,
    defrost_every_min=(360.0, 720.0),
)  # fmt: skip
LABORATORY = replace(
    FREEZER, half_band_k=(0.6, 0.9), air=(90.0, 110.0), product=(0.25, 0.35), wall=(0.34, 0.46), coil=(12.0, 16.0),
    still_coil=(1.3, 1.7), coil_mass=(12.0, 20.0), heater_k=(27.0, 34.0), defrost_min=(50.0, 58.0), adaptive=1.0,
    adaptive_min=(1560.0, 1810.0), doors_per_day=(0.4, 1.0), door_median_min=(2.0, 4.0), door=(4.0, 8.0),
    duty=(0.3, 0.45), ambient_c=(21.0, 24.0), day_swing_k=(0.5, 1.5), product_tau_min=(120.0, 240.0),
)  # fmt: skip
"""A freezer of a laboratory: passive .12 to .2 K/min, a long defrost every 36 to 42 hours, handled seldom and long."""

KINDS = {"freezer": FREEZER, "cooler": COOLER, "reach_in": REACH_IN, "truck": TRUCK, "laboratory": LABORATORY}


@dataclass(slots=True)
class Rooms:
    """Parameters of n rooms, each an array (n,)."""

    half_band_k: Numbers
    product_tau_min: Numbers
    product: Numbers
    air: Numbers
    wall: Numbers
    coil: Numbers
    still_coil: Numbers
    coil_mass: Numbers
    duty: Numbers
    heater_k: Numbers
    defrost_min: Numbers
    defrost_every_min: Numbers
    adaptive_min: Numbers
    door: Numbers
    doors_per_day: Numbers
    door_median_min: Numbers
    ambient_c: Numbers
    day_swing_k: Numbers
    sensor_noise_k: Numbers
    adaptive: Flags
    compressor_kw: Numbers
    fan_kw: Numbers
    heater_kw: Numbers
    standby_kw: Numbers


def drawn(kind: RoomKind, rooms: int, draw: np.random.Generator) -> Rooms:
    """The parameters of so many rooms of one kind."""
    ranges = {each.name: getattr(kind, each.name) for each in fields(kind)}
    values = {name: draw.uniform(each[0], each[1], rooms) for name, each in ranges.items() if isinstance(each, tuple)}
    return Rooms(
        **values,
        adaptive=draw.random(rooms) < kind.adaptive,
        compressor_kw=draw.uniform(0.6, 1.1, rooms),
        fan_kw=draw.uniform(0.2, 0.4, rooms),
        heater_kw=draw.uniform(1.7, 2.8, rooms),
        standby_kw=draw.uniform(0.07, 0.16, rooms),
    )


@dataclass(slots=True)
class Acting:
    """What is wrong with each room in one minute; all healthy by default."""

    capacity: Numbers  # share of the cooling that is left
    no_compressor: Flags
    no_fan: Flags
    no_mains: Flags
    stuck_heater: Flags
    door_open: Flags


class Fleet:
    """State of the rooms. `advance` moves a minute on."""

    def __init__(self, kind: RoomKind, rooms: Rooms, draw: np.random.Generator) -> None:
        n = len(rooms.air)
        self.kind, self.rooms, self._draw = kind, rooms, draw
        self.air = kind.set_point_c + draw.uniform(-1, 1, n)
        self.product = np.full(n, kind.set_point_c + 0.5)
        self.coil = self.air - 3.0
        self.frost, self.since_defrost = np.zeros(n), draw.uniform(0, 1, n) * rooms.defrost_every_min
        self.due_min = rooms.adaptive_min.copy()
        self.cooling, self.left_min, self.drip_min = np.zeros(n, bool), np.zeros(n), np.zeros(n)
        need = rooms.wall * (rooms.ambient_c - kind.set_point_c)
        beside = need + 1.6 * rooms.half_band_k * rooms.product  # the product is cooled too, down to the cut-out
        self.cool, self.heat = np.maximum(need / rooms.duty, beside), rooms.heater_k * rooms.still_coil

    def advance(self, ambient_c: Numbers, doing: Acting) -> Numbers:
        """A minute under this ambient; returns the mean electric power of it in kW."""
        power = np.zeros(len(self.air))
        self._defrosts(doing)
        for _ in range(SUBSTEPS):
            power += self._step(ambient_c, doing, 1.0 / SUBSTEPS)
        return power / SUBSTEPS

    def _defrosts(self, doing: Acting) -> None:
        """Heaters that go on, and those that go off into a few minutes of dripping."""
        rooms, heating = self.rooms, self.left_min > 0
        self.since_defrost += 1
        due = np.where(rooms.adaptive, self.frost >= self.due_min, self.since_defrost >= rooms.defrost_every_min)
        begins = ((due & (self.drip_min <= 0)) | doing.stuck_heater) & ~heating & ~doing.no_mains
        load = np.where(rooms.adaptive, 1.0, np.clip(self.frost / rooms.defrost_every_min, 0.5, 2.0))
        length = rooms.defrost_min * (0.75 + 0.25 * load) * np.exp(self._draw.normal(0, 0.04, len(load)))
        self.left_min = np.where(begins, length, np.maximum(self.left_min - 1, 0))
        self.left_min = np.where(doing.no_mains, 0.0, np.where(doing.stuck_heater, 1.0, self.left_min))
        ends = heating & (self.left_min <= 0)
        self.drip_min = np.where(ends, 3.0, np.maximum(self.drip_min - 1, 0))
        self.frost[ends], self.since_defrost[begins] = 0.0, 0.0
        spread = rooms.adaptive_min * np.exp(self._draw.normal(0, 0.05, len(load)))
        self.due_min = np.where(ends, spread, self.due_min)

    def _step(self, ambient_c: Numbers, doing: Acting, dt: float) -> Numbers:
        rooms, set_point = self.rooms, self.kind.set_point_c
        heating, mains = self.left_min > 0, ~doing.no_mains
        asks = np.where(
            self.cooling, self.air > set_point - rooms.half_band_k, self.air > set_point + rooms.half_band_k
        )
        self.cooling = asks & ~heating & (self.drip_min <= 0) & mains
        runs = self.cooling & ~doing.no_compressor
        fan = runs & ~doing.no_fan
        moist = doing.door_open * 6.0
        self.frost += dt * (0.6 * runs / np.maximum(rooms.duty, 0.1) * 0.5 + 0.4 + moist)
        blocked = 1 + 0.25 * self.frost / np.maximum(rooms.defrost_every_min, rooms.adaptive_min * rooms.adaptive)
        still = rooms.still_coil * np.where(doing.no_fan & runs, 0.2, 1.0)
        to_coil = np.where(fan, rooms.coil / blocked, still)
        door = rooms.door * doing.door_open
        heat_in = (rooms.wall + door) * (ambient_c - self.air) + rooms.product * (self.product - self.air)
        lift = (self.coil - self.air) * to_coil
        air = self.air + dt * (heat_in + lift + 0.6 * fan) / rooms.air
        weak = np.clip(1 + 0.04 * (self.coil - set_point + 5), 0.2, 1.2)  # a colder coil takes up less
        source = self.heat * heating - self.cool * doing.capacity * weak * runs
        coil = self.coil + dt * (source - lift) / rooms.coil_mass
        self.product = self.product + dt * (self.air - self.product) / rooms.product_tau_min
        self.air, self.coil = air, coil
        used = rooms.standby_kw + runs * rooms.compressor_kw + fan * rooms.fan_kw + heating * rooms.heater_kw
        return np.asarray(used * mains)
