"""`isotherm gateway`: takes readings in."""

from __future__ import annotations

import asyncio

from gateway.ingest import IngestSettings, run_ingest
from isotherm.ending import until_told
from isotherm.settings import plant_settings


def gateway() -> None:
    """Take in batches of readings: verify, de-duplicate, store, acknowledge after the commit.

    Any number may run side by side. Settings: ISOTHERM_DATABASE_URL, ISOTHERM_NATS_URL, ISOTHERM_NATS_USER,
    ISOTHERM_NATS_PASSWORD, ISOTHERM_NATS_CA, ISOTHERM_NATS_REPLICAS, ISOTHERM_NATS_READINGS_MB, ISOTHERM_SITE; a
    secret may stand in the file that ISOTHERM_..._FILE names.
    """
    settings = plant_settings()
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
