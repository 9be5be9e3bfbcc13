"""`isotherm gateway`, `watch`, `web`, `worker`: programs of a plant, started alone; settings from the environment."""

from __future__ import annotations

import asyncio

from dashboards.reports.worker import run_worker
from gateway.ingest import IngestSettings, run_ingest
from isotherm.ending import until_told
from isotherm.settings import BadSetting, Settings, read_settings
from isotherm.web_server import serve
from mes.watch.loop import run_watch
from mes.watch.settings import WatchSettings
from telemetry.clock import SystemClock


def gateway() -> None:
    """Take in batches of readings: verify, de-duplicate, store, acknowledge after the commit.

    Any number may run side by side. Settings: ISOTHERM_DATABASE_URL, ISOTHERM_NATS_URL, ISOTHERM_NATS_USER,
    ISOTHERM_NATS_PASSWORD, ISOTHERM_NATS_CA, ISOTHERM_NATS_REPLICAS, ISOTHERM_NATS_READINGS_MB, ISOTHERM_SITE; a
    secret may stand in the file that ISOTHERM_..._FILE names.
    """
    settings = _settings()
    asked = IngestSettings(
        nats_url=settings.nats_url,
        user=settings.nats_user,
        password=settings.nats_password,
        dsn=settings.database_url,
        site=settings.site,
        replicas=settings.nats_replicas,
        readings_mb=settings.nats_readings_mb,
        ca=settings.nats_ca,
    )
    asyncio.run(until_told(lambda stop: run_ingest(asked, stop)))


def watch() -> None:
    """Judge what came in: episodes, alarms, holds, deviations, maintenance orders, each in one transaction.

    Any number may run side by side. Settings: ISOTHERM_DATABASE_URL.
    """
    settings = _settings()
    asyncio.run(until_told(lambda stop: run_watch(watch_settings(settings), stop, SystemClock())))


def web() -> None:
    """Serve API and pages. Settings: ISOTHERM_DATABASE_URL, ISOTHERM_WEB_HOST, ISOTHERM_WEB_PORT."""
    asyncio.run(serve(_settings()))


def worker() -> None:
    """Make reports: those that are asked for, and those of the calendar. Settings: ISOTHERM_DATABASE_URL.

    Any number may run side by side. Printing needs libpango-1.0-0, libpangoft2-1.0-0, libharfbuzz-subset0 and
    fonts-noto-cjk (Debian's names).
    """
    settings = _settings()
    asyncio.run(until_told(lambda stop: run_worker(settings.database_url, stop, SystemClock())))


def watch_settings(settings: Settings) -> WatchSettings:
    """How to watch; where simulated physics runs faster than the clock, machines are looked at as much faster."""
    speed = settings.demo_physics_speed
    if speed <= 1:
        return WatchSettings(dsn=settings.database_url)
    return WatchSettings(dsn=settings.database_url, machine_speed=speed, machines_s=10)


def _settings() -> Settings:
    settings = read_settings()
    if not settings.database_url:
        raise BadSetting(setting="ISOTHERM_DATABASE_URL", reason="it is not set")
    return settings
