"""A cold store whose people are told by a real mail server and a real webhook receiver, both on this machine."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from gateway.notify.notifier import Notifier, NotifySettings
from gateway.notify.sending import Doors, Sender
from isotherm.engines.ports import free_port
from mes.alarms import service as alarms
from mes.alarms.model import Alarm, Kind, Occurrence, Priority
from mes.notifications import roster
from mes.notifications.addresses import add_address
from mes.notifications.model import Channel
from mes.notifications.roster import LadderRow, ShiftRow
from mes.notifications.words import LadderWords, ShiftWords
from mes.people import service as people
from tests.plugins.cold_room import ColdStore, minute

LINK = "http://plant.test"


@dataclass
class MailServer:
    """Keeps what it takes; refuses while told to."""

    port: int
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    is_refusing: bool = False

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.is_refusing:
            return "451 try again later"
        assert isinstance(envelope.content, bytes)
        self.raw.append(envelope.content)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 taken"

    def to(self, username: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if f"{username}@" in str(mail["To"])]

    @property
    def receivers(self) -> list[str]:
        return [str(mail["To"]).rpartition("<")[2].split("@")[0] for mail in self.mails]


@dataclass
class Hook:
    """A webhook receiver."""

    port: int
    posts: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.port}/duty-phone-secret-token"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """A mail server."""
    server = MailServer(free_port())
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    yield server
    controller.stop()


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A webhook receiver."""
    made = Hook(0)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.posts.append(json.loads(body) | {"number": self.headers["X-Isotherm-Message"], "path": self.path})
            self.send_response(made.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_port
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class DutyRoom:
    """The cold store with a ladder: the operator at once, `maintenance` after 10 minutes, `qa` after 20."""

    store: ColdStore
    mail: MailServer
    hook: Hook
    sender: Sender

    def another(self, sender: Any = None) -> Notifier:
        settings = NotifySettings(link=LINK, upkeep_s=0, proof_s=0)
        return Notifier(self.store.pool, self.store.clock, settings, sender or self.sender)

    async def notify(self, *at: float) -> None:
        """The notifier looks at these minutes after nine; at each as often as there is something to send."""
        notifier = self.another()
        for each in at:
            self.store.clock.at = minute(each)
            while await notifier.step():
                pass

    async def put_ladder(self, **facts: Any) -> None:
        rungs = [
            {"after_s": 0, "people": ["operator"], "tell": ["acknowledged", "returned"]},
            {"after_s": 600, "roles": ["maintenance"]},
            {"after_s": 1200, "people": ["qa"]},
        ]
        blank = {"code": "cold", "name": {"en": "Cold store", "zh": "冷库"}, "rungs": rungs, "test_day": 28}
        async with self.store.work("plant") as work:
            await roster.put(work, LadderRow.of(LadderWords.model_validate(blank | facts)))

    async def put_shift(self, **facts: Any) -> None:
        blank = {"code": "day", "name": {"en": "Day", "zh": "白班"}}
        async with self.store.work("plant") as work:
            await roster.put(work, ShiftRow.of(ShiftWords.model_validate(blank | facts)))

    async def reach(self, username: str, channel: Channel, address: str) -> None:
        async with self.store.work("admin") as work:
            [person] = [each for each in await people.people(work) if each.username == username]
            await add_address(work, person.id, channel, address)

    async def alarm(self) -> Alarm:
        """The newest alarm."""
        async with self.store.work() as work:
            return (await alarms.alarms(work))[0]

    async def raise_one(self, kind: Kind, source: str, **facts: Any) -> Alarm:
        """What the watch finds."""
        texts = {"message_en": f"{source} is strange", "message_zh": f"{source} 异常"}
        async with self.store.work("watch") as work:
            blank: dict[str, Any] = {"priority": Priority.HIGH, "raised_at": work.now} | texts
            return await alarms.raise_alarm(work, Occurrence(kind=kind, source=source, **(blank | facts)))

    async def acknowledge(self, alarm: Alarm, by: str = "qa-2") -> None:
        async with self.store.work(by) as work:
            current = await alarms.alarm(work, alarm.id)
            await alarms.acknowledge(work, alarm.id, version=current.version, comment="door closed")

    async def deliveries(self) -> list[tuple[Any, ...]]:
        return await self.store.rows(
            "select p.username, d.channel, d.state, d.attempts from delivery d join notification n on"
            " n.id = d.notification_id join person p on p.id = n.person_id order by d.id"
        )


@pytest.fixture
async def duty(cold_store: ColdStore, mail: MailServer, hook: Hook) -> AsyncIterator[DutyRoom]:
    """Everybody has an e-mail address; mails go through the plant's own server."""
    sender = Sender(Doors(mail_url=f"mailto://127.0.0.1:{mail.port}?from=alarm@plant.test&mode=insecure"))
    made = DutyRoom(cold_store, mail, hook, sender)
    await made.put_ladder()
    for username in ("operator", "maintenance", "qa"):
        await made.reach(username, Channel.EMAIL, f"{username}@plant.test")
    yield made
    sender.close()
