"""The main bearing of the filling line: wear shows as vibration, heat and torque, and goes on only while it turns."""

from __future__ import annotations

from simulators.physics.wear import Wear


class Bearing:
    """State: its wear (None: a sound bearing), temperature in °C."""

    __slots__ = ("temperature_c", "wearing")

    def __init__(self, start_c: float) -> None:
        self.temperature_c = start_c
        self.wearing: Wear | None = None

    @property
    def wear(self) -> float:
        """From 0 (new) to 1 (about to seize)."""
        return self.wearing.severity if self.wearing else 0.0

    def advance(self, dt_s: float, load: float, room_c: float) -> None:
        """`load` is the part of rated speed that it turns at; friction heats it, the room cools it."""
        if self.wearing:
            self.wearing.advance(dt_s, min(1.0, 0.05 + load))
        aim_c = room_c + load * (16 + 34 * self.wear)
        self.temperature_c += dt_s / (900 + dt_s) * (aim_c - self.temperature_c)

    def vibration_mm_s(self, load: float) -> float:
        """Velocity, r.m.s.: zones A and B end at 1.8, zone D begins at 4.5 (ISO 10816-1, class I)."""
        return 0.05 + load * (0.95 + 4.6 * self.wear * self.wear)

    def friction_nm(self, load: float) -> float:
        """Torque it takes beyond a new one's."""
        return 0.9 * self.wear * load
