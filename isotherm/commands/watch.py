"""`isotherm watch`: judges what came in."""

from __future__ import annotations

import asyncio

from isotherm.ending import until_told
from isotherm.settings import Settings, plant_settings
from mes.watch.loop import run_watch
from mes.watch.settings import WatchSettings
from telemetry.clock import SystemClock


def watch() -> None:
    """Judge what came in: episodes, alarms, holds, deviations, maintenance orders, each in one transaction.

    Any number may run side by side. Settings: ISOTHERM_DATABASE_URL.
    """
    settings = plant_settings()
    asyncio.run(until_told(lambda stop: run_watch(watch_settings(settings), stop, SystemClock())))


def watch_settings(settings: Settings) -> WatchSettings:
    """How to watch; where simulated physics runs faster than the clock, machines are looked at as much faster."""
    speed = settings.demo_physics_speed
    if speed <= 1:
        return WatchSettings(dsn=settings.database_url)
    return WatchSettings(dsn=settings.database_url, machine_speed=speed, machines_s=10)
