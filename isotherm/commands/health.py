"""`isotherm health`: watches the health of machines, and advises."""

from __future__ import annotations

import asyncio
import os

from isotherm.settings import Settings, plant_settings
from mes.health.loop import run_health
from mes.health.settings import HealthSettings
from telemetry.clock import SystemClock

_GIVES_WAY = 10
"""Advice waits; limits, alarms and holds do not."""


def health() -> None:
    """Learn machines in their commissioning, watch them by what was learned, open maintenance orders: it advises.

    Any number may run side by side; each gives way to other programs. SIGTERM ends it at once, in the midst of learning
    too: what it has not committed is done again. Settings: ISOTHERM_DATABASE_URL.
    """
    settings = plant_settings()
    os.nice(_GIVES_WAY)
    asyncio.run(run_health(health_settings(settings), SystemClock()))


def health_settings(settings: Settings) -> HealthSettings:
    """How to watch; where simulated physics runs faster than the clock, machines live as much faster."""
    speed = max(1.0, settings.demo_physics_speed)
    return HealthSettings(dsn=settings.database_url, machine_speed=speed)
