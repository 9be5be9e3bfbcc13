"""`isotherm notify`: tells people of alarms, from the plant's ladders, and keeps what became of each message."""

from __future__ import annotations

import asyncio

from gateway.notify.notifier import NotifySettings, run_notify
from gateway.notify.sending import Doors
from isotherm.ending import until_told
from isotherm.settings import Settings, plant_settings
from telemetry.clock import SystemClock


def notify() -> None:
    """Tell people of alarms: e-mail, SMS, WeCom, DingTalk, webhooks; who is told when stands in the plant's ladders.

    Any number may run side by side. Settings: ISOTHERM_DATABASE_URL, ISOTHERM_PUBLIC_URL (for links), ISOTHERM_MAIL_URL
    and ISOTHERM_SMS_URL (the plant's mail server and SMS gateway, as apprise URLs, for people who enter no more than an
    e-mail address or a number). Example: mailtos://user:password@smtp.example.com?from=alarm@example.com
    """
    settings = plant_settings()
    asyncio.run(until_told(lambda stop: run_notify(notify_settings(settings), stop, SystemClock())))


def notify_settings(settings: Settings) -> NotifySettings:
    """How to notify, as the programs' settings say."""
    link = settings.public_url or f"http://{settings.web_host}:{settings.web_port}"
    return NotifySettings(
        dsn=settings.database_url, link=link, doors=Doors(mail_url=settings.mail_url, sms_url=settings.sms_url)
    )
