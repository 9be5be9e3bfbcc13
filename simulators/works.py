"""The whole plant as one piece of physics: machines, points, faults, and what instruments read.

In: seconds passed and the moment. Out: readings by point. No I/O; servers and history both stand on this.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from simulators.faults import KINDS, Fault, course_s
from simulators.instruments import FailedProbe, Instruments, Values
from simulators.physics.air_handling import AirHandler
from simulators.physics.chance import generator
from simulators.physics.cold_room import ROOMS, ColdRoom
from simulators.physics.line import FillingLine
from simulators.physics.route import TRIPS
from simulators.physics.truck import Truck
from simulators.physics.wear import Wear
from simulators.physics.weather import DAY_S, ZONE_S, Surroundings, Weather

SITE = "hainan"
EDGES = ("edge-line", "edge-cold-store", "edge-fleet")


class Machine(Protocol):
    """A piece of physics that can be moved on and read."""

    def advance(self, clock_s: float, physical_s: float, now: Surroundings, /) -> None: ...

    def values(self) -> tuple[float, ...]: ...


class Outdoor:
    """The ambient probe on the wall of the cold store."""

    measures = ("ambient",)

    def __init__(self) -> None:
        self.outdoor_c = 28.0

    def advance(self, _clock_s: float, _physical_s: float, now: Surroundings) -> None:
        self.outdoor_c = now.outdoor_c

    def values(self) -> tuple[float, ...]:
        return (self.outdoor_c,)


class Works:
    """All machines of the plant, healthy and near their set points at first."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.weather = Weather(seed)
        self.rooms = {name: ColdRoom(name, spec, seed) for name, spec in ROOMS.items()}
        self.trucks = {name: Truck(name, seed) for name in TRIPS}
        self.line = FillingLine("line-1", seed)
        self.ahu = AirHandler()
        self.machines: dict[str, Machine] = {"line-1": self.line, "ahu-1": self.ahu, **self.rooms, "outdoor": Outdoor()}
        self.machines |= self.trucks
        self.faults: dict[Fault, FailedProbe | None] = {}
        self.wears: dict[Fault, Wear] = {}
        self._instruments = {name: Instruments(measures(name)) for name in self.machines}
        self._draw = generator(seed, "instruments", 0)

    def advance(self, clock_s: float, speed: float, at_s: float) -> None:
        """Move everything on by `clock_s` seconds that end at `at_s`; physics runs `speed` times as fast."""
        now = self.weather.at(at_s)
        for machine in self.machines.values():
            machine.advance(clock_s, clock_s * speed, now)
        for failed in self.faults.values():
            if failed is not None:
                failed.age_s += clock_s * speed
                if failed.wear is not None:
                    failed.wear.advance(clock_s * speed)
        self.line.supply = self.ahu.flow

    def read(self, name: str) -> dict[str, float]:
        """One reading of every measure of a machine, faults of its probes included; NaN where a probe is broken."""
        seen: Values = self._instruments[name].observe(np.array(self.machines[name].values()), self._draw)
        readings = dict(zip(measures(name), seen.tolist(), strict=True))
        for failed in self.faults.values():
            if failed is not None and failed.fault.target == name and failed.fault.measure is not None:
                measure = failed.fault.measure
                readings[measure] = failed.distort(readings[measure], self._draw)
        return readings

    def switch_on(self, fault: Fault, over_s: float | None = None) -> bool:
        """Make a fault happen, a wear or a drift over a time if one is given; False when it already does.

        Raises NotGradual, NoSuchCourse.
        """
        length_s = course_s(fault, over_s)
        if fault in self.faults:
            return False
        if length_s is not None:
            name = f"{fault.kind} {fault.target} {fault.measure or ''}"
            self.wears[fault] = Wear(name, length_s, self.seed, KINDS[fault.kind].bend)
        self.faults[fault] = FailedProbe(fault, wear=self.wears.get(fault)) if fault.measure is not None else None
        self._switch(fault, on=True)
        return True

    def switch_off(self, fault: Fault) -> bool:
        """Mend it; False when there was nothing to mend."""
        if fault not in self.faults:
            return False
        del self.faults[fault]
        self.wears.pop(fault, None)
        self._switch(fault, on=False)
        return True

    def severity(self, fault: Fault) -> float:
        """How far a fault has come, 0 to 1: a wear by its course, what happens at once always at 1."""
        return self.wears[fault].severity if fault in self.wears else 1.0

    def is_cut_off(self, name: str) -> bool:
        """Whether the machine has lost its network."""
        return Fault("network-lost", name) in self.faults

    def _switch(self, fault: Fault, *, on: bool) -> None:
        """Faults of the physics; those of probes and of the network act where they are asked for."""
        cooled = self.rooms.get(fault.target) or self.trucks.get(fault.target)
        match fault.kind, cooled:
            case "compressor-failure", ColdRoom() | Truck() as box:
                box.unit.failed = on
            case "door-left-open", ColdRoom() | Truck() as box:
                box.door.left_open = on
            case "mains-lost", ColdRoom() as room:
                room.unit.powered = not on
            case _:
                self._wear(fault)

    def _wear(self, fault: Fault) -> None:
        """Give a machine the course of its wear, or, once it is mended, none: a new part."""
        course = self.wears.get(fault)
        room = self.rooms.get(fault.target)
        match fault.kind:
            case "bearing-wear":
                self.line.bearing.wearing = course
            case "filter-clogging":
                self.ahu.clogging = course
            case "fan-wear":
                (room or self.ahu).fan_wear = course
            case "refrigerant-loss" if room is not None:
                room.leak = course
            case _:
                return


def measures(name: str) -> tuple[str, ...]:
    """Measures of a machine, in the order of its values."""
    if name in ROOMS:
        return (*ColdRoom.measures, *ColdRoom.compressor_measures)
    if name in TRIPS:
        return Truck.measures
    if name == "ahu-1":
        return AirHandler.measures
    return FillingLine.measures if name == "line-1" else Outdoor.measures


def points(name: str) -> tuple[str, ...]:
    """Full names of a machine's points, in the order of its values."""
    if name in ROOMS:
        unit = tuple(f"{SITE}/cold-store/{name}-compressor/{m}" for m in ColdRoom.compressor_measures)
        return (*(f"{SITE}/cold-store/{name}/{m}" for m in ColdRoom.measures), *unit)
    area = "fleet" if name in TRIPS else "filling" if name in {"line-1", "ahu-1"} else "cold-store"
    return tuple(f"{SITE}/{area}/{name}/{m}" for m in measures(name))


def machines_of(edge: str) -> tuple[str, ...]:
    """Machines whose readings an edge collects."""
    return {"edge-line": ("line-1", "ahu-1"), "edge-cold-store": (*ROOMS, "outdoor"), "edge-fleet": tuple(TRIPS)}[edge]


def warmed(seed: int, at_s: float) -> Works:
    """The plant as it is at a moment (seconds since 1970 UTC): healthy, run in since the midnight before the last one.

    Chance begins anew each midnight and a box forgets its past in hours, so this is also, but for the phase of a
    thermostat, the state in which a history that ends at that moment ends. No state has to be kept for the live plant
    to go on from its history.
    """
    works = Works(seed)
    begin = ((at_s + ZONE_S) // DAY_S - 1) * DAY_S - ZONE_S
    step_s = 60.0
    whole = int((at_s - begin) // step_s)
    for k in range(1, whole + 1):
        works.advance(step_s, 1.0, begin + k * step_s)
    rest = at_s - begin - whole * step_s
    if rest > 0:
        works.advance(rest, 1.0, at_s)
    return works
