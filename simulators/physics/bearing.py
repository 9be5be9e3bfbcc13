"""The main bearing of the filling line: wear grows once it has begun, and shows as vibration, heat and torque."""

from __future__ import annotations

WEAR_S = 1500.0
"""Time in which a bearing that has begun to wear goes to two thirds of its end, physical seconds."""


class Bearing:
    """State: wear from 0 (new) to 1 (about to seize), temperature in °C."""

    __slots__ = ("temperature_c", "wear", "wearing")

    def __init__(self, start_c: float) -> None:
        self.wear, self.wearing, self.temperature_c = 0.0, False, start_c

    def replace(self) -> None:
        """Fit a new one."""
        self.wear, self.wearing = 0.0, False

    def advance(self, dt_s: float, load: float, room_c: float) -> None:
        """`load` is the part of rated speed that it turns at; friction heats it, the room cools it."""
        if self.wearing:
            self.wear += dt_s / (WEAR_S + dt_s) * (1 - self.wear) * min(1.0, 0.05 + load)
        aim_c = room_c + load * (16 + 34 * self.wear)
        self.temperature_c += dt_s / (900 + dt_s) * (aim_c - self.temperature_c)

    def vibration_mm_s(self, load: float) -> float:
        """Velocity, r.m.s.: zones A and B end at 1.8, zone D begins at 4.5 (ISO 10816-1, class I)."""
        return 0.05 + load * (0.95 + 4.6 * self.wear * self.wear)

    def friction_nm(self, load: float) -> float:
        """Torque it takes beyond a new one's."""
        return 0.9 * self.wear * load
