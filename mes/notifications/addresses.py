"""Where people are reached: addresses they enter, kept in the database alone and never shown whole again.

An address is an apprise URL of a service that fits its channel, or a bare e-mail address or telephone number that the
plant's own mail server or SMS gateway is asked to reach.
"""

from __future__ import annotations

import asyncio
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

import apprise
from apprise.plugins import NotifyBase

from mes.notifications.model import Channel
from mes.people import service as people
from telemetry import queries
from telemetry.errors import Invalid, NotFound
from telemetry.work import Work

SQL = queries.load(Path(__file__).with_name("queries.sql"))

_OWN_DOOR = frozenset({"json", "jsons", "form", "forms"})
SERVICES: Mapping[Channel, frozenset[str]] = MappingProxyType(
    {
        Channel.EMAIL: frozenset({"mailto", "mailtos"}),
        Channel.SMS: _OWN_DOOR
        | {
            "mailto",
            "mailtos",
            "twilio",
            "vonage",
            "nexmo",
            "clicksend",
            "bulksms",
            "sinch",
            "plivo",
            "msgbird",
            "d7sms",
        }
        | {"burstsms", "smseagle", "smseagles", "smsmgr", "voipms", "httpsms", "sns", "smpp", "smpps"},
        Channel.WECOM: frozenset({"wecombot"}),
        Channel.DINGTALK: frozenset({"dingtalk"}),
        Channel.WEBHOOK: _OWN_DOOR,
    }
)
"""By channel: services of apprise. Those that act on the machine itself (files, desktop, system log) are in none."""
BARE: Mapping[Channel, re.Pattern[str]] = MappingProxyType(
    {
        Channel.EMAIL: re.compile(r"[^@\s:/?&]+@[^@\s:/?&]+\.[^@\s:/?&]+"),
        Channel.SMS: re.compile(r"\+?[0-9][0-9 -]{5,18}[0-9]"),
    }
)
_LONGEST = 1000


class AddressUnreadable(Invalid):
    """This is no address of the chosen channel: enter an e-mail address, a telephone number or the service's URL."""


class AddressNotFound(NotFound):
    """There is no such address, or it is another person's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address without what opens it."""

    id: int
    person_id: int
    channel: Channel
    hint: str
    added_at: datetime
    added_by: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "channel", Channel(self.channel))


async def add_address(work: Work, person_id: int, channel: Channel, entered: str) -> Address:
    """Keep where a person is reached. Raises PersonNotFound, AddressUnreadable; what was entered is never repeated."""
    await people.person_by_id(work, person_id)
    text = entered.strip()
    if not await asyncio.to_thread(is_readable, channel, text):
        raise AddressUnreadable(channel=channel)
    facts = {"person_id": person_id, "channel": channel, "secret_url": text, "hint": hint_of(channel, text)}
    made = await work.one(SQL["add_address"], Address, **facts, now=work.now, actor=work.actor)
    if made is None:
        raise AddressNotFound(person_id=person_id)
    work.audit("address.add", "person", person_id, after={"address": made.id, "channel": channel})
    return made


async def remove_address(work: Work, address_id: int, *, of_person: int | None = None, reason: str = "") -> Address:
    """Forget an address, its secret at once. `of_person`: only one of theirs. Raises AddressNotFound."""
    gone = await work.one(SQL["remove_address"], Address, id=address_id, person_id=of_person, now=work.now)
    if gone is None:
        raise AddressNotFound(address_id=address_id)
    before = {"address": gone.id, "channel": gone.channel}
    work.audit("address.remove", "person", gone.person_id, before=before, reason=reason)
    return gone


async def addresses(work: Work, person_id: int | None = None) -> list[Address]:
    """Addresses of one person or of all, without their secrets."""
    return await work.all(SQL["addresses"], Address, person_id=person_id)


def is_readable(channel: Channel, text: str) -> bool:
    """Whether a message can be sent there over that channel."""
    if not text or len(text) > _LONGEST:
        return False
    if is_bare(channel, text):
        return True
    scheme = text.partition("://")[0].lower()
    return scheme in SERVICES[channel] and service_at(text) is not None


def service_at(url: str) -> NotifyBase | None:
    """What apprise sends with to an address; None where it can't read it. The first call takes a second."""
    _load_services()
    found = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    return found if isinstance(found, NotifyBase) else None


@cache
def _load_services() -> None:
    """Its plug-ins are loaded once, by whoever comes first; one of them uses what Python will drop in 3.13."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        apprise.Apprise.instantiate("json://localhost")


def is_bare(channel: Channel, text: str) -> bool:
    """Whether it is an e-mail address or a telephone number alone."""
    return channel in BARE and BARE[channel].fullmatch(text) is not None


def hint_of(channel: Channel, text: str) -> str:
    """Enough of an address to be recognised by its owner, and too little to be used by anybody else."""
    if is_bare(channel, text):
        if channel is Channel.EMAIL:
            name, _, domain = text.partition("@")
            return f"{name[0]}…@{domain}"
        return f"…{text[-3:]}"
    parts = urlsplit(text)
    if parts.scheme.lower() in _OWN_DOOR | SERVICES[Channel.EMAIL]:
        return f"{parts.scheme}://{parts.hostname or ''}…"
    return f"{parts.scheme}://…"
