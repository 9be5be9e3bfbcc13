"""`isotherm worker`: makes reports, and what takes longer than a request may."""

from __future__ import annotations

import asyncio

from dashboards.reports.worker import run_worker
from isotherm.ending import until_told
from isotherm.settings import plant_settings
from telemetry.clock import SystemClock


def worker() -> None:
    """Make reports: those that are asked for, and those of the calendar. Settings: ISOTHERM_DATABASE_URL.

    Any number may run side by side. Printing needs libpango-1.0-0, libpangoft2-1.0-0, libharfbuzz-subset0 and
    fonts-noto-cjk (Debian's names).
    """
    settings = plant_settings()
    asyncio.run(until_told(lambda stop: run_worker(settings.database_url, stop, SystemClock())))
