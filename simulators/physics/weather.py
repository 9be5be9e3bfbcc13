"""What surrounds the machines at a moment: the hour in the plant, outdoor air in Hainan, the sun, the hall of the
cold store.

Everything is a function of seed and time; there is no state.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi

from simulators.physics.chance import generator

ZONE_S = 8 * 3600
"""Asia/Shanghai is UTC+8 all year (no summer time since 1991)."""
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Surroundings:
    at_s: float  # seconds since 1970 UTC, the clock's time
    day: int  # days since 1970 in the plant's zone
    hour: float  # hour of day in the plant's zone, 0 <= hour < 24
    outdoor_c: float  # 24 to 33 °C
    outdoor_g_kg: float  # moisture of outdoor air, g of water per kg of air
    hall_c: float  # hall the cold store stands in
    hall_g_kg: float
    solar: float  # 0 at night to 1 at noon of a clear day


class Weather:
    """Weather of one seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._days: dict[int, tuple[float, float]] = {}

    def at(self, at_s: float) -> Surroundings:
        """Surroundings at a moment (seconds since 1970 UTC)."""
        local_s = at_s + ZONE_S
        day = int(local_s // DAY_S)
        part = local_s / DAY_S - day
        hour = part * 24
        (warmth, cloud), (next_warmth, next_cloud) = self._day(day), self._day(day + 1)
        warmth += (next_warmth - warmth) * part
        cloud += (next_cloud - cloud) * part
        outdoor_c = 28.4 + warmth + 3.6 * cos((hour - 14.5) / 24 * 2 * pi)
        solar = max(0.0, cos((hour - 12.5) / 13 * pi)) * (1 - cloud) if 6 < hour < 19 else 0.0
        hall_c = 26.0 + 0.25 * (outdoor_c - 28.4)
        return Surroundings(at_s, day, hour, outdoor_c, 18.0 + warmth, hall_c, 11.5 + 0.5 * warmth, solar)

    def _day(self, day: int) -> tuple[float, float]:
        """Warmth (K above the mean) and cloud (part of the sun kept off) of a day."""
        if day not in self._days:
            draw = generator(self._seed, "weather", day)
            self._days[day] = (float(draw.uniform(-0.7, 0.7)), float(draw.uniform(0.1, 0.7)))
        return self._days[day]
