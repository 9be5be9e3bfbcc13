"""Where a truck is: a round trip in Hainan, again and again, as a function of time alone.

A cycle is: loading at the depot, legs at road speed, stops at customers, and the way back; what is left of the cycle
is rest at the depot. Coordinates are WGS 84, towns' centres rounded to a hundredth of a degree.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from math import cos, hypot, pi, radians, sin

CYCLE_S = 8 * 3600
STOP_S = 20 * 60
LOADING_S = 40 * 60
RAMP_S = 60.0
KM_PER_DEGREE = 111.2
ROAD_FACTOR = 1.18
"""A road is longer than the straight line."""


@dataclass(frozen=True, slots=True)
class Place:
    latitude: float
    longitude: float
    speed_km_h: float
    stopped: bool  # at a customer or loading: the doors are in use
    driving: bool


@dataclass(frozen=True, slots=True)
class Itinerary:
    towns: tuple[tuple[float, float], ...]  # latitude, longitude; the first is the depot
    cruise_km_h: float
    offset_s: float  # where in its cycle the truck is at midnight UTC of day 0

    def place(self, at_s: float) -> Place:
        """Where the truck is at a moment (seconds since 1970 UTC)."""
        phase = (at_s + self.offset_s) % CYCLE_S
        starts, legs = _timetable(self)
        k = bisect_right(starts, phase) - 1
        if k < 0:
            return Place(*self.towns[0], 0.0, phase < LOADING_S, False)
        start, here, there, drive_s = legs[k]
        elapsed = phase - start
        if elapsed < drive_s:
            return _under_way(here, there, elapsed, drive_s, self.cruise_km_h)
        return Place(*there, 0.0, k < len(legs) - 1 and elapsed < drive_s + STOP_S, False)


_Leg = tuple[float, tuple[float, float], tuple[float, float], float]
_timetables: dict[Itinerary, tuple[list[float], list[_Leg]]] = {}


def _timetable(trip: Itinerary) -> tuple[list[float], list[_Leg]]:
    if trip not in _timetables:
        there_and_back = [*trip.towns, *trip.towns[-2::-1]]
        legs: list[_Leg] = []
        at = float(LOADING_S)
        for here, there in pairwise(there_and_back):
            drive_s = distance_km(here, there) / trip.cruise_km_h * 3600 + RAMP_S
            legs.append((at, here, there, drive_s))
            at += drive_s + STOP_S
        _timetables[trip] = ([leg[0] for leg in legs], legs)
    return _timetables[trip]


def distance_km(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Length of the road between two places."""
    north = (there[0] - here[0]) * KM_PER_DEGREE
    east = (there[1] - here[1]) * KM_PER_DEGREE * cos(radians((here[0] + there[0]) / 2))
    return ROAD_FACTOR * hypot(north, east)


def _under_way(
    here: tuple[float, float], there: tuple[float, float], elapsed: float, drive_s: float, cruise: float
) -> Place:
    """Speed rises and falls over a minute at both ends; the road bends away from the straight line in between."""
    speed = cruise * min(1.0, elapsed / RAMP_S, (drive_s - elapsed) / RAMP_S)
    full = drive_s - RAMP_S
    if elapsed < RAMP_S:
        gone = elapsed**2 / (2 * RAMP_S)
    elif elapsed > full:
        gone = full - (drive_s - elapsed) ** 2 / (2 * RAMP_S)
    else:
        gone = elapsed - RAMP_S / 2
    part = gone / full
    bend = 0.12 * sin(part * pi) * sin(part * 3 * pi)
    north, east = there[0] - here[0], there[1] - here[1]
    return Place(here[0] + north * part - east * bend, here[1] + east * part + north * bend, speed, False, True)


HAIKOU, WENCHANG, QIONGHAI = (20.02, 110.33), (19.54, 110.80), (19.26, 110.47)
CHENGMAI, DANZHOU = (19.74, 110.00), (19.52, 109.58)

TRIPS = {
    "truck-1": Itinerary((HAIKOU, WENCHANG, QIONGHAI), 62.0, 0.0),
    "truck-2": Itinerary((HAIKOU, CHENGMAI, DANZHOU), 56.0, CYCLE_S / 2),
}
