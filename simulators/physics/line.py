"""The filling line: a states by shift, speed, counts, torque, current, bearing, fill weight, climate.

The machine runs on the clock, so that counts agree with speed and time stamps; its bearing and the room follow the
physics' own time, which may run faster. Counters begin at zero with each day of the plant, as the line's controller
resets them.
"""

from __future__ import annotations

from enum import IntEnum
from math import log, sin

from simulators.physics.bearing import Bearing
from simulators.physics.chance import DailyChance
from simulators.physics.weather import Surroundings

RATED_PER_MIN = 60.0
STEP_S = 10.0
SHIFT_H = 8.0
CLEANING_H = 0.4
BREAK_FROM_H, BREAK_H = 4.0, 0.5
STOPS_PER_H = 1.2
REJECTED = 0.006


class State(IntEnum):
    STOPPED = 0
    RUNNING = 1
    FAULT = 2  # a short stop: a jam, a missing cap
    CLEANING = 3


def planned(hour: float) -> State:
    """What the shift plan says: three shifts, each begins with cleaning and has a break in its middle."""
    into_h = hour % SHIFT_H
    if into_h < CLEANING_H:
        return State.CLEANING
    if BREAK_FROM_H <= into_h < BREAK_FROM_H + BREAK_H:
        return State.STOPPED
    return State.RUNNING


class FillingLine:
    """State of the line. Physical fault: `bearing.wearing`, the course of its wear."""

    measures = (
        "speed",
        "good-count",
        "reject-count",
        "torque",
        "motor-current",
        "vibration",
        "bearing-temperature",
        "state",
        "fill-weight",
        "room-temperature",
        "room-humidity",
        "room-pressure",
    )

    def __init__(self, name: str, seed: int) -> None:
        self.name = name
        self.chance = DailyChance(seed, name)
        self.bearing = Bearing(21.0)
        self.state = State.STOPPED
        self.supply = 1.0  # part of the air it should get
        self.per_min = self._made = self._stop_left_s = 0.0
        self._until_stop = 1.0
        self.good = self.rejected = 0
        self.room_c, self.humidity, self.pressure_pa, self.weight_g = 21.0, 45.0, 15.0, 3.03

    def advance(self, clock_s: float, physical_s: float, now: Surroundings) -> None:
        """Run on for `clock_s` seconds; bearing and room by `physical_s`."""
        if self.chance.turn_to(now.day):
            self.good = self.rejected = 0
            self._made, self._stop_left_s = 0.0, 0.0
            self._until_stop = -log(1 - self.chance.draw.random())
        left, pace = clock_s, physical_s / clock_s
        while left > 1e-9:
            dt_s = min(STEP_S, left)
            self._run(dt_s, planned(now.hour))
            self.bearing.advance(dt_s * pace, self.load, self.room_c)
            left -= dt_s
        self._climate(physical_s, now)

    def _run(self, dt_s: float, plan: State) -> None:
        self._stop_left_s = max(0.0, self._stop_left_s - dt_s)
        if plan is State.RUNNING and self._stop_left_s == 0:
            self._until_stop -= dt_s * STOPS_PER_H / 3600
            if self._until_stop <= 0:
                self._stop_left_s = float(self.chance.draw.uniform(25, 180))
                self._until_stop = -log(1 - self.chance.draw.random())
        self.state = State.FAULT if plan is State.RUNNING and self._stop_left_s > 0 else plan
        aim = RATED_PER_MIN if self.state is State.RUNNING else 0.0
        self.per_min += dt_s / ((15 if aim else 4) + dt_s) * (aim - self.per_min)
        if not aim and self.per_min < 1:
            self.per_min = 0.0
        self._count(dt_s)

    def _count(self, dt_s: float) -> None:
        if self.state is not State.RUNNING:
            return
        self._made += self.per_min * dt_s / 60
        made, self._made = int(self._made), self._made % 1
        bad = int(self.chance.draw.binomial(made, REJECTED * (1 + 4 * self.bearing.wear))) if made else 0
        self.good += made - bad
        self.rejected += bad
        self.weight_g += 0.002 * float(self.chance.draw.standard_normal()) - 0.05 * (self.weight_g - 3.03)

    def _climate(self, dt_s: float, now: Surroundings) -> None:
        """A clean room's ventilation holds it close to its set points; people and machine pull a little."""
        running = self.load
        aim_c = 21.0 + 0.4 * running + 0.08 * (now.outdoor_c - 28.4) + 0.15 * sin(now.at_s / 700)
        aim_rh = (
            45.0 + 0.5 * (now.outdoor_g_kg - 18.0) + 1.2 * sin(now.at_s / 1900) + 3.0 * (self.state is State.CLEANING)
        )
        self.room_c += dt_s / (1200 + dt_s) * (aim_c - self.room_c)
        self.humidity += dt_s / (1500 + dt_s) * (aim_rh - self.humidity)
        self.pressure_pa = 15.0 * self.supply * self.supply + 0.8 * sin(now.at_s / 97)

    @property
    def load(self) -> float:
        """Part of its rated speed."""
        return self.per_min / RATED_PER_MIN

    def values(self) -> tuple[float, ...]:
        """What its instruments would read without noise, in the order of `measures`."""
        load, bearing = self.load, self.bearing
        torque_nm = load * 3.1 + bearing.friction_nm(load)
        return (
            self.per_min,
            float(self.good),
            float(self.rejected),
            torque_nm,
            (0.35 + 0.62 * torque_nm * (0.4 + 0.6 * load)) if load > 0.02 else 0.05,
            bearing.vibration_mm_s(load),
            bearing.temperature_c,
            float(self.state),
            self.weight_g,
            self.room_c,
            self.humidity,
            self.pressure_pa,
        )
