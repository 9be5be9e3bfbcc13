"""Logger files as they come from a room that warms: made by the room's own physics."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import exp, sin

from tests.plugins.cold_room import NINE

STEP = timedelta(minutes=5)
OFF = NINE - timedelta(hours=3)
"""Power fails three hours before nine; the 52 hours before are steady."""
START = OFF - timedelta(hours=52)
TAU_MIN, AMBIENT_C = 240.0, 30.0


def course(base_c: float, *, tau_min: float = TAU_MIN, swing_c: float = 0.3) -> list[tuple[datetime, float]]:
    """Steady with a small swing, then two hours of warming towards what is around the room."""
    found = []
    at = START
    while at <= OFF + timedelta(hours=2):
        minutes = (at - OFF) / timedelta(minutes=1)
        steady = base_c + swing_c * sin(minutes / 37)
        value = steady if minutes <= 0 else AMBIENT_C - (AMBIENT_C - base_c) * exp(-minutes / tau_min)
        found.append((at, value))
        at += STEP
    return found


def as_csv(readings: list[tuple[datetime, float]]) -> bytes:
    """As a common logger exports it: the plant's own time, its own head."""
    rows = [f"{(at + timedelta(hours=8)):%Y-%m-%d %H:%M:%S},{value:.4f}" for at, value in readings]
    return ("Logger L-1\n时间,温度(℃)\n" + "\n".join(rows) + "\n").encode()
