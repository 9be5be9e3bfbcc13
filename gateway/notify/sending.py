"""One try to hand a message over, through apprise in a thread of its own with time-outs; out comes a receipt.

Nothing that opens an address (passwords, tokens, numbers) is in a receipt or a log line.
"""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlencode

from mes.notifications.addresses import is_bare, service_at
from mes.notifications.delivering import Errand, Receipt
from mes.notifications.latency import Pace
from mes.notifications.model import Channel

CONNECT_S, ANSWER_S, TRY_S = 8.0, 10.0, Pace().send_s
NUMBER_HEADER = "X-Isotherm-Message"
_WORDS = re.compile(r"[^\s/:?&=@,;%]{4,}")
_MAIL_SCHEMES = re.compile(r"^mailtos?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Doors:
    """The plant's own mail server and SMS gateway, as apprise URLs; `{to}` in it is where the address goes."""

    mail_url: str = ""
    sms_url: str = ""


class Sender:
    """Sends by apprise. At most `at_once` tries run side by side."""

    def __init__(self, doors: Doors, at_once: int = 8) -> None:
        self._doors, self.at_once = doors, at_once
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="notify")
        _keep_to_itself()

    async def send(self, errand: Errand) -> Receipt:
        """One try. Never raises for what is wrong with the address or behind it: the receipt says so."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(TRY_S):
                return await loop.run_in_executor(self._threads, self._try, errand)
        except TimeoutError:
            return Receipt(is_sent=False, reason=f"no answer within {TRY_S:g} s")

    def close(self) -> None:
        """Wait for no one: what is being sent is tried again by the next notifier, unless its receipt comes first."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _try(self, errand: Errand) -> Receipt:
        url = self._url(errand)
        if not url:
            return Receipt(
                is_sent=False,
                reason=f"the plant has no door for {errand.channel}: see ISOTHERM_MAIL_URL, ISOTHERM_SMS_URL",
            )
        service = service_at(url)
        if service is None:
            return Receipt(is_sent=False, reason="the address can't be read any more")
        service.socket_connect_timeout, service.socket_read_timeout = CONNECT_S, ANSWER_S
        headers = getattr(service, "headers", None)
        if isinstance(headers, dict):
            headers[NUMBER_HEADER] = errand.number
        with _heard() as said:
            try:
                is_sent = bool(service.notify(title=errand.title, body=errand.body))
            except Exception as error:  # noqa: BLE001 - a plug-in's own mistake is a failed try like any other
                return Receipt(is_sent=False, reason=without_secrets(f"{type(error).__name__}: {error}", url))
        return Receipt(is_sent=is_sent, reason="" if is_sent else without_secrets("; ".join(said), url))

    def _url(self, errand: Errand) -> str:
        """The whole address: a bare one goes through the plant's own door."""
        channel, address = Channel(errand.channel), errand.secret_url
        if not is_bare(channel, address):
            return address
        door = self._doors.mail_url if channel is Channel.EMAIL else self._doors.sms_url
        if not door:
            return ""
        if "{to}" in door:
            return door.replace("{to}", quote(address, safe="@"))
        joint = "&" if "?" in door else "?"
        return (
            f"{door}{joint}{urlencode({'to': address})}"
            if _MAIL_SCHEMES.match(door)
            else f"{door.rstrip('/')}/{quote(address)}"
        )


def without_secrets(text: str, url: str) -> str:
    """A reason without any part of the address that could open something."""
    parts = set(_WORDS.findall(url)) | set(_WORDS.findall(unquote(url)))
    for part in sorted(parts, key=len, reverse=True):
        text = text.replace(part, "…")
    return " ".join(text.split())


_said = threading.local()


class _Ear(logging.Handler):
    """Keeps what apprise says in the thread that sends: it answers true or false, and tells its log why."""

    def emit(self, record: logging.LogRecord) -> None:
        kept: list[str] | None = getattr(_said, "lines", None)
        if kept is not None:
            kept.append(record.getMessage())


@contextmanager
def _heard() -> Iterator[list[str]]:
    _said.lines = []
    try:
        yield _said.lines
    finally:
        _said.lines = None


def _keep_to_itself() -> None:
    """Apprise writes addresses into its log lines: they go to the receipt, cleaned, and nowhere else."""
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # it writes down paths, which hold tokens
    logger = logging.getLogger("apprise")
    logger.propagate = False
    if not any(isinstance(handler, _Ear) for handler in logger.handlers):
        logger.addHandler(_Ear(logging.WARNING))
