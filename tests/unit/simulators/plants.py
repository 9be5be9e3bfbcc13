"""Builders for tests of the simulated plant: a moment, rooms that have run in, and walks through physical time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from simulators.physics.cold_room import ROOMS, ColdRoom
from simulators.physics.weather import Weather

NOON_IN_HAINAN = datetime(2026, 11, 22, 4, tzinfo=UTC)
STEP_S = 10.0


class Walk:
    """A machine in its weather, moved on by physical seconds."""

    def __init__(self, machine: ColdRoom, at: datetime = NOON_IN_HAINAN, seed: int = 1) -> None:
        self.machine, self.at_s, self.weather = machine, at.timestamp(), Weather(seed)

    def on(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.machine.advance(STEP_S, STEP_S, self.weather.at(self.at_s))
            self.at_s += STEP_S

    def until(self, holds: Callable[[], bool], at_most_s: float = 6 * 3600) -> float:
        """Physical seconds until the condition holds; infinity when it does not in time."""
        passed = 0.0
        while not holds():
            if passed >= at_most_s:
                return float("inf")
            self.on(STEP_S)
            passed += STEP_S
        return passed


def a_room(name: str = "cold-room-2", *, run_in_h: float = 6.0, seed: int = 1, at: datetime = NOON_IN_HAINAN) -> Walk:
    """A room that has run for some hours and that nobody is opening just now."""
    walk = Walk(ColdRoom(name, ROOMS[name], seed), at, seed)
    walk.on(run_in_h * 3600)
    return walk
